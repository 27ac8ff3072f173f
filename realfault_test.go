package apptuit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/realserver"
	"github.com/apptuitai/apptuit-go/transport"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// These are rows of the table of faults that a real server can make. Time is
// real here, for the servers are; ForceFlush ends the waits.

// A heard is what the error handler was told.
type heard struct {
	mu   sync.Mutex
	errs []error
}

func (h *heard) handle(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.errs = append(h.errs, err)
}

// all returns what was told so far.
func (h *heard) all() []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.errs)
}

// await waits until something with that text was told: the error handler has a
// goroutine of its own.
func (h *heard) await(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if strings.Contains(fmt.Sprint(h.all()), text) {
			return
		}
	}
	t.Errorf("heard %v, want %q", h.all(), text)
}

// troubles returns how often a trouble began and ended.
func (h *heard) troubles() (begun, ended int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, err := range h.errs {
		var trouble *apptuit.TroubleError
		if !errors.As(err, &trouble) {
			continue
		}
		if trouble.Ended > 0 {
			ended++
			continue
		}
		begun++
	}
	return begun, ended
}

func newExporter(t *testing.T, opts ...apptuit.Option) (*apptuit.Exporter, *heard) {
	t.Helper()
	h := &heard{}
	base := []apptuit.Option{apptuit.WithErrorHandler(h.handle), apptuit.WithoutEnvTags()}
	e, err := apptuit.New(append(base, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		e.Shutdown(ctx)
	})
	return e, h
}

func flush(t *testing.T, e *apptuit.Exporter) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := e.ForceFlush(ctx); err != nil {
		t.Fatal(err)
	}
}

// toldOnce checks that one trouble began and ended.
func (h *heard) toldOnce(t *testing.T) {
	t.Helper()
	begun, ended := h.troubles()
	for end := time.Now().Add(5 * time.Second); ended == 0 && time.Now().Before(end); begun, ended = h.troubles() {
		time.Sleep(time.Millisecond) // the error handler has a goroutine of its own
	}
	if begun != 1 || ended != 1 {
		t.Errorf("%d troubles begun and %d ended were told, want one of each: %v", begun, ended, h.all())
	}
}

func TestRealFault01And02KilledAndRestarted(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	e, h := newExporter(t, apptuit.WithEndpoint(vm.PutURL), apptuit.WithoutToken())
	if err := e.Export(t.Context(), manyGauges(10)); err != nil {
		t.Fatal(err)
	}
	vm.Samples(t, "g") // flushes: a kill loses what is not on disk
	vm.Kill(t)
	for range 3 {
		if err := e.Export(t.Context(), manyGauges(20)); err != nil {
			t.Errorf("in the outage: %v", err)
		}
	}
	if got := e.Stats(); got.QueuedPoints != 60 || got.Failures == 0 {
		t.Errorf("in the outage: %+v", got)
	}
	vm.Restart(t)
	flush(t, e)
	if got := e.Stats(); got.Sent != 70 || got.QueuedBatches != 0 {
		t.Errorf("afterwards: %+v", got)
	}
	h.toldOnce(t)
}

func TestRealFault05TimeOut(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	e, h := newExporter(t, apptuit.WithEndpoint(vm.PutURL), apptuit.WithoutToken(), apptuit.WithTimeout(300*time.Millisecond))
	vm.Pause(t)
	if err := e.Export(t.Context(), manyGauges(10)); err != nil {
		t.Error(err)
	}
	vm.Resume(t)
	flush(t, e)
	if distinct := ids(vm.Samples(t, "g")); len(distinct) != 10 {
		t.Errorf("%d series stored, want 10", len(distinct))
	}
	h.toldOnce(t)
}

func ids(samples []realserver.Sample) map[string]bool {
	found := map[string]bool{}
	for _, s := range samples {
		found[s.Tags["id"]] = true
	}
	return found
}

