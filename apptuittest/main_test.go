package apptuittest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/apptuitai/apptuit-go/encoding"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const onePoint = `[{"metric":"node.cpu","timestamp":1406829600,"value":12.5,"tags":{"host":"a"}}]`

func newServer(t *testing.T, opts ...Option) *Server {
	t.Helper()
	srv := NewServer(opts...)
	t.Cleanup(srv.Close)
	return srv
}

// newPut returns a put as a server gets it, with the headers it needs.
func newPut(target, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer some-token")
	return r
}

// serve answers a request in process.
func serve(srv *Server, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	return w
}

// post sends a put over the listener, with a client that keeps no connection.
func post(srv *Server, body string) (status int, text string, err error) {
	return postWith(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, srv, body)
}

func postWith(client *http.Client, srv *Server, body string) (status int, text string, err error) {
	r, err := http.NewRequest(http.MethodPost, srv.URL+"/api/put?details", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer some-token")
	resp, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer), err
}

// points writes a put of n points, of metrics m0, m1, ... and one time.
func points(n int) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = `{"metric":"m` + strconv.Itoa(i) + `","timestamp":1406829600,"value":1,"tags":{"host":"a"}}`
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func metrics(points []encoding.Point) []string {
	var names []string
	for _, p := range points {
		names = append(names, p.Series.Metric())
	}
	return names
}

func wantMetrics(t *testing.T, srv *Server, want ...string) {
	t.Helper()
	if got := metrics(srv.Points()); !slices.Equal(got, want) {
		t.Errorf("stored %q, want %q", got, want)
	}
}

func wantStatus(t *testing.T, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Errorf("status %d, want %d: %s", w.Code, want, w.Body)
	}
}

// message returns the text of an answer that has OpenTSDB's form of an error.
func message(t *testing.T, body string) string {
	t.Helper()
	var answer struct {
		Error struct {
			Code    int
			Message string
		}
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Error.Code == 0 {
		t.Fatalf("not an error of OpenTSDB's form (%v): %s", err, body)
	}
	return answer.Error.Message
}

// soon is a context for what happens at once, unless it is broken.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}
