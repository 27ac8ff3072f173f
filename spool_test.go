package apptuit_test

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// nowhere refuses connections.
const nowhere = "http://127.0.0.1:1"

// atSecond collects one point, told from others by its time.
func atSecond(second int64) *metricdata.ResourceMetrics {
	return &metricdata.ResourceMetrics{
		Resource: resource.Empty(),
		ScopeMetrics: []metricdata.ScopeMetrics{{Metrics: []metricdata.Metrics{{
			Name: "m",
			Data: metricdata.Gauge[int64]{DataPoints: []metricdata.DataPoint[int64]{
				{Attributes: attribute.NewSet(attribute.String("k", "v")), Time: time.Unix(second, 0), Value: second},
			}},
		}}}},
	}
}

func spoolDir(t testing.TB) string { return filepath.Join(t.TempDir(), "spool") }

// seconds returns the times of what a store holds, in the order of arrival.
func seconds(t *testing.T, store *apptuittest.Server) (all []int64) {
	t.Helper()
	for _, p := range store.Points() {
		if p.Time.Unix() != p.Value.Int64() {
			t.Errorf("the point of second %d has the time %d", p.Value.Int64(), p.Time.Unix())
		}
		all = append(all, p.Time.Unix())
	}
	return all
}

func exportSeconds(t *testing.T, e *apptuit.Exporter, from, to int64) {
	t.Helper()
	for s := from; s < to; s++ {
		if err := e.Export(t.Context(), atSecond(s)); err != nil {
			t.Fatalf("second %d: %v", s, err)
		}
	}
}

// shutdown ends an exporter whose store is away: what is left stays.
func shutdown(t *testing.T, e *apptuit.Exporter) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := e.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v, want nil: what is left stays in the spool", err)
	}
}

// A store is away for longer than a process lives. The next process sends the
// newest points first, then the old ones, each with its own time, though the token
// was changed.
func TestSpoolOutlivesTheProcess(t *testing.T) {
	dir := spoolDir(t)
	store := apptuittest.NewServer(apptuittest.WithToken("new-token"))
	defer store.Close()
	fault := store.Inject(apptuittest.Disconnect())

	first, _ := newExporter(t, apptuit.WithEndpoint(store.URL), apptuit.WithToken("old-token"), apptuit.WithSpool(dir))
	exportSeconds(t, first, 1000, 1005)
	if got := first.Stats(); got.QueuedPoints != 5 {
		t.Errorf("queued %+v", got)
	}
	shutdown(t, first)

	fault.Remove()
	second, _ := newExporter(t, apptuit.WithEndpoint(store.URL), apptuit.WithToken("new-token"), apptuit.WithSpool(dir))
	if got := second.Stats(); got.QueuedPoints != 5 {
		t.Errorf("the next process finds %+v", got)
	}
	exportSeconds(t, second, 2000, 2001)
	flush(t, second)
	got := seconds(t, store) // the old ones four at a time
	newestFirst := len(got) > 0 && got[0] == 2000
	slices.Sort(got)
	if want := []int64{1000, 1001, 1002, 1003, 1004, 2000}; !newestFirst || !slices.Equal(got, want) {
		t.Errorf("arrived %v, the newest first %t, want %v", got, newestFirst, want)
	}
	if got := second.Stats(); got.Sent != 6 || got.QueuedBatches != 0 {
		t.Errorf("afterwards %+v", got)
	}
}

// What was meant for one endpoint or user is never sent to another.
func TestSpoolIsOfOneEndpointAndUser(t *testing.T) {
	dir := spoolDir(t)
	first, _ := newExporter(t, apptuit.WithEndpoint(nowhere), apptuit.WithToken("test-token"), apptuit.WithSpool(dir))
	exportSeconds(t, first, 1000, 1001)
	shutdown(t, first)
	for name, opts := range map[string][]apptuit.Option{
		"endpoint": {apptuit.WithEndpoint(nowhere + "/other")},
		"user":     {apptuit.WithEndpoint(nowhere), apptuit.WithUserID("42")},
	} {
		e, _ := newExporter(t, append(opts, apptuit.WithToken("test-token"), apptuit.WithSpool(dir))...)
		if got := e.Stats(); got.QueuedBatches != 0 {
			t.Errorf("another %s finds %+v", name, got)
		}
	}
}

