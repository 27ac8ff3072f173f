package apptuitexporter

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

func idOf(p encoding.Point) string {
	id, _ := p.Series.Tag("id")
	return id
}

// second matches the second request, and no other.
func second() func(*http.Request) bool {
	var n atomic.Int32
	return func(*http.Request) bool { return n.Add(1) == 2 }
}

// A push of three batches of which the second fails: its points go again, and no other.
func TestOnlyWhatFailedGoesAgain(t *testing.T) {
	r, store := started(t)
	fault := store.Inject(apptuittest.Status(500).On(second()))
	_ = fault
	if err := r.ConsumeMetrics(t.Context(), gauges(5000)); err != nil {
		t.Fatal(err)
	}
	if got := len(store.Points()); got != 5000 {
		t.Errorf("%d points are stored", got)
	}
	if got := store.Stored(); got != 5000 {
		t.Errorf("%d points were put, some of them again", got)
	}
	if got := r.counted(t, "_stored_points"); got[""] != 5000 {
		t.Errorf("counted: %v", got)
	}
}

// The error of one push has what is left of it.
func TestErrorHasTheRest(t *testing.T) {
	r, store := started(t, once)
	store.Inject(apptuittest.Status(503).On(second()))
	err := r.ConsumeMetrics(t.Context(), gauges(5000))
	var rest consumererror.Metrics
	if !errors.As(err, &rest) || consumererror.IsPermanent(err) {
		t.Fatalf("%v", err)
	}
	if got, stored := rest.Data().DataPointCount(), store.Stored(); stored != 2000 || got != 3000 {
		t.Errorf("%d points are left, and %d are stored", got, stored)
	}
	if err := r.ConsumeMetrics(t.Context(), rest.Data()); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, p := range store.Points() {
		ids[idOf(p)] = true
	}
	if len(ids) != 5000 || store.Stored() != 5000 {
		t.Errorf("%d series of %d points are stored", len(ids), store.Stored())
	}
}

// A batch that is halved, and of which one half is stored: the other is left.
func TestHalfOfABatchIsLeft(t *testing.T) {
	r, store := started(t, once)
	var n atomic.Int32
	store.Inject(apptuittest.Status(413).On(func(*http.Request) bool { return n.Add(1) == 1 }).Times(1))
	store.Inject(apptuittest.Status(503).On(func(*http.Request) bool { return n.Load() >= 3 }).Times(1))
	err := r.ConsumeMetrics(t.Context(), gauges(1000))
	var rest consumererror.Metrics
	if !errors.As(err, &rest) {
		t.Fatalf("%v", err)
	}
	if got := rest.Data().DataPointCount(); got+store.Stored() != 1000 || got == 0 || got == 1000 {
		t.Errorf("%d are left and %d are stored", got, store.Stored())
	}
	if err := r.ConsumeMetrics(t.Context(), rest.Data()); err != nil || store.Stored() != 1000 {
		t.Errorf("%v, %d are stored", err, store.Stored())
	}
}

func bad(ids ...string) func(encoding.Point) bool {
	return func(p encoding.Point) bool { return slices.Contains(ids, idOf(p)) }
}

// Points that the store refuses are counted, whether it names them or not, and the rest
// is stored.
func TestSomePointsAreRefused(t *testing.T) {
	named := apptuittest.RejectPoints(func(p encoding.Point) string {
		if bad("7", "8")(p) {
			return "no"
		}
		return ""
	})
	for name, fault := range map[string]apptuittest.Fault{
		"named":   named,
		"unnamed": apptuittest.IgnoreDetails().OnPoint(bad("7", "8")),
	} {
		t.Run(name, func(t *testing.T) {
			r, store := started(t)
			store.Inject(fault)
			if err := r.ConsumeMetrics(t.Context(), gauges(100)); err != nil {
				t.Fatal(err)
			}
			if got := store.Stored(); got != 98 {
				t.Errorf("%d are stored", got)
			}
			if got := r.counted(t, "_dropped_points"); got["rejected"] != 2 {
				t.Errorf("counted: %v", got)
			}
		})
	}
}

