package apptuit

import (
	"slices"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
	environ "github.com/apptuitai/apptuit-go/internal/env"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

func TestParseTags(t *testing.T) {
	for in, want := range map[string][]encoding.Tag{
		"":                                 nil,
		" , ,":                             nil,
		"a:1":                              {{Key: "a", Value: "1"}},
		"k1: v1, k2: v2":                   {{Key: "k1", Value: "v1"}, {Key: "k2", Value: "v2"}},
		" k1 :v1 ,, k2:  v 2 ,":            {{Key: "k1", Value: "v1"}, {Key: "k2", Value: "v 2"}},
		"addr: 10.0.0.1:8080":              {{Key: "addr", Value: "10.0.0.1:8080"}},
		"größe/a.b-c_d: ☃":                 {{Key: "größe/a.b-c_d", Value: "☃"}},
		"url: http://h/p?q=1, host:[::1]:": {{Key: "url", Value: "http://h/p?q=1"}, {Key: "host", Value: "[::1]:"}},
	} {
		got, err := parseTags(in)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("parseTags(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
}

func TestParseTagsCountsTheItem(t *testing.T) {
	for in, item := range map[string]string{
		"a:1, b":       "item 2: ",
		"a:1, : v":     "item 2: ",
		"k: , a:1":     "item 1: ",
		"a b: v":       "item 1: ",
		"a:1,,b&c:2":   "item 3: ",
		"a:1,secret&x": "item 2: ",
	} {
		_, err := parseTags(in)
		if err == nil || !strings.HasPrefix(err.Error(), item) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "b&c") {
			t.Errorf("parseTags(%q): %v, want an error of %s", in, err, item)
		}
	}
}

func FuzzParseTags(f *testing.F) {
	f.Add("k1: v1, k2: v2")
	f.Add("addr: 10.0.0.1:8080,,")
	f.Add(":")
	f.Fuzz(func(t *testing.T, s string) {
		tags, err := parseTags(s)
		if err != nil {
			return
		}
		for _, tag := range tags {
			if err := checkTag(tag); err != nil {
				t.Errorf("parseTags(%q) lets pass %q: %v", s, tag, err)
			}
		}
	})
}

// Every variable that does not parse is an error of New that names it.
func TestBadVariables(t *testing.T) {
	for name, value := range map[string]string{
		"APPTUIT_STORE":                         "graphite",
		"APPTUIT_HEADERS":                       "bearer abc",
		"APPTUIT_MAX_BATCH":                     "0",
		"APPTUIT_MAX_BATCH_BYTES":               "1MiB",
		"APPTUIT_MILLISECONDS":                  "maybe",
		"APPTUIT_SCOPE_TAGS":                    "maybe",
		"APPTUIT_RESOURCE_ATTRIBUTES":           "a*b",
		"APPTUIT_MAX_TAGS":                      "0",
		"APPTUIT_PREFIX":                        "a b", // with a mode that changes nothing
		"APPTUIT_UNIT_SUFFIXES":                 "maybe",
		"APPTUIT_HISTOGRAMS":                    "both",
		"APPTUIT_QUANTILES":                     "50",
		"APPTUIT_RATES":                         " , ",
		"APPTUIT_REPORTER_NAMES":                "maybe",
		"APPTUIT_TEMPORALITY_PREFERENCE":        "low",
		"APPTUIT_DEFAULT_HISTOGRAM_AGGREGATION": "explicit",
		"APPTUIT_CARDINALITY_LIMIT":             "-1",
		"APPTUIT_QUEUE_SIZE":                    "16MiB",
		"APPTUIT_SPOOL_DIR":                     "/dev/null/spool",
		"APPTUIT_SPOOL_SIZE":                    "1000",
		"APPTUIT_SELF_METRICS":                  "some",
		"APPTUIT_RUNTIME_METRICS":               "maybe",
		"APPTUIT_PROCESS_METRICS":               "maybe",
		"APPTUIT_TAGS":                          "a",
		"APPTUIT_PY_TAGS":                       "a",
		"APPTUIT_DISABLE_HOST_TAG":              "maybe",
		"APPTUIT_SANITIZE_MODE":                 "strict",
		"APPTUIT_COMPRESSION":                   "zstd",
		"APPTUIT_TIMEOUT":                       "10s",
		"APPTUIT_INSECURE":                      "maybe",
		"APPTUIT_API_ENDPOINT":                  "ftp://store",
		"APPTUIT_API_TOKEN":                     "with space",
		"APPTUIT_PY_TOKEN":                      "with space",
	} {
		vars := map[string]string{name: value}
		if !strings.HasSuffix(name, "TOKEN") {
			vars["APPTUIT_API_TOKEN"] = "test-token"
		}
		if name == "APPTUIT_PREFIX" {
			vars["APPTUIT_SANITIZE_MODE"] = "none"
		}
		_, err := New(env(vars), WithErrorHandler(func(error) {}))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%q: %v", name, value, err)
		}
		if strings.Contains(err.Error(), `"`+value+`"`) || strings.HasSuffix(name, "TOKEN") && strings.Contains(err.Error(), value) {
			t.Errorf("%s: the error shows the value: %v", name, err)
		}
	}
}

func TestCodeBeatsEnvironment(t *testing.T) {
	vars := env(map[string]string{
		"APPTUIT_SANITIZE_MODE":    "apptuit",
		"APPTUIT_DISABLE_HOST_TAG": "no",
		"APPTUIT_TAGS":             "k: env",
	})
	cfg, err := newConfig([]Option{vars})
	if err != nil || cfg.mode != encoding.SanitizeApptuit || cfg.noHostTag || len(cfg.envTags) != 1 {
		t.Errorf("from the environment: mode %s, no host %t, tags %v, %v", cfg.mode, cfg.noHostTag, cfg.envTags, err)
	}
	cfg, err = newConfig([]Option{vars, WithSanitizeMode(encoding.SanitizePrometheus), WithoutHostTag(), WithoutEnvTags()})
	if err != nil || cfg.mode != encoding.SanitizePrometheus || !cfg.noHostTag || cfg.envTags != nil {
		t.Errorf("from code: mode %s, no host %t, tags %v, %v", cfg.mode, cfg.noHostTag, cfg.envTags, err)
	}
}

func TestDeprecatedVariables(t *testing.T) {
	var heard []string
	handler := WithErrorHandler(func(err error) { heard = append(heard, err.Error()) })
	e, err := New(env(map[string]string{"APPTUIT_PY_TAGS": "k: v", "APPTUIT_PY_TOKEN": "old-secret"}), handler)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.cfg.envTags) != 1 {
		t.Errorf("tags %v", e.cfg.envTags)
	}
	all := strings.Join(heard, "\n")
	for _, name := range []string{"APPTUIT_PY_TAGS", "APPTUIT_PY_TOKEN"} {
		if !strings.Contains(all, name) {
			t.Errorf("no warning about %s in %q", name, heard)
		}
	}
	if strings.Contains(all, "old-secret") {
		t.Errorf("the warning shows the token: %q", heard)
	}

	heard = nil
	_, err = New(env(map[string]string{
		"APPTUIT_PY_TAGS": "k: v", "APPTUIT_PY_TOKEN": "old-secret", "APPTUIT_TAGS": "k: new", "APPTUIT_API_TOKEN": "new-token",
	}), handler)
	if err != nil || len(heard) > 0 {
		t.Errorf("with the new names set: %v, heard %q", err, heard)
	}
}

