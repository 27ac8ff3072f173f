package autoexport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/internal/env"
)

// A trial shows what a variable does: it starts children with and without it.
type trial func(t *testing.T, value func(vars map[string]string) outcome, s *store)

// Every variable works in a process that is set up by nothing else.
func TestEveryVariableWorks(t *testing.T) {
	t.Parallel()
	for _, v := range env.Variables {
		try := trials[v.Name]
		if try == nil {
			t.Errorf("%s has no test", v.Name)
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t, strings.Contains(v.Name, "CERTIFICATE") || v.Name == env.ClientKey)
			try(t, func(vars map[string]string) outcome { return start(t, s, vars) }, s)
		})
	}
}

// sees makes a trial of one value: what is to be seen is not to be seen without it.
func sees(name, value string, seen func(outcome) bool) trial {
	return seesWith(map[string]string{}, name, value, seen)
}

func seesWith(also map[string]string, name, value string, seen func(outcome) bool) trial {
	return func(t *testing.T, run func(map[string]string) outcome, _ *store) {
		with := maps.Clone(also)
		with[name] = value
		if o := run(with); !seen(o) {
			t.Errorf("%s=%s is not seen: %d requests, %v; it said %s", name, value, len(o.requests), o.points(), o.said)
		}
		with[name] = ""
		if seen(run(with)) {
			t.Errorf("it is seen without %s too", name)
		}
	}
}

// each tells whether there are requests, all of which have what is asked for.
func each(is func(*request) bool) func(outcome) bool {
	return func(o outcome) bool {
		return len(o.requests) > 0 && !slices.ContainsFunc(o.requests, func(r *request) bool { return !is(r) })
	}
}

func header(name, value string) func(outcome) bool {
	return each(func(r *request) bool { return r.Header.Get(name) == value })
}

var trials = map[string]trial{
	env.Store:     sees(env.Store, "opentsdb", each(func(r *request) bool { return r.URL.RawQuery == "details&sync&sync_timeout=25000" })),
	env.Token:     sees(env.Token, "another-token", header("Authorization", "Bearer another-token")),
	env.User:      sees(env.User, "ann", header("Authorization", "Basic YW5uOnNvbWUtdG9rZW4=")),
	env.Headers:   sees(env.Headers, "X-Scope=a%2Cb,X-Other=c", header("X-Scope", "a,b")),
	env.Endpoint:  tryEndpoint,
	env.TokenFile: tryTokenFile,
	env.Insecure:  tryInsecure,
	env.Timeout:   tryTimeout,

	env.QueryEndpoint:     tryQueryEndpoint,
	env.Certificate:       tryCertificate,
	env.ClientCertificate: tryClientCertificate,
	env.ClientKey:         tryClientCertificate,

	env.Compression:      sees(env.Compression, "deflate", header("Content-Encoding", "deflate")),
	env.MaxBatch:         sees(env.MaxBatch, "3", each(func(r *request) bool { return len(r.points) <= 3 })),
	env.MaxBatchBytes:    sees(env.MaxBatchBytes, "1500", each(func(r *request) bool { return r.json <= 1500 })),
	env.MillisecondTimes: sees(env.MillisecondTimes, "yes", func(o outcome) bool { return o.some("shop_orders", func(p point) bool { return p.Timestamp > 1e12 }) }),

	env.Tags:               sees(env.Tags, "team: blue, addr: h:80", func(o outcome) bool { return o.tag("team", "blue") && o.tag("addr", "h:80") }),
	env.DisableHostTag:     sees(env.DisableHostTag, "true", func(o outcome) bool { return o.tag("host", "") }),
	env.ScopeTags:          sees(env.ScopeTags, "false", func(o outcome) bool { return o.tag("otel_scope_name", "") }),
	env.ResourceAttributes: sees(env.ResourceAttributes, "service.*", func(o outcome) bool { return o.tag("service_name", "shop") && o.tag("telemetry_sdk_name", "") }),
	env.MaxTags:            sees(env.MaxTags, "2", func(o outcome) bool { return o.some("shop_orders", func(p point) bool { return len(p.Tags) == 2 }) }),
	env.Prefix:             sees(env.Prefix, "eu.", func(o outcome) bool { return o.some("eu_shop_orders", nil) }),
	env.SanitizeMode:       sees(env.SanitizeMode, "apptuit", func(o outcome) bool { return o.some("shop.orders", nil) }),
	env.UnitSuffixes:       sees(env.UnitSuffixes, "on", func(o outcome) bool { return o.some("shop_orders_bytes_total", nil) }),

	env.Histograms: sees(env.Histograms, "summary", func(o outcome) bool { return o.some("latency_mean", nil) && !o.some("latency_bucket", nil) }),
	env.Quantiles: sees(env.Quantiles, "0.25", func(o outcome) bool {
		return o.some("latency", func(p point) bool { return p.Tags["quantile"] == "0.25" })
	}),
	env.TemporalityPreference: sees(env.TemporalityPreference, "delta", func(o outcome) bool {
		return o.some("shop_orders", func(p point) bool { return p.Value == 5 })
	}),
	env.DefaultHistogramAggregation: sees(env.DefaultHistogramAggregation, "base2_exponential_bucket_histogram", func(o outcome) bool {
		return o.some("latency_bucket", nil) && !o.some("latency_bucket", func(p point) bool { return p.Tags["le"] == "10000" })
	}),
	env.Rates: seesWith(map[string]string{withPause: "1"}, env.Rates, "shop.*", func(o outcome) bool {
		return o.some("shop_orders_rate", nil) && !o.some("latency_count_rate", nil)
	}),
	env.ReporterNames:    sees(env.ReporterNames, "true", func(o outcome) bool { return o.some("shop_orders_count", nil) && o.some("latency_avg", nil) }),
	env.CardinalityLimit: sees(env.CardinalityLimit, "1", func(o outcome) bool { return o.tag("otel_metric_overflow", "true") }),
	env.SelfMetrics:      sees(env.SelfMetrics, "none", func(o outcome) bool { return len(o.points()) > 0 && !o.some("apptuit_reporter_send_total", nil) }),
	env.RuntimeMetrics:   sees(env.RuntimeMetrics, "true", func(o outcome) bool { return o.some("go_goroutine_count", nil) }),
	env.ProcessMetrics:   sees(env.ProcessMetrics, "true", func(o outcome) bool { return o.some("process_cpu_time", nil) }),

	env.QueueSize: tryQueueSize,
	env.SpoolDir:  trySpoolDir,
	env.SpoolSize: trySpoolSize,
}

