package apptuit_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/internal/realserver"
	internalwire "github.com/apptuitai/apptuit-go/internal/wire"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

// presets has a test for each row of the table of stores.
var presets = map[apptuit.Store]func(*testing.T){
	apptuit.Apptuit:         testApptuit,
	apptuit.VictoriaMetrics: testVictoriaMetrics,
	apptuit.InfluxDB:        testInfluxDB,
	apptuit.OpenTSDB:        testOpenTSDB,
}

func TestPresets(t *testing.T) {
	for _, row := range internalwire.Stores {
		test := presets[apptuit.Store(row.Name)]
		if test == nil {
			t.Errorf("%s has no test", row.Name)
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// run exports once what record measures, with the SDK's default resource.
func run(t *testing.T, record func(metric.Meter), opts ...apptuit.Option) *apptuit.Exporter {
	t.Helper()
	fail := apptuit.WithErrorHandler(func(err error) {
		if !strings.HasPrefix(err.Error(), "tags left out of ") {
			t.Errorf("heard %v", err)
		}
	})
	exporter, err := apptuit.New(append([]apptuit.Option{fail}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	provider := sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter, sdkmetric.WithInterval(time.Hour))),
		sdkmetric.WithResource(resource.Default()),
	)
	record(provider.Meter("m"))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := provider.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	return exporter
}

// count adds to a counter with these attributes.
func count(t *testing.T, m metric.Meter, name string, attrs ...attribute.KeyValue) {
	t.Helper()
	c, err := m.Int64Counter(name)
	if err != nil {
		t.Fatal(err)
	}
	c.Add(context.Background(), 7, metric.WithAttributes(attrs...))
}

// attributes are n of them.
func attributes(n int) (all []attribute.KeyValue) {
	for i := range n {
		all = append(all, attribute.String(fmt.Sprintf("k%02d", i), "v"))
	}
	return all
}

func testApptuit(t *testing.T) {
	store := apptuittest.NewServer(apptuittest.WithToken(testToken))
	defer store.Close()
	if _, err := apptuit.New(apptuit.WithStore(apptuit.Apptuit), apptuit.WithEndpoint(store.URL)); err == nil || !strings.Contains(err.Error(), "no token") {
		t.Errorf("without a token: %v", err)
	}
	exporter := run(t, func(m metric.Meter) { count(t, m, "n", attributes(25)...) },
		apptuit.WithStore(apptuit.Apptuit), apptuit.WithEndpoint(store.URL), apptuit.WithToken(testToken))
	points := store.Points()
	if len(points) != 1 || len(points[0].Series.Tags()) != 25 || exporter.Stats().Sent != 1 {
		t.Errorf("stored %v", points)
	}
}

func testVictoriaMetrics(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	run(t, func(m metric.Meter) { count(t, m, "n", attributes(29)...) },
		apptuit.WithStore(apptuit.VictoriaMetrics), apptuit.WithEndpoint(vm.PutURL), apptuit.WithoutHostTag())
	samples := vm.Samples(t, "n")
	if len(samples) != 1 || samples[0].Value != 7 || len(samples[0].Tags) != 29 {
		t.Errorf("stored %v", samples)
	}
}

// A tag called time, and values that end in a backslash, cost neither a point nor
// the tags behind them.
func testInfluxDB(t *testing.T) {
	influx := realserver.StartInfluxDB(t)
	influx.CreateDatabase(t)
	run(t, func(m metric.Meter) {
		count(t, m, "n", attribute.String("a", `C:\`), attribute.String("b", `C:\\`), attribute.String("time", "noon"), attribute.String("time_", "own"), attribute.String("z", "last"))
	}, apptuit.WithStore(apptuit.InfluxDB), apptuit.WithEndpoint(influx.PutURL), apptuit.WithTags(map[string]string{"path": `D:\`}))
	samples := influx.Samples(t, "n")
	if len(samples) != 1 || samples[0].Value != 7 {
		t.Fatalf("stored %v", samples)
	}
	for key, want := range map[string]string{"a": `C:/`, "b": `C:\/`, "time__": "noon", "time_": "own", "z": "last", "path": `D:/`} {
		if got := samples[0].Tags[key]; got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

// Nothing of what instruments hold is refused by a stock OpenTSDB, however much it
// is, and no request is sent in vain.
func testOpenTSDB(t *testing.T) {
	store := apptuittest.NewServer(apptuittest.WithOpenTSDB())
	defer store.Close()
	const routes = 300
	exporter := run(t, func(m metric.Meter) {
		h, _ := m.Float64Histogram("latency", metric.WithExplicitBucketBoundaries(-1, 0.5, 1e6))
		for i := range routes {
			h.Record(context.Background(), 1, metric.WithAttributes(
				attribute.String("route", "/users/{id}/"+strconv.Itoa(i*7919)), attribute.String("error", "*errors.errorString"), attribute.String("größe", "grün 𝔸")))
		}
	}, apptuit.WithStore(apptuit.OpenTSDB), apptuit.WithEndpoint(store.URL), apptuit.WithSanitizeMode(2))
	want := routes * len([]string{"-1", "0.5", "1e06", "Inf", "sum", "count", "min", "max"})
	if points := store.Points(); len(points) != want || exporter.Stats().Sent != uint64(want) || len(exporter.Stats().Dropped) != 0 {
		t.Errorf("stored %d points, want %d: %+v", len(points), want, exporter.Stats())
	}
	bounds := map[string]bool{}
	for _, p := range store.Points() {
		if le, ok := p.Series.Tag("le"); ok {
			bounds[le] = true
		}
		if route, _ := p.Series.Tag("route"); !strings.HasPrefix(route, "/users/_id_/") {
			t.Fatalf("route %q", route)
		}
		if g, _ := p.Series.Tag("größe"); g != "grün__" {
			t.Fatalf("größe %q", g)
		}
	}
	if len(bounds) != 4 || !bounds["Inf"] || !bounds["1e06"] || !bounds["-1"] {
		t.Errorf("bounds %v", bounds)
	}
	requests := store.Requests()
	for _, r := range requests {
		if r.Status != http.StatusOK || r.Query != "details&sync&sync_timeout=25000" {
			t.Errorf("%d to %s", r.Status, r.Query)
		}
	}
	if n := len(requests); n < 2 || n > 30 {
		t.Errorf("%d requests", n)
	}
}

// Without compression, and with series that do not compress, a body is no larger.
func TestOpenTSDBBodies(t *testing.T) {
	for name, opt := range map[string]apptuit.Option{"none": apptuit.WithCompression(2), "gzip": apptuit.WithCompression(0)} {
		t.Run(name, func(t *testing.T) {
			store := apptuittest.NewServer(apptuittest.WithOpenTSDB())
			defer store.Close()
			run(t, func(m metric.Meter) {
				for i := range 400 {
					count(t, m, "n", attribute.String("id", randomText(i)))
				}
			}, apptuit.WithStore(apptuit.OpenTSDB), apptuit.WithEndpoint(store.URL), opt)
			if store.Stored() != 400 {
				t.Errorf("stored %d", store.Stored())
			}
			for _, r := range store.Requests() {
				if r.Status != http.StatusOK {
					t.Errorf("status %d", r.Status)
				}
			}
		})
	}
}

func randomText(seed int) string {
	x := uint64(seed + 1)
	var b strings.Builder
	for range 20 {
		x = x*6364136223846793005 + 1442695040888963407
		b.WriteString(strconv.FormatUint(x, 36))
	}
	return b.String()
}

// A place is a store that takes puts elsewhere.
type place struct {
	mu   sync.Mutex
	puts []*http.Request
}

func (p *place) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.puts = append(p.puts, r)
	w.WriteHeader(http.StatusNoContent)
}

// Other stores want other paths and parameters.
func TestOtherShapes(t *testing.T) {
	for name, tt := range map[string]struct {
		endpoint string
		opts     []apptuit.Option
		want     string
	}{
		"GreptimeDB": {"/v1/opentsdb?db=public", []apptuit.Option{apptuit.WithoutDetails(), apptuit.WithCompression(2), apptuit.WithMaxTags(40)}, "/v1/opentsdb/api/put?db=public"},
		"CnosDB": {"", []apptuit.Option{
			apptuit.WithPutPath("/api/v1/opentsdb/put"), apptuit.WithQueryParameters(map[string]string{"db": "public", "precision": "s"}),
		}, "/api/v1/opentsdb/put?details&db=public&precision=s"},
		"TDengine":            {"", []apptuit.Option{apptuit.WithPutPath("/opentsdb/v1/put/json/db"), apptuit.WithUserID("root"), apptuit.WithToken("taosdata")}, "/opentsdb/v1/put/json/db?details"},
		"an option beats":     {"?db=a&x=1", []apptuit.Option{apptuit.WithQueryParameters(map[string]string{"db": "b&c"})}, "/api/put?details&db=b%26c&x=1"},
		"OpenTSDB, by itself": {"?sync_timeout=5", []apptuit.Option{apptuit.WithStore(apptuit.OpenTSDB)}, "/api/put?details&sync&sync_timeout=5"},
	} {
		t.Run(name, func(t *testing.T) {
			var p place
			server := httptest.NewServer(&p)
			defer server.Close()
			opts := append([]apptuit.Option{apptuit.WithStore(apptuit.VictoriaMetrics), apptuit.WithEndpoint(server.URL + tt.endpoint)}, tt.opts...)
			exporter := run(t, func(m metric.Meter) { count(t, m, "n") }, opts...)
			if len(p.puts) != 1 || p.puts[0].RequestURI != tt.want {
				t.Errorf("%d puts, want one to %q: %v", len(p.puts), tt.want, p.puts)
			}
			if strings.Contains(exporter.String(), "?") {
				t.Errorf("%s shows a query", exporter)
			}
		})
	}
}

// What waits for one set of parameters is not sent by another.
func TestSpoolOfParameters(t *testing.T) {
	var p place
	server := httptest.NewServer(&p)
	defer server.Close()
	dir := t.TempDir()
	open := func(endpoint, db string) *apptuit.Exporter {
		e, err := apptuit.New(apptuit.WithEndpoint(endpoint), apptuit.WithoutToken(), apptuit.WithSpool(dir),
			apptuit.WithErrorHandler(func(error) {}), apptuit.WithQueryParameters(map[string]string{"db": db}))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	address := strings.TrimPrefix(server.URL, "http://")
	server.Close()
	r := &rig{t: t}
	down := open("http://"+address, "first")
	_ = down.Export(t.Context(), r.points(1))
	end(down)
	var again httptest.Server
	again.Config = &http.Server{Handler: &p}
	listener, err := listenAgain(address)
	if err != nil {
		t.Skip(err)
	}
	again.Listener = listener
	again.Start()
	defer again.Close()
	for _, db := range []string{"second", "first"} {
		e := open("http://"+address, db)
		if err := e.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
		end(e)
	}
	var dbs []string
	for _, r := range p.puts {
		dbs = append(dbs, r.URL.Query().Get("db"))
	}
	if !slices.Equal(dbs, []string{"first"}) {
		t.Errorf("put to %q", dbs)
	}
}

// end shuts an exporter down without waiting.
func end(e *apptuit.Exporter) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = e.Shutdown(ctx) // what is left stays in the spool
}

func listenAgain(address string) (net.Listener, error) { return net.Listen("tcp", address) }
