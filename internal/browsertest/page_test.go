package browsertest

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/encoding"
)

// hostile is what a value must never become.
const hostile = `<img src=x onerror="document.title='taken over'"><script>document.title='taken over'</script>`

// A program is instruments whose values a test knows.
type program struct {
	provider *sdkmetric.MeterProvider
	orders   metric.Int64Counter
	large    metric.Int64Counter
	cups     metric.Float64Gauge
	duration metric.Float64Histogram
}

func newProgram(t *testing.T, to string) *program {
	t.Helper()
	exporter, err := apptuit.New(apptuit.WithEndpoint(to), apptuit.WithToken("any-token"))
	if err != nil {
		t.Fatal(err)
	}
	reader := sdkmetric.NewPeriodicReader(exporter, sdkmetric.WithInterval(time.Hour))
	p := &program{provider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))}
	t.Cleanup(func() { p.provider.Shutdown(context.WithoutCancel(t.Context())) })
	meter := p.provider.Meter("shop")
	p.orders, _ = meter.Int64Counter("shop.orders")
	p.large, _ = meter.Int64Counter("shop.large")
	p.cups, _ = meter.Float64Gauge("shop.cups")
	p.duration, _ = meter.Float64Histogram("shop.duration", metric.WithExplicitBucketBoundaries(.1, .2, .5, 1))
	return p
}

// export sends what was measured, in a second of its own.
func (p *program) export(t *testing.T) {
	t.Helper()
	if err := p.provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1050 * time.Millisecond) // points have whole seconds
}

// cellsOf reads the series table: label to cells.
const cellsOf = `Object.fromEntries([...document.querySelectorAll('#series-rows tr')].map(tr => [tr.querySelector('.name').textContent, [...tr.children].slice(1).map(td => td.textContent)]))`

func TestPageShowsWhatInstrumentsHold(t *testing.T) {
	startBrowser(t)
	store := newStore(t)
	p := newProgram(t, store.URL)
	tea := func(name string) metric.MeasurementOption {
		return metric.WithAttributes(attribute.String("tea", name))
	}
	ctx := t.Context()
	p.orders.Add(ctx, 1200, tea("black"))
	p.orders.Add(ctx, 3, tea(hostile))
	p.large.Add(ctx, math.MaxInt64-10)
	p.cups.Record(ctx, 59.5)
	p.duration.Record(ctx, .15)
	p.export(t)
	p.orders.Add(ctx, 34, tea("black"))
	p.large.Add(ctx, 7)
	p.cups.Record(ctx, 12.25)
	for range 9 {
		p.duration.Record(ctx, .15)
	}
	p.duration.Record(ctx, .7)
	p.export(t)

	tb := newTab(t, store.URL, 1200, 800, "light")
	tb.open(store.URL, "")
	row := func(name string) string {
		return value[string](tb, fmt.Sprintf(`(() => { const tr = [...document.querySelectorAll('#rows tr')].find(tr => tr.querySelector('a').textContent === %q); return tr ? [...tr.children].slice(1, 4).map(td => td.textContent).join('|') : '' })()`, name))
	}
	for name, want := range map[string]string{
		"shop_orders":   "counter|2|1,237",
		"shop_large":    "counter|1|9,223,372,036,854,775,804",
		"shop_cups":     "gauge|1|12.25",
		"shop_duration": "histogram|1|11",
	} {
		if got := row(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}

	tb.choose("shop_orders")
	got := value[map[string][]string](tb, cellsOf)
	if cells := got["tea=black"]; len(cells) != 2 || cells[0] != "1,234" || cells[1] == "–" {
		t.Errorf("orders of black tea: %q of %q", cells, got)
	}
	if cells := got["tea="+hostile]; len(cells) != 2 || cells[0] != "3" || cells[1] != "0" {
		t.Errorf("orders of a hostile tea: %q of %q", cells, got)
	}
	if n := value[int](tb, "document.querySelectorAll('img, body script').length"); n != 0 || value[string](tb, "document.title") != "Metrics as they arrive" {
		t.Errorf("a value became %d elements, and the title %q", n, value[string](tb, "document.title"))
	}

	tb.choose("shop_duration")
	for label, cells := range value[map[string][]string](tb, cellsOf) {
		if len(cells) != 5 || cells[0] != "11" || cells[1] != "0.2" { // ten of 0.15, one of 0.7
			t.Errorf("durations %s: %q", label, cells)
		}
	}

	// What comes while the page is open arrives.
	p.orders.Add(ctx, 1, tea("black"))
	p.export(t)
	tb.choose("shop_orders")
	tb.wait("(" + cellsOf + ")['tea=black'][0] === '1,235'")
	wantCSV(t, tb)
}

// csvOf is what the CSV button downloads.
const csvOf = `new Promise(done => {
	const make = URL.createObjectURL;
	URL.createObjectURL = blob => { URL.createObjectURL = make; blob.text().then(done); return make.call(URL, blob); };
	HTMLAnchorElement.prototype.click = (was => function () { if (!this.download) was.call(this); })(HTMLAnchorElement.prototype.click);
	document.getElementById('csv').click();
})`

func wantCSV(t *testing.T, tb *tab) {
	t.Helper()
	value[bool](tb, "document.getElementById('rate').click() === undefined")
	text := value[string](tb, csvOf)
	lines := strings.Split(strings.TrimSpace(text), "\r\n")
	quoted := `"tea=` + strings.ReplaceAll(hostile, `"`, `""`) + `"`
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "time,") || !strings.Contains(lines[0], "tea=black") || !strings.Contains(lines[0], quoted) {
		t.Errorf("the CSV is\n%s", text)
	}
	if last := lines[len(lines)-1]; !strings.Contains(last, "Z,") || !strings.Contains(last, "1235") {
		t.Errorf("its last line is %q", last)
	}
}

