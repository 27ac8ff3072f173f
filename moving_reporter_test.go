package apptuit_test

import (
	"context"
	"errors"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

var movedReporter = []movedFeature{
	{"ApptuitReporter(registry=)", func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store) // whose meters are the registry
		jobs, err := provider.Meter("queue").Int64Counter("jobs")
		if err != nil {
			t.Fatal(err)
		}
		jobs.Add(t.Context(), 2)
		order(t, provider)
		stop(t, provider)
		wantValue(t, store, 2, "jobs", tag("otel_scope_name", "queue"))
		wantValue(t, store, 1, "order_count", tag("otel_scope_name", "shop"))
	}},
	{"ApptuitReporter(reporting_interval=)", func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store, apptuit.WithInterval(5*time.Millisecond))
		order(t, provider)
		waitFor(t, store, "order_count")
	}},
	{"ApptuitReporter(token=)", func(t *testing.T, store *apptuittest.Server) {
		provider, err := apptuit.NewMeterProvider(t.Context(), apptuit.WithEndpoint(store.URL), apptuit.WithToken(movingToken))
		if err != nil {
			t.Fatal(err)
		}
		order(t, provider)
		stop(t, provider)
		arrived(t, store, "order_count") // any other token is refused by this store
	}},
	{"ApptuitReporter(api_endpoint=)", func(t *testing.T, store *apptuittest.Server) {
		orderOf(t, store, []apptuit.Option{apptuit.WithEndpoint(store.URL + "/")})
	}},
	{"ApptuitReporter(prefix=)", func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store, apptuit.WithPrefix("shop."))
		order(t, provider)
		stop(t, provider)
		wantValue(t, store, 1, "shop_order_count")
	}},
	{"ApptuitReporter(tags=)", func(t *testing.T, store *apptuittest.Server) {
		p := orderOf(t, store, []apptuit.Option{apptuit.WithTags(map[string]string{"service": "order-service"})})
		wantTag(t, p, "service", "order-service")
	}},
	{"ApptuitReporter(error_handler=)", func(t *testing.T, store *apptuittest.Server) {
		store.Inject(rejectOrders())
		heard := make(chan *transport.SendError, 1)
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
			var report *transport.SendError
			if errors.As(err, &report) && len(heard) == 0 { // one goroutine reports
				heard <- report
			}
		}))
		defer quiet()
		provider := reporterTo(t, store, apptuit.WithInterval(5*time.Millisecond))
		order(t, provider)
		select {
		case report := <-heard:
			if report.Status != 400 || report.Dropped[transport.ErrRejected] != 1 || report.Rejected[0].Reason != "no orders" {
				t.Errorf("%+v", report)
			}
		case <-time.After(10 * time.Second):
			t.Error("nothing was heard")
		}
		quiet()
		_ = provider.Shutdown(t.Context()) // it is refused too
	}},
	{"ApptuitReporter(error_handler=None)", func(t *testing.T, store *apptuittest.Server) {
		store.Inject(rejectOrders())
		quiet()
		provider := reporterTo(t, store, apptuit.WithErrorHandler(func(error) {}))
		order(t, provider)
		_ = provider.Shutdown(t.Context())
		if stored := store.Points(); slices.ContainsFunc(stored, isOrder) {
			t.Errorf("%v arrived", stored)
		}
	}},
	{"ApptuitReporter(disable_host_tag=)", func(t *testing.T, store *apptuittest.Server) {
		wantTag(t, orderOf(t, store, []apptuit.Option{apptuit.WithoutHostTag()}), "host", "")
	}},
	{"ApptuitReporter(collect_process_metrics=)", func(t *testing.T, store *apptuittest.Server) {
		stop(t, reporterTo(t, store, apptuit.WithProcessMetrics(), apptuit.WithRuntimeMetrics()))
		arrived(t, store, "process_uptime")
		arrived(t, store, "go_goroutine_count")
	}},
	{"ApptuitReporter(sanitize_mode=)", func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store, apptuit.WithSanitizeMode(encoding.SanitizeApptuit))
		order(t, provider)
		stop(t, provider)
		arrived(t, store, "order.count")
	}},
	{"ApptuitReporter(retry_count=)", func(t *testing.T, store *apptuittest.Server) {
		fault := store.Inject(apptuittest.Status(503).Times(1))
		provider := reporterTo(t, store, apptuit.WithErrorHandler(func(error) {}))
		order(t, provider)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			t.Fatal(err)
		}
		if arrived(t, store, "order_count"); fault.Fired() != 1 {
			t.Errorf("the fault fired %d times", fault.Fired())
		}
	}},
	{"start()", func(t *testing.T, store *apptuittest.Server) {
		order(t, reporterTo(t, store, apptuit.WithInterval(time.Millisecond))) // it has started
		waitFor(t, store, "order_count")
	}},
	{"stop()", func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store)
		order(t, provider)
		if err := provider.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantValue(t, store, 1, "order_count")
	}},
	{"report_now()", func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store)
		order(t, provider)
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantValue(t, store, 1, "order_count")
	}},
}

