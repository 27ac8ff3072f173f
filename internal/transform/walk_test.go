package transform

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

var testTime = time.Unix(1_700_000_000, 0)

// recorder collects what a Transformer emits, as lines "series time value".
type recorder struct {
	*Transformer
	lines  []string
	report Report    // of the last collection
	now    time.Time // of the next
}

// testConfig is what an exporter has by default, on a machine named "box".
func testConfig(changes ...change) Config {
	cfg := Config{
		MaxTags:   25,
		HostTags:  []encoding.Tag{{Key: "host", Value: "box"}},
		ScopeTags: true,
		Buckets:   true,
		Quantiles: []float64{0.5, 0.99},
	}
	for _, change := range changes {
		change(&cfg)
	}
	return cfg
}

// A change is of testConfig.
type change func(*Config)

func mode(m encoding.SanitizeMode) change { return func(c *Config) { c.Mode = m } }
func maxTags(n int) change                { return func(c *Config) { c.MaxTags = n } }
func withoutHostTag(c *Config)            { c.HostTags = nil }

func newRecorder(changes ...change) *recorder {
	r := &recorder{now: testTime}
	check := encoding.NewEncoder(encoding.Config{})
	r.Transformer = New(testConfig(changes...), sinkFunc(func(p encoding.Point) error {
		if err := check.Append(p); err != nil {
			return err
		}
		r.lines = append(r.lines, fmt.Sprintf("%s %d %s", p.Series, p.Time.Unix(), p.Value))
		return nil
	}))
	return r
}

type sinkFunc func(encoding.Point) error

func (f sinkFunc) Append(p encoding.Point) error { return f(p) }

func (r *recorder) emit(rm *metricdata.ResourceMetrics) []string {
	r.lines = nil
	r.report = r.Collect(r.Prepare(rm), r.now)
	return r.lines
}

// oneMetric is a collection of one metric in a scope and a resource without
// attributes.
func oneMetric(name string, data metricdata.Aggregation) *metricdata.ResourceMetrics {
	return &metricdata.ResourceMetrics{
		Resource: resource.Empty(),
		ScopeMetrics: []metricdata.ScopeMetrics{{
			Metrics: []metricdata.Metrics{{Name: name, Data: data}},
		}},
	}
}

func gauge[N int64 | float64](v N, attrs ...attribute.KeyValue) metricdata.Gauge[N] {
	return metricdata.Gauge[N]{DataPoints: []metricdata.DataPoint[N]{
		{Attributes: attribute.NewSet(attrs...), Time: testTime, Value: v},
	}}
}

func equalLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestEachAggregation(t *testing.T) {
	at := testTime
	a := attribute.NewSet(attribute.String("k", "v"))
	sum := func(mono bool, tmp metricdata.Temporality) metricdata.Aggregation {
		return metricdata.Sum[int64]{IsMonotonic: mono, Temporality: tmp, DataPoints: []metricdata.DataPoint[int64]{
			{Attributes: a, Time: at, Value: math.MaxInt64},
		}}
	}
	const end = `,k="v"} 1700000000 `
	for name, tc := range map[string]struct {
		data metricdata.Aggregation
		want []string
	}{
		"gauge int64":   {gauge[int64](-3, attribute.String("k", "v")), []string{`m{host="box",k="v"} 1700000000 -3`}},
		"gauge float64": {gauge(0.1, attribute.String("k", "v")), []string{`m{host="box",k="v"} 1700000000 0.1`}},
		"sum int64, exact": {sum(true, metricdata.CumulativeTemporality), []string{
			`m{host="box"` + end + `9223372036854775807`,
		}},
		"delta sum, as it is": {sum(false, metricdata.DeltaTemporality), []string{
			`m{host="box"` + end + `9223372036854775807`,
		}},
		"sum float64": {metricdata.Sum[float64]{DataPoints: []metricdata.DataPoint[float64]{
			{Attributes: a, Time: at, Value: 1.5},
		}}, []string{`m{host="box"` + end + `1.5`}},
		"histogram float64": {metricdata.Histogram[float64]{DataPoints: []metricdata.HistogramDataPoint[float64]{{
			Attributes: a, Time: at, Count: 6, Sum: 12.5, Bounds: []float64{0.5, 1e6}, BucketCounts: []uint64{1, 2, 3},
			Min: metricdata.NewExtrema(0.25), Max: metricdata.NewExtrema(2e6),
		}}}, []string{
			`m_bucket{host="box",k="v",le="0.5"} 1700000000 1`,
			`m_bucket{host="box",k="v",le="1e+06"} 1700000000 3`,
			`m_bucket{host="box",k="v",le="+Inf"} 1700000000 6`,
			`m_count{host="box"` + end + `6`,
			`m_sum{host="box"` + end + `12.5`,
			`m_min{host="box"` + end + `0.25`,
			`m_max{host="box"` + end + `2000000`,
		}},
		"histogram int64 without buckets, min and max": {metricdata.Histogram[int64]{
			DataPoints: []metricdata.HistogramDataPoint[int64]{{Attributes: a, Time: at, Count: 2, Sum: 7}},
		}, []string{
			`m_bucket{host="box",k="v",le="+Inf"} 1700000000 2`,
			`m_count{host="box"` + end + `2`,
			`m_sum{host="box"` + end + `7`,
		}},
		"histogram with an attribute le, which its buckets cannot have": {metricdata.Histogram[int64]{
			DataPoints: []metricdata.HistogramDataPoint[int64]{{
				Attributes: attribute.NewSet(attribute.String("le", "x")), Time: at, Count: 3, Sum: 4, Bounds: []float64{1}, BucketCounts: []uint64{1, 2},
			}},
		}, []string{
			`m_bucket{host="box",le="1"} 1700000000 1`,
			`m_bucket{host="box",le="+Inf"} 1700000000 3`,
			`m_count{host="box",le="x"} 1700000000 3`,
			`m_sum{host="box",le="x"} 1700000000 4`,
		}},
		"exponential histogram": {metricdata.ExponentialHistogram[int64]{
			DataPoints: []metricdata.ExponentialHistogramDataPoint[int64]{{
				Attributes: a, Time: at, Count: 8, Sum: 5, Scale: 0, ZeroCount: 1,
				PositiveBucket: metricdata.ExponentialBucket{Offset: 1, Counts: []uint64{2, 1}},
				NegativeBucket: metricdata.ExponentialBucket{Offset: 0, Counts: []uint64{3, 1}},
				Min:            metricdata.NewExtrema[int64](-4), Max: metricdata.NewExtrema[int64](8),
			}},
		}, []string{
			`m_bucket{host="box",k="v",le="-2"} 1700000000 1`,
			`m_bucket{host="box",k="v",le="-1"} 1700000000 4`,
			`m_bucket{host="box",k="v",le="0"} 1700000000 5`,
			`m_bucket{host="box",k="v",le="2"} 1700000000 5`,
			`m_bucket{host="box",k="v",le="4"} 1700000000 7`,
			`m_bucket{host="box",k="v",le="8"} 1700000000 8`,
			`m_bucket{host="box",k="v",le="+Inf"} 1700000000 8`,
			`m_count{host="box"` + end + `8`,
			`m_sum{host="box"` + end + `5`,
			`m_min{host="box"` + end + `-4`,
			`m_max{host="box"` + end + `8`,
		}},
		"summary": {metricdata.Summary{DataPoints: []metricdata.SummaryDataPoint{{
			Attributes: a, Time: at, Count: 3, Sum: 6,
			QuantileValues: []metricdata.QuantileValue{{Quantile: 0.5, Value: 2}, {Quantile: 0.99, Value: 3.5}},
		}}}, []string{
			`m{host="box",k="v",quantile="0.5"} 1700000000 2`,
			`m{host="box",k="v",quantile="0.99"} 1700000000 3.5`,
			`m_count{host="box"` + end + `3`,
			`m_sum{host="box"` + end + `6`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder()
			equalLines(t, r.emit(oneMetric("m", tc.data)), tc.want...)
			if strings.HasPrefix(name, "delta") { // the second is taken
				for i := range tc.want {
					tc.want[i] = strings.Replace(tc.want[i], " 1700000000 ", " 1700000001 ", 1)
				}
			}
			equalLines(t, r.emit(oneMetric("m", tc.data)), tc.want...) // from the cache
		})
	}
}

