package live

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
)

// newStore starts a store with the page in front.
func newStore(t testing.TB) *apptuittest.Server {
	t.Helper()
	store := apptuittest.NewUnstartedServer()
	store.SetFront(Handler(store))
	store.Start()
	t.Cleanup(store.Close)
	return store
}

// body writes a put of n points, each of a series of its own, with one time.
func body(n int, at int64, value func(i int) string) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `,{"metric":"m%d","timestamp":%d,"value":%s,"tags":{"host":"h","i":"%d"}}`, i%20, at, value(i), i)
	}
	return append(append([]byte{'['}, bytes.TrimPrefix(b.Bytes(), []byte(","))...), ']')
}

func constant(text string) func(int) string { return func(int) string { return text } }

func put(t testing.TB, store *apptuittest.Server, content []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, store.URL+"/api/put", bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer any-token")
	resp, err := store.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	if resp.StatusCode/100 != 2 {
		t.Fatal(resp.Status)
	}
}

// A reader is a page that only remembers.
type reader struct {
	t      testing.TB
	scan   *bufio.Scanner
	close  func()
	id     string
	run    string
	names  map[int]string // of the generation
	g      int
	points []string // name{key=value...} ms value
	tick   map[string]any
	beyond int
}

func watch(t testing.TB, store *apptuittest.Server, since string) *reader {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, store.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", since)
	resp, err := store.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || !strings.HasPrefix(got, "text/event-stream") {
		t.Fatal(resp.Status, got)
	}
	rd := &reader{t: t, scan: bufio.NewScanner(resp.Body), close: func() { resp.Body.Close() }, g: -1}
	rd.scan.Buffer(nil, 16<<20)
	t.Cleanup(rd.close)
	return rd
}

// next reads one event and returns its name, empty at the end.
func (r *reader) next() string {
	r.t.Helper()
	name := ""
	for r.scan.Scan() {
		line := r.scan.Text()
		if text, ok := strings.CutPrefix(line, "event: "); ok {
			name = text
		}
		if text, ok := strings.CutPrefix(line, "id: "); ok {
			r.id = text
		}
		if text, ok := strings.CutPrefix(line, "data: "); ok {
			r.take(name, text)
		}
		if line == "" && name != "" {
			return name
		}
	}
	return ""
}

func (r *reader) take(name, text string) {
	r.t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var err error
	switch name {
	case "hello":
		var hello struct{ Run string }
		err = dec.Decode(&hello)
		r.run = hello.Run
	case "tick":
		r.tick = nil
		err = dec.Decode(&r.tick)
	case "points":
		err = r.takePoints(dec)
	}
	if err != nil {
		r.t.Fatalf("%s %s: %v", name, text, err)
	}
}

func (r *reader) takePoints(dec *json.Decoder) error {
	var event struct {
		G, N int
		T    int64
		X    int
		S    [][]any
		P    []any
	}
	if err := dec.Decode(&event); err != nil {
		return err
	}
	if event.G != r.g {
		r.g, r.names = event.G, map[int]string{}
	}
	r.beyond += event.X
	for _, s := range event.S {
		id, _ := s[0].(json.Number).Int64()
		r.names[int(id)] = fmt.Sprintf("%s%v", s[1], s[2])
	}
	for i := 0; i < len(event.P); i += 3 {
		id, _ := event.P[i].(json.Number).Int64()
		ms, _ := event.P[i+1].(json.Number).Int64()
		r.points = append(r.points, fmt.Sprintf("%s %d %v", r.names[int(id)], event.T+ms, event.P[i+2]))
	}
	return nil
}

// until reads until there are n points and a tick behind them.
func (r *reader) until(n int) {
	r.t.Helper()
	for {
		name := r.next()
		if name == "" {
			r.t.Fatalf("the stream ended after %d points", len(r.points))
		}
		if name == "tick" && len(r.points)+r.beyond >= n {
			return
		}
	}
}