func tryEndpoint(t *testing.T, run func(map[string]string) outcome, s *store) {
	o := run(map[string]string{env.Endpoint: s.URL + "/base/?db=x"})
	if !each(func(r *request) bool { return r.RequestURI == "/base/api/put?details&db=x" })(o) {
		t.Errorf("%v; it said %s", o.requests, o.said)
	}
}

func tryQueryEndpoint(t *testing.T, run func(map[string]string) outcome, s *store) {
	o := run(map[string]string{env.QueryEndpoint: s.URL + "/read", env.Endpoint: s.URL + "/write", withQuery: "1"})
	last := o.requests[len(o.requests)-1]
	if last.Method != "GET" || last.URL.Path != "/read/api/query" || o.requests[0].URL.Path != "/write/api/put" {
		t.Errorf("%s %s; it said %s", last.Method, last.URL, o.said)
	}
}

// The file is read again where the store refuses the token.
func tryTokenFile(t *testing.T, run func(map[string]string) outcome, s *store) {
	file := filepath.Join(t.TempDir(), "token")
	write(t, file, "first-token\n")
	s.answers(func(r *request) int {
		if r.Header.Get("Authorization") == "Bearer second-token" {
			return 204
		}
		write(t, file, "second-token\n")
		return 401
	})
	o := run(map[string]string{env.TokenFile: file, env.Token: ""})
	if len(o.requests) < 2 || o.requests[0].Header.Get("Authorization") != "Bearer first-token" || o.requests[1].Header.Get("Authorization") != "Bearer second-token" {
		t.Errorf("%d requests; it said %s", len(o.requests), o.said)
	}
	if o := run(map[string]string{env.TokenFile: file + "x", env.Token: ""}); o.status != 3 || !strings.Contains(o.said, env.TokenFile+": the file cannot be read: ") {
		t.Errorf("without the file: %d, %s", o.status, o.said)
	}
}

// Another host is reached by a proxy, which is here.
func tryInsecure(t *testing.T, run func(map[string]string) outcome, s *store) {
	seesWith(map[string]string{env.Endpoint: "http://store.test", "HTTP_PROXY": s.URL}, env.Insecure, "true", func(o outcome) bool {
		return o.some("shop_orders", nil)
	})(t, run, s)
}

func tryTimeout(t *testing.T, run func(map[string]string) outcome, s *store) {
	first := true
	s.answers(func(*request) int {
		if first {
			first = false
			time.Sleep(500 * time.Millisecond) // real time, of another process
		}
		return 204
	})
	if o := run(map[string]string{env.Timeout: "200"}); !strings.Contains(o.said, "within 200ms") {
		t.Errorf("%d requests; it said %s", len(o.requests), o.said)
	}
}

