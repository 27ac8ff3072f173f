package transport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/text"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testToken = "token-for-tests"

const maxText = text.Max

// redactorOf returns a redactor of tokens.
func redactorOf(tokens ...string) *redactor {
	r := newRedactor(nil)
	for _, token := range tokens {
		r.addToken(token)
	}
	return r
}

// start is where the times of test points begin: point i is i seconds later,
// and i is also its value.
const start = 1_700_000_000

func points(n int) []encoding.Point {
	series, err := encoding.NewSeries(encoding.SanitizeApptuit, "node.cpu", encoding.Tag{Key: "host", Value: "a"})
	if err != nil {
		panic(err)
	}
	out := make([]encoding.Point, n)
	for i := range out {
		out[i] = encoding.Point{Series: series, Time: time.Unix(start+int64(i), 0), Value: encoding.Int(int64(i))}
	}
	return out
}

func batch(n int) encoding.Batch {
	e := encoding.NewEncoder(encoding.Config{Compression: encoding.CompressNone})
	for _, p := range points(n) {
		if err := e.Append(p); err != nil {
			panic(err)
		}
	}
	if n == 0 {
		return encoding.Batch{}
	}
	return e.Flush()[0]
}

// indexes returns which points a body holds.
func indexes(b encoding.Batch) []int {
	text, err := b.JSON()
	if err != nil {
		panic(err)
	}
	var wire []wirePoint
	if err := json.Unmarshal(text, &wire); err != nil {
		panic(err)
	}
	var out []int
	for _, w := range wire {
		out = append(out, int(w.datapoint().Timestamp-start))
	}
	return out
}

// A reply is what a wire does with one request.
type reply func(*http.Request) (*http.Response, error)

// A wire is a network in memory: each request gets the next reply, and the last
// one over and over.
type wire struct {
	mu      sync.Mutex
	replies []reply
	bodies  [][]byte
	at      []time.Time
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	do := w.replies[min(len(w.bodies), len(w.replies)-1)]
	w.bodies = append(w.bodies, body)
	w.at = append(w.at, time.Now())
	w.mu.Unlock()
	return do(r)
}

// sent returns the indexes of the points in each request.
func (w *wire) sent() [][]int {
	var out [][]int
	for _, body := range w.bodies {
		out = append(out, indexes(encoding.Batch{Body: body, Compression: encoding.CompressNone}))
	}
	return out
}

// status answers with a body and with headers given as name, value pairs.
func status(code int, body string, header ...string) reply {
	return answerBody(code, func(*http.Request) io.ReadCloser { return io.NopCloser(bytes.NewBufferString(body)) }, header...)
}

func answerBody(code int, body func(*http.Request) io.ReadCloser, header ...string) reply {
	return func(r *http.Request) (*http.Response, error) {
		h := make(http.Header)
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{StatusCode: code, Header: h, Body: body(r), Request: r}, nil
	}
}

func fails(err error) reply {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// hangs holds the request until its context ends, connected, and written if wrote.
func hangs(wrote bool) reply {
	return func(r *http.Request) (*http.Response, error) {
		trace := httptrace.ContextClientTrace(r.Context())
		trace.GotConn(httptrace.GotConnInfo{})
		if wrote {
			trace.WroteRequest(httptrace.WroteRequestInfo{})
		}
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
}

// slowBody is a body that begins and never ends.
type slowBody struct {
	io.Reader
	r *http.Request
}

func (b slowBody) Read(p []byte) (int, error) {
	if n, _ := b.Reader.Read(p); n > 0 {
		return n, nil
	}
	<-b.r.Context().Done()
	return 0, b.r.Context().Err()
}

func (slowBody) Close() error { return nil }

func slowly(begin string) func(*http.Request) io.ReadCloser {
	return func(r *http.Request) io.ReadCloser { return slowBody{bytes.NewBufferString(begin), r} }
}

// details is the JSON of a partial answer that names points by their index.
func detailsOf(success int, named map[int]string) string {
	var errs []any
	for i, text := range named {
		errs = append(errs, map[string]any{"error": text, "datapoint": map[string]any{
			"metric": "node.cpu", "tags": map[string]string{"host": "a"},
			"timestamp": start + i, "value": fmt.Sprint(i), // OpenTSDB repeats values as strings
		}})
	}
	text, err := json.Marshal(map[string]any{"success": success, "failed": len(named), "errors": errs})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// dial returns a client of a wire.
func dial(t testing.TB, w http.RoundTripper, opts ...Option) *Client {
	t.Helper()
	return newClient(t, append([]Option{
		WithEndpoint("https://store.test"), WithHTTPClient(&http.Client{Transport: w}),
	}, opts...)...)
}

// newClient returns a client that reads no environment.
func newClient(t testing.TB, opts ...Option) *Client {
	t.Helper()
	c, err := New(append([]Option{
		WithEnv(nil), WithToken(testToken), WithCompression(encoding.CompressNone),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// serve returns a client of a server over loopback.
func serve(t testing.TB, h http.HandlerFunc, opts ...Option) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return newClient(t, append([]Option{WithEndpoint(s.URL)}, opts...)...)
}

func env(pairs map[string]string) Option {
	pairs = maps.Clone(pairs)
	return WithEnv(func(name string) (string, bool) {
		v, ok := pairs[name]
		return v, ok
	})
}
