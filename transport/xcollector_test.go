package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// An agent is an XCollector on loopback.
type agent struct {
	net.PacketConn
	addr string
	done chan struct{} // closed when it reads no more

	mu        sync.Mutex
	datagrams []string
}

func newAgent(t testing.TB, addr string) *agent {
	t.Helper()
	conn, err := net.ListenPacket("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.(*net.UDPConn).SetReadBuffer(1 << 20) // or as much as the system allows
	a := &agent{PacketConn: conn, addr: conn.LocalAddr().String(), done: make(chan struct{})}
	go a.read()
	t.Cleanup(a.stop)
	return a
}

func (a *agent) read() {
	defer close(a.done)
	buf := make([]byte, 64<<10)
	for {
		n, _, err := a.ReadFrom(buf)
		if err != nil {
			return
		}
		a.mu.Lock()
		a.datagrams = append(a.datagrams, string(buf[:n]))
		a.mu.Unlock()
	}
}

func (a *agent) stop() {
	_ = a.Close()
	<-a.done
}

func (a *agent) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.datagrams)
}

// await waits for n lines and returns the points in all that came.
func (a *agent) await(t testing.TB, n int) []Datapoint {
	t.Helper()
	a.catchUp(n)
	return parseLines(t, strings.Join(a.all(), ""))
}

// catchUp waits for n lines, for 5 seconds at most.
func (a *agent) catchUp(n int) {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		lines := 0
		for _, datagram := range a.all() {
			lines += strings.Count(datagram, "\n")
		}
		if lines >= n {
			return
		}
	}
}

func parseLines(t testing.TB, text string) []Datapoint {
	t.Helper()
	var out []Datapoint
	for line := range strings.Lines(text) {
		p, err := parseLine(line)
		if err != nil {
			t.Fatalf("line %.200q: %v", line, err)
		}
		out = append(out, p)
	}
	return out
}

// parseLine reads what appendLine writes, as an agent does: by its spaces.
func parseLine(line string) (Datapoint, error) {
	line, found := strings.CutSuffix(line, "\n")
	words := strings.Split(line, " ")
	if !found || len(words) < 3 {
		return Datapoint{}, errors.New("it is not whole")
	}
	p := Datapoint{Metric: words[0], Value: words[2], Tags: map[string]string{}}
	var err error
	if p.Timestamp, err = strconv.ParseInt(words[1], 10, 64); err != nil {
		return p, err
	}
	if _, err := strconv.ParseFloat(p.Value, 64); err != nil {
		return p, err
	}
	for _, word := range words[3:] {
		key, value, found := strings.Cut(word, "=")
		if !found || key == "" || value == "" {
			return p, fmt.Errorf("tag %.80q", word)
		}
		p.Tags[key] = value
	}
	return p, nil
}