// What no store takes is counted by its reason, and no error: it never passes.
func TestPointsThatCannotBeSent(t *testing.T) {
	r, store := started(t, func(c *Config) { c.MaxTags = 2 })
	md := gauges(3)
	dp := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Gauge().DataPoints().At(1)
	dp.Attributes().PutStr("a", "x")
	dp.Attributes().PutStr("b", "x")
	if err := r.ConsumeMetrics(t.Context(), md); err != nil {
		t.Fatal(err)
	}
	if got := r.counted(t, "_dropped_points"); store.Stored() != 2 || got["too_many_tags"] != 1 {
		t.Errorf("%d are stored, counted: %v", store.Stored(), got)
	}
}

// 401, 403 and 404 are for a person to mend: nothing is dropped, and the host hears of it.
func TestWhatAPersonHasToMendIsKept(t *testing.T) {
	for _, status := range []int{401, 403, 404} {
		r, store := started(t)
		store.Inject(apptuittest.Status(status).Times(4))
		if err := r.ConsumeMetrics(t.Context(), gauges(10)); err != nil {
			t.Fatal(err)
		}
		want := []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}
		if got := r.host.statuses(); !slices.Equal(got, want) {
			t.Errorf("%d: reported: %v", status, got)
		}
		if err := r.host.events[0].Err(); strings.Contains(err.Error(), "With") {
			t.Errorf("%d: %v", status, err)
		}
		if store.Stored() != 10 {
			t.Errorf("%d: %d are stored", status, store.Stored())
		}
	}
}