func TestZeroTimeMeansNow(t *testing.T) {
	data := gauge[int64](1)
	data.DataPoints[0].Time = time.Time{}
	r := newRecorder()
	r.Collect(r.Prepare(oneMetric("m", data)), time.Unix(1_800_000_000, 0))
	equalLines(t, r.lines, `m{host="box"} 1800000000 1`)
}

func TestNames(t *testing.T) {
	for _, tc := range []struct {
		mode         encoding.SanitizeMode
		prefix, name string
		want         string
	}{
		{encoding.SanitizePrometheus, "", "http.server.duration", "http_server_duration_count"},
		{encoding.SanitizePrometheus, "app.", "http.server.duration", "app_http_server_duration_count"},
		{encoding.SanitizePrometheus, "", "7&&cpu-time/seconds", "_7_cpu_time_seconds_count"},
		{encoding.SanitizeApptuit, "app.", "http.server duration", "app.http.server_duration.count"},
		{encoding.SanitizeNone, "app.", "http.server.duration", "app.http.server.duration.count"},
	} {
		r := newRecorder(mode(tc.mode), func(c *Config) { c.Prefix = tc.prefix })
		data := metricdata.Histogram[int64]{DataPoints: []metricdata.HistogramDataPoint[int64]{{Time: testTime}}}
		lines := r.emit(oneMetric(tc.name, data))
		if !strings.HasPrefix(lines[1], tc.want+"{") {
			t.Errorf("%s, prefix %q: %q is sent as %s, want %s", tc.mode, tc.prefix, tc.name, lines[1], tc.want)
		}
	}
}

// One bad point costs that point alone, is counted in every report and named
// in the first.
func TestBadPointsCostThemselves(t *testing.T) {
	many := make([]attribute.KeyValue, 26)
	for i := range many {
		many[i] = attribute.Int(fmt.Sprintf("k%02d", i), i)
	}
	for name, tc := range map[string]struct {
		changes []change
		metric  string
		data    metricdata.Aggregation
		reason  encoding.Reason
		text    string
		points  int
	}{
		"NaN":           {nil, "m", gauge(math.NaN()), encoding.ErrNotFinite, `m{host="box"}`, 1},
		"infinity":      {nil, "m", gauge(math.Inf(-1)), encoding.ErrNotFinite, "infinite", 1},
		"empty name":    {nil, "", gauge(1.0), encoding.ErrName, "empty", 1},
		"own tags":      {nil, "m", gauge(1.0, many...), encoding.ErrTooManyTags, "26", 1},
		"refused name":  {[]change{mode(encoding.SanitizeNone)}, "a b", gauge(1.0), encoding.ErrName, "metric a b", 1},
		"refused key":   {[]change{mode(encoding.SanitizeNone)}, "m", gauge(1.0, attribute.Int("a b", 1)), encoding.ErrName, `"a b"`, 1},
		"no tag":        {[]change{withoutHostTag}, "m", gauge(1.0), encoding.ErrNoTags, "metric m", 1},
		"before 1970":   {nil, "m", early(gauge(1.0)), encoding.ErrTimestamp, "1969", 1},
		"unknown":       {nil, "m", nil, ErrUnknownAggregation, "metric m", 1},
		"histogram sum": {nil, "m", metricdata.Histogram[float64]{DataPoints: []metricdata.HistogramDataPoint[float64]{{Time: testTime, Sum: math.NaN()}}}, encoding.ErrNotFinite, `m_sum`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder(tc.changes...)
			rm := oneMetric(tc.metric, tc.data)
			good := metricdata.Metrics{Name: "good", Data: gauge[int64](1, attribute.String("k", "v"))}
			rm.ScopeMetrics[0].Metrics = append(rm.ScopeMetrics[0].Metrics, good)

			lines := r.emit(rm)
			if last := lines[len(lines)-1]; !strings.HasPrefix(last, "good{") {
				t.Errorf("the good point is lost: %q", lines)
			}
			if r.report.Dropped[tc.reason] != tc.points || len(r.report.Dropped) != 1 {
				t.Errorf("dropped %v, want %d of %s", r.report.Dropped, tc.points, tc.reason)
			}
			if all := r.report.Refused; len(all) != tc.points || !strings.Contains(textOf(all[0]), tc.text) {
				t.Errorf("refused %q, which does not say %q", all, tc.text)
			}
			r.emit(rm)
			if r.report.Refused != nil {
				t.Errorf("named twice: %v", r.report.Refused)
			}
			want := map[encoding.Reason]uint64{tc.reason: uint64(2 * tc.points)}
			if got := r.Stats().Dropped; !maps.Equal(got, want) {
				t.Errorf("counted %v, want %v", got, want)
			}
		})
	}
}

