package interop

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	prom "github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/otlptranslator"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

// Scope labels apart, names, tags and values are those of the Prometheus
// exporter, without the suffixes of unit and kind and with them.
func TestAgreesWithThePrometheusExporter(t *testing.T) {
	for name, tc := range map[string]struct {
		theirs []prometheus.Option
		ours   []apptuit.Option
	}{
		"as it is":      {theirs: []prometheus.Option{prometheus.WithTranslationStrategy(otlptranslator.UnderscoreEscapingWithoutSuffixes)}},
		"with suffixes": {ours: []apptuit.Option{apptuit.WithUnitSuffixes()}},
	} {
		t.Run(name, func(t *testing.T) { agree(t, tc.theirs, tc.ours) })
	}
}

func agree(t *testing.T, theirOptions []prometheus.Option, ourOptions []apptuit.Option) {
	t.Helper()
	registry := prom.NewRegistry()
	theirs, err := prometheus.New(append(theirOptions, prometheus.WithRegisterer(registry),
		prometheus.WithoutScopeInfo(), prometheus.WithoutTargetInfo(),
		prometheus.WithResourceAsConstantLabels(func(attribute.KeyValue) bool { return true }))...)
	must(t, err)
	store := apptuittest.NewServer()
	defer store.Close()
	exporter, err := apptuit.New(append(ourOptions, apptuit.WithEndpoint(store.URL), apptuit.WithToken("test-token"),
		apptuit.WithoutHostTag(), apptuit.WithoutScopeTags(), apptuit.WithoutEnvTags())...)
	must(t, err)
	provider := sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(theirs), sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter)),
		sdkmetric.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "shop"), attribute.String("service-name", "joined"), attribute.Int("pid", 7))))
	defer provider.Shutdown(context.Background())

	measure(t, provider.Meter("m"))
	must(t, provider.ForceFlush(t.Context()))
	families, err := registry.Gather()
	must(t, err)
	compare(t, ours(store), gathered(t, families))
}

// measure uses random instruments under names and attributes that need work.
// Left out is where the Prometheus exporter has rules of its own: with suffixes
// it cuts a "_" at the end of a name, without them it keeps "__"; it puts "key_"
// before a label that starts with a digit, and sorts joined values, where we
// follow OpenTelemetry's order of the keys.
func measure(t *testing.T, m metric.Meter) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	names := []string{"plain", "with.dots", "with-dash/and.slash", "x.1.y", "Mixed.Case"}
	units := []string{"", "s", "ms", "By", "1", "{item}/s"}
	for i, name := range names {
		unit := metric.WithUnit(units[i%len(units)])
		counter, err := m.Int64Counter("c."+name, unit)
		must(t, err)
		upDown, err := m.Float64UpDownCounter("u."+name, unit)
		must(t, err)
		gauge, err := m.Float64Gauge("g."+name, unit)
		must(t, err)
		histogram, err := m.Float64Histogram("h."+name, unit, metric.WithExplicitBucketBoundaries(0.001, 0.5, 1, 1e6, 1e21))
		must(t, err)
		for range 10 {
			attrs := metric.WithAttributes(randomAttributes(r, i)...)
			counter.Add(t.Context(), r.Int64N(1<<50), attrs)
			upDown.Add(t.Context(), r.NormFloat64(), attrs)
			gauge.Record(t.Context(), r.NormFloat64(), attrs)
			histogram.Record(t.Context(), math.Exp(r.NormFloat64()*10), attrs)
		}
	}
}

func randomAttributes(r *rand.Rand, i int) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("http.route", fmt.Sprint("/item/", r.IntN(3))),
		attribute.String("a-b", "1"), attribute.String("a.b", "2"), attribute.String("a_b", "3"),
		attribute.Bool("bool", r.IntN(2) == 0),
		attribute.Float64("float", float64(i)/3),
		attribute.Int64Slice("list", []int64{1, int64(i)}),
		attribute.StringSlice("words", []string{"x", `y"z`}),
		attribute.String("ключ.x", "größe\n\"quoted\""),
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ours returns what the store got, by series; min and max have no counterpart.
func ours(store *apptuittest.Server) map[string]float64 {
	points := map[string]float64{}
	for _, p := range store.Points() {
		name := p.Series.Metric()
		if strings.HasPrefix(name, "h_") && (strings.HasSuffix(name, "_min") || strings.HasSuffix(name, "_max")) {
			continue
		}
		labels := map[string]string{}
		for _, tag := range p.Series.Tags() {
			labels[tag.Key] = tag.Value
		}
		points[key(name, labels)] = p.Value.Float64()
	}
	return points
}

// gathered flattens what the Prometheus exporter shows, as its text format does.
func gathered(t *testing.T, families []*dto.MetricFamily) map[string]float64 {
	t.Helper()
	points := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			labels := map[string]string{}
			for _, pair := range m.GetLabel() {
				labels[pair.GetName()] = pair.GetValue()
			}
			flatten(points, family, m, labels)
		}
	}
	return points
}

func flatten(points map[string]float64, family *dto.MetricFamily, m *dto.Metric, labels map[string]string) {
	name := family.GetName()
	switch family.GetType() {
	case dto.MetricType_COUNTER:
		points[key(name, labels)] = m.GetCounter().GetValue()
	case dto.MetricType_GAUGE:
		points[key(name, labels)] = m.GetGauge().GetValue()
	case dto.MetricType_HISTOGRAM:
		h := m.GetHistogram()
		points[key(name+"_sum", labels)] = h.GetSampleSum()
		points[key(name+"_count", labels)] = float64(h.GetSampleCount())
		bucket := func(le float64, n uint64) {
			labels["le"] = strconv.FormatFloat(le, 'g', -1, 64)
			points[key(name+"_bucket", labels)] = float64(n)
		}
		for _, b := range h.GetBucket() {
			bucket(b.GetUpperBound(), b.GetCumulativeCount())
		}
		bucket(math.Inf(1), h.GetSampleCount())
	}
}

func key(name string, labels map[string]string) string { return fmt.Sprintf("%s%q", name, labels) }

func compare(t *testing.T, got, want map[string]float64) {
	t.Helper()
	if len(want) < 300 {
		t.Fatalf("only %d points to compare with", len(want))
	}
	wrong := 0
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if v, ok := got[k]; (!ok || v != want[k]) && wrong < 10 {
			wrong++
			t.Errorf("%s: %v (sent: %t), the Prometheus exporter has %v", k, v, ok, want[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok && wrong < 10 {
			wrong++
			t.Errorf("%s: the Prometheus exporter has no such series", k)
		}
	}
}