// On disk there are bodies, and no token, header or address.
func TestSpoolHoldsNoSecret(t *testing.T) {
	dir := spoolDir(t)
	e, _ := newExporter(t, apptuit.WithEndpoint(nowhere), apptuit.WithToken("tok-4711"), apptuit.WithUserID("user-4712"),
		apptuit.WithHeaders(map[string]string{"X-Key": "hdr-4713"}), apptuit.WithSpool(dir))
	exportSeconds(t, e, 1000, 1003)
	shutdown(t, e)
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		for _, secret := range []string{"4711", "4712", "4713", "127.0.0.1"} {
			if strings.Contains(string(text)+path, secret) {
				t.Errorf("%s shows %s", path, secret)
			}
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}

func TestFault26DamageIsCountedAndTold(t *testing.T) {
	dir := spoolDir(t)
	store := apptuittest.NewServer()
	defer store.Close()
	fault := store.Inject(apptuittest.Disconnect())
	opts := []apptuit.Option{apptuit.WithEndpoint(store.URL), apptuit.WithToken("test-token"), apptuit.WithSpool(dir)}
	first, _ := newExporter(t, opts...)
	exportSeconds(t, first, 1000, 1010)
	shutdown(t, first)
	flipABit(t, dir)

	fault.Remove()
	second, h := newExporter(t, opts...)
	flush(t, second)
	stats := second.Stats()
	if stats.Sent != 9 || stats.Dropped[apptuit.ErrDamaged] != 1 || len(seconds(t, store)) != 9 {
		t.Errorf("%+v, want 9 points sent and 1 damaged", stats)
	}
	h.await(t, "cannot be read")
}

// flipABit damages the middle of the one segment.
func flipABit(t *testing.T, dir string) {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(dir, "*", "*", "*.seg"))
	if err != nil || len(segments) != 1 {
		t.Fatalf("segments %q, %v", segments, err)
	}
	text, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(segments[0], text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSpoolDirOfTheEnvironment(t *testing.T) {
	t.Setenv("APPTUIT_SPOOL_DIR", spoolDir(t))
	e, _ := newExporter(t, apptuit.WithEndpoint(nowhere), apptuit.WithToken("test-token"))
	exportSeconds(t, e, 1000, 1001)
	shutdown(t, e) // nil: it was kept
}

func TestSpoolThatCannotBeOpened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, opt := range map[string]apptuit.Option{
		"no directory": apptuit.WithSpool(file),
		"no name":      apptuit.WithSpool(""),
		"shared":       apptuit.WithSpool(os.TempDir()),
		"too small":    apptuit.WithSpool(spoolDir(t), apptuit.SpoolSize(1)),
	} {
		_, err := apptuit.New(apptuit.WithToken("test-token"), opt)
		if err == nil || !strings.Contains(err.Error(), "WithSpool") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The child of TestFault25WhatExportTookSurvivesAKill exports one point after the other and says
// which of them Export took, until it is killed.
const (
	childDir      = "APPTUIT_TEST_SPOOL"
	childEndpoint = "APPTUIT_TEST_ENDPOINT"
	childFrom     = "APPTUIT_TEST_FROM"
)

func TestSpoolChild(t *testing.T) {
	dir := os.Getenv(childDir)
	if dir == "" {
		t.Skip("run by TestFault25WhatExportTookSurvivesAKill")
	}
	e, err := apptuit.New(apptuit.WithEndpoint(os.Getenv(childEndpoint)), apptuit.WithToken("test-token"),
		apptuit.WithSpool(dir), apptuit.WithErrorHandler(func(error) {}))
	if err != nil {
		t.Fatal(err)
	}
	second, _ := strconv.ParseInt(os.Getenv(childFrom), 10, 64)
	for ; ; second++ {
		if e.Export(context.Background(), atSecond(second)) == nil {
			fmt.Printf("took %d\n", second)
		}
	}
}

// Whenever the process is killed: what Export took reaches the store. The store
// is away while the children run, and they share one spool. LONG_TESTS=1 makes
// it 30 kills.
func TestFault25WhatExportTookSurvivesAKill(t *testing.T) {
	kills := 4
	if os.Getenv("LONG_TESTS") != "" {
		kills = 30
	}
	dir := spoolDir(t)
	store := apptuittest.NewServer()
	defer store.Close()
	fault := store.Inject(apptuittest.Disconnect())
	took := map[int64]bool{}
	for i := range kills {
		maps.Copy(took, killedChild(t, dir, store.URL, int64(1+i)*1_000_000))
	}
	fault.Remove()
	e, h := newExporter(t, apptuit.WithEndpoint(store.URL), apptuit.WithToken("test-token"), apptuit.WithSpool(dir))
	flush(t, e)
	for _, s := range seconds(t, store) {
		delete(took, s)
	}
	if len(took) > 0 {
		t.Errorf("%d points were taken and did not arrive, such as %v; heard %v", len(took), slices.Sorted(maps.Keys(took))[0], h.all())
	}
	t.Logf("%d kills, %d points arrived", kills, len(store.Points()))
}

// killedChild runs a child, kills it at a random moment, and returns what it
// said that Export took.
func killedChild(t *testing.T, dir, endpoint string, from int64) map[int64]bool {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSpoolChild$")
	cmd.Env = append(os.Environ(), childDir+"="+dir, childEndpoint+"="+endpoint, childFrom+"="+strconv.FormatInt(from, 10))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	took := map[int64]bool{}
	var kill *time.Timer
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var second int64
		if _, err := fmt.Sscanf(lines.Text(), "took %d", &second); err != nil {
			continue
		}
		took[second] = true
		if kill == nil { // real time: from the first point on, so that some are taken
			kill = time.AfterFunc(rand.N(150*time.Millisecond), func() { cmd.Process.Kill() })
		}
	}
	cmd.Wait()
	if len(took) == 0 {
		t.Fatal("the child took nothing")
	}
	return took
}

// removeDuring removes the spool while f runs.
func removeDuring(t *testing.T, dir string, f func()) {
	t.Helper()
	removed := make(chan struct{})
	go func() {
		defer close(removed)
		for range 3 {
			os.RemoveAll(dir)
		}
	}()
	f()
	<-removed
}
