package browsertest

import (
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/cmd/apptuit/live"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

var (
	update = flag.Bool("update", false, "make docs/page.png again")
	shots  = flag.String("shots", "", "directory for pictures of the page")
	long   = flag.Bool("long", false, "run the test of the load for a minute")
)

// patience is how long a test waits for the page, on a machine with much to do.
const patience = 30 * time.Second

// axe finds what people with other eyes, or without a mouse, could not use.
//
//go:embed testdata/axe/axe.min.js
var axe string

func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("chromium is not installed: apt-get install -y chromium")
	}
	t.Skip("chromium is not installed: apt-get install -y chromium")
	return ""
}

// A browser is one process for all tests.
var browser struct {
	once sync.Once
	ctx  context.Context
	stop []context.CancelFunc
}

func TestMain(m *testing.M) {
	flag.Parse()
	status := m.Run()
	for _, stop := range browser.stop {
		stop()
	}
	os.Exit(status)
}

func startBrowser(t testing.TB) context.Context {
	t.Helper()
	path := chromium(t)
	browser.once.Do(func() {
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true))
		allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, cancel := chromedp.NewContext(allocator)
		browser.ctx, browser.stop = ctx, []context.CancelFunc{cancel, stop}
	})
	if err := chromedp.Do(browser.ctx); err != nil {
		t.Fatal(err)
	}
	return browser.ctx
}

// A tab is a page in the browser, and what it asked for and complained about.
type tab struct {
	t    testing.TB
	ctx  context.Context
	host string

	mu       sync.Mutex
	requests []string
	says     []string // errors and exceptions
}

// newTab opens an empty page of a size, in light or dark. What it says of errors
// fails the test, and so does a request to another host than that of the URL.
func newTab(t testing.TB, base string, width, height int64, scheme string) *tab {
	t.Helper()
	startBrowser(t)
	ctx, cancel := chromedp.NewContext(browser.ctx)
	t.Cleanup(cancel)
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	tb := &tab{t: t, ctx: ctx, host: at.Host}
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as the context that it is opened with
		t.Fatal(err)
	}
	tb.do(chromedp.EmulateViewport(width, height))
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, tb.hear); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tb.check)
	return tb
}

func (tb *tab) hear(event any) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		tb.requests = append(tb.requests, e.Request.URL)
	case *runtime.EventExceptionThrown:
		text, _ := json.Marshal(e.ExceptionDetails)
		tb.says = append(tb.says, string(text))
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "assert" {
			text, _ := json.Marshal(e.Args)
			tb.says = append(tb.says, string(text))
		}
	}
}

// check is called at the end of a test, while the tab is open.
func (tb *tab) check() {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	for _, text := range tb.says {
		tb.t.Errorf("the page says %s", text)
	}
	for _, asked := range tb.requests {
		at, err := url.Parse(asked)
		if err != nil || at.Scheme != "blob" && at.Scheme != "data" && at.Host != tb.host {
			tb.t.Errorf("the page asks for %s", asked)
		}
	}
}

func (tb *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		tb.t.Fatal(err)
	}
}

func value[T any](tb *tab, expression string) T {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tb.t.Fatalf("%s: %v", expression, err)
	}
	return got
}

// wait waits until an expression is true.
func (tb *tab) wait(expression string) {
	tb.t.Helper()
	for began := time.Now(); time.Since(began) < patience; time.Sleep(50 * time.Millisecond) {
		if value[bool](tb, "Boolean("+expression+")") {
			return
		}
	}
	tb.t.Fatalf("this did not come true: %s\nthe page shows:\n%s", expression, value[string](tb, "document.body.innerText"))
}

// open goes to the page of a store, with a view, and waits for its first metric.
func (tb *tab) open(base, view string) {
	tb.t.Helper()
	tb.do(chromedp.Navigate(base + "/" + view))
	tb.wait("document.querySelectorAll('#rows tr').length > 0")
}

// choose clicks a metric of the list.
func (tb *tab) choose(name string) {
	tb.t.Helper()
	tb.wait(fmt.Sprintf("[...document.querySelectorAll('#rows a')].some(a => a.textContent === %q)", name))
	value[bool](tb, fmt.Sprintf("[...document.querySelectorAll('#rows a')].find(a => a.textContent === %q).click() === undefined", name))
	tb.wait(fmt.Sprintf("document.getElementById('detail-title').textContent === %q && !document.getElementById('open').hidden", name))
}

// accessible fails for what axe finds.
func (tb *tab) accessible(state string) {
	tb.t.Helper()
	if !value[bool](tb, "typeof axe !== 'undefined'") {
		value[bool](tb, axe+"\n;true")
	}
	found := value[[]struct {
		ID, Help string
		Nodes    []string
	}](tb, `axe.run(document, {resultTypes: ["violations"], iframes: false}).then(r => r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.map(n => n.html + " " + n.failureSummary)})))`)
	for _, v := range found {
		tb.t.Errorf("%s: axe finds %s: %s\n%s", state, v.ID, v.Help, strings.Join(v.Nodes, "\n"))
	}
}

// picture writes what the tab shows, where pictures are asked for.
func (tb *tab) picture(name string) {
	tb.t.Helper()
	if *shots == "" {
		return
	}
	if err := os.WriteFile(*shots+"/"+name+".png", tb.png(), 0o600); err != nil {
		tb.t.Fatal(err)
	}
}

func (tb *tab) png() []byte {
	tb.t.Helper()
	time.Sleep(200 * time.Millisecond) // the picture is drawn
	image, err := chromedp.Run(tb.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		tb.t.Fatal(err)
	}
	return image
}

// newStore starts a store with the page in front.
func newStore(t testing.TB) *apptuittest.Server {
	t.Helper()
	store := apptuittest.NewUnstartedServer()
	store.SetFront(live.Handler(store))
	store.Start()
	t.Cleanup(store.Close)
	return store
}

// send puts points into a store.
func send(t testing.TB, to string, points []encoding.Point) {
	t.Helper()
	client, err := transport.New(transport.WithEndpoint(to), transport.WithToken("any-token"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	if err := client.Send(t.Context(), points); err != nil {
		t.Fatal(err)
	}
}

func series(t testing.TB, metric string, pairs ...string) *encoding.Series {
	t.Helper()
	var tags []encoding.Tag
	for i := 0; i < len(pairs); i += 2 {
		tags = append(tags, encoding.Tag{Key: pairs[i], Value: pairs[i+1]})
	}
	s, err := encoding.NewSeries(encoding.SanitizeNone, metric, tags...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
