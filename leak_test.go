package apptuit

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-logr/logr/funcr"
	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// A catch holds all text that anything of the exporter comes out as.
type catch struct {
	t       *testing.T
	secrets []string
}

func (n *catch) check(where, text string) {
	n.t.Helper()
	for _, secret := range n.secrets {
		if strings.Contains(text, secret) {
			n.t.Errorf("%s shows a secret: %s", where, text)
		}
	}
}

// value checks every way to print a value.
func (n *catch) value(where string, v any) {
	n.t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		n.check(where+" by "+verb, fmt.Sprintf(verb, v))
	}
	if text, err := json.Marshal(v); err == nil {
		n.check(where+" as JSON", string(text))
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", v)
	logger := funcr.New(func(prefix, args string) { log.WriteString(prefix + args) }, funcr.Options{Verbosity: 9})
	logger.Info("m", "v", v)
	n.check(where+" in a log", log.String())
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
// token or the value of a header.
func TestNoSecretShows(t *testing.T) {
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			token, header := "tok"+strings.ToLower(rand.Text()), "hdr"+rand.Text()
			n := &catch{t, []string{token, header, strings.ToUpper(token)}}
			store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, token+header) }))
			defer store.Close()
			log := sdkLog(t)

			reader := sdkmetric.NewManualReader()
			opts := []Option{
				env(nil), WithEndpoint(store.URL), WithToken(token), WithHeaders(map[string]string{"X-Key": header}),
				WithErrorHandler(func(err error) { n.value("a handled error", err) }),
				WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))),
			}
			e, err := New(opts...)
			if err != nil {
				t.Fatal(err)
			}
			provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(e)))
			n.value("Export's error", e.Export(t.Context(), oneMetric("m", gauge[int64](1))))
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
			n.check("the SDK's log", log.String())
		})
	}
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
		"a token of the environment": {env(map[string]string{"APPTUIT_API_TOKEN": secret + "\n"})},
		"an old variable":            {env(map[string]string{"APPTUIT_PY_TOKEN": secret + "\n"})},
		"a header":                   {WithToken("test-token"), WithHeaders(map[string]string{"X-Key": secret + "\n"})},
		"a password in the endpoint": {WithToken("test-token"), WithEndpoint("https://user:" + secret + "@store")},
		"a broken endpoint":          {WithToken("test-token"), WithEndpoint("https://user:" + secret + "@[::1")},
		"a query in the endpoint":    {WithToken("test-token"), WithEndpoint("https://store/?token=" + secret)},
		"plain http":                 {WithToken(secret), WithEndpoint("http://store")},
	} {
		_, err := New(append([]Option{env(nil), WithErrorHandler(func(err error) { n.value(name, err) })}, opts...)...)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		n.value(name, err)
	}
}
