package transform

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// warned returns what the last report warned of.
func (r *recorder) warned() string { return fmt.Sprint(r.report.Warnings) }

// A histogram has one bucket without a bound, whatever bounds a Producer gives.
func TestBoundsThatSayNothing(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for name, bounds := range map[string][]float64{
		"+Inf": {1, 2, inf}, "-Inf": {-inf, 1, 2}, "NaN": {1, nan, 2}, "twice": {1, 1, 2}, "fallen": {1, 2, 1.5},
	} {
		data := metricdata.Histogram[float64]{Temporality: metricdata.DeltaTemporality, DataPoints: []metricdata.HistogramDataPoint[float64]{{
			Time: testTime, Count: 10, Sum: 10, Bounds: bounds, BucketCounts: []uint64{5, 2, 2, 1},
		}}}
		r := newRecorder(func(c *Config) { c.Summary = true })
		lines := r.emit(oneMetric("m", data))
		if !strings.HasPrefix(lines[0], `m_bucket{host="box",le="1"}`) || !strings.HasPrefix(lines[1], `m_bucket{host="box",le="2"}`) ||
			lines[2] != `m_bucket{host="box",le="+Inf"} 1700000000 10` || strings.Contains(lines[3], "bucket") {
			t.Errorf("%s: %q", name, lines)
		}
		if !strings.Contains(r.warned(), "m: 1 bounds say nothing") || len(r.report.Warnings) != 1 {
			t.Errorf("%s: warned %s", name, r.warned())
		}
		if equalLines(t, r.emit(oneMetric("m", data)), aSecondOn(lines)...); len(r.report.Warnings) > 0 {
			t.Errorf("%s: warned again: %s", name, r.warned())
		}
	}
}

// The same of the quantiles of a summary.
func TestQuantilesThatSayNothing(t *testing.T) {
	var values []metricdata.QuantileValue
	for i, q := range []float64{0.5, math.NaN(), 0.9, 0.5} {
		values = append(values, metricdata.QuantileValue{Quantile: q, Value: float64(i)})
	}
	r := newRecorder()
	for range 2 {
		equalLines(t, r.emit(oneMetric("m", metricdata.Summary{DataPoints: []metricdata.SummaryDataPoint{{Time: testTime, QuantileValues: values}}})),
			`m{host="box",quantile="0.5"} 1700000000 0`, `m{host="box",quantile="0.9"} 1700000000 2`,
			`m_count{host="box"} 1700000000 0`, `m_sum{host="box"} 1700000000 0`)
	}
	r = newRecorder()
	if r.emit(oneMetric("m", metricdata.Summary{DataPoints: []metricdata.SummaryDataPoint{{Time: testTime, QuantileValues: values}}})); !strings.Contains(r.warned(), "m: 2 quantiles say nothing") {
		t.Errorf("warned %s", r.warned())
	}
}

// An attribute without a key costs itself alone, in each mode.
func TestAttributesWithoutAKey(t *testing.T) {
	for _, m := range []encoding.SanitizeMode{encoding.SanitizePrometheus, encoding.SanitizeApptuit, encoding.SanitizeNone} {
		r := newRecorder(mode(m))
		rm := oneMetric("m", gauge(1.5, attribute.String("", "x"), attribute.String("k", "v")))
		rm.ScopeMetrics[0].Metrics = append(rm.ScopeMetrics[0].Metrics, metricdata.Metrics{Name: "other", Data: gauge(2.0, attribute.Int("", 1))})
		equalLines(t, r.emit(rm), `m{host="box",k="v"} 1700000000 1.5`, `other{host="box"} 1700000000 2`)
		if len(r.report.Warnings) != 1 || !strings.Contains(r.warned(), "m: an attribute has no key") || r.Stats().DroppedTags != 2 || r.Stats().Dropped != nil {
			t.Errorf("%s: warned %s, %+v", m, r.warned(), r.Stats())
		}
		if r.emit(rm); len(r.report.Warnings) > 0 {
			t.Errorf("%s: warned again: %s", m, r.warned())
		}
	}
}

// Names and keys that lose letters are told, for others may become the same.
func TestNamesThatLoseLettersAreTold(t *testing.T) {
	for name, tc := range map[string]struct {
		mode   encoding.SanitizeMode
		metric string
		key    string
		want   string // part of the warning; none where it is empty
	}{
		"a name of another script":   {encoding.SanitizePrometheus, "日本", "k", `metric "日本" is sent as _`},
		"a name that loses a part":   {encoding.SanitizePrometheus, "größe.count", "k", `metric "größe.count" is sent as gr_e_count`},
		"a name without any letter":  {encoding.SanitizePrometheus, "%%", "k", `metric "%%" is sent as _`},
		"the same, another mode":     {encoding.SanitizeApptuit, "%%", "k", `metric "%%" is sent as _`},
		"a key of another script":    {encoding.SanitizePrometheus, "m", "город", `tag key "город" is sent as _`},
		"a mode that keeps letters":  {encoding.SanitizeApptuit, "größe", "город", ""},
		"a name with other signs":    {encoding.SanitizePrometheus, "http.server/duration 2%", "a-b", ""},
		"a name that nothing befell": {encoding.SanitizePrometheus, "m", "k", ""},
	} {
		r := newRecorder(mode(tc.mode))
		r.emit(oneMetric(tc.metric, gauge(1.5, attribute.String(tc.key, "v"))))
		if (tc.want == "") != (len(r.report.Warnings) == 0) || !strings.Contains(r.warned(), tc.want) {
			t.Errorf("%s: warned %s, want %s", name, r.warned(), tc.want)
		}
		if r.emit(oneMetric(tc.metric, gauge(1.5, attribute.String(tc.key, "w")))); len(r.report.Warnings) > 0 {
			t.Errorf("%s: warned again: %s", name, r.warned())
		}
	}
	r := newRecorder()
	rm := oneMetric("日本", gauge(1.5))
	rm.ScopeMetrics[0].Metrics = append(rm.ScopeMetrics[0].Metrics, metricdata.Metrics{Name: "中国", Data: gauge(2.0)})
	if r.emit(rm); !strings.Contains(r.warned(), "2 names lose letters") || !strings.Contains(r.warned(), "1 series have the name and tags of another one") {
		t.Errorf("warned %s", r.warned())
	}
}

// aSecondOn is what the same changes give again in the same second: they are put into
// the next one.
func aSecondOn(lines []string) (next []string) {
	for _, line := range lines {
		next = append(next, strings.Replace(line, " 1700000000 ", " 1700000001 ", 1))
	}
	return next
}
