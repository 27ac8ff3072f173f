package apptuit_test

import (
	"context"
	"errors"
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
	if begun, ended := h.troubles(); begun != 1 || ended != 1 {
		t.Errorf("%d troubles begun and %d ended were told, want one of each: %v", begun, ended, h.errs)
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

// InfluxDB says 500 to a batch with one point that has a tag named time, and
// stores the others. The batch steps aside, the next one passes, and in the end
// only the bad point is dropped.
func TestRealFault17PoisonStepsAside(t *testing.T) {
	influx := realserver.StartInfluxDB(t)
	influx.CreateDatabase(t)
	e, _ := newExporter(t, apptuit.WithEndpoint(influx.PutURL), apptuit.WithoutToken())
	rm := manyGauges(4)
	data := rm.ScopeMetrics[0].Metrics[0].Data.(metricdata.Gauge[int64])
	data.DataPoints[2].Attributes = attribute.NewSet(attribute.String("id", "2"), attribute.String("time", "poison"))
	if err := e.Export(t.Context(), rm); err != nil {
		t.Errorf("500 may pass: %v", err)
	}
	after := manyGauges(1)
	after.ScopeMetrics[0].Metrics[0].Name = "after"
	if err := e.Export(t.Context(), after); err != nil {
		t.Error(err)
	}
	hurry(t, e, func(s apptuit.Stats) bool { return s.QueuedBatches == 0 })
	if got := e.Stats(); got.Dropped[transport.ErrRejected] != 1 || got.Sent != 4 {
		t.Errorf("%+v, want 1 point rejected and 4 sent", got)
	}
	if got := len(influx.Samples(t, "after")); got != 1 {
		t.Errorf("%d points of the batch behind it stored, want 1", got)
	}
	if distinct := ids(influx.Samples(t, "g")); len(distinct) < 3 {
		t.Errorf("stored %v, want all but the bad one", distinct)
	}
}

// hurry ends the waits of the exporter again and again until done.
func hurry(t *testing.T, e *apptuit.Exporter, done func(apptuit.Stats) bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		e.ForceFlush(ctx)
		cancel()
		if done(e.Stats()) {
			return
		}
	}
	t.Fatalf("not done: %+v", e.Stats())
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
	vm := realserver.StartVictoriaMetrics(t, "-storage.minFreeDiskSpaceBytes=900GB")
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