// A link brings the view back; pausing holds the picture and goes on collecting.
func TestLinkPauseAndKeys(t *testing.T) {
	startBrowser(t)
	store := newStore(t)
	now := time.Now().Truncate(time.Second)
	a, b := series(t, "m.a", "k", "1", "host", "h"), series(t, "m.b", "k", "1", "host", "h")
	put := func(at time.Time, v int64) {
		send(t, store.URL, []encoding.Point{{Series: a, Time: at, Value: encoding.Int(v)}, {Series: b, Time: at, Value: encoding.Int(-v)}})
	}
	put(now.Add(-20*time.Second), 10)
	put(now.Add(-10*time.Second), 5)
	tb := newTab(t, store.URL, 1200, 800, "light")
	tb.open(store.URL, "")

	press := func(keys string) { t.Helper(); tb.do(chromedp.KeyEvent(keys)) }
	press("/")
	tb.wait("document.activeElement.id === 'search'")
	value[string](tb, "document.getElementById('search').value = ''") // the driver's key is a letter too
	press("m.b")
	tb.wait("document.querySelectorAll('#rows tr').length === 1")
	press(kb.ArrowDown)
	tb.wait("document.activeElement.textContent === 'm.b'")
	press(kb.Enter)
	tb.wait("document.getElementById('detail-title').textContent === 'm.b'")
	press("1")
	press("r")
	tb.wait("document.getElementById('rate').checked && document.querySelector('[data-window=\"1\"]').getAttribute('aria-pressed') === 'true'")
	link := value[string](tb, "location.href")

	other := newTab(t, store.URL, 1200, 800, "light")
	other.do(chromedp.Navigate(link))
	other.wait("document.getElementById('detail-title').textContent === 'm.b' && document.getElementById('rate').checked && document.getElementById('search').value === 'm.b'")

	press("r")
	press("p")
	tb.wait("document.getElementById('pause').getAttribute('aria-pressed') === 'true'")
	put(now, 77)
	tb.wait("document.getElementById('series-rows').textContent.includes('-5')")
	time.Sleep(1500 * time.Millisecond)
	if value[bool](tb, "document.getElementById('series-rows').textContent.includes('-77')") {
		t.Error("a paused page shows what came after")
	}
	press("p")
	tb.wait("document.getElementById('series-rows').textContent.includes('-77')")
	press(kb.Escape)
	tb.wait("document.getElementById('open').hidden && document.activeElement.textContent === 'm.b'")
}

