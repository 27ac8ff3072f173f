package interop

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/internal/realserver"
	prom "github.com/prometheus/client_golang/prometheus"
	bridge "go.opentelemetry.io/contrib/bridges/prometheus"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// A real program, an HTTP server instrumented with otelhttp that has a Prometheus
// registry as well, arrives in VictoriaMetrics, and a dashboard's PromQL on it
// gives the right numbers.
func TestADashboardOnARealProgram(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	registry := prom.NewRegistry()
	jobs := prom.NewCounter(prom.CounterOpts{Name: "jobs_total"})
	latency := prom.NewHistogram(prom.HistogramOpts{Name: "job_seconds", Buckets: []float64{1, 2, 3, 4}})
	registry.MustRegister(jobs, latency)

	exporter, err := apptuit.New(apptuit.WithEndpoint(vm.PutURL), apptuit.WithoutToken(), apptuit.WithUnitSuffixes())
	must(t, err)
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter,
		sdkmetric.WithInterval(time.Hour), sdkmetric.WithProducer(bridge.NewMetricProducer(bridge.WithGatherer(registry))))))
	defer provider.Shutdown(context.Background())
	server := httptest.NewServer(otelhttp.NewHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "hello")
	}), "hello", otelhttp.WithMeterProvider(provider)))
	defer server.Close()

	must(t, provider.ForceFlush(t.Context())) // a first point of each series that there is already
	time.Sleep(2 * time.Second)               // real time: a rate needs two points, in seconds of their own
	for i := range 40 {
		request(t, server.URL)
		jobs.Inc()
		latency.Observe(float64(i%4) + 0.5)
	}
	must(t, provider.ForceFlush(t.Context()))
	vm.Samples(t, `{__name__!=""}`) // makes all of it visible
	time.Sleep(1200 * time.Millisecond)

	for promql, want := range map[string]float64{
		"sum(http_server_request_duration_seconds_count)":                                               40,
		`sum(http_server_request_duration_seconds_bucket{le="+Inf"})`:                                   40,
		"sum(http_server_response_body_size_bytes_sum)":                                                 40 * 5,
		"increase(jobs_total[1m])":                                                                      40,
		"histogram_quantile(0.5, sum by (le) (job_seconds_bucket))":                                     2,
		"sum(job_seconds_sum) / sum(job_seconds_count)":                                                 2,
		"histogram_quantile(0.99, sum by (le) (http_server_request_duration_seconds_bucket)) < bool 10": 1,
	} {
		if got := ask(t, vm.QueryURL, promql); got < want*0.999 || got > want*1.001 {
			t.Errorf("%s is %v, want %v", promql, got, want)
		}
	}
}

func request(t *testing.T, url string) {
	t.Helper()
	resp, err := http.Get(url)
	must(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	must(t, err)
	must(t, resp.Body.Close())
}

// ask returns the one value that a PromQL expression gives.
func ask(t *testing.T, base, promql string) float64 {
	t.Helper()
	resp, err := http.PostForm(base+"/prometheus/api/v1/query", url.Values{"query": {promql}})
	must(t, err)
	defer resp.Body.Close()
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	must(t, json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&answer))
	if len(answer.Data.Result) != 1 {
		t.Errorf("%s gives %d series", promql, len(answer.Data.Result))
		return 0
	}
	text, _ := answer.Data.Result[0].Value[1].(string)
	value, err := strconv.ParseFloat(text, 64)
	must(t, err)
	return value
}