// Deflate is refused by both with a 400 text that means every batch: it is kept,
// and Export says so.
func TestRealFault09RefusedEncoding(t *testing.T) {
	influx := realserver.StartInfluxDB(t)
	influx.CreateDatabase(t)
	for name, endpoint := range map[string]string{
		"VictoriaMetrics": realserver.StartVictoriaMetrics(t).PutURL,
		"InfluxDB":        influx.PutURL,
	} {
		e, _ := newExporter(t, apptuit.WithEndpoint(endpoint), apptuit.WithoutToken(), apptuit.WithCompression(encoding.CompressDeflate))
		err := e.Export(t.Context(), manyGauges(8))
		var report *transport.SendError
		if !errors.As(err, &report) || report.Status != 400 || report.Kept != 8 {
			t.Errorf("%s: %v, want a report of status 400 and 8 points kept", name, err)
		}
		if got := e.Stats(); got.QueuedPoints != 8 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A wrong token: 401 by newer servers, 400 by vmauth 1.79. The points are kept
// either way.
func TestRealFault10WrongToken(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	auth := realserver.StartVMAuth(t, testToken, vm)
	e, _ := newExporter(t, apptuit.WithEndpoint(auth.URL), apptuit.WithToken("wrong-token"))
	err := e.Export(t.Context(), manyGauges(5))
	var report *transport.SendError
	if !errors.As(err, &report) || report.Kept != 5 {
		t.Fatalf("%v, want a report of 5 points kept", err)
	}
	if strings.Contains(err.Error(), "wrong-token") {
		t.Errorf("the error shows the token: %v", err)
	}
}

func TestRealFault17HealedServer(t *testing.T) {
	influx := realserver.StartInfluxDB(t)
	e, h := newExporter(t, apptuit.WithEndpoint(influx.PutURL), apptuit.WithoutToken())
	if err := e.Export(t.Context(), manyGauges(10)); err != nil {
		t.Errorf("500 before the database exists: %v", err)
	}
	influx.CreateDatabase(t)
	flush(t, e)
	if got := len(influx.Samples(t, "g")); got != 10 {
		t.Errorf("%d points stored, want 10", got)
	}
	h.toldOnce(t)
}

// In every collection InfluxDB refuses one series, which has a tag named time: it
// stores the others and says so by a 500. Each point counts as what it is at once.
func TestRealFault29OneSeriesRefusedInEveryCollection(t *testing.T) {
	influx := realserver.StartInfluxDB(t)
	influx.CreateDatabase(t)
	e, _ := newExporter(t, apptuit.WithEndpoint(influx.PutURL), apptuit.WithoutToken())
	const collections, good = 20, 100
	for i := range collections {
		rm := manyGauges(good + 1)
		points := rm.ScopeMetrics[0].Metrics[0].Data.(metricdata.Gauge[int64]).DataPoints
		points[good/2].Attributes = attribute.NewSet(attribute.String("time", "poison"))
		stamp(rm, time.Unix(1_700_000_000+int64(i), 0))
		e := wantDropped(t, e.Export(t.Context(), rm), 1)
		if !strings.Contains(e.Error(), `input tag "time"`) {
			t.Errorf("%v does not say why", e)
		}
	}
	if got := e.Stats(); got.Sent != collections*good || got.Dropped[transport.ErrRejected] != collections || got.QueuedBatches != 0 {
		t.Errorf("%+v", got)
	}
	if got := len(influx.Samples(t, "g")); got != collections*good {
		t.Errorf("%d points stored, want %d", got, collections*good)
	}
}

func wantDropped(t *testing.T, err error, n int) *transport.SendError {
	t.Helper()
	var e *transport.SendError
	if !errors.As(err, &e) || e.Dropped[transport.ErrRejected] != n || e.Kept != 0 {
		t.Fatalf("%v, want %d points dropped and none kept", err, n)
	}
	return e
}

// At its limit InfluxDB goes on to store the series that it knows: nothing waits.
// Version 1.6 leaves out as many points from the beginning of the request as it
// refuses; they arrive all the same.
func TestRealFault29SeriesLimit(t *testing.T) {
	influx := realserver.StartInfluxDB(t, "INFLUXDB_DATA_MAX_SERIES_PER_DATABASE=10")
	influx.CreateDatabase(t)
	e, _ := newExporter(t, apptuit.WithEndpoint(influx.PutURL), apptuit.WithoutToken())
	began := time.Now().Add(-time.Minute)
	if err := e.Export(t.Context(), manyGauges(10)); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		rm := manyGauges(15)
		stamp(rm, began.Add(time.Duration(i)*time.Second))
		wantDropped(t, e.Export(t.Context(), rm), 5)
	}
	if got := e.Stats(); got.Sent != 110 || got.Dropped[transport.ErrRejected] != 50 || got.QueuedBatches != 0 {
		t.Errorf("%+v", got)
	}
	if got := len(influx.Samples(t, "g")); got != 110 {
		t.Errorf("%d points stored, want 110", got)
	}
}

// A backlog that is older than InfluxDB keeps points does not hold up the current
// ones.
func TestRealFault29BacklogBeyondTheRetentionPolicy(t *testing.T) {
	influx := realserver.StartInfluxDB(t)
	influx.CreateDatabase(t)
	influx.SetRetention(t, time.Hour)
	influx.Kill(t)
	e, h := newExporter(t, apptuit.WithEndpoint(influx.PutURL), apptuit.WithoutToken())
	const old = 120
	for i := range old {
		rm := manyGauges(5)
		stamp(rm, time.Unix(1_600_000_000+int64(i), 0))
		if err := e.Export(t.Context(), rm); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Export(t.Context(), manyGauges(7)); err != nil {
		t.Fatal(err)
	}
	influx.Restart(t)
	flush(t, e)
	if got := e.Stats(); got.Sent != 7 || got.Dropped[transport.ErrRejected] != 5*old || got.QueuedBatches != 0 {
		t.Errorf("%+v", got)
	}
	if got := len(influx.Samples(t, "g")); got != 7 {
		t.Errorf("%d points stored, want the current 7", got)
	}
	h.toldOnce(t)
}

// Real servers that take no put where they are asked: few requests, one message
// in the server's own words, and nothing is dropped.
func TestRealFault30WrongPortAndWrongToken(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	auth := realserver.StartVMAuth(t, testToken, vm)
	for name, c := range map[string]struct {
		opts []apptuit.Option
		text string
	}{
		"main port":   {[]apptuit.Option{apptuit.WithEndpoint(vm.QueryURL), apptuit.WithoutToken()}, "-opentsdbHTTPListenAddr"},
		"wrong path":  {[]apptuit.Option{apptuit.WithEndpoint(vm.PutURL + "/other"), apptuit.WithoutToken()}, "APPTUIT_API_ENDPOINT"},
		"wrong token": {[]apptuit.Option{apptuit.WithEndpoint(auth.URL), apptuit.WithToken("wrong-token")}, "check the token"},
	} {
		t.Run(name, func(t *testing.T) {
			e, h := newExporter(t, append(c.opts, apptuit.WithMaxBatch(50_000))...) // each export is one batch
			err := e.Export(t.Context(), manyGauges(1))
			var report *transport.SendError
			if !errors.As(err, &report) || report.Kept != 1 || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v, want 1 point kept and %q", err, c.text)
			}
			for i := range 30 {
				if err := e.Export(t.Context(), manyGauges(1+100*i)); err != nil {
					t.Error(err)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := e.ForceFlush(ctx); !errors.As(err, &report) || ctx.Err() != nil {
				t.Errorf("ForceFlush: %v, want it to end early", err)
			}
			if s := e.Stats(); s.Failures > 6 || len(s.Dropped) > 0 || s.QueuedBatches != 31 {
				t.Errorf("%+v", s)
			}
			if heard := h.all(); len(heard) > 0 {
				t.Errorf("told again: %v", heard)
			}
		})
	}
}

func TestRealFault17BadGateway(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	auth := realserver.StartVMAuth(t, testToken, vm)
	e, h := newExporter(t, apptuit.WithEndpoint(auth.URL), apptuit.WithToken(testToken))
	vm.Kill(t)
	if err := e.Export(t.Context(), manyGauges(10)); err != nil {
		t.Error(err)
	}
	vm.Restart(t)
	flush(t, e)
	if got := len(vm.Samples(t, "g")); got != 10 {
		t.Errorf("%d points stored, want 10", got)
	}
	h.toldOnce(t)
}

func TestRealFault17Unavailable(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t, "-storage.minFreeDiskSpaceBytes=8000000000GB")
	e, _ := newExporter(t, apptuit.WithEndpoint(vm.PutURL), apptuit.WithoutToken())
	if err := e.Export(t.Context(), manyGauges(10)); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := e.Shutdown(ctx)
	var report *transport.SendError
	if !errors.As(err, &report) || report.Dropped[apptuit.ErrShutdown] != 10 || !strings.Contains(err.Error(), "503") {
		t.Errorf("Shutdown: %v, want a report of 10 points lost because of status 503", err)
	}
}