func newXCollector(t testing.TB, addr string, opts ...Option) *XCollector {
	t.Helper()
	x, err := NewXCollector(addr, append([]Option{WithEnv(nil)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.CloseIdleConnections)
	return x
}

// pointsOf makes n points, each of a series of its own; value i is point i.
func pointsOf(t testing.TB, n int, tags ...encoding.Tag) []encoding.Point {
	t.Helper()
	out := make([]encoding.Point, n)
	for i := range out {
		own := append(slices.Clip(tags), encoding.Tag{Key: "id", Value: strconv.Itoa(i)})
		series, err := encoding.NewSeries(encoding.SanitizeApptuit, "node.cpu", own...)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = encoding.Point{Series: series, Time: time.Unix(start+int64(i), 0), Value: encoding.Int(int64(i))}
	}
	return out
}

// deliveries encodes points as the agent wants them.
func deliveries(t testing.TB, x *XCollector, points []encoding.Point) []*Delivery {
	t.Helper()
	e := encoding.NewEncoder(x.EncoderConfig())
	for _, p := range points {
		if err := e.Append(p); err != nil {
			t.Fatal(err)
		}
	}
	var out []*Delivery
	for _, b := range e.Flush() {
		out = append(out, NewDelivery(b))
	}
	return out
}

// deliverAll attempts until nothing is left, and returns what became of all. It
// lets the agent catch up, for a machine under load may give it no time.
func deliverAll(t testing.TB, x *XCollector, a *agent, all []*Delivery) *SendError {
	t.Helper()
	report := &SendError{}
	for _, d := range all {
		for tries := 0; ; tries++ {
			o, step := x.Attempt(t.Context(), d)
			if step == StepDone {
				break
			}
			if tries > 1000 {
				t.Fatalf("it does not end: %+v", o)
			}
			time.Sleep(time.Millisecond)
		}
		report.Add(d.Report(nil))
		a.catchUp(report.Stored)
	}
	return report
}

// onceEach wants each of n points of pointsOf once, but those of without.
func onceEach(t testing.TB, got []Datapoint, n int, without ...int) {
	t.Helper()
	times := map[string]int{}
	for _, p := range got {
		i, _ := strconv.Atoi(p.Value)
		times[p.Value]++
		if p.Metric != "node.cpu" || p.Timestamp != start+int64(i) || p.Tags["id"] != p.Value {
			t.Errorf("%+v arrived as point %d", p, i)
		}
	}
	for i := range n {
		want := 1
		if slices.Contains(without, i) {
			want = 0
		}
		if got := times[strconv.Itoa(i)]; got != want {
			t.Errorf("point %d arrived %d times, want %d", i, got, want)
		}
	}
}

// Whatever the size of its tags and batches, each point arrives once, in
// datagrams of whole lines that are as full as they can be.
func TestXCollectorDeliversEachPointOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		points, width int
		opts          []Option
	}{
		"one point":             {points: 1},
		"one datagram":          {points: 50},
		"several":               {points: 1000},
		"many bursts":           {points: 5000},
		"wide":                  {points: 300, width: 3000},
		"one point a datagram":  {points: 40, width: 8000},
		"one batch, one burst":  {points: 200, opts: []Option{WithCompression(encoding.CompressNone)}},
		"one batch, two bursts": {points: 3000, opts: []Option{WithMaxBatchBytes(16 << 20)}},
		"batches of ten points": {points: 200, opts: []Option{WithMaxBatch(10)}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAgent(t, "127.0.0.1:0")
			x := newXCollector(t, a.addr, tt.opts...)
			var tags []encoding.Tag
			if tt.width > 0 {
				tags = append(tags, encoding.Tag{Key: "wide", Value: strings.Repeat("v", tt.width)})
			}
			report := deliverAll(t, x, a, deliveries(t, x, pointsOf(t, tt.points, tags...)))
			if report.Stored != tt.points || report.errorOrNil() != nil {
				t.Errorf("%d stored of %d, %v", report.Stored, tt.points, report.errorOrNil())
			}
			onceEach(t, a.await(t, tt.points), tt.points)
			wantWhole(t, a.all())
		})
	}
}

func wantWhole(t *testing.T, datagrams []string) {
	t.Helper()
	for i, datagram := range datagrams {
		if len(datagram) > 8<<10 || !strings.HasSuffix(datagram, "\n") {
			t.Errorf("datagram %d has %d bytes and ends in %.20q", i, len(datagram), datagram[max(0, len(datagram)-20):])
		}
	}
}

// No line would have fit in the datagram before its own.
func TestXCollectorFillsDatagrams(t *testing.T) {
	e := encoding.NewEncoder(encoding.Config{})
	for _, p := range pointsOf(t, 2000) {
		if err := e.Append(p); err != nil {
			t.Fatal(err)
		}
	}
	p, err := pack(e.Flush()[0])
	if err != nil {
		t.Fatal(err)
	}
	size := len(p.datagrams[0])
	for i, datagram := range p.datagrams[1:] {
		first, _, _ := strings.Cut(string(datagram), "\n")
		if room := maxDatagram - len(p.datagrams[i]); room > len(first) {
			t.Errorf("datagram %d has room for %d bytes, and the next line has %d", i, room, len(first)+1)
		}
		size += len(datagram)
	}
	if p.size != size {
		t.Errorf("the size is %d, want %d", p.size, size)
	}
}

// A point whose line fits in no datagram is given up, by itself.
func TestXCollectorDropsWhatIsTooLarge(t *testing.T) {
	a := newAgent(t, "127.0.0.1:0")
	x := newXCollector(t, a.addr)
	points := pointsOf(t, 5)
	huge := encoding.Tag{Key: "huge", Value: strings.Repeat("v", 8<<10)}
	for _, i := range []int{1, 4} {
		points[i].Series = pointsOf(t, i+1, huge)[i].Series
	}
	report := deliverAll(t, x, a, deliveries(t, x, points))
	if report.Stored != 3 || report.Dropped[ErrTooLarge] != 2 || len(report.Rejected) != 2 {
		t.Errorf("%d stored, dropped %v, %d named", report.Stored, report.Dropped, len(report.Rejected))
	}
	if text := report.Error(); !strings.Contains(text, "a datagram at most 8192") {
		t.Error(text)
	}
	onceEach(t, a.await(t, 3), 5, 1, 4)
}

