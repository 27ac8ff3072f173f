package interop

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/internal/realserver"
)

const dashboards = "../../docs/dashboards"

// Every expression of every dashboard, and every variable, finds data in a real
// store: that of a real exporter which met an outage and a point that cannot be
// sent.
func TestDashboardsFindTheirData(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	store := startFlakyStore(t, vm.PutURL)
	t.Setenv("OTEL_SERVICE_NAME", "shop")
	t.Setenv("OTEL_METRIC_EXPORT_INTERVAL", "3600000")
	provider, err := apptuit.NewMeterProvider(t.Context(), apptuit.WithEndpoint(store.url), apptuit.WithToken("any-token"), apptuit.WithSelfMetrics(apptuit.SelfMetricsAll),
		apptuit.WithRuntimeMetrics(), apptuit.WithProcessMetrics(), apptuit.WithErrorHandler(func(error) {}))
	must(t, err)
	defer provider.Shutdown(context.Background())
	odd, err := provider.Meter("shop").Float64Gauge("odd")
	must(t, err)

	store.fail.Store(1)
	for range 5 { // real time: a rate needs points in seconds of their own
		odd.Record(t.Context(), math.NaN())
		provider.ForceFlush(t.Context()) // says that a point was dropped
		time.Sleep(1100 * time.Millisecond)
	}
	vm.Samples(t, `{__name__!=""}`) // makes all of it visible
	time.Sleep(1200 * time.Millisecond)

	files, err := filepath.Glob(filepath.Join(dashboards, "*.json"))
	must(t, err)
	if len(files) < 2 {
		t.Fatalf("found the dashboards %q", files)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { runDashboard(t, vm.QueryURL, readDashboard(t, file)) })
	}
}

// A dashboard is what is needed of Grafana's model.
type dashboard struct {
	UID, Title string
	Templating struct {
		List []struct{ Type, Name, Query string }
	}
	Panels []struct {
		Title, Description string
		Targets            []struct{ Expr string }
	}
}

func readDashboard(t *testing.T, file string) (d dashboard) {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	must(t, json.Unmarshal(text, &d))
	if d.UID == "" || d.Title == "" || len(d.Panels) < 10 {
		t.Fatalf("%s is %q, %q with %d panels", file, d.UID, d.Title, len(d.Panels))
	}
	return d
}

// filledIn puts into an expression what Grafana would.
var filledIn = strings.NewReplacer("$service", "shop", "$host", ".*", "$__rate_interval", "1m")

var labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

func runDashboard(t *testing.T, base string, d dashboard) {
	for _, panel := range d.Panels {
		if panel.Description == "" || len(panel.Targets) == 0 {
			t.Errorf("%s has no description, or no targets", panel.Title)
		}
		for _, target := range panel.Targets {
			expr := filledIn.Replace(target.Expr)
			if strings.Contains(expr, "$") {
				t.Errorf("%s: %s has a variable that nobody fills in", panel.Title, expr)
			}
			if n := len(find(t, base, expr)); n == 0 {
				t.Errorf("%s: %s finds nothing", panel.Title, expr)
			}
		}
	}
	for _, variable := range d.Templating.List {
		if variable.Type == "datasource" {
			continue
		}
		call := labelValues.FindStringSubmatch(filledIn.Replace(variable.Query))
		if call == nil {
			t.Errorf("the variable %s is %s", variable.Name, variable.Query)
			continue
		}
		hasLabel := func(series foundSeries) bool { return series.Metric[call[2]] != "" }
		if !slices.ContainsFunc(find(t, base, call[1]), hasLabel) {
			t.Errorf("the variable %s finds nothing: %s", variable.Name, variable.Query)
		}
	}
}

// A foundSeries has a finite value.
type foundSeries struct {
	Metric map[string]string
	Value  [2]any
}

func find(t *testing.T, base, promql string) []foundSeries {
	t.Helper()
	resp, err := http.PostForm(base+"/prometheus/api/v1/query", url.Values{"query": {promql}})
	must(t, err)
	defer resp.Body.Close()
	var answer struct {
		Error string
		Data  struct{ Result []foundSeries }
	}
	must(t, json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&answer))
	if answer.Error != "" {
		t.Errorf("%s: %s", promql, answer.Error)
	}
	return slices.DeleteFunc(answer.Data.Result, func(s foundSeries) bool { return s.Value[1] == "NaN" || s.Value[1] == "+Inf" })
}

// A flakyStore passes requests on to a store, but those that it is told to fail.
type flakyStore struct {
	url  string
	fail atomic.Int32
}

func startFlakyStore(t *testing.T, store string) *flakyStore {
	t.Helper()
	target, err := url.Parse(store)
	must(t, err)
	f := &flakyStore{}
	pass := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.fail.Add(-1) >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}
