package browsertest

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"runtime"
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

// The page under 5,000 series a second: its memory, and how soon it answers a
// click, which includes all that it draws.
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
	var clicks []time.Duration
	for began, i := time.Now(), 0; time.Since(began) < lasts; i++ {
		name := fmt.Sprint("load_", i%20)
		clicks = append(clicks, click(tb, fmt.Sprintf("[...document.querySelectorAll('#rows tr')].find(tr => tr.dataset.metric === %q)", name)))
		clicks = append(clicks, click(tb, fmt.Sprintf("document.querySelectorAll('#windows button')[%d]", i%3)))
		clicks = append(clicks, click(tb, "document.querySelector('#series-rows button')"))
		time.Sleep(200 * time.Millisecond)
	}
	close(stop)
	sent := <-ended
	tb.wait(fmt.Sprintf("document.getElementById('total-points').textContent === %q", grouped(sent)))
	tb.picture("load")
	worst, slow := time.Duration(0), 0
	for _, took := range clicks {
		worst = max(worst, took)
		if took > mostClick {
			slow++
		}
	}
	page := pageMemory(tb)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("%d points; the page %d MiB, the store's heap %d MiB; %d clicks, the slowest %v, %d over %v", sent, page, m.HeapAlloc>>20, len(clicks), worst, slow, mostClick)
	if page > mostPage {
		t.Errorf("the page takes %d MiB", page)
	}
	if m.HeapAlloc>>20 > 600 {
		t.Errorf("the store's heap is %d MiB", m.HeapAlloc>>20)
	}
	if slow > len(clicks)/20 { // other work on this machine may cost one
		t.Errorf("%d of %d clicks took longer than %v", slow, len(clicks), mostClick)
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

// click clicks an element and returns how long it took until the next picture.
func click(tb *tab, element string) time.Duration {
	tb.t.Helper()
	ms := value[float64](tb, `new Promise(done => { const e = `+element+`; const began = performance.now(); e.click(); requestAnimationFrame(() => setTimeout(() => done(performance.now() - began))); })`)
	return time.Duration(ms * float64(time.Millisecond))
}

// pageMemory returns the memory of the page's process that is its own, in MiB.
func pageMemory(tb *tab) int {
	tb.t.Helper()
	info, err := chromedp.CallBrowser(tb.ctx, systeminfo.GetProcessInfo, cdp.Empty{})
	if err != nil {
		tb.t.Fatal(err)
	}
	most := 0
	for _, p := range info.ProcessInfo {
		if p.Type != "renderer" {
			continue
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.ID))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(status)) {
			if text, ok := strings.CutPrefix(line, "RssAnon:"); ok {
				kib, _ := strconv.Atoi(strings.Fields(text)[0])
				most = max(most, kib>>10)
			}
		}
	}
	if most == 0 {
		tb.t.Error("the memory of the page is not known")
	}
	return most
}

func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