// rejectOrders lets a store refuse the orders, and nothing else.
func rejectOrders() apptuittest.Fault {
	return apptuittest.RejectPoints(func(p encoding.Point) string {
		if isOrder(p) {
			return "no orders"
		}
		return ""
	})
}

func isOrder(p encoding.Point) bool { return p.Series.Metric() == "order_count" }

// quiet lets OpenTelemetry's error handler say nothing.
func quiet() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) }

var movedTags = []movedFeature{
	{"tag host by default", func(t *testing.T, store *apptuittest.Server) {
		host, err := os.Hostname()
		if err != nil {
			t.Skip(err)
		}
		wantTag(t, orderOf(t, store, nil), "host", host)
	}},
	{"tag host of one's own", func(t *testing.T, store *apptuittest.Server) {
		wantTag(t, orderOf(t, store, []apptuit.Option{apptuit.WithTags(map[string]string{"host": "web-1"})}), "host", "web-1")
		store.Reset()
		t.Setenv("APPTUIT_TAGS", "host: web-2")
		wantTag(t, orderOf(t, store, nil), "host", "web-2")
	}},
	{"metric tags, reporter tags, global tags", func(t *testing.T, store *apptuittest.Server) {
		t.Setenv("APPTUIT_TAGS", "a: env, b: env, c: env")
		reporter := apptuit.WithTags(map[string]string{"a": "reporter", "b": "reporter"})
		p := orderOf(t, store, []apptuit.Option{reporter}, attribute.String("a", "metric"))
		wantTag(t, p, "a", "metric")
		wantTag(t, p, "b", "reporter")
		wantTag(t, p, "c", "env")
	}},
	{"characters of names and tag keys", func(t *testing.T, store *apptuittest.Server) {
		_, err := apptuit.New(apptuit.WithToken(movingToken), apptuit.WithTags(map[string]string{"a b": "v"}))
		if !errors.Is(err, encoding.ErrName) || !strings.Contains(err.Error(), "WithTags: tag 1 of 1") {
			t.Errorf("the key of a global tag: %v", err)
		}
		p := orderOf(t, store, nil, attribute.String("city code", "a b: ☃"))
		wantTag(t, p, "city_code", "a b: ☃")
	}},
	{"25 tags of a point", func(t *testing.T, store *apptuittest.Server) {
		var attrs []attribute.KeyValue
		for i := range 25 {
			attrs = append(attrs, attribute.Int("k"+string(rune('a'+i)), i))
		}
		p := orderOf(t, store, []apptuit.Option{apptuit.WithErrorHandler(func(error) {})}, attrs...)
		if tags := p.Series.Tags(); len(tags) != apptuit.DefaultMaxTags || tags[24].Key != "ky" {
			t.Errorf("%d tags: %v", len(tags), tags)
		}
	}},
}

