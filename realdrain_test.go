package apptuit_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
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

func newTransport(t testing.TB) *http.Transport {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// How fast the backlog of an outage drains into a real store, beside how fast the store
// takes the same points by its own import. It is an outage of half a minute.
func BenchmarkDrain(b *testing.B) {
	for _, rtt := range []time.Duration{0, 50 * time.Millisecond} {
		for _, queue := range []string{"memory", "spool"} {
			b.Run(fmt.Sprint(queue, " ", rtt), func(b *testing.B) {
				for b.Loop() {
					imported, drained := importAll(b, rtt), drainAll(b, queue, rtt)
					b.ReportMetric(outageSeries*drainedCollections/drained.Seconds(), "points/s")
					b.ReportMetric(imported.Seconds()/drained.Seconds(), "of-its-import")
				}
			})
		}
	}
}

const drainedCollections = 3

// drainAll is how long the exporter takes to send what waits, after an outage.
func drainAll(b *testing.B, queue string, rtt time.Duration) time.Duration {
	b.Helper()
	vm := realserver.StartVictoriaMetrics(b)
	g := &gate{rtt: rtt, store: newTransport(b)}
	opts := []apptuit.Option{apptuit.WithEndpoint(vm.PutURL), apptuit.WithoutToken(), apptuit.WithQueueSize(64 << 20),
		apptuit.WithHTTPClient(&http.Client{Transport: g}), apptuit.WithErrorHandler(func(error) {})}
	if queue == "spool" {
		opts = append(opts, apptuit.WithSpool(spoolDir(b)))
	}
	e, err := apptuit.New(opts...)
	if err != nil {
		b.Fatal(err)
	}
	rm := newSeries(0, outageSeries)
	begin := time.Now().Add(-time.Hour)
	for i := range drainedCollections {
		stamp(rm, begin.Add(time.Duration(i)*interval))
		if err := e.Export(b.Context(), rm); err != nil {
			b.Fatal(err)
		}
	}
	g.open.Store(true)
	begun := time.Now()
	ctx, cancel := context.WithTimeout(b.Context(), 2*time.Minute)
	defer cancel()
	if err := e.ForceFlush(ctx); err != nil {
		b.Fatal(err)
	}
	drained := time.Since(begun)
	if err := e.Shutdown(ctx); err != nil {
		b.Error(err)
	}
	if got := len(vm.Samples(b, `{__name__="g"}`)); got != outageSeries*drainedCollections {
		b.Errorf("%d points are stored", got)
	}
	return drained
}

// importAll is how long a store takes for the points of collections by its own import:
// one request of text, with gzip, for each collection, four at a time.
func importAll(t testing.TB, rtt time.Duration) time.Duration {
	t.Helper()
	const series, collections = outageSeries, drainedCollections
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
	if got := len(vm.Samples(t, `{__name__="g"}`)); got != series*collections {
		t.Errorf("import: %d points are stored", got)
	}
	return took
}
