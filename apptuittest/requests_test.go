package apptuittest

import (
	"strconv"
	"strings"
	"testing"
)

func TestRequests(t *testing.T) {
	srv := NewUnstartedServer()
	srv.Inject(Status(503).Times(1))
	srv.Inject(Disconnect().Times(1))
	serve(srv, newPut("/api/put?details", points(2)))
	wantPanic(t, "a disconnect in process", func() { serve(srv, newPut("/api/put", points(3))) })
	serve(srv, gzipped(newPut("/api/put", ""), onePoint))
	serve(srv, newQuery("fetch('a')"))
	serve(srv, newPut("/api/other", onePoint))

	want := []string{
		"POST /api/put details  2 503", "POST /api/put   3 0", "POST /api/put  gzip 1 204",
		"GET /api/query end=200&q=fetch%28%27a%27%29&start=100  0 200", "POST /api/other   0 404",
	}
	for i, r := range srv.Requests() {
		got := strings.Join([]string{r.Method, r.Path, r.Query, r.ContentEncoding, strconv.Itoa(r.Points), strconv.Itoa(r.Status)}, " ")
		if got != want[i] {
			t.Errorf("request %d is %q, want %q", i, got, want[i])
		}
		if r.Header.Get("Authorization") != "" || r.Time.IsZero() {
			t.Errorf("request %d: %v at %v", i, r.Header, r.Time)
		}
	}
	if n := len(srv.Requests()); n != len(want) {
		t.Errorf("%d requests, want %d", n, len(want))
	}
}

func TestRequestLogBound(t *testing.T) {
	var l requestLog
	for i := range maxRequests + 2 {
		l.add(Request{Points: i})
	}
	if all := l.all(); len(all) != maxRequests || all[0].Points != 2 {
		t.Errorf("%d requests, the first is %d", len(all), all[0].Points)
	}
}