func TestEvents(t *testing.T) {
	store := newStore(t)
	values := []string{"1", "-2.5", "9007199254740993", "1e300", "9007199254740992"}
	put(t, store, body(5, 1_700_000_000, func(i int) string { return values[i] }))
	r := watch(t, store, "")
	r.until(5)
	want := `m0[host h i 0] 1700000000000 1, m1[host h i 1] 1700000000000 -2.5, m2[host h i 2] 1700000000000 9007199254740993, m3[host h i 3] 1700000000000 1e+300, m4[host h i 4] 1700000000000 9007199254740992`
	if got := strings.Join(r.points, ", "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	put(t, store, body(2, 1_700_000_001, constant("7")))
	r.until(7)
	last := r.id
	r.close()

	// The stream goes on where it was.
	put(t, store, body(3, 1_700_000_002, constant("8")))
	again := watch(t, store, last)
	again.until(3)
	if len(again.points) != 3 || again.run != r.run || !strings.HasSuffix(again.points[0], "1700000002000 8") {
		t.Errorf("after a break: %q", again.points)
	}
	// What is no id, or of another store, begins anew.
	for _, id := range []string{"x", "other-3", r.run + "-99", r.run + "--1", strings.Repeat("9", 9000)} {
		fresh := watch(t, store, id)
		fresh.until(10)
		if len(fresh.points) != 10 {
			t.Errorf("since %.20q: %d points", id, len(fresh.points))
		}
		fresh.close()
	}
	// A store that forgets all is another one.
	store.Reset()
	put(t, store, body(1, 1_700_000_003, constant("9")))
	for again.run == r.run {
		if again.next() == "" {
			t.Fatal("the stream ended")
		}
	}
	again.until(4)
	if !strings.HasSuffix(again.points[3], "1700000003000 9") {
		t.Errorf("after Reset: %q", again.points)
	}
}

func TestRefusalsArriveInPlainWords(t *testing.T) {
	store := newStore(t)
	r := watch(t, store, "")
	r.until(0)
	for _, content := range []string{`{"metric":"a b","timestamp":1,"value":1,"tags":{"k":"v"}}`, `[{"value":NaN}]`} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, store.URL+"/api/put", strings.NewReader(content))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer any-token")
		resp, err := store.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	var text string
	for !strings.Contains(text, "NaN") {
		if r.next() == "tick" {
			shown, _ := json.Marshal(r.tick["refused"])
			text += string(shown)
		}
	}
	for _, want := range []string{"A metric has no valid name", "A value is NaN", `"count":1`, `a b`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
}

func TestCloseEndsTheStreams(t *testing.T) {
	store := newStore(t)
	r := watch(t, store, "")
	r.until(0)
	store.Close()
	for r.next() != "" {
		continue
	}
}

func TestPagesAreBounded(t *testing.T) {
	store := newStore(t)
	for range maxPages {
		watch(t, store, "").until(0)
	}
	resp, err := store.Client().Get(store.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Error(resp.Status)
	}
}

// Of too many series the first are shown, the others counted, and the memory is
// bounded.
func TestManySeries(t *testing.T) {
	store := newStore(t)
	var before, after runtime.MemStats
	long := strings.Repeat("x", 200)
	for part := range 3 {
		var b bytes.Buffer
		for i := range 7_000 {
			fmt.Fprintf(&b, `,{"metric":"m","timestamp":1700000000,"value":1,"tags":{"user":"%d","about":"%s"}}`, part*7_000+i, long)
		}
		put(t, store, append(append([]byte{'['}, b.Bytes()[1:]...), ']'))
	}
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := watch(t, store, "")
	r.until(21_000)
	if len(r.points) != maxSeries || r.beyond != 1_000 {
		t.Errorf("%d points, %d of others", len(r.points), r.beyond)
	}
	r.points, r.names = nil, nil
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grew := (int(after.HeapAlloc) - int(before.HeapAlloc)) >> 20; grew > 64 {
		t.Errorf("the page costs %d MiB", grew)
	}
}

// pages reads the streams of n pages until the test ends.
func pages(t testing.TB, store *apptuittest.Server, n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var open sync.WaitGroup
	for range n {
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, store.URL+"/events", nil)
		resp, err := store.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		open.Go(func() {
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		})
	}
	t.Cleanup(func() { cancel(); open.Wait() })
}

// BenchmarkPut is what a put of 5,000 points takes, a second's worth, with no page
// and with ten.
func BenchmarkPut(b *testing.B) {
	for _, n := range []int{0, 10} {
		b.Run(fmt.Sprint("pages=", n), func(b *testing.B) {
			store := newStore(b)
			content := body(5_000, time.Now().Unix(), constant("12.5"))
			put(b, store, content)
			pages(b, store, n)
			for b.Loop() {
				put(b, store, content)
			}
		})
	}
}

// Ten pages do not slow the store: 5,000 series a second, ten times as fast.
func TestPagesDoNotSlowTheStore(t *testing.T) {
	content := body(5_000, time.Now().Unix(), constant("12.5"))
	alone, watched := newStore(t), newStore(t)
	pages(t, watched, 10)
	took := map[*apptuittest.Server][]time.Duration{}
	for i := range 10 {
		order := []*apptuittest.Server{alone, watched}
		if i%2 == 1 {
			order[0], order[1] = order[1], order[0]
		}
		for _, store := range order {
			began := time.Now()
			put(t, store, content)
			took[store] = append(took[store], time.Since(began))
			time.Sleep(50 * time.Millisecond)
		}
	}
	median := func(store *apptuittest.Server) time.Duration {
		slices.Sort(took[store])
		return took[store][len(took[store])/2]
	}
	without, with := median(alone), median(watched)
	t.Logf("a put of 5,000 points takes %v alone and %v with ten pages", without, with)
	// A tenth is what BenchmarkPut shows on a machine with nothing else to do.
	if with > without*3/2 {
		t.Errorf("a put takes %v with ten pages, and %v without", with, without)
	}
}