// A store that asks to be left alone is.
func TestThrottling(t *testing.T) {
	r, store := started(t)
	store.Inject(apptuittest.RetryAfter(429, time.Second).Times(1))
	began := time.Now()
	if err := r.ConsumeMetrics(t.Context(), gauges(10)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 900*time.Millisecond || store.Stored() != 10 {
		t.Errorf("it took %s, and %d are stored", took, store.Stored())
	}
}

// A store that is away costs nothing: each point comes when it is back.
func TestOutage(t *testing.T) {
	r, store := started(t)
	store.Inject(apptuittest.Disconnect().Times(3))
	store.Inject(apptuittest.Status(502).Times(3))
	if err := r.ConsumeMetrics(t.Context(), gauges(3000)); err != nil || store.Stored() != 3000 {
		t.Errorf("%v, %d are stored", err, store.Stored())
	}
}

// A batch that the store trips over again and again, while it takes others, is cut down
// to the points at fault.
func TestBatchThatTheStoreTripsOver(t *testing.T) {
	r, store := started(t, once)
	store.Inject(apptuittest.Status(500).OnPoint(bad("5")))
	for range maxErrors - 1 {
		if err := r.ConsumeMetrics(t.Context(), gauges(8)); err == nil {
			t.Fatal("it passed")
		}
	}
	if err := r.ConsumeMetrics(t.Context(), gauges(4)); err != nil { // another one passes
		t.Fatal(err)
	}
	if err := r.ConsumeMetrics(t.Context(), gauges(8)); err != nil {
		t.Fatal(err)
	}
	if got := r.counted(t, "_dropped_points"); got["rejected"] != 1 || store.Stored() != 4+7 {
		t.Errorf("%d are stored, counted: %v", store.Stored(), got)
	}
}

// A store that refuses all is not the fault of the points: they are kept.
func TestStoreThatRefusesAll(t *testing.T) {
	r, store := started(t, once)
	store.Inject(apptuittest.IgnoreDetails().Times(1000))
	for range 3 {
		err := r.ConsumeMetrics(t.Context(), gauges(4))
		if err == nil || consumererror.IsPermanent(err) {
			t.Fatalf("%v", err)
		}
	}
	if got := r.counted(t, "_dropped_points"); len(got) > 0 {
		t.Errorf("counted: %v", got)
	}
	if got := r.host.statuses(); len(got) != 1 {
		t.Errorf("reported: %v", got)
	}
}

// The end of the context ends a push, and what it has left is kept.
func TestContextEnds(t *testing.T) {
	r, store := started(t, once)
	store.Inject(apptuittest.Hang())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.ConsumeMetrics(ctx, gauges(4)); !errors.Is(err, context.DeadlineExceeded) || consumererror.IsPermanent(err) {
		t.Errorf("%v", err)
	}
}

// No secret shows in an error, even where the store repeats it.
func TestNoSecretShows(t *testing.T) {
	r, store := started(t, once, func(c *Config) { c.ClientConfig.Headers.Set("X-Key", "qwertzuiopasdf") })
	store.Inject(apptuittest.Answer(func(w http.ResponseWriter, req *http.Request) {
		http.Error(w, "bad: "+req.Header.Get("X-Key")+req.Header.Get("Authorization"), http.StatusForbidden)
	}))
	err := r.ConsumeMetrics(t.Context(), gauges(1))
	if err == nil || strings.Contains(err.Error(), "qwertz") || strings.Contains(err.Error(), testToken) {
		t.Errorf("%v", err)
	}
	if got := store.Requests(); len(got) == 0 {
		t.Error("nothing was sent")
	}
}

// Pushes of many consumers at a time do not disturb each other.
func TestConcurrentPushes(t *testing.T) {
	r, store := started(t)
	store.Inject(apptuittest.Status(503).Times(5))
	errs := make(chan error)
	for i := range 8 {
		md := gauges(500)
		md.ResourceMetrics().At(0).Resource().Attributes().PutInt("n", int64(i))
		go func() { errs <- r.ConsumeMetrics(context.Background(), md) }()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := store.Stored(); got != 4000 {
		t.Errorf("%d are stored", got)
	}
}

func TestEmptyPush(t *testing.T) {
	r, store := started(t)
	md := pmetric.NewMetrics()
	md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty().SetName("nothing")
	if err := r.ConsumeMetrics(t.Context(), md); err != nil || len(store.Requests()) != 0 {
		t.Errorf("%v, %d requests", err, len(store.Requests()))
	}
}

// Headers are those of the configuration, and the Collector's name where it has none.
func TestHeaders(t *testing.T) {
	received := make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received <- r
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	set := func(name, value string) func(*Config) {
		return func(c *Config) { c.ClientConfig.Headers.Set(name, configopaque.String(value)) }
	}
	push := func(changes ...func(*Config)) *http.Request {
		if err := startedAt(t, server.URL, changes...).ConsumeMetrics(t.Context(), gauges(1)); err != nil {
			t.Fatal(err)
		}
		return <-received
	}
	if r := push(); r.Header.Get("Authorization") != "Bearer "+testToken || r.UserAgent() == "" || r.URL.Path != "/api/put" {
		t.Errorf("%s %v", r.URL, r.Header)
	}
	if r := push(set("Host", "store.example.com"), set("User-Agent", "mine/1"), set("X-Scope-OrgID", "7")); r.Host != "store.example.com" ||
		r.UserAgent() != "mine/1" || r.Header.Get("X-Scope-OrgID") != "7" {
		t.Errorf("%s %v", r.Host, r.Header)
	}
	noToken := func(c *Config) { c.Token, c.Store = "", "victoriametrics" }
	if r := push(noToken); r.Header.Get("Authorization") != "" {
		t.Errorf("%v", r.Header)
	}
	if r := push(noToken, set("Authorization", "Basic x")); r.Header.Get("Authorization") != "Basic x" {
		t.Errorf("%v", r.Header)
	}
	if r := push(func(c *Config) { c.User = "someone" }); !strings.HasPrefix(r.Header.Get("Authorization"), "Basic ") {
		t.Errorf("%v", r.Header)
	}
}
