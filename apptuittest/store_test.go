package apptuittest

import (
	"context"
	"errors"
	"fmt"
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

// A store that is full lets the oldest go, and goes on counting.
func TestStoreIsARing(t *testing.T) {
	const mostPoints = 16_384
	const bound = mostPoints * entryBytes
	srv := NewUnstartedServer(withMaxStoredBytes(bound))
	puts := 0
	put := func(n int) {
		for range n {
			name := fmt.Sprint("m", puts/20) // so that series come and go
			puts++
			body := repeated("[", 1_000, func(i int) string {
				return fmt.Sprintf(`{"metric":"%s","timestamp":1,"value":%d,"tags":{"a":"b"}}`, name, i)
			}, "]")
			wantStatus(t, serve(srv, newPut("/api/put", body)), 204)
		}
	}
	put(40)
	if got := srv.Stored(); got != 40_000 {
		t.Errorf("%d points came", got)
	}
	held := srv.Points()
	if len(held) < mostPoints/2 || len(held) > mostPoints {
		t.Errorf("%d points are held", len(held))
	}
	if last := held[len(held)-1]; last.Series.Metric() != "m1" || last.Value.Int64() != 999 {
		t.Errorf("the last is %v", last)
	}
	if len(srv.store.series) != 1 || srv.store.bytes > bound {
		t.Errorf("%d series in %d bytes", len(srv.store.series), srv.store.bytes)
	}
	var numbers []int
	for n, p := range srv.PointsSince(10) {
		if p.Value.Int64() != int64(n%1_000) {
			t.Fatalf("point %d is %v", n, p)
		}
		numbers = append(numbers, n)
	}
	if len(numbers) != len(held) || numbers[0] != 40_000-len(held) || numbers[len(numbers)-1] != 39_999 {
		t.Errorf("%d numbers", len(numbers))
	}
	if points, err := srv.WaitPoints(soon(t), 40_000); err != nil || len(points) != len(held) {
		t.Errorf("%d points, %v", len(points), err)
	}
}

func TestPointsSince(t *testing.T) {
	srv := NewUnstartedServer()
	wantStatus(t, serve(srv, newPut("/api/put", points(3))), 204)
	read := func(n int) (names []string) {
		for i, p := range srv.PointsSince(n) {
			names = append(names, fmt.Sprint(i, p.Series.Metric()))
		}
		return names
	}
	for n, want := range map[int]string{-1: "[0m0 1m1 2m2]", 0: "[0m0 1m1 2m2]", 2: "[2m2]", 3: "[]", 9: "[]"} {
		if got := fmt.Sprint(read(n)); got != want {
			t.Errorf("since %d: %s, want %s", n, got, want)
		}
	}
	for range srv.PointsSince(0) {
		break // is allowed
	}
	srv.Reset()
	wantStatus(t, serve(srv, newPut("/api/put", points(1))), 204)
	if got := fmt.Sprint(read(0)); got != "[0m0]" {
		t.Error(got)
	}
}

// One put of more than the whole store is refused, and costs nothing else.
func TestPutLargerThanTheStore(t *testing.T) {
	srv := NewUnstartedServer(withMaxStoredBytes(chunkLen*entryBytes + 1000))
	wantStatus(t, serve(srv, newPut("/api/put", onePoint)), 204)
	w := serve(srv, newPut("/api/put?details", points(2_000)))
	wantStatus(t, w, 413)
	if text := message(t, w.Body.String()); !strings.Contains(text, "more than the 9192 bytes") {
		t.Errorf("the answer does not tell the bound: %s", text)
	}
	wantMetrics(t, srv, "node.cpu")
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