func tryCertificate(t *testing.T, run func(map[string]string) outcome, s *store) {
	sees(env.Certificate, authority(t, s), func(o outcome) bool { return o.some("shop_orders", nil) })(t, run, s)
}

// authority writes the certificate of a store to a file.
func authority(t *testing.T, s *store) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	write(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	return file
}

func tryClientCertificate(t *testing.T, run func(map[string]string) outcome, s *store) {
	certificate, key := keyPair(t)
	vars := map[string]string{env.Certificate: authority(t, s), env.ClientCertificate: certificate, env.ClientKey: key}
	if o := run(vars); !each(func(r *request) bool { return len(r.TLS.PeerCertificates) == 1 })(o) {
		t.Errorf("%d requests; it said %s", len(o.requests), o.said)
	}
	for name, other := range map[string]string{env.ClientCertificate: env.ClientKey, env.ClientKey: env.ClientCertificate} {
		alone := maps.Clone(vars)
		alone[name] = ""
		if o := run(alone); o.status != 3 || !strings.Contains(o.said, other+": set "+name+" too") {
			t.Errorf("%s alone: %d, %s", other, o.status, o.said)
		}
	}
}

func keyPair(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	public, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	dir := t.TempDir()
	certificate, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	write(t, certificate, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public})))
	write(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	return certificate, key
}

// With room for one batch alone, the first collection gives way to the second.
func tryQueueSize(t *testing.T, run func(map[string]string) outcome, s *store) {
	s.answers(func(*request) int { return 503 })
	if o := run(map[string]string{env.QueueSize: "1"}); !strings.Contains(o.said, "queue") || !strings.Contains(o.said, "full") {
		t.Errorf("it said %s", o.said)
	}
	if o := run(nil); strings.Contains(o.said, "full") {
		t.Errorf("without it, it said %s", o.said)
	}
}

// What one process could not send, the next one sends.
func trySpoolDir(t *testing.T, run func(map[string]string) outcome, s *store) {
	vars := map[string]string{env.SpoolDir: spoolDir(t), env.Tags: "run: first"}
	s.answers(func(*request) int { return 503 })
	run(vars)
	s.answers(nil)
	vars[env.Tags] = "run: second"
	if o := run(vars); !o.tag("run", "first") || !o.tag("run", "second") {
		t.Errorf("%v; it said %s", o.points(), o.said)
	}
}

// The least spool holds one of two collections of some megabytes.
func trySpoolSize(t *testing.T, run func(map[string]string) outcome, s *store) {
	held := func(size string) (n int) {
		vars := map[string]string{env.SpoolDir: spoolDir(t), env.SpoolSize: size, withBulk: "1"}
		s.answers(func(*request) int { return 503 })
		run(vars)
		s.answers(nil)
		vars[withBulk] = ""
		for _, p := range run(vars).points() {
			if p.Metric == "bulk" {
				n++
			}
		}
		return n
	}
	if bounded, standard := held("4194304"), held(""); bounded == 0 || bounded >= standard {
		t.Errorf("the next process sent %d points, and %d with the usual size", bounded, standard)
	}
}

// spoolDir returns a directory that nobody else can write to.
func spoolDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "spool")
	must(t, os.Mkdir(dir, 0o700))
	return dir
}

// A variable that nobody knows is told once, with the nearest that there is.
func TestUnknownVariablesAreTold(t *testing.T) {
	t.Parallel()
	o := start(t, newStore(t, false), map[string]string{"APPTUIT_ENDPOINT": "http://store.test/s3cret"})
	if strings.Count(o.said, "APPTUIT_ENDPOINT is not a variable that is read: is APPTUIT_API_ENDPOINT meant?") != 1 || strings.Contains(o.said, "s3cret") {
		t.Errorf("it said %s", o.said)
	}
}

// A value that does not parse ends the start with the variable's name, and is not
// shown.
func TestBadValuesAreToldByName(t *testing.T) {
	t.Parallel()
	const bad = "s3cret/%"
	s := newStore(t, false)
	for _, v := range env.Variables {
		if slices.Contains(anything, v.Name) {
			continue
		}
		o := start(t, s, map[string]string{v.Name: bad})
		if o.status != 3 || !strings.Contains(o.said, v.Name+": ") || strings.Contains(o.said, bad) {
			t.Errorf("%s: %d, %s", v.Name, o.status, o.said)
		}
	}
}

// anything are variables that take any text, or are of who reads.
var anything = []string{env.Token, env.User, env.Prefix, env.QueryEndpoint, env.ResourceAttributes, env.Rates, env.SpoolDir}

func write(t *testing.T, file, text string) {
	t.Helper()
	must(t, os.WriteFile(file, []byte(text), 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
