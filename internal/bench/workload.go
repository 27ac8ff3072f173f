package main

import (
	"math"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

const (
	instruments = 20 // each has the same number of series
	histograms  = 4  // of them
	buckets     = 10 // of a histogram

	numberPoints    = 1           // the flat points of a sum or a gauge
	histogramPoints = buckets + 4 // and of a histogram: count, sum, min, max
	churned         = 10          // percent of the series that are new in an export with churn
)

// began is when the workload's series began; an export is every ten seconds.
var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

var bounds = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5}

// A setting is what one table is measured on.
type setting struct {
	Series int
	Churn  bool
	Lap    int // how many collections are prepared at a time; 0 for what suits Series
}

// flat returns the points of one export as the put protocol has them.
func (s setting) flat() int {
	return s.Series / instruments * ((instruments-histograms)*numberPoints + histograms*histogramPoints)
}

// lap is how many collections are prepared at a time: enough to be measured
// well, few enough to be held.
func (s setting) lap() int {
	if s.Lap > 0 {
		return s.Lap
	}
	return min(max(30_000/s.Series, 3), 20)
}

// exports is how many of them there are to measure, at most: with churn each
// needs series of its own.
func (s setting) exports() int {
	if !s.Churn {
		return math.MaxInt
	}
	return min(max(200_000/s.Series, 2*s.lap()), 200)
}

// A workload prepares collections, always the same ones for a setting.
type workload struct {
	setting
	random *rand.Rand
	ring   []*metricdata.ResourceMetrics
	sets   []attribute.Set // of each series, those to come included
	order  [][]int         // of each instrument: indexes of sets
	fresh  int             // the first of the sets that no export has had
	export int             // the number of the next export
}

// newWorkload prepares settle+s.exports() exports.
func newWorkload(s setting, settle int) *workload {
	w := &workload{setting: s, random: rand.New(rand.NewPCG(1, 2))}
	total := s.Series
	if s.Churn {
		total += (settle + s.exports()) * instruments * w.newSeries()
	}
	w.sets = make([]attribute.Set, total)
	for i := range w.sets {
		w.sets[i] = ownAttributes(w.random, i)
	}
	for range instruments {
		w.order = append(w.order, w.takeFresh(s.Series/instruments))
	}
	for range s.lap() {
		w.ring = append(w.ring, w.collection())
	}
	return w
}

// newSeries is how many of an instrument's series are new in an export with
// churn.
func (w *workload) newSeries() int { return w.Series / instruments * churned / 100 }

func (w *workload) takeFresh(n int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = w.fresh + i
	}
	w.fresh += n
	return ids
}

// next returns the collections of the next n exports, at most a lap. They are
// good until it is called again.
func (w *workload) next(n int) []*metricdata.ResourceMetrics {
	lap := w.ring[:n]
	for _, rm := range lap {
		if w.Churn && w.export > 0 {
			w.churn()
		}
		for i, m := range rm.ScopeMetrics[0].Metrics {
			w.fill(m.Data, w.order[i])
		}
		w.export++
	}
	return lap
}

// churn replaces series of each instrument by new ones: it takes them away and
// puts the others in at random places.
func (w *workload) churn() {
	n := w.newSeries()
	for i, ids := range w.order {
		rest, _ := w.split(ids, len(ids)-n)
		w.order[i] = w.merge(rest, w.takeFresh(n))
	}
}

// split chooses n of ids at random; both parts keep their order.
func (w *workload) split(ids []int, n int) (chosen, rest []int) {
	for i, id := range ids {
		if w.random.IntN(len(ids)-i) < n-len(chosen) {
			chosen = append(chosen, id)
			continue
		}
		rest = append(rest, id)
	}
	return chosen, rest
}

// merge puts the elements of b at random places between those of a.
func (w *workload) merge(a, b []int) []int {
	merged := make([]int, 0, len(a)+len(b))
	for len(a)+len(b) > 0 {
		from := &a
		if w.random.IntN(len(a)+len(b)) < len(b) {
			from = &b
		}
		merged = append(merged, (*from)[0])
		*from = (*from)[1:]
	}
	return merged
}

// collection makes an export of the right shape, without times, attributes and
// values.
func (w *workload) collection() *metricdata.ResourceMetrics {
	metrics := make([]metricdata.Metrics, instruments)
	for i := range metrics {
		metrics[i] = w.instrument(i)
	}
	return &metricdata.ResourceMetrics{
		Resource: resourceAttributes,
		ScopeMetrics: []metricdata.ScopeMetrics{{
			Scope:   instrumentation.Scope{Name: "shop"},
			Metrics: metrics,
		}},
	}
}

// instrument makes one of the five kinds: of twenty there are six sums of int64,
// six of float64, two gauges of each, four histograms.
func (w *workload) instrument(i int) metricdata.Metrics {
	const cumulative = metricdata.CumulativeTemporality
	n := w.Series / instruments
	m := metricdata.Metrics{Name: names[i], Description: "What the benchmark measures."}
	switch i % 10 {
	case 0, 1, 2:
		m.Data = metricdata.Sum[int64]{Temporality: cumulative, IsMonotonic: true, DataPoints: make([]metricdata.DataPoint[int64], n)}
	case 3, 4, 5:
		m.Data = metricdata.Sum[float64]{Temporality: cumulative, IsMonotonic: true, DataPoints: make([]metricdata.DataPoint[float64], n)}
	case 6:
		m.Data = metricdata.Gauge[int64]{DataPoints: make([]metricdata.DataPoint[int64], n)}
	case 7:
		m.Data = metricdata.Gauge[float64]{DataPoints: make([]metricdata.DataPoint[float64], n)}
	default:
		m.Data = metricdata.Histogram[float64]{Temporality: cumulative, DataPoints: histogramData(n)}
	}
	return m
}

func histogramData(n int) []metricdata.HistogramDataPoint[float64] {
	points, counts := make([]metricdata.HistogramDataPoint[float64], n), make([]uint64, n*buckets)
	for i := range points {
		points[i].Bounds = bounds
		points[i].BucketCounts = counts[i*buckets : (i+1)*buckets : (i+1)*buckets]
	}
	return points
}
