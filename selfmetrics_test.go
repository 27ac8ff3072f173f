package apptuit_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
)

// By default few series are the exporter's own, by choice all or none.
func TestSelfMetricsByChoice(t *testing.T) {
	for name, test := range map[string]struct {
		opts     []apptuit.Option
		metrics  int
		mostOwn  int
		mustHave string
	}{
		"default": {nil, 6, 16, "apptuit_reporter_send_time_count"},
		"said":    {[]apptuit.Option{apptuit.WithSelfMetrics(apptuit.SelfMetricsDefault)}, 6, 16, "otel_sdk_exporter_metric_data_point_inflight"},
		"all":     {[]apptuit.Option{apptuit.WithSelfMetrics(apptuit.SelfMetricsAll)}, 9, 45, "apptuit_exporter_queue_size"},
		"none":    {[]apptuit.Option{apptuit.WithSelfMetrics(apptuit.SelfMetricsNone)}, 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			store := apptuittest.NewServer()
			defer store.Close()
			provider, err := apptuit.NewMeterProvider(t.Context(), append(test.opts, apptuit.WithEndpoint(store.URL), apptuit.WithToken("test-token"), apptuit.WithInterval(time.Hour))...)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 46 {
				counter, err := provider.Meter("m").Int64Counter("c" + strconv.Itoa(i))
				if err != nil {
					t.Fatal(err)
				}
				counter.Add(t.Context(), 1)
			}
			for range 3 {
				if err := provider.ForceFlush(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if err := provider.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			own, metrics, names, programs := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
			for _, p := range store.Points() {
				if !strings.HasPrefix(p.Series.Metric(), "apptuit_") && !strings.HasPrefix(p.Series.Metric(), "otel_") {
					programs[p.Series.String()] = true
					continue
				}
				own[p.Series.String()], names[p.Series.Metric()] = true, true
				metrics[strings.NewReplacer("_bucket", "", "_sum", "", "_count", "", "_min", "", "_max", "").Replace(p.Series.Metric())] = true
			}
			if len(programs) != 46 || len(own) > test.mostOwn || len(metrics) != test.metrics {
				t.Errorf("%d series of the program, want 46; %d of the exporter, want at most %d; %d metrics, want %d: %v", len(programs), len(own), test.mostOwn, len(metrics), test.metrics, metrics)
			}
			if test.mustHave != "" && !names[test.mustHave] {
				t.Errorf("no %s among %v", test.mustHave, own)
			}
		})
	}
}