// What code says of a thing, its variable does not say, not even wrongly.
func TestEachOptionBeatsItsVariable(t *testing.T) {
	options := map[string]Option{
		environ.SanitizeMode: WithSanitizeMode(encoding.SanitizeNone), environ.DisableHostTag: WithoutHostTag(), environ.ScopeTags: WithoutScopeTags(),
		environ.ResourceAttributes: WithResourceFilter(nil), environ.MaxTags: WithMaxTags(3), environ.Prefix: WithPrefix("a."),
		environ.UnitSuffixes: WithUnitSuffixes(), environ.Histograms: WithHistograms(HistogramSummary), environ.Quantiles: WithQuantiles(0.5),
		environ.Rates: WithRates(), environ.TemporalityPreference: WithTemporalitySelector(sdkmetric.DefaultTemporalitySelector),
		environ.DefaultHistogramAggregation: WithAggregationSelector(exponentialHistograms), environ.QueueSize: WithQueueSize(1),
		environ.SpoolSize: WithSpool(t.TempDir(), SpoolSize(8<<20)), environ.RuntimeMetrics: WithRuntimeMetrics(), environ.ProcessMetrics: WithProcessMetrics(),
		environ.ReporterNames: WithReporterNames(), environ.CardinalityLimit: WithCardinalityLimit(1), environ.SelfMetrics: WithSelfMetrics(SelfMetricsAll),
	}
	// Its option is one of WithSpool.
	without := []string{environ.SpoolDir}
	for _, v := range variables {
		opt := options[v.name]
		if (opt == nil) != slices.Contains(without, v.name) {
			t.Errorf("%s: is there an option or not?", v.name)
		}
		if opt == nil {
			continue
		}
		if _, err := newConfig([]Option{env(map[string]string{v.name: " ,*b"}), opt}); err != nil {
			t.Errorf("%s is read where code says it: %v", v.name, err)
		}
	}
}

