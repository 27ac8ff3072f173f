package apptuit

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/go-logr/logr/funcr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A catch looks for secrets in all text that anything of the exporter comes out
// as.
type catch struct {
	t       *testing.T
	secrets []string
}

// check fails where a text shows a secret: as it is, in a notation, or half of
// it, whatever stands between its letters.
func (n *catch) check(where, text string) {
	n.t.Helper()
	all := lettersOf(text)
	for _, secret := range n.secrets {
		for name, write := range notations {
			if form := write(secret); strings.Contains(text, form) || strings.Contains(all, lettersOf(form)) {
				n.t.Fatalf("%s shows a secret (%s): %s", where, name, text)
			}
		}
	}
}

func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// value checks every way to print a value, and all that can be unwrapped from it.
func (n *catch) value(where string, v any) {
	n.t.Helper()
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		fmt.Fprintf(&out, verb+"\n", v)
	}
	if text, err := json.Marshal(v); err == nil {
		out.Write(text)
	}
	if text, err := xml.Marshal(v); err == nil {
		out.Write(text)
	}
	_ = gob.NewEncoder(&out).Encode(v) // what it cannot write it leaves out
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
	logger := funcr.New(func(prefix, args string) { out.WriteString(prefix + args) }, funcr.Options{Verbosity: 9})
	logger.Info("m", "v", v)
	n.check(where, out.String())
	switch e := v.(type) {
	case interface{ Unwrap() error }:
		n.inner(where, e.Unwrap())
	case interface{ Unwrap() []error }:
		n.inner(where, e.Unwrap()...)
	}
}

func (n *catch) inner(where string, all ...error) {
	n.t.Helper()
	for _, err := range all {
		if err != nil {
			n.value(where+", unwrapped", err)
		}
	}
}

// notations are ways in which a server may repeat what it was sent.
var notations = map[string]func(string) string{
	"as it is":       func(s string) string { return s },
	"JSON":           escapedBy(`\u%04x`),
	"JSON in JSON":   escapedBy(`\\u%04x`),
	"percent":        escapedBy("%%%02X"),
	"percent twice":  func(s string) string { return url.QueryEscape(escapedBy("%%%02X")(s)) },
	"entities":       escapedBy("&#%d;"),
	"hexadecimal":    escapedBy("%02x"),
	"base64":         func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64, inside": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("u:" + s + "!")) },
	"upper case":     strings.ToUpper,
	"spaced":         escapedBy("%c "),
	"first half":     func(s string) string { return s[:len(s)/2] },
	"second half":    func(s string) string { return s[len(s)/2:] },
}

func escapedBy(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
}

// answers are what a store can say to get at a secret: it repeats it in every
// place that ends in an error, and asks to send it elsewhere.
var answers = map[string]func(w http.ResponseWriter, secret string){
	"echoed in text":     func(w http.ResponseWriter, s string) { http.Error(w, "you sent "+s, http.StatusForbidden) },
	"echoed in a detail": func(w http.ResponseWriter, s string) { refusePoint(w, s, s) },
	"redirected": func(w http.ResponseWriter, s string) {
		w.Header().Set("Location", "https://elsewhere.example/"+s+"?token="+s)
		w.WriteHeader(http.StatusTemporaryRedirect)
	},
	"redirected to a host of that name": func(w http.ResponseWriter, s string) {
		w.Header().Set("Location", "https://"+s+".example/")
		w.WriteHeader(http.StatusFound)
	},
	"cut off": func(w http.ResponseWriter, s string) {
		w.Header().Set("Content-Length", "1000000")
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(w, s)
	},
	"no answer": func(http.ResponseWriter, string) { panic(http.ErrAbortHandler) },
}

func refusePoint(w http.ResponseWriter, metric, text string) {
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, `{"success":0,"failed":1,"errors":[{"datapoint":{"metric":%q,"tags":{%q:%q}},"error":%q}]}`, metric, text, text, text)
}

// Nothing that an exporter is, logs, returns, reports or measures shows the
// token, one that it had before, or the value of a header.
func TestNoSecretShows(t *testing.T) {
	secrets := []string{"old0" + strings.ToLower(rand.Text()), "new1" + rand.Text(), "hdr2" + rand.Text()}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			i := 0
			for notation, write := range notations {
				echo := write(secrets[i%len(secrets)])
				i++
				t.Run(notation, func(t *testing.T) {
					noSecretShows(t, secrets, func(w http.ResponseWriter) { answer(w, echo) })
				})
			}
		})
	}
}