var movedInstruments = []movedFeature{
	{"registry.counter(key).inc()", func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store)
		for range 3 {
			order(t, provider) // a meter gives an instrument of one name again
		}
		stop(t, provider)
		wantValue(t, store, 3, "order_count")
	}},
	{"registry.counter(key).dec()", func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store)
		jobs, err := provider.Meter("queue").Int64UpDownCounter("pending.jobs")
		if err != nil {
			t.Fatal(err)
		}
		jobs.Add(t.Context(), 3)
		jobs.Add(t.Context(), -1)
		stop(t, provider)
		wantValue(t, store, 2, "pending_jobs")
	}},
	{"registry.counter(encode_metric(name, tags))", func(t *testing.T, store *apptuittest.Server) {
		p := orderOf(t, store, nil, attribute.String("city-code", "BLR"))
		wantTag(t, p, "city_code", "BLR")
	}},
	{"registry.meter(key).mark()", func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store, apptuit.WithRates("order.*"))
		if err := provider.ForceFlush(t.Context()); err != nil { // rates begin with the second report
			t.Fatal(err)
		}
		order(t, provider)
		time.Sleep(time.Second) // less has no rate
		stop(t, provider)
		wantValue(t, store, 1, "order_count")
		for _, window := range []string{"mean", "1m", "5m", "15m"} {
			if rate := arrived(t, store, "order_count_rate", tag("window", window)).Value.Float64(); rate <= 0 {
				t.Errorf("the rate of %s is %g", window, rate)
			}
		}
	}},
	{"registry.add(key, CallbackGauge(f))", func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store)
		size := func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(7)
			return nil
		}
		if _, err := provider.Meter("queue").Int64ObservableGauge("queue.size", metric.WithInt64Callback(size)); err != nil {
			t.Fatal(err)
		}
		stop(t, provider)
		wantValue(t, store, 7, "queue_size")
	}},
	{"registry.gauge(key).set_value(v)", func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store)
		load, err := provider.Meter("node").Float64Gauge("load")
		if err != nil {
			t.Fatal(err)
		}
		load.Record(t.Context(), 0.5)
		stop(t, provider)
		wantValue(t, store, 0.5, "load")
	}},
	{"registry.timer(key).time()", func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store, apptuit.WithHistograms(apptuit.HistogramSummary), apptuit.WithRates())
		times, err := provider.Meter("shop").Float64Histogram("response.time", metric.WithUnit("s"))
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		times.Record(t.Context(), time.Since(begun).Seconds())
		begun = time.Now()
		if err := provider.ForceFlush(t.Context()); err != nil { // rates begin with the second report
			t.Fatal(err)
		}
		time.Sleep(time.Second) // less has no rate
		times.Record(t.Context(), time.Since(begun).Seconds())
		stop(t, provider)
		wantValue(t, store, 2, "response_time_count")
		for _, part := range []string{"_sum", "_min", "_max", "_mean"} {
			arrived(t, store, "response_time"+part)
		}
		arrived(t, store, "response_time", tag("quantile", "0.99"))
		arrived(t, store, "response_time_rate", tag("window", "15m"))
	}},
	{"registry.histogram(key).add(v)", func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store, apptuit.WithQuantiles(0.5, 0.75, 0.95, 0.99, 0.999))
		sizes, err := provider.Meter("shop").Int64Histogram("response.size")
		if err != nil {
			t.Fatal(err)
		}
		for v := range 5 {
			sizes.Record(t.Context(), int64(v))
		}
		stop(t, provider)
		for part, want := range map[string]float64{"count": 5, "sum": 10, "min": 0, "max": 4, "mean": 2} {
			wantValue(t, store, want, "response_size_"+part)
		}
		arrived(t, store, "response_size", tag("quantile", "0.75"))
		arrived(t, store, "response_size_bucket", tag("le", "+Inf")) // beside them, by default
	}},
	{"names of metrics", wantReporterNames},
}

