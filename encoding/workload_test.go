package encoding

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A workload is what a process with many series sends round after round: of
// twenty instruments twelve are sums, four gauges and four histograms of ten
// buckets with sum, count, minimum and maximum; eight tags come from the resource
// and five are their own, in an order that says nothing, as that of a map.
type workload struct {
	t     testing.TB
	r     *rand.Rand
	sets  [20][]*attributeSet // of each instrument
	round int64
	made  int
}

// An attributeSet is the points of one attribute set of an instrument.
type attributeSet struct {
	series []*Series
	count  int64
	busy   int64
}

var resourceTags = []Tag{
	{"service.name", "shop-frontend"}, {"service.namespace", "retail"}, {"service.version", "2.14.3"},
	{"service.instance.id", "5b3f7a52-9c1e-4a55"}, {"deployment.environment", "production"}, {"host.name", "node-17"},
	{"k8s.pod.name", "shop-6d8f9c7b5-x2x8q"}, {"cloud.region", "eu-central-1"}, {"otel.scope.name", "shop"},
}

var (
	methods  = []string{"GET", "POST", "PUT", "DELETE", "PATCH"}
	statuses = []string{"200", "201", "204", "301", "400", "404", "429", "500", "503"}
	les      = []string{"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf"}
)

// newWorkload makes a workload of n attribute sets.
func newWorkload(t testing.TB, n int) *workload {
	w := &workload{t: t, r: rand.New(rand.NewPCG(7, 8))}
	for i := range n {
		instrument := i * len(w.sets) / n
		w.sets[instrument] = append(w.sets[instrument], w.newSet(instrument))
	}
	return w
}

func isHistogram(instrument int) bool { return instrument%10 >= 8 }

func (w *workload) newSet(instrument int) *attributeSet {
	s := &attributeSet{count: w.r.Int64N(100_000), busy: w.r.Int64N(1000)}
	tags := append([]Tag{
		{"http.request.method", methods[w.r.IntN(len(methods))]},
		{"http.route", fmt.Sprintf("/items/%02d/{id}", w.r.IntN(40))},
		{"http.response.status_code", statuses[w.r.IntN(len(statuses))]},
		{"server.address", fmt.Sprintf("backend-%02d.internal", w.r.IntN(20))},
		{"customer.id", fmt.Sprintf("c-%07d", w.made*7_654_321%10_000_000)},
	}, resourceTags...)
	w.made++
	metric := fmt.Sprintf("shop.server.%s.%d", []string{"requests", "duration.total"}[instrument%2], instrument)
	if !isHistogram(instrument) {
		s.series = []*Series{mustSeries(w.t, SanitizePrometheus, metric, tags...)}
		return s
	}
	for _, le := range les {
		s.series = append(s.series, mustSeries(w.t, SanitizePrometheus, metric+".bucket", append(slices.Clip(tags), Tag{"le", le})...))
	}
	for _, part := range []string{"count", "sum", "min", "max"} {
		s.series = append(s.series, mustSeries(w.t, SanitizePrometheus, metric+"."+part, tags...))
	}
	return s
}

// churn takes a part of the sets away and puts as many new ones in, both at
// random places.
func (w *workload) churn(percent int) {
	for i, sets := range w.sets {
		for range len(sets) * percent / 100 {
			gone := w.r.IntN(len(sets))
			sets = slices.Delete(sets, gone, gone+1)
			sets = slices.Insert(sets, w.r.IntN(len(sets)+1), w.newSet(i))
		}
		w.sets[i] = sets
	}
}

// next returns the points of the next round.
func (w *workload) next() []Point {
	w.round++
	at := time.Unix(1_700_000_000+10*w.round, 0)
	var points []Point
	for i, sets := range w.sets {
		for _, s := range sets {
			s.count += s.busy
			for j, v := range w.values(i, s) {
				points = append(points, Point{s.series[j], at, v})
			}
		}
	}
	return points
}

func (w *workload) values(instrument int, s *attributeSet) []Value {
	switch {
	case isHistogram(instrument):
		return w.histogram(s)
	case instrument%10 == 6:
		return []Value{Int(w.r.Int64N(1000))}
	case instrument%10 == 7:
		return []Value{w.share()}
	case instrument%2 == 0:
		return []Value{Int(s.count)}
	}
	return []Value{Float(float64(s.count) / 1e3)}
}

func (w *workload) share() Value { return Float(float64(w.r.IntN(10_000)) / 1e4) }

func (w *workload) histogram(s *attributeSet) []Value {
	var values []Value
	total := int64(0)
	for i := range les {
		total += (s.count>>i&63 + s.busy>>i&15) * (10 + w.round)
		values = append(values, Int(total))
	}
	return append(values, Int(total), Float(float64(s.count)/1e3), w.share(), w.share())
}