func noSecretShows(t *testing.T, secrets []string, answer func(http.ResponseWriter)) {
	old, token, header := secrets[0], secrets[1], secrets[2]
	n := &catch{t, secrets}
	var asked atomic.Int32
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Load() == 1 { // nobody can repeat a token that was not sent
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answer(w)
	}))
	defer store.Close()
	store.Config.ErrorLog = log.New(io.Discard, "", 0)
	sdk := sdkLog(t)

	source := func(context.Context) (string, error) {
		if asked.Add(1) == 1 {
			return old, nil
		}
		return token, nil
	}
	reader := sdkmetric.NewManualReader()
	opts := []Option{
		env(nil), WithEndpoint(store.URL), WithTokenSource(source), WithHeaders(map[string]string{"X-Key": header}),
		WithErrorHandler(func(err error) { n.value("a handled error", err) }),
		WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))),
	}
	e, err := New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(e)))
	for range 2 {
		n.value("Export's error", e.Export(t.Context(), oneMetric("m", gauge[int64](1))))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n.value("ForceFlush's error", provider.ForceFlush(ctx))
	n.value("Shutdown's error", provider.Shutdown(ctx))
	n.value("the exporter", e)
	n.value("its value", *e.cfg)
	n.value("its log form", e.MarshalLog())
	n.value("its stats", e.Stats())
	n.value("its metrics", collected(t, reader))
	for _, opt := range opts {
		n.value("an option", opt)
	}
	n.check("the SDK's log", sdk.String())
}

// sdkLog catches OpenTelemetry's own log at its most talkative.
func sdkLog(t *testing.T) *bytes.Buffer {
	var log bytes.Buffer
	otel.SetLogger(funcr.New(func(prefix, args string) { log.WriteString(prefix + args + "\n") }, funcr.Options{Verbosity: 9}))
	t.Cleanup(func() { otel.SetLogger(funcr.New(func(string, string) {}, funcr.Options{})) })
	return &log
}

// A wrong secret is told without being shown.
func TestNoSecretShowsInNew(t *testing.T) {
	secret := rand.Text()
	n := &catch{t, []string{secret}}
	for name, opts := range map[string][]Option{
		"a token with a space":       {WithToken(secret + " ")},
		"a token of the environment": {env(map[string]string{"APPTUIT_API_TOKEN": secret + "\nx"})},
		"an old variable":            {env(map[string]string{"APPTUIT_PY_TOKEN": secret + "\nx"})},
		"a header":                   {WithToken("test-token"), WithHeaders(map[string]string{"X-Key": secret + "\n"})},
		"a password in the endpoint": {WithToken("test-token"), WithEndpoint("https://user:" + secret + "@store")},
		"a broken endpoint":          {WithToken("test-token"), WithEndpoint("https://user:" + secret + "@[::1")},
		"a query in the endpoint":    {WithoutToken(), WithEndpoint("http://store/?token=" + secret)},
		"plain http":                 {WithToken(secret), WithEndpoint("http://store")},
		"the key of a tag":           {WithTags(map[string]string{secret + "&": "v"})},
		"a tag without a value":      {WithTags(map[string]string{secret: ""})},
		"a prefix":                   {WithSanitizeMode(encoding.SanitizeNone), WithPrefix(secret + "&")},
		"an address":                 {WithXCollector(secret)},
		"in APPTUIT_TAGS":            {env(map[string]string{"APPTUIT_TAGS": secret})},
		"in APPTUIT_TAGS, as a key":  {env(map[string]string{"APPTUIT_TAGS": secret + "&: v"})},
		"in APPTUIT_TAGS, alone":     {env(map[string]string{"APPTUIT_TAGS": secret + ":"})},
		"in APPTUIT_PY_TAGS":         {env(map[string]string{"APPTUIT_PY_TAGS": secret})},
		"in APPTUIT_INSECURE":        {env(map[string]string{"APPTUIT_INSECURE": secret})},
		"in APPTUIT_TIMEOUT":         {env(map[string]string{"APPTUIT_TIMEOUT": secret})},
		"in APPTUIT_COMPRESSION":     {env(map[string]string{"APPTUIT_COMPRESSION": secret})},
		"in APPTUIT_SANITIZE_MODE":   {env(map[string]string{"APPTUIT_SANITIZE_MODE": secret})},
		"in APPTUIT_STORE":           {env(map[string]string{"APPTUIT_STORE": secret})},
		"in APPTUIT_HISTOGRAMS":      {env(map[string]string{"APPTUIT_HISTOGRAMS": secret})},
		"in APPTUIT_QUEUE_SIZE":      {env(map[string]string{"APPTUIT_QUEUE_SIZE": secret})},
		"the file of a token":        {env(map[string]string{"APPTUIT_API_TOKEN_FILE": secret})},
		"the file of certificates":   {env(map[string]string{"APPTUIT_CERTIFICATE": secret})},
		"in the host tag's":          {env(map[string]string{"APPTUIT_DISABLE_HOST_TAG": secret})},
	} {
		_, err := New(append([]Option{env(nil), WithErrorHandler(func(err error) { n.value(name, err) })}, opts...)...)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		n.value(name, err)
	}
}