var movedEnvironment = []movedFeature{
	{"APPTUIT_API_TOKEN", func(t *testing.T, store *apptuittest.Server) {
		t.Setenv("APPTUIT_API_TOKEN", movingToken)
		client, err := transport.New(transport.WithEndpoint(store.URL))
		if err != nil {
			t.Fatal(err)
		}
		defer client.CloseIdleConnections()
		send(t, client, encoding.Point{Series: timeSeries(t, "m", tag("k", "v"))})
		arrived(t, store, "m")
	}},
	{"APPTUIT_TAGS", func(t *testing.T, store *apptuittest.Server) {
		t.Setenv("APPTUIT_TAGS", "tag_key1: tag_val1,tag_key2:tag_val2, addr: 10.0.0.1:8080")
		p := orderOf(t, store, nil)
		wantTag(t, p, "tag_key1", "tag_val1")
		wantTag(t, p, "tag_key2", "tag_val2")
		wantTag(t, p, "addr", "10.0.0.1:8080")
		store.Reset()
		wantTag(t, orderOf(t, store, []apptuit.Option{apptuit.WithoutEnvTags()}), "tag_key1", "")
	}},
	{"APPTUIT_DISABLE_HOST_TAG", func(t *testing.T, store *apptuittest.Server) {
		t.Setenv("APPTUIT_DISABLE_HOST_TAG", "True")
		wantTag(t, orderOf(t, store, nil), "host", "")
	}},
	{"APPTUIT_PY_TOKEN", func(t *testing.T, store *apptuittest.Server) {
		t.Setenv("APPTUIT_PY_TOKEN", movingToken)
		var warning error
		client, err := transport.New(transport.WithEndpoint(store.URL), transport.WithWarningHandler(func(err error) { warning = err }))
		if err != nil || warning == nil {
			t.Fatal(err, warning)
		}
		defer client.CloseIdleConnections()
		send(t, client, encoding.Point{Series: timeSeries(t, "m", tag("k", "v"))})
		arrived(t, store, "m")
	}},
	{"APPTUIT_PY_TAGS", func(t *testing.T, store *apptuittest.Server) {
		t.Setenv("APPTUIT_PY_TAGS", "env: dev")
		var heard []error
		p := orderOf(t, store, []apptuit.Option{apptuit.WithErrorHandler(func(err error) { heard = append(heard, err) })})
		wantTag(t, p, "env", "dev")
		if len(heard) != 1 || !strings.Contains(heard[0].Error(), "APPTUIT_PY_TAGS") {
			t.Errorf("heard %v", heard)
		}
	}},
}

var movedMeta = []movedFeature{
	{"apptuit_reporter_send_total", wantMeta("apptuit_reporter_send_total")},
	{"apptuit_reporter_send_successful", wantMeta("apptuit_reporter_send_successful")},
	{"apptuit_reporter_send_failed", func(t *testing.T, store *apptuittest.Server) {
		store.Inject(rejectOrders())
		quiet()
		provider := reporterTo(t, store)
		order(t, provider)
		_ = provider.ForceFlush(t.Context())
		_ = provider.Shutdown(t.Context())
		wantValue(t, store, 1, "apptuit_reporter_send_failed")
	}},
	{"apptuit_reporter_send_time", wantMeta("apptuit_reporter_send_time_count")},
}

// wantMeta wants a second report to tell of the first.
func wantMeta(metric string) func(*testing.T, *apptuittest.Server) {
	return func(t *testing.T, store *apptuittest.Server) {
		provider := reporterTo(t, store)
		order(t, provider)
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
		stop(t, provider)
		if got := arrived(t, store, metric).Value.Float64(); got < 1 {
			t.Errorf("%s is %g", metric, got)
		}
	}
}

// A processSeries is what a process metric of apptuit-py is here; without a key it
// has no tag of its own.
type processSeries struct{ python, here, key, value string }

var movedProcessSeries = []processSeries{
	{"python_cpu_time_used_seconds, user", "process_cpu_time", "cpu_mode", "user"},
	{"python_cpu_time_used_seconds, system", "process_cpu_time", "cpu_mode", "system"},
	{"python_memory_usage_bytes", "apptuit_process_memory_peak", "", ""},
	{"python_page_faults, major", "process_paging_faults", "system_paging_fault_type", "minor"},
	{"python_page_faults, minor", "process_paging_faults", "system_paging_fault_type", "major"},
	{"python_process_swaps", "apptuit_process_swaps", "", ""},
	{"python_block_operations, input", "apptuit_process_block_operations", "disk_io_direction", "read"},
	{"python_block_operations, output", "apptuit_process_block_operations", "disk_io_direction", "write"},
	{"python_ipc_messages, sent", "apptuit_process_ipc_messages", "direction", "sent"},
	{"python_ipc_messages, received", "apptuit_process_ipc_messages", "direction", "received"},
	{"python_system_signals", "apptuit_process_signals", "", ""},
	{"python_context_switches, voluntary", "process_context_switches", "process_context_switch_type", "voluntary"},
	{"python_context_switches, involuntary", "process_context_switches", "process_context_switch_type", "involuntary"},
	{"python_thread", "process_thread_count", "", ""},
	{"python_gc_collection", "go_memory_gc_goal", "", ""},
	{"python_gc_threshold", "go_config_gogc", "", ""},
}

