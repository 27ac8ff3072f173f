package apptuittest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"
)

const mib = 1 << 20

// peak runs f and returns the most that the heap grew meanwhile, in MiB. The
// collector keeps the garbage small.
func peak(t *testing.T, f func()) int {
	t.Helper()
	before := heap()
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(before) + 64*mib))
	quit, most := make(chan struct{}), make(chan uint64)
	go func() {
		var high uint64
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			high = max(high, m.HeapAlloc)
			select {
			case <-quit:
				most <- high
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	f()
	close(quit)
	return int(max(<-most, before)-before) / mib
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// repeated writes prefix, n times what f writes with commas between, and suffix.
func repeated(prefix string, n int, f func(i int) string, suffix string) string {
	var b strings.Builder
	b.WriteString(prefix)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(f(i))
	}
	return b.String() + suffix
}

// zipped returns a compressed put.
func zipped(target, body string) *http.Request {
	var buf bytes.Buffer
	w, _ := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	io.WriteString(w, body)
	w.Close()
	r := newPut(target, buf.String())
	r.Header.Set("Content-Encoding", "gzip")
	return r
}

// An unread answer counts its bytes.
type unread struct {
	header http.Header
	status int // 0 stands for 200
	bytes  int
}

func (u *unread) Header() http.Header { return u.header }
func (u *unread) WriteHeader(status int) {
	u.status = status
}
func (u *unread) Write(p []byte) (int, error) {
	u.bytes += len(p)
	return len(p), nil
}

func TestHostilePuts(t *testing.T) {
	point := func(tags string) string {
		return `{"metric":"m","timestamp":1,"value":1,"tags":{` + tags + `}}`
	}
	tags := func(n int, f func(i int) string) string {
		return repeated("", n, func(i int) string { return fmt.Sprintf(`"%s":"v"`, f(i)) }, "")
	}
	for name, tc := range map[string]struct {
		body   string
		status int
	}{
		"objects without a field": {repeated("[", 700_000, func(int) string { return "{}" }, "]"), 413},
		"many bad points":         {repeated("[", 50_000, func(int) string { return "{}" }, "]"), 400},
		"long bad points":         {repeated("[", 50, func(int) string { return point(tags(1000, func(i int) string { return fmt.Sprint(i) })) }, "]"), 400},
		"bad keys":                {repeated("[", 30, func(int) string { return point(`"` + strings.Repeat("k", 60<<10) + `":""`) }, "]"), 400},
		"one point":               {point(`"k":"` + strings.Repeat("v", 2*mib-100) + `"`), 400},
		"no UTF-8":                {repeated("[", 30, func(i int) string { return point(fmt.Sprintf(`"k%d":"%s"`, i, strings.Repeat("\xff", 60<<10))) }, "]"), 204},
		"different keys": {repeated("[", 3_000, func(i int) string {
			return point(tags(25, func(j int) string { return fmt.Sprintf("k%d.%d", i, j) }))
		}, "]"), 204},
		"deep":       {strings.Repeat("[", 2*mib), 400},
		"white":      {strings.Repeat(" ", 3*mib), 413},
		"one string": {`["` + strings.Repeat(`\\`, mib-8) + `"]`, 400},
	} {
		t.Run(name, func(t *testing.T) {
			srv := NewUnstartedServer(withMaxJSONBytes(2 * mib))
			r := zipped("/api/put?details", tc.body)
			if tc.status == 204 {
				r.URL.RawQuery = ""
			}
			w := &unread{header: http.Header{}}
			grew := peak(t, func() { srv.ServeHTTP(w, r) })
			t.Logf("%d KiB are %d MiB of JSON: answered %d with %d KiB, %d MiB of heap",
				r.ContentLength>>10, len(tc.body)/mib, w.status, w.bytes>>10, grew)
			if w.status != tc.status || w.bytes > 2*maxErrorBytes || grew > 24 {
				t.Errorf("answered %d with %d bytes, %d MiB of heap", w.status, w.bytes, grew)
			}
			if srv.work.used != 0 || srv.wire.used != 0 {
				t.Errorf("%d and %d bytes are not given back", srv.work.used, srv.wire.used)
			}
		})
	}
}

// What the store holds is what its bound says, whatever the points.
func TestStoredBytes(t *testing.T) {
	const bound = 4 * mib
	long := strings.Repeat("v", 1<<10)
	for name, point := range map[string]func(i int) string{
		"one series": func(int) string { return `{"metric":"m","timestamp":1,"value":1,"tags":{"a":"b"}}` },
		"short series": func(i int) string {
			return fmt.Sprintf(`{"metric":"m%d","timestamp":1,"value":1,"tags":{"a":"b"}}`, i)
		},
		"long values": func(i int) string {
			return fmt.Sprintf(`{"metric":"m%d","timestamp":1,"value":1,"tags":{"a":"%s"}}`, i, long)
		},
		"many keys": func(i int) string {
			return fmt.Sprintf(`{"metric":"m","timestamp":1,"value":1,"tags":%s}`,
				repeated("{", 25, func(j int) string { return fmt.Sprintf(`"k%d.%d":"v"`, i, j) }, "}"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv := NewUnstartedServer(withMaxStoredBytes(bound), withMaxPoints(1<<30))
			before := heap()
			for next := 0; srv.store.gone < 2*chunkLen; next += 500 {
				body := repeated("[", 500, func(i int) string { return point(next + i) }, "]")
				wantStatus(t, serve(srv, newPut("/api/put", body)), 204)
			}
			srv.log.clear()
			held := int(heap() - before)
			t.Logf("%d points, %d MiB", srv.store.view().count, held/mib)
			if held > bound*5/4 || held < bound/3 {
				t.Errorf("%d MiB held", held/mib)
			}
			for range srv.PointsSince(0) {
				continue // each is made as the exporter has it
			}
			held = int(heap() - before)
			t.Logf("all read: %d MiB", held/mib)
			if held > 3*bound { // with what the package encoding remembers of layouts
				t.Errorf("%d MiB held, once all was read", held/mib)
			}
			runtime.KeepAlive(srv)
		})
	}
}

func TestFloodOfLargePuts(t *testing.T) {
	srv := newServer(t)
	srv.wire.max, srv.work.max = 8*mib, 12*mib
	body := repeated("[", 6_000, func(i int) string {
		return fmt.Sprintf(`{"metric":"m%d","timestamp":1,"value":1,"tags":{"host":"%s"}}`, i, strings.Repeat("h", 280))
	}, "]")
	client := srv.Client()
	answers := map[int]int{}
	grew := peak(t, func() {
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				status, text, err := postWith(client, srv, body)
				if err != nil || status == 503 && !strings.Contains(text, "at one time") {
					t.Error(status, text, err)
				}
				mu.Lock()
				defer mu.Unlock()
				answers[status]++
			})
		}
		wg.Wait()
	})
	t.Logf("16 puts of %d MiB: answers %v, %d MiB of heap", len(body)/mib, answers, grew)
	if answers[200]+answers[503] != 16 || answers[200] == 0 {
		t.Errorf("answers %v", answers)
	}
	const stored = 8 // MiB, of the series and the points
	if most := (srv.wire.max+srv.work.max)/mib + stored; grew > most*5/4 {
		t.Errorf("%d MiB of heap, at most %d", grew, most)
	}
}

