package apptuitexporter

import (
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/wire"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// A remainder is which data points of a push are to be sent again, by their number.
type remainder map[int32]bool

// all takes the data points of a whole batch.
func (r remainder) all(of []int32) {
	for _, dataPoint := range of {
		r[dataPoint] = true
	}
}

// restOf takes the data points of what a delivery has left of a batch.
func (r remainder) restOf(b encoding.Batch, of []int32, d *delivery.Delivery) {
	if d.Left() == b.Points {
		r.all(of)
		return
	}
	left := map[uint64]bool{}
	for _, piece := range d.Rest() {
		if !eachPoint(piece, func(_ int, key uint64) { left[key] = true }) {
			r.all(of)
			return
		}
	}
	eachPoint(b, func(i int, key uint64) {
		if left[key] {
			r[of[i]] = true
		}
	})
}

// eachPoint calls f with the points of a batch, and tells whether it could be read.
func eachPoint(b encoding.Batch, f func(i int, key uint64)) bool {
	_, err := b.Filter(func(i int, point []byte) bool {
		f(i, wire.ReadDatapoint(point).Key())
		return false
	})
	return err == nil
}

// of returns the data points of a push that are in the remainder.
func (r remainder) of(md pmetric.Metrics) pmetric.Metrics {
	rest := pmetric.NewMetrics()
	md.CopyTo(rest)
	next := int32(-1)
	goes := func() bool {
		next++
		return !r[next]
	}
	rest.ResourceMetrics().RemoveIf(func(rm pmetric.ResourceMetrics) bool {
		rm.ScopeMetrics().RemoveIf(func(sm pmetric.ScopeMetrics) bool {
			sm.Metrics().RemoveIf(func(m pmetric.Metric) bool { return removePoints(m, goes) == 0 })
			return sm.Metrics().Len() == 0
		})
		return rm.ScopeMetrics().Len() == 0
	})
	return rest
}

// removePoints removes the data points that say nothing, and of the others those for
// which goes, which is asked for each of them in their order. It returns how many are
// left.
func removePoints(m pmetric.Metric, goes func() bool) (left int) {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		return removeNumbers(m.Gauge().DataPoints(), goes)
	case pmetric.MetricTypeSum:
		return removeNumbers(m.Sum().DataPoints(), goes)
	case pmetric.MetricTypeHistogram:
		dps := m.Histogram().DataPoints()
		dps.RemoveIf(func(dp pmetric.HistogramDataPoint) bool { return dp.Flags().NoRecordedValue() || goes() })
		return dps.Len()
	case pmetric.MetricTypeExponentialHistogram:
		dps := m.ExponentialHistogram().DataPoints()
		dps.RemoveIf(func(dp pmetric.ExponentialHistogramDataPoint) bool { return dp.Flags().NoRecordedValue() || goes() })
		return dps.Len()
	case pmetric.MetricTypeSummary:
		dps := m.Summary().DataPoints()
		dps.RemoveIf(func(dp pmetric.SummaryDataPoint) bool { return dp.Flags().NoRecordedValue() || goes() })
		return dps.Len()
	}
	return 0
}

func removeNumbers(dps pmetric.NumberDataPointSlice, goes func() bool) (left int) {
	dps.RemoveIf(func(dp pmetric.NumberDataPoint) bool { return noNumber(dp) || goes() })
	return dps.Len()
}