// Where nothing of a batch can be sent, the batch is at its end.
func TestXCollectorWithNothingToSend(t *testing.T) {
	x := newXCollector(t, "127.0.0.1:1")
	huge := pointsOf(t, 2, encoding.Tag{Key: "huge", Value: strings.Repeat("v", 9000)})
	d := deliveries(t, x, huge)[0]
	if o, step := x.Attempt(t.Context(), d); step != StepDone || !o.NoRequest || o.Verdict == Delivered || d.Report(nil).Dropped[ErrTooLarge] != 2 {
		t.Errorf("%v, step %d, %v", o, step, d.Report(nil))
	}
	if o, step := x.Attempt(t.Context(), d); step != StepDone || !o.NoRequest || o.Verdict != Delivered {
		t.Errorf("an empty delivery: %v, step %d", o, step)
	}
	damaged := NewDelivery(encoding.Batch{Body: []byte(`[{"metric":"m"`), Compression: encoding.CompressNone, Points: 3})
	if o, step := x.Attempt(t.Context(), damaged); step != StepDone || !o.NoRequest || o.Err == nil || damaged.Report(nil).Dropped[ErrUnreadable] != 3 {
		t.Errorf("a damaged batch: %v, step %d, %v", o, step, damaged.Report(nil))
	}
}

// A resolver that does not answer costs an attempt its time, and holds nobody else
// up.
func TestXCollectorWithAResolverThatHangs(t *testing.T) {
	resolver, release := net.DefaultResolver, make(chan struct{})
	defer func() { net.DefaultResolver = resolver }()
	defer close(release)
	asked := make(chan struct{}, 100)
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		asked <- struct{}{}
		<-release
		return nil, net.ErrClosed
	}}
	x := newXCollector(t, "agent.test:8953", WithInsecure(), WithTimeout(300*time.Millisecond))
	d := deliveries(t, x, pointsOf(t, 5))[0]
	began, outcome := time.Now(), make(chan Outcome)
	go func() {
		o, _ := x.Attempt(context.Background(), d)
		outcome <- o
	}()
	<-asked
	x.CloseIdleConnections()
	if took := time.Since(began); took > 250*time.Millisecond {
		t.Errorf("CloseIdleConnections took %v", took)
	}
	if o := <-outcome; o.Verdict != Retry || !o.Timeout || o.NoRequest || !strings.Contains(o.Err.Error(), "the datagrams were not sent within 300ms") {
		t.Errorf("%+v", o)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if o, _ := x.Attempt(ctx, d); o.Verdict != Retry || o.Timeout || !errors.Is(o.Err, context.DeadlineExceeded) {
		t.Errorf("%+v", o)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("after %v", took)
	}
}

// Nothing is taken for sent while no agent listens, and all of it comes once one
// does, on the same port.
func TestXCollectorOutlivesItsAgent(t *testing.T) {
	a := newAgent(t, "127.0.0.1:0")
	x := newXCollector(t, a.addr)
	points := pointsOf(t, 300)
	deliverAll(t, x, a, deliveries(t, x, points[:100]))
	onceEach(t, a.await(t, 100), 100)
	a.stop()

	waiting := deliveries(t, x, points[100:200])[0]
	for range 3 {
		o, step := x.Attempt(t.Context(), waiting)
		if step != StepWait || o.Verdict != Retry || o.Status != 0 || waiting.Left() != 100 {
			t.Fatalf("no agent listens: %+v, step %d, %d left", o, step, waiting.Left())
		}
		if text := o.Err.Error(); !strings.Contains(text, a.addr) || !strings.Contains(text, "refused") || !strings.Contains(text, "is up") {
			t.Error(text)
		}
	}

	b := newAgent(t, a.addr)
	deliverAll(t, x, b, append([]*Delivery{waiting}, deliveries(t, x, points[200:])...))
	onceEach(t, append(b.await(t, 200), a.await(t, 100)...), 300)
}

