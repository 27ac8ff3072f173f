package apptuit

import (
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// Every option that is wrong is an error of New that names it.
func TestBadOptions(t *testing.T) {
	for name, opt := range map[string]Option{
		"WithEndpoint":            WithEndpoint("api.apptuit.ai"),
		"WithToken":               WithToken(""),
		"WithTokenSource":         WithTokenSource(nil),
		"WithUserID":              WithUserID("a:b"),
		"WithTimeout":             WithTimeout(-time.Second),
		"WithHTTPClient":          WithHTTPClient(nil),
		"WithTLSConfig":           WithTLSConfig(nil),
		"WithHeaders":             WithHeaders(map[string]string{"bad name": "v"}),
		"WithCompression":         WithCompression(encoding.Compression(99)),
		"WithMaxBatch":            WithMaxBatch(0),
		"WithMaxBatchBytes":       WithMaxBatchBytes(-1),
		"WithTags":                WithTags(map[string]string{"a b": "v"}),
		"WithTags: ":              WithTags(map[string]string{"k": ""}),
		"WithPrefix":              func(c *config) { WithSanitizeMode(encoding.SanitizeNone)(c); WithPrefix("a b")(c) },
		"WithSanitizeMode":        WithSanitizeMode(99),
		"WithMaxTags":             WithMaxTags(0),
		"WithTemporalitySelector": WithTemporalitySelector(nil),
		"WithAggregationSelector": WithAggregationSelector(nil),
		"WithHistograms":          WithHistograms(),
		"WithHistograms: ":        WithHistograms(99),
		"WithQuantiles":           WithQuantiles(0.5, 1.5),
		"WithRates":               WithRates("http.*", ""),
		"WithReporterNames":       func(c *config) { WithReporterNames()(c); WithUnitSuffixes()(c) },
		"WithUnitSuffixes":        func(c *config) { WithUnitSuffixes()(c); WithReporterNames()(c) },
		"WithQueueSize":           WithQueueSize(0),
		"WithMeterProvider":       WithMeterProvider(nil),
		"WithErrorHandler":        WithErrorHandler(nil),
	} {
		_, err := New(env(map[string]string{"APPTUIT_API_TOKEN": "test-token"}), opt)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	_, err := New(env(map[string]string{"APPTUIT_TAGS": "a"}), WithMaxTags(0), WithEndpoint("nowhere"))
	for _, name := range []string{"APPTUIT_TAGS", "WithMaxTags", "WithEndpoint", "APPTUIT_API_TOKEN"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}

// The caller may go on using the map it passed.
func TestOptionsKeepNoMap(t *testing.T) {
	tags := map[string]string{"k": "v"}
	opt := WithTags(tags)
	tags["k"] = "changed"
	cfg := testConfig(t, opt, WithTags(map[string]string{"other": "x"}))
	want := []encoding.Tag{{Key: "k", Value: "v"}, {Key: "other", Value: "x"}}
	if len(cfg.codeTags) != 2 || cfg.codeTags[0] != want[0] || cfg.codeTags[1] != want[1] {
		t.Errorf("got %v, want %v", cfg.codeTags, want)
	}
}