// Each thing that a store brings with it gives way to the variable, and that to code.
func TestStoreEnvironmentCode(t *testing.T) {
	vars := map[string]string{environ.Store: "opentsdb"}
	maxTags := func(opts ...Option) int { return testConfig(t, append([]Option{env(vars)}, opts...)...).maxTags }
	if n := maxTags(); n != 8 {
		t.Errorf("by the store %d", n)
	}
	if n := maxTags(WithStore(VictoriaMetrics)); n != 29 {
		t.Errorf("by the store in code %d", n)
	}
	vars[environ.MaxTags] = "12"
	if n := maxTags(); n != 12 {
		t.Errorf("by the variable %d", n)
	}
	if n := maxTags(WithMaxTags(4)); n != 4 {
		t.Errorf("by code %d", n)
	}
}

func TestVariablesOfHistograms(t *testing.T) {
	for _, tt := range []struct {
		histograms, quantiles string
		opts                  []Option
		want                  HistogramMode
	}{
		{"", "", nil, HistogramBuckets},
		{"buckets,Summary", "", nil, HistogramBuckets | HistogramSummary},
		{"summary", "0.5", nil, HistogramSummary},
		{"", "0.5", nil, HistogramBuckets | HistogramSummary},
		{"summary", "0.5", []Option{WithHistograms(HistogramBuckets)}, HistogramBuckets},
		{"buckets", "", []Option{WithQuantiles(0.5)}, HistogramBuckets | HistogramSummary},
	} {
		cfg := testConfig(t, append(tt.opts, env(map[string]string{environ.Histograms: tt.histograms, environ.Quantiles: tt.quantiles}))...)
		if cfg.histograms != tt.want {
			t.Errorf("%+v: %d", tt, cfg.histograms)
		}
	}
}

func TestVariableOfResourceAttributes(t *testing.T) {
	for value, want := range map[string]string{
		"service.name": "service.name", "service.*, host.name": "service.name service.version host.name", "none": "", "*": "service.name service.version host.name os.type",
	} {
		cfg := testConfig(t, env(map[string]string{environ.ResourceAttributes: value}))
		var kept []string
		for _, key := range []string{"service.name", "service.version", "host.name", "os.type"} {
			if cfg.resourceFilter(attribute.String(key, "x")) {
				kept = append(kept, key)
			}
		}
		if got := strings.Join(kept, " "); got != want {
			t.Errorf("%s keeps %q, want %q", value, got, want)
		}
	}
}