// An end of the context ends an attempt between two bursts.
func TestXCollectorHeedsItsContext(t *testing.T) {
	a := newAgent(t, "127.0.0.1:0")
	x := newXCollector(t, a.addr, WithMaxBatchBytes(16<<20))
	d := deliveries(t, x, pointsOf(t, 3000))[0]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o, step := x.Attempt(ctx, d)
	if step != StepWait || o.Verdict != Retry || !errors.Is(o.Err, context.Canceled) || o.Timeout || d.Left() != 3000 {
		t.Errorf("%+v, step %d, %d left", o, step, d.Left())
	}
}

func TestXCollectorCloses(t *testing.T) {
	a := newAgent(t, "127.0.0.1:0")
	x := newXCollector(t, a.addr)
	for i := range 3 {
		d := deliveries(t, x, pointsOf(t, 1))[0]
		if _, step := x.Attempt(t.Context(), d); step != StepDone {
			t.Errorf("attempt %d: step %d", i, step)
		}
		x.CloseIdleConnections()
		x.CloseIdleConnections()
	}
	a.await(t, 3)
}

func TestXCollectorAddresses(t *testing.T) {
	for addr, want := range map[string]string{
		"":                "udp://127.0.0.1:8953",
		"127.0.0.1:9000":  "udp://127.0.0.1:9000",
		"127.0.3.4:9000":  "udp://127.0.3.4:9000",
		"[::1]:9000":      "udp://[::1]:9000",
		"localhost:9000":  "udp://127.0.0.1:9000",
		"127.0.0.1":       "",
		":8953":           "",
		"127.0.0.1:":      "",
		"127.0.0.1:0":     "",
		"127.0.0.1:70000": "",
		"10.0.0.1:8953":   "",
		"agent:8953":      "",
	} {
		x, err := NewXCollector(addr, WithEnv(nil))
		if (err == nil) != (want != "") {
			t.Errorf("%q: %v", addr, err)
			continue
		}
		if err == nil && x.Endpoint() != want {
			t.Errorf("%q: %s, want %s", addr, x.Endpoint(), want)
		}
		if err != nil && !strings.Contains(err.Error(), "WithXCollector") {
			t.Errorf("%q: %v does not name WithXCollector", addr, err)
		}
	}
}

func TestXCollectorElsewhere(t *testing.T) {
	insecure := env(map[string]string{"APPTUIT_INSECURE": "true"})
	for name, opt := range map[string]Option{"WithInsecure": WithInsecure(), "APPTUIT_INSECURE": insecure} {
		x, err := NewXCollector("agent:8953", WithEnv(nil), opt)
		if err != nil || x.Endpoint() != "udp://agent:8953" {
			t.Errorf("%s: %v, %v", name, x, err)
		}
	}
}