// Many puts of the usual size at one time are all taken.
func TestManyUsualPuts(t *testing.T) {
	srv := newServer(t)
	client := srv.Client()
	body := points(1_000)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if status, text, err := postWith(client, srv, body); status != 200 {
				t.Error(status, text, err)
			}
		})
	}
	wg.Wait()
}

func TestHostileQueries(t *testing.T) {
	const points = 5_000
	srv := NewUnstartedServer(withMaxPoints(10 * points))
	for m := range 10 {
		body := repeated("[", points, func(i int) string {
			return fmt.Sprintf(`{"metric":"m","timestamp":%d,"value":0.1,"tags":{"k":"%d"}}`, 1000+i, m)
		}, "]")
		wantStatus(t, serve(srv, zipped("/api/put", body)), 204)
	}
	repeat := func(n int, text, sep string) string { return strings.TrimSuffix(strings.Repeat(text+sep, n), sep) }
	for name, tc := range map[string]struct {
		query  string
		status int
	}{
		"all":                 {"fetch('m')", 200},
		"all twice":           {"fetch('m');fetch('m')", 400},
		"named again":         {"a=fetch('m');output(" + repeat(5000, "a", ",") + ")", 400},
		"many fetches":        {repeat(1000, "fetch('m')", ";"), 400},
		"many empty fetches":  {repeat(maxOutputs, "fetch('none')", ";"), 200},
		"nested repeats":      {"fetch('m','k'=~'((a{30}){30}){30}')", 400},
		"many repeats":        {"fetch('m'" + strings.Repeat(",'k'=~'b{999}'", 1000) + ")", 400},
		"many classes":        {"fetch('m'" + strings.Repeat(`,'k'=~'[\\pL\\pN]'`, 250) + ")", 200},
		"many steps":          {"fetch('m')" + strings.Repeat(".downsample('1s','avg')", 600), 400},
		"few steps, all":      {"fetch('m').downsample('1s','avg')", 200},
		"one bucket":          {"fetch('m').downsample('30000d','avg')", 200},
		"a long query":        {"fetch('" + strings.Repeat("m", maxQueryText) + "')", 400},
		"a string of escapes": {"fetch('" + strings.Repeat(`\\`, 8000) + "')", 200},
	} {
		t.Run(name, func(t *testing.T) {
			w := &unread{header: http.Header{}}
			r := newQueryOf(url.Values{"start": {"100"}, "q": {tc.query}})
			began := time.Now()
			grew := peak(t, func() { srv.ServeHTTP(w, r) })
			t.Logf("answered %d with %d KiB, %d MiB of heap, %v", w.status, w.bytes>>10, grew, time.Since(began))
			if cmp.Or(w.status, 200) != tc.status || grew > 20 {
				t.Errorf("answered %d, want %d; %d MiB of heap", w.status, tc.status, grew)
			}
			if srv.work.used != 0 {
				t.Errorf("%d bytes are not given back", srv.work.used)
			}
		})
	}
}

