package transform

import (
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// moments keeps changes apart from those of the collections before. Stores keep one
// point of a series for each moment, which is a second or a millisecond; of a value
// since the start the last one is as good, but changes have to be added up, and one
// that another overwrites is lost. So a change that comes in the moment of another
// one has the next moment as its time.
type moments struct {
	unit  time.Duration
	taken int64 // the last moment that changes of earlier collections have, since 1970
	now   int64 // that of this collection
	last  int64 // as taken, with this collection
}

// farMoments bounds by how many moments a time is moved. What is farther off is no
// neighbour: a clock was set back, or a Producer has times of its own.
const farMoments = 4

func (m *moments) of(t time.Time) int64 {
	if m.unit == time.Millisecond {
		return t.UnixMilli()
	}
	return t.Unix()
}

func (m *moments) time(moment int64) time.Time {
	if m.unit == time.Millisecond {
		return time.UnixMilli(moment)
	}
	return time.Unix(moment, 0)
}

// begin begins a collection.
func (m *moments) begin(now time.Time) {
	m.now = m.of(now)
	if m.last > m.now+farMoments {
		m.last = 0 // the clock was set back
	}
	m.taken = m.last
}

// place returns the time of a change.
func (m *moments) place(t time.Time) time.Time {
	moment := m.free(m.of(t))
	if moment > m.last && moment <= m.now+farMoments {
		m.last = moment
	}
	if moment == m.of(t) {
		return t
	}
	return m.time(moment)
}

// free returns a moment itself, or the one behind those that are taken.
func (m *moments) free(moment int64) int64 {
	if moment <= m.taken && moment > m.taken-farMoments {
		return m.taken + 1
	}
	return moment
}

// wait returns how long a collection whose changes have this time is to wait, lest
// they have a time more than one moment ahead of the clock.
func (m *moments) wait(t, now time.Time) time.Duration {
	before := m.taken
	m.taken = m.last
	moment := m.free(m.of(t))
	m.taken = before
	if moment == m.of(t) {
		return 0
	}
	return m.time(moment).Add(-m.unit).Sub(now)
}

// Wait returns how long a collection is to wait before Collect: above zero only where
// it has changes, and two before it had some in the same second.
func (t *Transformer) Wait(rm *metricdata.ResourceMetrics, now time.Time) time.Duration {
	longest := time.Duration(0)
	if rm == nil {
		return 0
	}
	for i := range rm.ScopeMetrics {
		for j := range rm.ScopeMetrics[i].Metrics {
			at, any := changedAt(rm.ScopeMetrics[i].Metrics[j].Data)
			if !any {
				continue
			}
			if at.IsZero() {
				at = now
			}
			longest = max(longest, t.moments.wait(at, now))
		}
	}
	return longest
}

// changedAt returns the time of the first point of a metric, where the points are
// changes.
func changedAt(data metricdata.Aggregation) (at time.Time, any bool) {
	switch data := data.(type) {
	case metricdata.Sum[int64]:
		return firstTime(data.Temporality, data.DataPoints, func(dp *metricdata.DataPoint[int64]) time.Time { return dp.Time })
	case metricdata.Sum[float64]:
		return firstTime(data.Temporality, data.DataPoints, func(dp *metricdata.DataPoint[float64]) time.Time { return dp.Time })
	case metricdata.Histogram[int64]:
		return firstTime(data.Temporality, data.DataPoints, func(dp *metricdata.HistogramDataPoint[int64]) time.Time { return dp.Time })
	case metricdata.Histogram[float64]:
		return firstTime(data.Temporality, data.DataPoints, func(dp *metricdata.HistogramDataPoint[float64]) time.Time { return dp.Time })
	case metricdata.ExponentialHistogram[int64]:
		return firstTime(data.Temporality, data.DataPoints, func(dp *metricdata.ExponentialHistogramDataPoint[int64]) time.Time { return dp.Time })
	case metricdata.ExponentialHistogram[float64]:
		return firstTime(data.Temporality, data.DataPoints, func(dp *metricdata.ExponentialHistogramDataPoint[float64]) time.Time { return dp.Time })
	}
	return time.Time{}, false
}

func firstTime[T any](temporality metricdata.Temporality, points []T, of func(*T) time.Time) (time.Time, bool) {
	if temporality != metricdata.DeltaTemporality || len(points) == 0 {
		return time.Time{}, false
	}
	return of(&points[0]), true
}
