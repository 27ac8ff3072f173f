package apptuit_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/internal/realserver"
)

// A gate refuses requests while it is closed, and lets them come late by a round trip.
type gate struct {
	open  atomic.Bool
	rtt   time.Duration
	store http.RoundTripper
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if !g.open.Load() {
		return nil, errRefused
	}
	time.Sleep(g.rtt)
	return g.store.RoundTrip(r)
}

func newTransport(t *testing.T) *http.Transport {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// The backlog of an outage drains into a real store at its own speed: beside it stands
// how long the store takes for the same points by its own import. The time is real. It
// is an outage of half a minute, or of ten minutes where APPTUIT_LONG is set.
func TestRealStoreDrainsABacklog(t *testing.T) {
	const series = 10_000
	collections := 3
	if os.Getenv("APPTUIT_LONG") != "" {
		collections = 60 // ten minutes
	}
	points := float64(series * collections)
	for _, rtt := range []time.Duration{0, 50 * time.Millisecond} {
		imported := importAll(t, series, collections, rtt)
		for name, opts := range map[string][]apptuit.Option{
			"memory": {apptuit.WithQueueSize(64 << 20)},
			"spool":  {apptuit.WithSpool(spoolDir(t))},
		} {
			t.Run(fmt.Sprint(name, " ", rtt), func(t *testing.T) {
				vm := realserver.StartVictoriaMetrics(t)
				g := &gate{rtt: rtt, store: newTransport(t)}
				e, err := apptuit.New(append(opts, apptuit.WithEndpoint(vm.PutURL), apptuit.WithoutToken(), apptuit.WithMaxBatch(2000),
					apptuit.WithHTTPClient(&http.Client{Transport: g}), apptuit.WithErrorHandler(func(error) {}))...)
				if err != nil {
					t.Fatal(err)
				}
				rm := newSeries(0, series)
				begin := time.Now().Add(-time.Hour)
				for i := range collections {
					stamp(rm, begin.Add(time.Duration(i)*interval))
					if err := e.Export(t.Context(), rm); err != nil {
						t.Fatal(err)
					}
				}
				g.open.Store(true)
				begun := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				if err := e.ForceFlush(ctx); err != nil {
					t.Fatal(err)
				}
				drained := time.Since(begun)
				t.Logf("%.0f points per second, %.2f of its own import", points/drained.Seconds(), imported.Seconds()/drained.Seconds())
				if err := e.Shutdown(ctx); err != nil {
					t.Error(err)
				}
				if got := len(vm.Samples(t, `{__name__="g"}`)); float64(got) != points {
					t.Errorf("%d of %.0f points are stored", got, points)
				}
				if drained > 10*imported {
					t.Errorf("it took %v, and the store's own import %v", drained, imported)
				}
			})
		}
	}
}

// importAll is how long a store takes for the points of collections by its own import:
// one request of text, with gzip, for each collection, four at a time.
func importAll(t *testing.T, series, collections int, rtt time.Duration) time.Duration {
	t.Helper()
	vm := realserver.StartVictoriaMetrics(t)
	var bodies [][]byte
	begin := time.Now().Add(-time.Hour)
	for i := range collections {
		var text bytes.Buffer
		w := gzip.NewWriter(&text)
		at := begin.Add(time.Duration(i) * interval).UnixMilli()
		for s := range series {
			fmt.Fprintf(w, "g{host=\"h\",id=\"%d\",shard=\"%d\",zone=\"a\"} %d %d\n", s, s%16, s, at)
		}
		w.Close()
		bodies = append(bodies, text.Bytes())
	}
	g := &gate{rtt: rtt, store: newTransport(t)}
	g.open.Store(true)
	client := &http.Client{Transport: g}
	begun := time.Now()
	var work sync.WaitGroup
	for lane := range 4 {
		work.Go(func() {
			for i := lane; i < len(bodies); i += 4 {
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, vm.QueryURL+"/api/v1/import/prometheus", bytes.NewReader(bodies[i]))
				req.Header.Set("Content-Encoding", "gzip")
				resp, err := client.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusNoContent {
					t.Errorf("import: %s", resp.Status)
				}
			}
		})
	}
	work.Wait()
	took := time.Since(begun)
	t.Logf("round trip %v: its own import takes %.0f points per second", rtt, float64(series*collections)/took.Seconds())
	if got := len(vm.Samples(t, `{__name__="g"}`)); got != series*collections {
		t.Errorf("import: %d points are stored", got)
	}
	return took
}