func TestErrorListIsCut(t *testing.T) {
	srv := NewUnstartedServer()
	bad := `{"metric":"` + strings.Repeat("m", 40<<10) + `"}`
	w := serve(srv, newPut("/api/put?details", repeated("[", 200, func(int) string { return bad }, "]")))
	var answer putDetails
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Failed != 200 || len(answer.Errors) != 102 || w.Body.Len() > maxErrorBytes {
		t.Errorf("%d failed, %d listed, %d bytes", answer.Failed, len(answer.Errors), w.Body.Len())
	}
}

func TestRequestLogIsSmall(t *testing.T) {
	srv := NewUnstartedServer()
	before := heap()
	header := http.Header{"Authorization": {"Bearer secret"}}
	for i := range 40 {
		header.Set(fmt.Sprint("X-", i), strings.Repeat("h", 1000))
	}
	path := strings.Repeat("p", 30_000)
	for i := range 4000 {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path, r.Header = path[i%len(path):], header
		srv.ServeHTTP(&unread{header: http.Header{}}, r)
	}
	if held := int(heap()-before) / mib; held > 2*maxLogBytes/mib {
		t.Errorf("%d MiB", held)
	}
	all := srv.Requests()
	if len(all) < 100 || len(all) > maxRequests || all[len(all)-1].Header.Get("X-0") == "" || all[0].Header.Get("Authorization") != "" {
		t.Errorf("%d requests, %v", len(all), all[0].Header)
	}
}

// What a fault holds takes no memory of others.
func TestHeldRequestsHoldNothing(t *testing.T) {
	srv := newServer(t)
	srv.wire.max = 4 * mib
	hang := srv.Inject(Hang())
	for i := range 4 {
		go post(srv, strings.Repeat(" ", 3*mib))
		if err := hang.Wait(soon(t), i+1); err != nil {
			t.Fatal(err)
		}
		if err := srv.wait(soon(t), func() (bool, <-chan struct{}) {
			srv.wire.mu.Lock()
			defer srv.wire.mu.Unlock()
			return len(srv.Requests()) == i+1 && srv.wire.used == 0, srv.wire.changed.wait()
		}); err != nil {
			t.Fatal(err)
		}
	}
	hang.Remove()
	if status, text, err := post(srv, points(1000)); status != 200 {
		t.Error(status, text, err)
	}
}
