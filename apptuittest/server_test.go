package apptuittest

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestServerOverItsListener(t *testing.T) {
	srv := newServer(t)
	if !strings.HasPrefix(srv.URL, "http://127.0.0.1:") {
		t.Errorf("URL is %q", srv.URL)
	}
	status, text, err := postWith(srv.Client(), srv, onePoint)
	if err != nil || status != 200 {
		t.Fatal(status, text, err)
	}
	wantMetrics(t, srv, "node.cpu")
}

func TestServerOverTLS(t *testing.T) {
	srv := NewUnstartedServer()
	srv.StartTLS()
	defer srv.Close()
	if status, text, err := postWith(srv.Client(), srv, onePoint); err != nil || status != 200 {
		t.Error(status, text, err)
	}
	if _, _, err := post(srv, onePoint); err == nil {
		t.Error("a client that does not know the certificate took it")
	}
}

func TestServerUnstarted(t *testing.T) {
	srv := NewUnstartedServer()
	defer srv.Close()
	wantStatus(t, serve(srv, newPut("/api/put", onePoint)), 204)
	wantMetrics(t, srv, "node.cpu")
	wantPanic(t, "the client of an unstarted server", func() { srv.Client() })
	srv.Start()
	wantPanic(t, "a second start", srv.Start)
}

func wantPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", what)
		}
	}()
	f()
}

func TestServerTakesAClientsRequestInProcess(t *testing.T) {
	srv := NewUnstartedServer()
	r, _ := http.NewRequest(http.MethodPost, "http://apptuit/api/put", strings.NewReader(onePoint))
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth("user", "token")
	body := r.Body
	wantStatus(t, serve(srv, r), 204)
	if r.Body != body {
		t.Error("the client's request was changed")
	}
	r, _ = http.NewRequest(http.MethodPost, "http://apptuit/api/put", nil)
	r.SetBasicAuth("user", "token")
	wantStatus(t, serve(srv, r), 415)
}

func TestResetForgets(t *testing.T) {
	srv := NewUnstartedServer()
	serve(srv, newPut("/api/put", onePoint))
	removed := srv.Inject(Status(500))
	srv.Reset()
	if len(srv.Points()) != 0 || len(srv.Requests()) != 0 {
		t.Errorf("left: %v, %v", srv.Points(), srv.Requests())
	}
	wantStatus(t, serve(srv, newPut("/api/put", onePoint)), 204)
	if removed.Fired() != 0 {
		t.Error("the fault still fires")
	}
}

func TestConcurrentSafe(t *testing.T) {
	const workers, rounds = 8, 10
	srv := newServer(t)
	client := srv.Client()
	fault := srv.Inject(Status(503).Times(workers))
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for stored := 0; stored < rounds; {
				status, _, err := postWith(client, srv, points(2))
				if err != nil {
					t.Error(err)
					return
				}
				if status == 200 {
					stored++
				}
				serve(srv, newQuery("fetch('m0')"))
				srv.Inject(Slow(0).Times(1)).Remove()
				srv.Requests()
			}
		})
	}
	got, err := srv.WaitPoints(soon(t), 2*workers*rounds)
	wg.Wait()
	if err != nil || len(got) != 2*workers*rounds {
		t.Errorf("%d points, %v", len(got), err)
	}
	if fault.Fired() != workers {
		t.Errorf("the fault fired %d times, want %d", fault.Fired(), workers)
	}
}
