package browsertest

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/systeminfo"
	"github.com/chromedp/chromedp"

	"github.com/apptuitai/apptuit-go/apptuittest"
)

const (
	loadSeries = 5_000
	mostPage   = 200 // MiB of the page's process
	mostClick  = 100 * time.Millisecond
)

// The page under 5,000 series a second: its memory, and how long it works for a
// click. That is the time of its own thread, which other
// work on the machine does not lengthen.
func TestLoad(t *testing.T) {
	startBrowser(t)
	lasts := 5 * time.Second
	if *long {
		lasts = time.Minute
	}
	store := newStore(t)
	stop := make(chan struct{})
	ended := make(chan int)
	go func() { ended <- feed(t, store, stop) }()
	tb := newTab(t, store.URL, 1600, 900, "light")
	tb.open(store.URL, "")
	renderer := pageProcess(tb)
	var clicks []time.Duration
	click := func(element string) time.Duration { return click(tb, renderer, element) }
	for began, i := time.Now(), 0; time.Since(began) < lasts || i < 8; i++ {
		name := fmt.Sprint("load_", i%20)
		clicks = append(clicks, click(fmt.Sprintf("[...document.querySelectorAll('#rows tr')].find(tr => tr.dataset.metric === %q)", name)))
		clicks = append(clicks, click(fmt.Sprintf("document.querySelectorAll('#windows button')[%d]", i%3)))
		clicks = append(clicks, click("document.querySelector('#series-rows button')"))
		time.Sleep(200 * time.Millisecond)
	}
	close(stop)
	sent := <-ended
	tb.wait(fmt.Sprintf("document.getElementById('total-points').textContent === %q", grouped(sent)))
	tb.picture("load")
	slices.Sort(clicks)
	usual, worst := clicks[len(clicks)/2], clicks[len(clicks)-1]
	page := memoryOf(t, renderer)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("%d points; the page %d MiB, the store's heap %d MiB; %d clicks, half within %v, all within %v", sent, page, m.HeapAlloc>>20, len(clicks), usual, worst)
	if page > mostPage {
		t.Errorf("the page takes %d MiB", page)
	}
	if m.HeapAlloc>>20 > 600 {
		t.Errorf("the store's heap is %d MiB", m.HeapAlloc>>20)
	}
	if usual > mostClick { // the first are slower: nothing is compiled yet
		t.Errorf("half of %d clicks took %v and more", len(clicks), usual)
	}
}

// feed puts 5,000 points of as many series each second, and returns how many.
func feed(t *testing.T, store *apptuittest.Server, stop <-chan struct{}) (sent int) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for n := 1; ; n++ {
		var b bytes.Buffer
		now := time.Now().Unix()
		for i := range loadSeries {
			fmt.Fprintf(&b, `,{"metric":"load_%d","timestamp":%d,"value":%d,"tags":{"host":"h","service_name":"load","worker":"%d"}}`, i%20, now, n*(i%97), i/20)
		}
		r, _ := http.NewRequest(http.MethodPost, store.URL+"/api/put", bytes.NewReader(append(append([]byte{'['}, b.Bytes()[1:]...), ']')))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer any-token")
		resp, err := store.Client().Do(r)
		if err != nil {
			t.Error(err)
			return sent
		}
		resp.Body.Close()
		sent += loadSeries
		select {
		case <-ticker.C:
		case <-stop:
			return sent
		}
	}
}

// click clicks an element and returns how long the page's thread ran until all was
// laid out that the click changes.
func click(tb *tab, renderer int, element string) time.Duration {
	tb.t.Helper()
	before := ranFor(tb.t, renderer)
	value[bool](tb, "("+element+".click(), document.body.getBoundingClientRect().height > 0)")
	return ranFor(tb.t, renderer) - before
}

// ranFor returns how long the first thread of a process ran, which in a page is
// the one that does all of its work.
func ranFor(t testing.TB, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/schedstat", pid, pid))
	if err != nil {
		t.Fatal(err)
	}
	ns, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(ns)
}

// pageProcess returns the process of the page: the one that works for it.
func pageProcess(tb *tab) int {
	tb.t.Helper()
	info, err := chromedp.CallBrowser(tb.ctx, systeminfo.GetProcessInfo, cdp.Empty{})
	if err != nil {
		tb.t.Fatal(err)
	}
	before := map[int]time.Duration{}
	for _, p := range info.ProcessInfo {
		if p.Type == "renderer" {
			before[int(p.ID)] = ranFor(tb.t, int(p.ID))
		}
	}
	value[bool](tb, "(() => { let x = 0; for (let i = 0; i < 3e8; i++) x += i % 7; return x > 0 })()")
	page, most := 0, time.Duration(0)
	for id, was := range before {
		if ran := ranFor(tb.t, id) - was; ran > most {
			page, most = id, ran
		}
	}
	if most < 50*time.Millisecond {
		tb.t.Fatalf("no process of the page is known: the busiest worked %v", most)
	}
	return page
}

// memoryOf returns the memory of a process that is its own, in MiB.
func memoryOf(t testing.TB, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kib, _ := strconv.Atoi(strings.Fields(text)[0])
			return kib >> 10
		}
	}
	t.Fatal("the memory of the page is not known")
	return 0
}

func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
