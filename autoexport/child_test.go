package autoexport

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/query"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// What a child process is to do, beside the variables that are tested.
const (
	beChild   = "AUTOEXPORT_CHILD" // the test binary is a program that exports
	withBulk  = "AUTOEXPORT_BULK"  // it has some megabytes that do not compress
	withQuery = "AUTOEXPORT_QUERY" // it reads back in the end
	withPause = "AUTOEXPORT_PAUSE" // its last collection is more than a second after the others
)

func TestMain(m *testing.M) {
	if os.Getenv(beChild) != "" {
		child()
		return
	}
	os.Exit(m.Run())
}

// child is a program that is set up by nothing but its environment. It collects
// twice.
func child() {
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	defer cancel()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { fmt.Fprintln(os.Stderr, err) }))
	reader, err := autoexport.NewMetricReader(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	otel.SetMeterProvider(provider)
	meter := provider.Meter("child")
	orders, _ := meter.Int64Counter("shop.orders", metric.WithUnit("By"))
	latency, _ := meter.Float64Histogram("latency")
	if os.Getenv(withBulk) != "" {
		bulk(meter)
	}
	latency.Record(ctx, 0.3)
	for _, n := range []int64{7, 5} {
		orders.Add(ctx, n, metric.WithAttributes(attribute.String("page", "cart")))
		flushing, cancel := context.WithTimeout(ctx, 700*time.Millisecond)
		if err := provider.ForceFlush(flushing); err != nil {
			fmt.Fprintln(os.Stderr, "flush:", err)
		}
		cancel()
	}
	if os.Getenv(withPause) != "" {
		time.Sleep(1100 * time.Millisecond) // real time, of another process
	}
	ending, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
	defer cancel()
	if err := provider.Shutdown(ending); err != nil {
		fmt.Fprintln(os.Stderr, "shutdown:", err)
	}
	if os.Getenv(withQuery) != "" {
		readBack(ctx)
	}
}

func bulk(meter metric.Meter) {
	gauge, _ := meter.Int64Gauge("bulk")
	for i := range 1500 {
		text := make([]byte, 2500)
		for j := range text {
			text[j] = byte('!' + rand.N(90))
		}
		gauge.Record(context.Background(), int64(i), metric.WithAttributes(attribute.String("text", string(text))))
	}
}

func readBack(ctx context.Context) {
	client, err := query.New()
	if err == nil {
		_, err = client.Query(ctx, query.Fetch("shop.orders").String(), time.Now().Add(-time.Hour), time.Time{})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "query:", err)
	}
}

// A point is one of a put.
type point struct {
	Metric    string
	Tags      map[string]string
	Timestamp int64
	Value     float64
}

// A request is what a store got.
type request struct {
	*http.Request
	json   int // bytes of JSON
	points []point
}

// A store keeps what it got, and answers what it is told to.
type store struct {
	*httptest.Server
	answer func(*request) int // a status; nil: 204

	mu       sync.Mutex
	requests []*request
}

func newStore(t *testing.T, secure bool) *store {
	s := &store{}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = nil
	if secure {
		s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(decompressed(r))
	got := &request{Request: r, json: len(body)}
	if err == nil && len(body) > 0 {
		err = json.Unmarshal(body, &got.points)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	status := http.StatusNoContent
	s.mu.Lock()
	s.requests = append(s.requests, got)
	if s.answer != nil {
		status = s.answer(got)
	}
	s.mu.Unlock()
	if r.Method == http.MethodGet {
		io.WriteString(w, `{"outputs":[]}`)
		return
	}
	w.WriteHeader(status)
}

// answers sets what the store says to requests, one after the other.
func (s *store) answers(answer func(*request) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func decompressed(r *http.Request) io.Reader {
	var body io.Reader
	err := errors.New("unknown")
	switch r.Header.Get("Content-Encoding") {
	case "":
		return r.Body
	case "gzip":
		body, err = gzip.NewReader(r.Body)
	case "deflate":
		body, err = zlib.NewReader(r.Body)
	}
	if err != nil {
		return strings.NewReader("?")
	}
	return body
}

// An outcome is what came of a child.
type outcome struct {
	requests []*request
	said     string // on its standard error
	status   int
}

// start runs a child to its end. vars win over the usual ones; an empty value unsets
// one.
func start(t *testing.T, s *store, vars map[string]string) outcome {
	t.Helper()
	all := map[string]string{
		"OTEL_METRICS_EXPORTER": Name, "OTEL_SERVICE_NAME": "shop", "APPTUIT_API_ENDPOINT": s.URL, "APPTUIT_API_TOKEN": "some-token",
		beChild: "1", "HOME": t.TempDir(), "PATH": os.Getenv("PATH"),
	}
	for name, value := range vars {
		all[name] = value
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	for name, value := range all {
		if value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	_ = cmd.Run() // the status says it
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := s.requests
	s.requests = nil
	return outcome{requests, said.String(), cmd.ProcessState.ExitCode()}
}

// points returns all that was put.
func (o outcome) points() (all []point) {
	for _, r := range o.requests {
		all = append(all, r.points...)
	}
	return all
}

// some tells whether a point of a metric has what is asked for.
func (o outcome) some(metric string, is func(point) bool) bool {
	for _, p := range o.points() {
		if p.Metric == metric && (is == nil || is(p)) {
			return true
		}
	}
	return false
}

// tag tells whether the orders have a tag.
func (o outcome) tag(key, value string) bool {
	return o.some("shop_orders", func(p point) bool { return p.Tags[key] == value })
}
