package apptuittest

import (
	"io"
	"net/http"
	"testing"
	"time"
)

func TestBudgetAndOrder(t *testing.T) {
	srv := NewUnstartedServer()
	first := srv.Inject(Status(500).Times(1))
	second := srv.Inject(Status(503).Times(2))
	forEver := srv.Inject(Status(502).Times(-1))
	for i, want := range []int{500, 503, 503, 502, 502} {
		if w := serve(srv, newPut("/api/put", onePoint)); w.Code != want {
			t.Errorf("put %d answered %d, want %d", i, w.Code, want)
		}
	}
	forEver.Remove()
	forEver.Remove()
	wantStatus(t, serve(srv, newPut("/api/put", onePoint)), 204)
	if first.Fired() != 1 || second.Fired() != 2 || forEver.Fired() != 2 {
		t.Errorf("fired %d, %d and %d times", first.Fired(), second.Fired(), forEver.Fired())
	}
}

// A request that looked at the faults before one was removed meets it removed.
func TestRemoveWhileMatching(t *testing.T) {
	srv := NewUnstartedServer()
	var injection *Injection
	injection = srv.Inject(Status(500).On(func(*http.Request) bool {
		injection.Remove()
		return true
	}))
	wantStatus(t, serve(srv, newPut("/api/put", onePoint)), 204)
}

func TestFaultIsAValue(t *testing.T) {
	base := Status(503)
	base.Times(1).On(Queries).delayed(time.Hour)
	srv := NewUnstartedServer()
	srv.Inject(base)
	srv.Inject(base)
	for range 2 {
		wantStatus(t, serve(srv, newPut("/api/put", onePoint)), 503)
	}
}

func TestAfterStoring(t *testing.T) {
	for name, fault := range map[string]Fault{
		"read": Status(500).AfterStoring(), "unread": Status(500).AfterStoring().beforeReading(),
	} {
		srv := NewUnstartedServer()
		srv.Inject(fault)
		wantStatus(t, serve(srv, newPut("/api/put", onePoint)), 500)
		wantMetrics(t, srv, "node.cpu")
		if r := srv.Requests(); len(r) != 1 || r[0].Status != 500 || r[0].Points != 1 {
			t.Errorf("%s: logged %+v", name, r)
		}
	}
	srv := NewUnstartedServer()
	srv.Inject(Slow(0).AfterStoring())
	wantStatus(t, serve(srv, newPut("/api/put", onePoint)), 204)
	wantMetrics(t, srv, "node.cpu")
}

func TestBeforeReading(t *testing.T) {
	srv := NewUnstartedServer()
	srv.Inject(Status(500).beforeReading())
	r := newPut("/api/put", onePoint)
	r.Body = io.NopCloser(failingReader{})
	wantStatus(t, serve(srv, r), 500)
	if n := srv.Requests()[0].Points; n != 0 {
		t.Errorf("%d points were read", n)
	}
}

func TestZeroFault(t *testing.T) {
	srv := NewUnstartedServer()
	none := srv.Inject(Fault{})
	wantStatus(t, serve(srv, newPut("/api/put", onePoint)), 204)
	if none.Fired() != 1 {
		t.Errorf("fired %d times", none.Fired())
	}
}
