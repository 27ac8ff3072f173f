package apptuittest

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

func isMetric(name string) func(encoding.Point) bool {
	return func(p encoding.Point) bool { return p.Series.Metric() == name }
}

func TestFaultsThatAnswer(t *testing.T) {
	for name, tc := range map[string]struct {
		fault       Fault
		status      int
		header      string
		headerValue string
		body        string
	}{
		"status":         {Status(503), 503, "Content-Type", "application/json; charset=UTF-8", `"message":"Service Unavailable"`},
		"unknown status": {Status(599), 599, "", "", `"code":599`},
		"a lie":          {Status(204), 204, "", "", ""},
		"retry after":    {RetryAfter(429, 1500*time.Millisecond), 429, "Retry-After", "2", `"code":429`},
		"redirect":       {redirect("https://else.where/"), 302, "Location", "https://else.where/", `"code":302`},
		"text":           {Text(502, "<h1>no</h1>"), 502, "Content-Type", "text/plain; charset=utf-8", "<h1>no</h1>"},
		"ignore details": {IgnoreDetails(), 400, "Content-Type", "text/plain; charset=utf-8", "Bad Request"},
		"answer": {Answer(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(w, r.Body)
		}), 200, "", "", onePoint},
	} {
		srv := NewUnstartedServer()
		injection := srv.Inject(tc.fault)
		w := serve(srv, newPut("/api/put?details", onePoint))
		if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.body) {
			t.Errorf("%s: answered %d %s, want %d %s", name, w.Code, w.Body, tc.status, tc.body)
		}
		if tc.header != "" && w.Header().Get(tc.header) != tc.headerValue {
			t.Errorf("%s: header %v", name, w.Header())
		}
		if r := srv.Requests()[0]; r.Status != tc.status || r.Points != 1 || injection.Fired() != 1 {
			t.Errorf("%s: logged %+v, fired %d", name, r, injection.Fired())
		}
		wantMetrics(t, srv)
	}
}

func TestFaultComesBeforeTheToken(t *testing.T) {
	srv := NewUnstartedServer(WithToken("right"))
	srv.Inject(Status(500))
	wantStatus(t, serve(srv, newPut("/api/put", onePoint)), 500)
}

func TestRejectPoints(t *testing.T) {
	srv := NewUnstartedServer()
	srv.Inject(RejectPoints(func(p encoding.Point) string {
		if p.Series.Metric() == "m1" {
			return "Please throttle"
		}
		return ""
	}))
	w := serve(srv, newPut("/api/put?details", points(3)))
	wantStatus(t, w, 400)
	const want = `{"success":2,"failed":1,"errors":[{"datapoint":{"metric":"m1","timestamp":1406829600,"value":1,"tags":{"host":"a"}},"error":"Please throttle"}]}`
	if w.Body.String() != want {
		t.Errorf("answered %s", w.Body)
	}
	wantMetrics(t, srv, "m0", "m2")
}

func TestOnPointFindsThePoison(t *testing.T) {
	srv := NewUnstartedServer()
	poison := srv.Inject(IgnoreDetails().OnPoint(isMetric("m2")))
	wantStatus(t, serve(srv, newPut("/api/put", points(3))), 400)
	wantStatus(t, serve(srv, newPut("/api/put", points(2))), 204)
	wantStatus(t, serve(srv, newPut("/api/put", "not JSON")), 400)
	if poison.Fired() != 1 {
		t.Errorf("fired %d times", poison.Fired())
	}
	wantMetrics(t, srv, "m0", "m1")
}

func TestOn(t *testing.T) {
	srv := NewUnstartedServer()
	srv.Inject(Status(500).On(Queries))
	wantStatus(t, serve(srv, newPut("/api/put", onePoint)), 204)
	wantStatus(t, serve(srv, newQuery("fetch('a')")), 500)
	srv.Inject(Status(501).On(func(r *http.Request) bool { return r.Header.Get("X-Bad") != "" }))
	r := newPut("/api/put", onePoint)
	r.Header.Set("X-Bad", "1")
	wantStatus(t, serve(srv, r), 501)
	srv.Inject(Status(502).On(nil))
	wantStatus(t, serve(srv, newPut("/api/put", onePoint)), 502)
}
