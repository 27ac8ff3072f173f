package promapi

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"go.uber.org/goleak"

	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testToken = "token-for-tests"

// noon is where most tests begin.
var noon = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)

// A reply is what a wire does with one request.
type reply func(*http.Request) (*http.Response, error)

// A wire is a network in memory: each request gets the next reply, and the last
// one over and over.
type wire struct {
	mu       sync.Mutex
	replies  []reply
	requests []*http.Request
	bodies   []string
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	do := w.replies[min(len(w.requests), len(w.replies)-1)]
	w.requests = append(w.requests, r)
	w.bodies = append(w.bodies, string(body))
	w.mu.Unlock()
	return do(r)
}

// status answers with a body and with headers given as name, value pairs.
func status(code int, body string, header ...string) reply {
	return func(r *http.Request) (*http.Response, error) {
		h := make(http.Header)
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{StatusCode: code, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1, Request: r}, nil
	}
}

// packed answers with a compressed body.
func packed(body string) reply {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, body) // a buffer takes everything
	_ = w.Close()
	return status(200, b.String(), "Content-Encoding", "gzip")
}

func fails(err error) reply {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// dial returns the API of a wire. It reads no environment.
func dial(t *testing.T, w http.RoundTripper, opts ...query.Option) v1.API {
	t.Helper()
	prom, err := New(append([]query.Option{
		transport.WithEnv(nil), transport.WithToken(testToken), transport.WithEndpoint("https://api.test"),
		transport.WithHTTPClient(&http.Client{Transport: w}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return prom
}
