package apptuittest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
)

func TestPointsIsACopy(t *testing.T) {
	srv := NewUnstartedServer()
	serve(srv, newPut("/api/put", onePoint))
	srv.Points()[0] = encoding.Point{}
	wantMetrics(t, srv, "node.cpu")
}

func TestEqualSeriesAreOne(t *testing.T) {
	srv := NewUnstartedServer()
	serve(srv, newPut("/api/put", onePoint))
	serve(srv, newPut("/api/put", onePoint))
	if p := srv.Points(); len(p) != 2 || p[0].Series != p[1].Series {
		t.Errorf("points %v", p)
	}
}

func TestStoreBound(t *testing.T) {
	srv := NewUnstartedServer(withMaxPoints(3))
	wantStatus(t, serve(srv, newPut("/api/put", points(2))), 204)
	w := serve(srv, newPut("/api/put?details", points(2)))
	wantStatus(t, w, 503)
	if text := message(t, w.Body.String()); !strings.Contains(text, "3 points") {
		t.Errorf("the answer does not tell the bound: %s", text)
	}
	wantMetrics(t, srv, "m0", "m1")
	wantStatus(t, serve(srv, newPut("/api/put", points(1))), 204)
	wantMetrics(t, srv, "m0", "m1", "m0")
	srv.Reset()
	wantStatus(t, serve(srv, newPut("/api/put", points(3))), 204)
}

func TestWaitPoints(t *testing.T) {
	srv := NewUnstartedServer()
	go func() {
		for range 3 {
			serve(srv, newPut("/api/put", onePoint))
		}
	}()
	got, err := srv.WaitPoints(soon(t), 3)
	if err != nil || len(got) != 3 {
		t.Errorf("%d points, %v", len(got), err)
	}
}

func TestWaitPointsEnds(t *testing.T) {
	srv := NewUnstartedServer()
	serve(srv, newPut("/api/put", onePoint))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := srv.WaitPoints(ctx, 2); len(got) != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %d points, %v", len(got), err)
	}
	srv.Close()
	srv.Close()
	if got, err := srv.WaitPoints(t.Context(), 2); len(got) != 1 || !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("after Close: %d points, %v", len(got), err)
	}
}
