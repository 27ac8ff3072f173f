package transform

import (
	"fmt"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// manyResources are collections of n resources, each of 10 series, as a Collector
// gives them.
func manyResources(n int) []*metricdata.ResourceMetrics {
	var all []*metricdata.ResourceMetrics
	for i := range n {
		var points []metricdata.DataPoint[int64]
		for j := range 10 {
			points = append(points, metricdata.DataPoint[int64]{Time: testTime, Value: int64(j), Attributes: attribute.NewSet(
				attribute.Int("id", j), attribute.String("method", "GET"), attribute.String("route", "/users/{id}"))})
		}
		rm := oneMetric("http.requests", metricdata.Sum[int64]{IsMonotonic: true, Temporality: metricdata.CumulativeTemporality, DataPoints: points})
		var attrs []attribute.KeyValue
		for k := range 8 {
			attrs = append(attrs, attribute.String(fmt.Sprint("resource.attribute.", k), fmt.Sprint("value ", i)))
		}
		rm.Resource = resource.NewSchemaless(attrs...)
		all = append(all, rm)
	}
	return all
}

func newDiscarding(changes ...change) *Transformer {
	return New(testConfig(changes...), sinkFunc(func(encoding.Point) error { return nil }))
}

// Resources that are collected one by one keep their series.
func TestManyResourcesKeepTheirSeries(t *testing.T) {
	all, tr := manyResources(1000), newDiscarding()
	now := testTime
	round := func() {
		now = now.Add(time.Minute)
		for _, rm := range all {
			tr.Collect(tr.Prepare(rm), now)
		}
	}
	round()
	if allocs := testing.AllocsPerRun(12, round); allocs > 1000 {
		t.Errorf("%.0f allocations for 10,000 series that are known", allocs)
	}
	if tr.cache.held != 10_000 || len(tr.cache.origins) != 1000 {
		t.Errorf("%d entries of %d resources are held", tr.cache.held, len(tr.cache.origins))
	}
}

// BenchmarkManyResources collects 1,000 resources one by one, again and again.
func BenchmarkManyResources(b *testing.B) {
	all, tr := manyResources(1000), newDiscarding()
	now := testTime
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(10 * time.Second)
		for _, rm := range all {
			tr.Collect(tr.Prepare(rm), now)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/series")
}

// BenchmarkModes collects 1,000 histograms, in each way of sending them.
func BenchmarkModes(b *testing.B) {
	for name, change := range map[string]change{
		"buckets": func(*Config) {}, "summary": func(c *Config) { c.Summary, c.Buckets, c.Accumulate, c.Complete = true, false, true, true },
		"reporter": func(c *Config) { reporting(c); c.Rates = []string{"*"} },
	} {
		b.Run(name, func(b *testing.B) {
			rm, tr := exponentialsOf(1000), newDiscarding(change)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				tr.Collect(tr.Prepare(later(rm, i)), testTime)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/histogram")
		})
	}
}

// exponentialsOf is a collection of n exponential histograms of 40 buckets.
func exponentialsOf(n int) *metricdata.ResourceMetrics {
	var points []metricdata.ExponentialHistogramDataPoint[float64]
	for i := range n {
		counts := make([]uint64, 40)
		for j := range counts {
			counts[j] = uint64(i+j) % 7
		}
		points = append(points, metricdata.ExponentialHistogramDataPoint[float64]{
			Attributes: attribute.NewSet(attribute.Int("id", i)), Count: 100, Sum: 55.5, Scale: 4,
			PositiveBucket: metricdata.ExponentialBucket{Offset: -20, Counts: counts},
			Min:            metricdata.NewExtrema(0.5), Max: metricdata.NewExtrema(2.0),
		})
	}
	return oneMetric("h", metricdata.ExponentialHistogram[float64]{Temporality: metricdata.DeltaTemporality, DataPoints: points})
}

// later gives the points the time of round i.
func later(rm *metricdata.ResourceMetrics, i int) *metricdata.ResourceMetrics {
	points := rm.ScopeMetrics[0].Metrics[0].Data.(metricdata.ExponentialHistogram[float64]).DataPoints
	for j := range points {
		points[j].StartTime = testTime.Add(time.Duration(i) * time.Second)
		points[j].Time = testTime.Add(time.Duration(i+1) * time.Second)
	}
	return rm
}

// In a steady state nothing is allocated for a point, in any mode and temporality.
func TestModesDoNotAllocate(t *testing.T) {
	for name, change := range map[string]change{
		"buckets": func(c *Config) { c.Rates = []string{"*"} }, "summary": func(c *Config) { c.Summary, c.Accumulate, c.Complete = true, true, true },
		"reporter": reporting, "as it comes": func(c *Config) { c.Summary = true },
	} {
		for _, temporality := range []metricdata.Temporality{metricdata.DeltaTemporality, metricdata.CumulativeTemporality} {
			rm, tr, i := exponentialsOf(100), newDiscarding(change), 0
			data := rm.ScopeMetrics[0].Metrics[0].Data.(metricdata.ExponentialHistogram[float64])
			data.Temporality = temporality
			rm.ScopeMetrics[0].Metrics[0].Data = data
			collect := func() {
				for j := range data.DataPoints {
					data.DataPoints[j].Count++
					data.DataPoints[j].PositiveBucket.Counts[3]++
				}
				tr.Collect(tr.Prepare(later(rm, i)), testTime)
				i++
			}
			collect()
			if allocs := testing.AllocsPerRun(50, collect); allocs > 5 {
				t.Errorf("%s, %v: %.0f allocations for 100 histograms", name, temporality, allocs)
			}
		}
	}
}

// What changes did not touch costs no memory either.
func TestIdleDoesNotAllocate(t *testing.T) {
	tr, now := newDiscarding(reporting), testTime
	rm := exponentialsOf(100)
	rm.ScopeMetrics[0].Metrics[0].Unit = "s"
	tr.Collect(tr.Prepare(later(rm, 0)), now)
	empty := nothing()
	if allocs := testing.AllocsPerRun(50, func() {
		now = now.Add(time.Second)
		tr.Collect(tr.Prepare(empty), now)
	}); allocs > 5 {
		t.Errorf("%.0f allocations for 100 histograms", allocs)
	}
}

// What is sent though the collections do not have it is bounded: those that were
// absent longest go.
func TestIdleIsBounded(t *testing.T) {
	tr := newDiscarding(reporting)
	now := testTime
	for i := range 10 {
		rm := later(exponentialsOf(500), i)
		points := rm.ScopeMetrics[0].Metrics[0].Data.(metricdata.ExponentialHistogram[float64]).DataPoints
		for j := range points {
			points[j].Attributes = attribute.NewSet(attribute.Int("id", 500*i+j))
		}
		tr.Collect(tr.Prepare(rm), now)
		now = now.Add(time.Hour)
	}
	tr.Collect(tr.Prepare(nothing()), now)
	if tr.cache.held != maxIdle {
		t.Errorf("%d entries are held, want %d", tr.cache.held, maxIdle)
	}
	for range 3 {
		now = now.Add(time.Hour)
		tr.Collect(tr.Prepare(nothing()), now)
	}
	if tr.cache.held != maxIdle {
		t.Errorf("%d entries are held while all is idle, want %d", tr.cache.held, maxIdle)
	}
}