// textOf returns a point and its reason as one line.
func textOf(r Refused) string {
	if len(r.Tags) == 0 {
		return fmt.Sprintf("metric %s: %s", r.Metric, r.Reason)
	}
	var tags []string
	for _, tag := range r.Tags {
		tags = append(tags, fmt.Sprintf("%s=%q", tag.Key, tag.Value))
	}
	return fmt.Sprintf("%s{%s}: %s", r.Metric, strings.Join(tags, ","), r.Reason)
}

func early(g metricdata.Gauge[float64]) metricdata.Gauge[float64] {
	g.DataPoints[0].Time = time.Unix(-1, 0)
	return g
}

func TestRefusedHistogramCountsEachPoint(t *testing.T) {
	r := newRecorder(withoutHostTag)
	r.emit(oneMetric("m", metricdata.Histogram[int64]{DataPoints: []metricdata.HistogramDataPoint[int64]{
		{Time: testTime, Bounds: []float64{1}, BucketCounts: []uint64{1, 1}, Min: metricdata.NewExtrema[int64](0)},
	}}))
	// Buckets have the tag le and can be sent without any other; the rest cannot.
	if got := r.Stats().Dropped[encoding.ErrNoTags]; got == 0 {
		t.Errorf("nothing counted; sent %q", r.lines)
	}
}

func TestSeriesThatBecomeOneAreReported(t *testing.T) {
	r := newRecorder()
	rm := oneMetric("a.b", gauge[int64](1))
	rm.ScopeMetrics[0].Metrics = append(rm.ScopeMetrics[0].Metrics, metricdata.Metrics{Name: "a_b", Data: gauge[int64](2)})
	if lines := r.emit(rm); len(lines) != 2 {
		t.Errorf("got %q, want both points", lines)
	}
	if warned := fmt.Sprint(r.report.Warnings); !strings.Contains(warned, `a_b{host="box"}`) {
		t.Errorf("warnings %s", warned)
	}
	r.emit(rm)
	if len(r.report.Warnings) > 0 {
		t.Errorf("reported again: %v", r.report.Warnings)
	}
}