// An exporter may be printed while it works.
func TestPrintingIsSafe(t *testing.T) {
	store := apptuittest.NewServer()
	defer store.Close()
	e, err := New(env(nil), WithEndpoint(store.URL), WithToken("test-token"))
	if err != nil {
		t.Fatal(err)
	}
	want := "apptuit exporter to " + store.URL
	var working sync.WaitGroup
	for range 2 {
		working.Go(func() {
			for i := range 50 {
				if err := e.Export(t.Context(), oneMetric("m", gauge(int64(i), attribute.Int("i", i)))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	n := &catch{t, []string{"test-token"}}
	for range 50 {
		n.value("the exporter", e)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			if got := fmt.Sprintf(verb, e); got != want {
				t.Errorf("%s: %s", verb, got)
			}
		}
		if text, err := json.Marshal(e); err != nil || string(text) != `"`+want+`"` {
			t.Errorf("%s, %v", text, err)
		}
	}
	working.Wait()
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// A namedExporter is an exporter of another type, which is known by that alone.
type namedExporter struct{ *Exporter }

// Readers and providers may be printed while they work, too.
func TestPrintingReadersIsSafe(t *testing.T) {
	store := apptuittest.NewServer()
	defer store.Close()
	provider, err := NewMeterProvider(t.Context(), env(nil), WithEndpoint(store.URL), WithToken("test-token"), WithInterval(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(env(nil), WithEndpoint(store.URL), WithToken("test-token"))
	if err != nil {
		t.Fatal(err)
	}
	reader := NewReader(e, ReaderInterval(time.Millisecond))
	foreign := NewReader(namedExporter{e})
	other := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	n := &catch{t, []string{"test-token"}}
	for range 20 {
		for want, v := range map[string]any{
			"apptuit meter provider with apptuit exporter to " + store.URL: provider,
			"apptuit reader each 1ms for apptuit exporter to " + store.URL: reader,
			"apptuit reader each 1m0s for apptuit.namedExporter":           foreign,
		} {
			n.value(want, v)
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
				if got := fmt.Sprintf(verb, v); got != want {
					t.Errorf("%s: %s", verb, got)
				}
			}
			if got := fmt.Sprintf("%q", v); got != strconv.Quote(want) {
				t.Errorf("%%q: %s", got)
			}
			if text, err := json.Marshal(v); err != nil || string(text) != strconv.Quote(want) {
				t.Errorf("%s, %v", text, err)
			}
			var line bytes.Buffer
			slog.New(slog.NewTextHandler(&line, nil)).Info("m", "v", v)
			if !strings.Contains(line.String(), strconv.Quote(want)) {
				t.Error(line.String())
			}
		}
		time.Sleep(time.Millisecond) // their timers go off meanwhile
	}
	if err := errors.Join(provider.Shutdown(t.Context()), other.Shutdown(t.Context()), foreign.Shutdown(t.Context())); err != nil {
		t.Error(err)
	}
}

// What a program names its metrics and tags is bounded in errors.
func TestTextsAreBounded(t *testing.T) {
	giant := strings.Repeat("x\x1b", 1<<20)
	var heard []error
	store := apptuittest.NewServer()
	defer store.Close()
	e, err := New(env(nil), WithEndpoint(store.URL), WithToken("test-token"), WithSanitizeMode(encoding.SanitizeNone), WithMaxTags(2),
		WithMaxBatchBytes(16<<20), WithErrorHandler(func(err error) { heard = append(heard, err) }))
	if err != nil {
		t.Fatal(err)
	}
	valid := strings.Repeat("x", 1<<20)
	rm := oneMetric(giant, gauge[int64](1))
	long := gauge[int64](1)
	long.DataPoints[0].Attributes = attribute.NewSet(attribute.String("k", giant), attribute.String(giant, "v"))
	lost := gauge[int64](1)
	lost.DataPoints[0].Attributes = attribute.NewSet(attribute.String("k", giant), attribute.String("l", "v"))
	for name, data := range map[string]metricdata.Aggregation{"long": long, valid + "lost": lost, valid: gauge(math.NaN())} {
		rm.ScopeMetrics[0].Metrics = append(rm.ScopeMetrics[0].Metrics, metricdata.Metrics{Name: name, Data: data})
	}
	rm.ScopeMetrics[0].Scope.Name = giant
	rm.ScopeMetrics[0].Scope.Attributes = attribute.NewSet(attribute.String(giant, "v"))
	exported := e.Export(t.Context(), rm)
	ended := e.Shutdown(t.Context()) // after which nothing more is heard
	for _, err := range append(heard, exported, ended) {
		if text := fmt.Sprint(err); len(text) > 1000 || strings.Contains(text, "\x1b") {
			t.Errorf("an error of %d bytes: %.300q", len(text), text)
		}
	}
	if len(heard) < 3 {
		t.Errorf("heard %d", len(heard))
	}
}