func movedProcess() []movedFeature {
	var features []movedFeature
	for _, s := range movedProcessSeries {
		features = append(features, movedFeature{s.python, s.arrives})
	}
	return features
}

func (s processSeries) arrives(t *testing.T, store *apptuittest.Server) {
	if !slices.Contains([]string{"linux", "darwin"}, runtime.GOOS) {
		t.Skip("not all of them are to be had here")
	}
	stop(t, reporterTo(t, store, apptuit.WithProcessMetrics(), apptuit.WithRuntimeMetrics()))
	var own []encoding.Tag
	if s.key != "" {
		own = append(own, tag(s.key, s.value))
	}
	arrived(t, store, s.here, own...)
}

// wantReporterNames migrates a program as docs/moving.md says, and wants each of
// its series to have the name that it had, and the tags, and a right value.
func wantReporterNames(t *testing.T, store *apptuittest.Server) {
	provider := reporterTo(t, store, apptuit.WithReporterNames(), apptuit.WithRates("order.*"),
		apptuit.WithoutScopeTags(), apptuit.WithResourceFilter(attribute.NewAllowKeysFilter()), apptuit.WithoutHostTag(),
		apptuit.WithTags(map[string]string{"service": "orders"}))
	meter := provider.Meter("shop")
	orders, err := meter.Int64Counter("order.events")
	pending, err2 := meter.Int64UpDownCounter("pending")
	load, err3 := meter.Float64Gauge("load")
	times, err4 := meter.Float64Histogram("order.time", metric.WithUnit("s"))
	sizes, err5 := meter.Int64Histogram("size")
	if err := errors.Join(err, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	for report := range 2 {
		time.Sleep(time.Duration(report) * time.Second) // less has no rate
		orders.Add(t.Context(), 1)
		pending.Add(t.Context(), 2)
		load.Record(t.Context(), 0.5)
		for v := 1; v <= 1000; v++ {
			times.Record(t.Context(), float64(v)/1000*float64(report+1))
			sizes.Record(t.Context(), int64(v))
		}
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]float64{}
	for _, p := range store.Points() {
		if text := p.Series.String(); !strings.HasPrefix(text, "apptuit_") && !strings.HasPrefix(text, "otel_") {
			got[text] = p.Value.Float64()
		}
	}
	stop(t, provider)
	for name, want := range map[string]float64{
		"order_events_count": 2, "pending_count": 4, "load_value": 0.5,
		"order_time_count": 2000, "order_time_sum": 1501.5, "order_time_min": 0.002, "order_time_max": 2, "order_time_avg": 1.001,
		"order_time_std_dev": 0.57764, "order_time_50_percentile": 1, "order_time_75_percentile": 1.5, "order_time_95_percentile": 1.9,
		"order_time_99_percentile": 1.98, "order_time_999_percentile": 1.998,
		"size_count": 2000, "size_sum": 1001000, "size_min": 1, "size_max": 1000, "size_avg": 500.5, "size_std_dev": 288.82,
		"size_50_percentile": 500, "size_75_percentile": 750, "size_95_percentile": 950, "size_99_percentile": 990, "size_999_percentile": 999,
		"order_events_1m_rate": -1, "order_events_5m_rate": -1, "order_events_15m_rate": -1, "order_events_mean_rate": -1,
		"order_time_1m_rate": -1, "order_time_5m_rate": -1, "order_time_15m_rate": -1, "order_time_mean_rate": -1,
	} {
		v, there := got[name+`{service="orders"}`]
		if !there || want >= 0 && math.Abs(v-want) > 0.05*want || want < 0 && v <= 0 {
			t.Errorf("%s is %g (%t), want %g", name, v, there, want)
		}
		delete(got, name+`{service="orders"}`)
	}
	for name := range got {
		t.Errorf("%s has a name that it did not have", name)
	}
}
