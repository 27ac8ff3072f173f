package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/internal/text"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

func TestSendNothing(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(500, "")}}
	if err := dial(t, w).Send(t.Context(), nil); err != nil || len(w.Bodies) != 0 {
		t.Errorf("%d requests, %v", len(w.Bodies), err)
	}
}

func TestSendCountsWhatCannotBeEncoded(t *testing.T) {
	ps := nettest.Points(4)
	ps[1].Value = encoding.Float(math.NaN())
	ps[3].Series = nil
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(204, "")}}
	err := dial(t, w).Send(t.Context(), ps)
	e := wantDropped(t, err, encoding.ErrNotFinite, 1, 2)
	if !errors.Is(err, encoding.ErrNoSeries) || errors.Is(err, encoding.ErrName) || len(e.Rejected) != 2 {
		t.Errorf("%+v", e)
	}
	const want = "apptuit: 2 of 4 points dropped (no_series: 1, not_finite: 1), first: node.cpu{host=\"a\"}: the value is NaN or infinite, which JSON cannot hold"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	wantSent(t, w, []int{0, 2})
}

func TestSendStopsAtTheFirstBatchNotDelivered(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(204, ""), nettest.Status(401, ""), nettest.Status(204, "")}}
	err := dial(t, w, WithMaxBatch(2)).Send(t.Context(), nettest.Points(7))
	var e *SendError
	if !errors.As(err, &e) || e.Stored != 2 || e.Unsent != 5 || e.Status != 401 || len(w.Bodies) != 2 {
		t.Fatalf("%d requests, %+v", len(w.Bodies), err)
	}
	const want = "apptuit: 5 of 7 points not sent: store.test: status 401 Unauthorized: check the token (WithToken, APPTUIT_API_TOKEN)"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestSendGoesOnAfterPointsAreDropped(t *testing.T) {
	s := &nettest.Store{Bad: map[int]bool{1: true, 4: true}, Status: 400, Text: "no"}
	err := dial(t, s, WithMaxBatch(3)).Send(t.Context(), nettest.Points(6))
	e := wantDropped(t, err, ErrRejected, 2, 4)
	if len(e.Rejected) != 2 {
		t.Errorf("%+v", e.Rejected)
	}
}

func TestSendNamesAtMostTen(t *testing.T) {
	ps := nettest.Points(30)
	for i := range ps {
		ps[i].Value = encoding.Float(math.Inf(1))
	}
	err := dial(t, &nettest.Wire{}).Send(t.Context(), ps)
	if e := wantDropped(t, err, encoding.ErrNotFinite, 30, 0); len(e.Rejected) != 10 {
		t.Errorf("%d named", len(e.Rejected))
	}
}

func TestSendWithAnEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := &nettest.Wire{Replies: []nettest.Reply{func(r *http.Request) (*http.Response, error) { return nil, r.Context().Err() }}}
	err := dial(t, w).Send(ctx, nettest.Points(2))
	wantHeld(t, err, 2, "context canceled")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("errors.Is does not find context.Canceled in %v", err)
	}
}

func TestSendConcurrentSafe(t *testing.T) {
	var mu sync.Mutex
	stored := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		zip, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		var ps []json.RawMessage
		if err := json.NewDecoder(zip).Decode(&ps); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		stored += len(ps)
	}, WithCompression(encoding.CompressGzip), WithMaxBatch(10))
	var senders sync.WaitGroup
	for range 8 {
		senders.Go(func() {
			if err := c.Send(t.Context(), nettest.Points(25)); err != nil {
				t.Error(err)
			}
		})
	}
	senders.Wait()
	if stored != 200 {
		t.Errorf("%d points stored, want 200", stored)
	}
}

// Under the race detector a pool drops one in four of what it is given, so that
// one send shows nothing.
func TestEncoderOfAGiantSendIsNotKept(t *testing.T) {
	giant := nettest.Points(20_000)
	for range 10 {
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(204, "")}}
		c := dial(t, w)
		if err := c.Send(t.Context(), giant); err != nil {
			t.Fatal(err)
		}
		if len(bytes.Join(w.Bodies, nil)) <= maxPooled || c.encoders.Get() != nil {
			t.Fatal("a pool keeps giant buffers")
		}
	}
}

// A wait ends with its context, and leaves nothing behind.
func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		time.AfterFunc(time.Second, cancel)
		if err := sleep(ctx, time.Hour); err != context.Canceled || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if err := sleep(t.Context(), time.Minute); err != nil {
			t.Error(err)
		}
	})
}

// What a server sends beyond the bound is not waited for.
func TestAnswerWithoutEnd(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		for {
			if _, err := io.WriteString(w, "overload "); err != nil {
				return
			}
		}
	})
	if o := c.wire.Put(t.Context(), nettest.Batch(1)); o.Verdict != wire.Retry || o.Status != 503 {
		t.Errorf("%+v", o)
	}
}

// A text in a point is bounded in the error that names it.
func TestSendErrorIsBounded(t *testing.T) {
	giant := strings.Repeat("x\x1b", 1<<20)
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(400, nettest.Details(0, map[int]string{0: giant}))}}
	series, err := encoding.NewSeries(encoding.SanitizeApptuit, "m", encoding.Tag{Key: "k", Value: giant})
	if err != nil {
		t.Fatal(err)
	}
	err = dial(t, w).Send(t.Context(), []encoding.Point{{Series: series, Time: time.Unix(nettest.Start, 0), Value: encoding.Int(1)}})
	if shown := fmt.Sprint(err); len(shown) > 3*text.Max || strings.Contains(shown, "\x1b") {
		t.Errorf("an error of %d bytes", len(shown))
	}
}

// An agent takes points in the place of a store, and cannot be asked.
func TestSendToAnXCollector(t *testing.T) {
	a := nettest.NewAgent(t, "127.0.0.1:0")
	c, err := New(WithEnv(nil), WithXCollector(a.Addr))
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	points := nettest.Points(40)
	huge, err := encoding.NewSeries(encoding.SanitizeApptuit, "m", encoding.Tag{Key: "k", Value: strings.Repeat("v", 9000)})
	if err != nil {
		t.Fatal(err)
	}
	points[3].Series = huge
	var sending sync.WaitGroup
	for part := range slices.Chunk(points, 10) {
		sending.Go(func() {
			err := c.Send(t.Context(), part)
			if part[3].Series == huge {
				wantDropped(t, err, ErrTooLarge, 1, 9)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	sending.Wait()
	if got := a.Await(t, 39); len(got) != 39 || c.Endpoint() != "udp://"+a.Addr || c.MaxAnswerBytes() != 0 {
		t.Errorf("%d points arrived at %s", len(got), c)
	}
	var failed *AskError
	if err := c.Ask(t.Context(), Request{}); !errors.As(err, &failed) || failed.Status != 0 || !strings.Contains(err.Error(), "WithXCollector") {
		t.Error(err)
	}
	if _, err := New(WithEnv(nil), WithXCollector(a.Addr), WithToken(testToken)); err == nil || !strings.Contains(err.Error(), "WithToken") {
		t.Error(err)
	}
}