// What is meant for HTTP is refused in code, and left alone in the environment.
func TestXCollectorOptions(t *testing.T) {
	for name, opt := range map[string]Option{
		"WithEndpoint":              WithEndpoint("https://store.test"),
		"WithToken":                 WithToken(testToken),
		"WithUserID":                WithUserID("u"),
		"WithHeaders":               WithHeaders(map[string]string{"k": "v"}),
		"WithMillisecondTimestamps": WithMillisecondTimestamps(),
		"WithTimeout":               WithTimeout(-1),
	} {
		_, err := NewXCollector("", WithEnv(nil), opt)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	x, err := NewXCollector("", env(map[string]string{
		"APPTUIT_API_TOKEN": "test-token", "APPTUIT_API_ENDPOINT": "nowhere", "APPTUIT_TIMEOUT": "1500", "APPTUIT_COMPRESSION": "none",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if x.Timeout() != 1500*time.Millisecond || x.EncoderConfig().Compression != encoding.CompressNone {
		t.Errorf("time-out %s, compression %s", x.Timeout(), x.EncoderConfig().Compression)
	}
}

func TestXCollectorLines(t *testing.T) {
	for _, tt := range []struct {
		point Datapoint
		want  string
	}{
		{Datapoint{"m", nil, 7, "1"}, "m 7 1\n"},
		{Datapoint{"m", map[string]string{"k": "v", "a": "b"}, 7, "-2.5e-07"}, "m 7 -2.5e-07 a=b k=v\n"},
		{Datapoint{"m", map[string]string{"k": "a = b", "l": "=", "x=y": "z"}, 7, "1"}, "m 7 1 k=a_=_b l== x_y=z\n"},
		{Datapoint{"a b\tc", map[string]string{"k\n1": "x\r\ny\u2028z\u00a0\x00"}, 7, "1"}, "a_b_c 7 1 k_1=x__y_z__\n"},
		{Datapoint{"größe", map[string]string{"ort": "日本 語", "no": ""}, 7, "1"}, "größe 7 1 ort=日本_語\n"},
		{Datapoint{"m", nil, 1_700_000_000_987, "1"}, "m 1700000000 1\n"},
		{Datapoint{"m", nil, math.MaxUint32, "1"}, "m 4294967295 1\n"},
	} {
		if got := string(appendLine(nil, tt.point)); got != tt.want {
			t.Errorf("%+v\ngot  %q\nwant %q", tt.point, got, tt.want)
		}
	}
}

// What no encoder writes is refused with its reason.
func TestXCollectorRefusesWhatHasNoLine(t *testing.T) {
	body := `[{"metric":"","timestamp":1,"value":1},{"metric":"m","value":1},` +
		`{"metric":"m","timestamp":1,"value":"x\ny"},{"metric":"m","timestamp":1,"value":1e999},{"metric":"ok","timestamp":1,"value":1}]`
	p, err := pack(encoding.Batch{Body: []byte(body), Compression: encoding.CompressNone, Points: 5})
	if err != nil || len(p.datagrams) != 1 || string(p.datagrams[0]) != "ok 1 1\n" {
		t.Fatalf("%q, %v", p.datagrams, err)
	}
	for i, want := range []encoding.Reason{encoding.ErrName, encoding.ErrTimestamp, encoding.ErrNotFinite, encoding.ErrNotFinite} {
		if p.refused[i].reason != want {
			t.Errorf("point %d: %q, want %q", i, p.refused[i].reason, want)
		}
	}
}

// Of whatever was encoded, each point is one line that reads back.
func FuzzXCollectorLine(f *testing.F) {
	f.Add("node.cpu", "type", "idle", int64(1_700_000_000), 12.5)
	f.Add("a b", "k=1", "x = y\nz 1 2", int64(1), 0.0)
	f.Add("größe", "日本", "\u2028\x00\xff \t", int64(math.MaxUint32), 1e300)
	f.Add("m", "k", strings.Repeat("é ", 4090), int64(5), math.SmallestNonzeroFloat64)
	f.Fuzz(func(t *testing.T, metric, key, value string, at int64, v float64) {
		series, err := encoding.NewSeries(encoding.SanitizeApptuit, metric,
			encoding.Tag{Key: key, Value: value}, encoding.Tag{Key: "host", Value: "a"})
		if err != nil {
			return
		}
		e := encoding.NewEncoder(encoding.Config{Compression: encoding.CompressNone})
		for range 2 {
			if e.Append(encoding.Point{Series: series, Time: time.Unix(at, 0), Value: encoding.Float(v)}) != nil {
				return
			}
		}
		p, err := pack(e.Flush()[0])
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, datagram := range p.datagrams {
			if len(datagram) > maxDatagram {
				t.Fatalf("a datagram of %d bytes", len(datagram))
			}
			text.Write(datagram)
		}
		got := parseLines(t, text.String())
		if len(got)+len(p.refused) != 2 {
			t.Fatalf("%d lines, %d refused: %.200q", len(got), len(p.refused), text.String())
		}
		for _, q := range got {
			wantSame(t, q, series, at, v)
		}
	})
}

// wantSame wants what a line says to be the point, but for what no line can hold.
func wantSame(t *testing.T, p Datapoint, series *encoding.Series, at int64, v float64) {
	t.Helper()
	value, err := strconv.ParseFloat(p.Value, 64)
	if err != nil || value != v || p.Timestamp != at || p.Metric != series.Metric() || len(p.Tags) != len(series.Tags()) {
		t.Fatalf("%+v, want %s %d %g", p, series, at, v)
	}
	for _, tag := range series.Tags() {
		want := strings.Map(func(r rune) rune {
			if notInWord(r) {
				return '_'
			}
			return r
		}, tag.Value)
		if p.Tags[tag.Key] != want {
			t.Fatalf("tag %q is %q, want %q", tag.Key, p.Tags[tag.Key], want)
		}
	}
}