func TestWhatIsWrong(t *testing.T) {
	startBrowser(t)
	store := newStore(t)
	post := func(token, body string) {
		t.Helper()
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, store.URL+"/api/put", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	post("", `[]`)
	tags := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`"k%d":"v"`, i))
		}
		return strings.Join(all, ",")
	}
	for _, point := range []string{
		`{"metric":"a b","timestamp":1,"value":1,"tags":{"k":"v"}}`,
		`{"metric":"m","timestamp":1,"value":1,"tags":{` + tags(26) + `}}`,
		`{"metric":"m","timestamp":1,"value":1,"tags":{"k":""}}`,
		`{"metric":"m","timestamp":1,"value":NaN,"tags":{"k":"v"}}`,
		`{"metric":"m","timestamp":1,"value":1,"tags":{"k` + "\\u003cimg\\u003e" + `":"v"}}`,
	} {
		post("Bearer any-token", "["+point+"]")
	}
	now := time.Now().Truncate(time.Second)
	var points []encoding.Point
	for i := range 6 { // an export each second, until 20 seconds ago
		s := series(t, "quiet", "service_name", "shop", "host", "h")
		points = append(points, encoding.Point{Series: s, Time: now.Add(time.Duration(i-26) * time.Second), Value: encoding.Int(int64(i))})
	}
	for i := range 1500 {
		s := series(t, "exploding", "user_id", fmt.Sprint("user", i), "page", fmt.Sprint(i%7))
		points = append(points, encoding.Point{Series: s, Time: now, Value: encoding.Int(1)})
	}
	twice := series(t, "twice", "host", "h")
	points = append(points, encoding.Point{Series: twice, Time: now, Value: encoding.Int(1)})
	send(t, store.URL, points)
	send(t, store.URL, []encoding.Point{{Series: twice, Time: now, Value: encoding.Int(2)}})

	tb := newTab(t, store.URL, 1200, 800, "light")
	tb.open(store.URL, "")
	tb.wait("document.querySelectorAll('#wrong-list li').length > 7")
	text := value[string](tb, "document.getElementById('wrong-list').textContent")
	for _, want := range []string{
		"The token is missing or wrong: 1 request refused",
		"A metric has no valid name: 1 point refused",
		"A point has too many tags: 1 point refused",
		"A tag has an empty value: 1 point refused",
		"A value is NaN: 1 request refused",
		"A tag has no valid key: 1 point refused",
		"Nothing has come from service_name=shop, host=h for 2",
		"an export came every 1 s",
		"exploding has 1,500 series",
		"The tag user_id has the most values: 1,500.",
		"twice got two values of one series in one second, 1 time",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
}

// buildCommand builds apptuit.
func buildCommand(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "apptuit")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".")
	cmd.Dir = "../../cmd/apptuit"
	cmd.Env = append(os.Environ(), "GOWORK=", "GOFLAGS=") // a program has its siblings in the workspace
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// startServe runs the command at an address and returns its URL and its process.
func startServe(t *testing.T, command, listen string) (string, *exec.Cmd) {
	t.Helper()
	cmd := exec.Command(command, "serve", "--listen", listen)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	var line string
	if _, err := fmt.Fscanf(out, "export %s", &line); err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(line, "APPTUIT_API_ENDPOINT="), cmd
}

func TestServeKilledAndStartedAgain(t *testing.T) {
	startBrowser(t)
	command := buildCommand(t)
	address, process := startServe(t, command, "127.0.0.1:0")
	s := series(t, "m", "k", "v", "host", "h")
	put := func(v int64) {
		send(t, address, []encoding.Point{{Series: s, Time: time.Now(), Value: encoding.Int(v)}})
	}
	put(10)
	tb := newTab(t, address, 1000, 700, "dark")
	tb.open(address, "#m=m")
	tb.wait("document.getElementById('series-rows').textContent.includes('10')")

	process.Process.Kill()
	process.Wait()
	tb.wait("document.getElementById('connection').textContent === 'disconnected' && document.getElementById('notice').textContent.includes('does not answer')")
	if !value[bool](tb, "document.getElementById('series-rows').textContent.includes('10')") {
		t.Error("what came before is not shown any more")
	}
	tb.picture("disconnected")

	startServe(t, command, strings.TrimPrefix(address, "http://"))
	tb.wait("document.getElementById('connection').textContent.startsWith('connected') && document.getElementById('notice').textContent.includes('started again')")
	time.Sleep(1050 * time.Millisecond) // another second than that of the point before
	put(21)
	tb.wait("document.getElementById('series-rows').textContent.includes('21')")
	if n := value[int](tb, "document.querySelectorAll('#series-rows tr').length"); n != 1 {
		t.Errorf("%d series after the restart", n)
	}
	tb.mu.Lock()
	tb.says = nil // that the store did not answer
	tb.mu.Unlock()
}