// Resource, scope, name and kind are part of a series' identity; a name may
// stand in two of each.
func TestSeriesAreKeptApart(t *testing.T) {
	r := newRecorder()
	for _, service := range []string{"x", "y"} {
		for _, meter := range []string{"a", "b"} {
			rm := oneMetric("m", gauge[int64](1))
			rm.Resource = resource.NewSchemaless(attribute.String("service.name", service))
			rm.ScopeMetrics[0].Scope = instrumentation.Scope{Name: meter, Version: "v1", Attributes: attribute.NewSet(attribute.Bool("beta", true))}
			equalLines(t, r.emit(rm), fmt.Sprintf(
				`m{host="box",otel_scope_beta="true",otel_scope_name=%q,otel_scope_version="v1",service_name=%q} 1700000000 1`,
				meter, service))
		}
	}
	if len(r.report.Warnings) > 0 {
		t.Errorf("warnings %v", r.report.Warnings)
	}
}

// A series that no collection has is forgotten by time, however many collections
// there are meanwhile.
func TestCacheForgets(t *testing.T) {
	r := newRecorder()
	histogram := func(id int) metricdata.Aggregation {
		return metricdata.Histogram[int64]{DataPoints: []metricdata.HistogramDataPoint[int64]{
			{Attributes: attribute.NewSet(attribute.Int("id", id)), Time: testTime, Bounds: []float64{1}, BucketCounts: []uint64{1, 1}},
		}}
	}
	const perHistogram, perGauge = 4, 1 // two buckets, count, sum
	collect := func(id int) {
		rm := oneMetric("steady", histogram(id))
		rm.ScopeMetrics[0].Metrics = append(rm.ScopeMetrics[0].Metrics,
			metricdata.Metrics{Name: fmt.Sprintf("m%d", id), Data: gauge[int64](1)})
		r.emit(rm)
	}
	for id := range 300 {
		collect(id)
	}
	if held := len(r.maker.identities.held); held != 300*(perHistogram+perGauge) {
		t.Errorf("%d series kept, want all", held)
	}
	for id := range 300 {
		r.now = r.now.Add(time.Minute)
		collect(id)
	}
	if most := int(keepFor/time.Minute+2) * (perHistogram + perGauge); len(r.maker.identities.held) > most {
		t.Errorf("%d series kept, want at most %d", len(r.maker.identities.held), most)
	}
	for range keepFor/time.Minute + 2 {
		r.now = r.now.Add(time.Minute)
		rm := oneMetric("m", gauge[int64](1))
		rm.ScopeMetrics[0].Scope.Name = "other"
		r.emit(rm)
	}
	if scopes := len(onlyOrigin(r).scopes); scopes != 1 || len(r.maker.identities.held) != 1 || r.cache.held != 1 {
		t.Errorf("%d scopes and %d series kept, want 1 and 1", scopes, len(r.maker.identities.held))
	}
	r.now = r.now.Add(2 * keepFor)
	rm := oneMetric("m", gauge[int64](1))
	rm.Resource = resource.NewSchemaless(attribute.String("service.name", "other"))
	r.emit(rm)
	if len(r.cache.origins) != 1 || r.cache.held != 1 {
		t.Errorf("%d resources kept, want 1", len(r.cache.origins))
	}
}

func onlyOrigin(r *recorder) *origin {
	for _, o := range r.cache.origins {
		return o
	}
	return nil
}

// What is too much at once is forgotten before its time.
func TestCacheIsBounded(t *testing.T) {
	r := &recorder{Transformer: New(testConfig(), sinkFunc(func(encoding.Point) error { return nil })), now: testTime}
	most := 0
	for id := range 5 * fewHeld / 1000 {
		rm := oneMetric("m", nil)
		var points []metricdata.DataPoint[int64]
		for i := range 1000 {
			points = append(points, metricdata.DataPoint[int64]{Time: testTime, Value: 1, Attributes: attribute.NewSet(attribute.Int("id", 1000*id+i))})
		}
		rm.ScopeMetrics[0].Metrics[0].Data = metricdata.Gauge[int64]{DataPoints: points}
		r.now = r.now.Add(time.Second)
		r.emit(rm)
		most = max(most, r.cache.held)
	}
	if most > 2*fewHeld || len(r.maker.identities.held) != r.cache.held {
		t.Errorf("%d entries were kept, and %d series are", most, len(r.maker.identities.held))
	}
}
