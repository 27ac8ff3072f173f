package delivery

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

func newXCollector(t testing.TB, addr string, opts ...func(*wire.Settings)) wire.Wire {
	t.Helper()
	s := wire.NewSettings()
	s.Lookup, s.XCollector = nil, wire.Given("WithXCollector", addr)
	for _, opt := range opts {
		opt(s)
	}
	x, err := s.Wire()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.CloseIdleConnections)
	return x
}

// deliveries encodes points as the agent wants them.
func deliveries(t testing.TB, x wire.Wire, points []encoding.Point) []*Delivery {
	t.Helper()
	e := encoding.NewEncoder(x.EncoderConfig())
	for _, p := range points {
		if err := e.Append(p); err != nil {
			t.Fatal(err)
		}
	}
	var out []*Delivery
	for _, b := range e.Flush() {
		out = append(out, New(b))
	}
	return out
}

// deliverAll attempts until nothing is left, and returns what became of all. It
// lets the agent catch up, for a machine under load may give it no time.
func deliverAll(t testing.TB, x wire.Wire, a *nettest.Agent, all []*Delivery) *Report {
	t.Helper()
	report := &Report{}
	for _, d := range all {
		for tries := 0; ; tries++ {
			o, step := Attempt(t.Context(), x, d)
			if step == StepDone {
				break
			}
			if tries > 1000 {
				t.Fatalf("it does not end: %+v", o)
			}
			time.Sleep(time.Millisecond)
		}
		report.Add(d.Report(nil))
		a.CatchUp(report.Stored)
	}
	return report
}

// onceEach wants each of n points of pointsOf once, but those of without.
func onceEach(t testing.TB, got []nettest.Line, n int, without ...int) {
	t.Helper()
	times := map[string]int{}
	for _, p := range got {
		i, _ := strconv.Atoi(p.Value)
		times[p.Value]++
		if p.Metric != "node.cpu" || p.Timestamp != nettest.Start+int64(i) || p.Tags["id"] != p.Value {
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
		opts          []func(*wire.Settings)
	}{
		"one point":            {points: 1},
		"one datagram":         {points: 50},
		"several":              {points: 1000},
		"many bursts":          {points: 5000},
		"wide":                 {points: 300, width: 3000},
		"one point a datagram": {points: 40, width: 8000},
		"one batch, one burst": {points: 200, opts: []func(*wire.Settings){func(s *wire.Settings) { s.Compression = wire.Given("test", encoding.CompressNone) }}},
		"one batch, two bursts": {points: 3000, opts: []func(*wire.Settings){func(s *wire.Settings) {
			s.MaxBytes, s.MaxPoints = wire.Given("test", 16<<20), wire.Given("test", 50_000)
		}}},
		"batches of ten points": {points: 200, opts: []func(*wire.Settings){func(s *wire.Settings) { s.MaxPoints = wire.Given("test", 10) }}},
	} {
		t.Run(name, func(t *testing.T) {
			a := nettest.NewAgent(t, "127.0.0.1:0")
			x := newXCollector(t, a.Addr, tt.opts...)
			var tags []encoding.Tag
			if tt.width > 0 {
				tags = append(tags, encoding.Tag{Key: "wide", Value: strings.Repeat("v", tt.width)})
			}
			report := deliverAll(t, x, a, deliveries(t, x, nettest.SeriesPoints(tt.points, tags...)))
			if report.Stored != tt.points || !report.AllStored() {
				t.Errorf("%d stored of %d, %v", report.Stored, tt.points, report)
			}
			onceEach(t, a.Await(t, tt.points), tt.points)
			wantWhole(t, a.All())
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

// A point whose line fits in no datagram is given up, by itself.
func TestXCollectorDropsWhatIsTooLarge(t *testing.T) {
	a := nettest.NewAgent(t, "127.0.0.1:0")
	x := newXCollector(t, a.Addr)
	points := nettest.SeriesPoints(5)
	huge := encoding.Tag{Key: "huge", Value: strings.Repeat("v", 8<<10)}
	for _, i := range []int{1, 4} {
		points[i].Series = nettest.SeriesPoints(i+1, huge)[i].Series
	}
	report := deliverAll(t, x, a, deliveries(t, x, points))
	if report.Stored != 3 || report.Dropped[wire.ErrTooLarge] != 2 || len(report.Rejected) != 2 {
		t.Errorf("%d stored, dropped %v, %d named", report.Stored, report.Dropped, len(report.Rejected))
	}
	if text := report.Error(); !strings.Contains(text, "a datagram at most 8192") {
		t.Error(text)
	}
	onceEach(t, a.Await(t, 3), 5, 1, 4)
}

// Where nothing of a batch can be sent, the batch is at its end.
func TestXCollectorWithNothingToSend(t *testing.T) {
	x := newXCollector(t, "127.0.0.1:1")
	huge := nettest.SeriesPoints(2, encoding.Tag{Key: "huge", Value: strings.Repeat("v", 9000)})
	d := deliveries(t, x, huge)[0]
	if o, step := Attempt(t.Context(), x, d); step != StepDone || !o.NoRequest || o.Verdict == wire.Delivered || d.Report(nil).Dropped[wire.ErrTooLarge] != 2 {
		t.Errorf("%v, step %d, %v", o, step, d.Report(nil))
	}
	if o, step := Attempt(t.Context(), x, d); step != StepDone || !o.NoRequest || o.Verdict != wire.Delivered {
		t.Errorf("an empty delivery: %v, step %d", o, step)
	}
	damaged := New(encoding.Batch{Body: []byte(`[{"metric":"m"`), Compression: encoding.CompressNone, Points: 3})
	if o, step := Attempt(t.Context(), x, damaged); step != StepDone || !o.NoRequest || o.Err == nil || damaged.Report(nil).Dropped[wire.ErrUnreadable] != 3 {
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
	x := newXCollector(t, "agent.test:8953", func(s *wire.Settings) {
		s.Insecure, s.Timeout = wire.Given("test", true), wire.Given("test", 2*time.Second)
	})
	d := deliveries(t, x, nettest.SeriesPoints(5))[0]
	began, outcome := time.Now(), make(chan wire.Outcome)
	go func() {
		o, _ := Attempt(context.Background(), x, d)
		outcome <- o
	}()
	<-asked
	x.CloseIdleConnections()
	if took := time.Since(began); took > 1900*time.Millisecond {
		t.Errorf("CloseIdleConnections took %v", took)
	}
	if o := <-outcome; o.Verdict != wire.Retry || !o.Timeout || o.NoRequest || !strings.Contains(o.Err.Error(), "the datagrams were not sent within 2s") {
		t.Errorf("%+v", o)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if o, _ := Attempt(ctx, x, d); o.Verdict != wire.Retry || o.Timeout || !errors.Is(o.Err, context.DeadlineExceeded) {
		t.Errorf("%+v", o)
	}
	if took := time.Since(began); took > 6*time.Second {
		t.Errorf("after %v", took)
	}
}

// Nothing is taken for sent while no agent listens, and all of it comes once one
// does, on the same port.
func TestXCollectorOutlivesItsAgent(t *testing.T) {
	a := nettest.NewAgent(t, "127.0.0.1:0")
	x := newXCollector(t, a.Addr)
	points := nettest.SeriesPoints(300)
	deliverAll(t, x, a, deliveries(t, x, points[:100]))
	onceEach(t, a.Await(t, 100), 100)
	a.Stop()

	waiting := deliveries(t, x, points[100:200])[0]
	for range 3 {
		o, step := Attempt(t.Context(), x, waiting)
		if step != StepWait || o.Verdict != wire.Retry || o.Status != 0 || waiting.Left() != 100 {
			t.Fatalf("no agent listens: %+v, step %d, %d left", o, step, waiting.Left())
		}
		if text := o.Err.Error(); !strings.Contains(text, a.Addr) || !strings.Contains(text, "refused") || !strings.Contains(text, "is up") {
			t.Error(text)
		}
	}

	b := nettest.NewAgent(t, a.Addr)
	deliverAll(t, x, b, append([]*Delivery{waiting}, deliveries(t, x, points[200:])...))
	onceEach(t, append(b.Await(t, 200), a.Await(t, 100)...), 300)
}

// An end of the context ends an attempt between two bursts.
func TestXCollectorHeedsItsContext(t *testing.T) {
	a := nettest.NewAgent(t, "127.0.0.1:0")
	x := newXCollector(t, a.Addr, func(s *wire.Settings) {
		s.MaxBytes, s.MaxPoints = wire.Given("test", 16<<20), wire.Given("test", 50_000)
	})
	d := deliveries(t, x, nettest.SeriesPoints(3000))[0]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o, step := Attempt(ctx, x, d)
	if step != StepWait || o.Verdict != wire.Retry || !errors.Is(o.Err, context.Canceled) || o.Timeout || d.Left() != 3000 {
		t.Errorf("%+v, step %d, %d left", o, step, d.Left())
	}
}

func TestXCollectorCloses(t *testing.T) {
	a := nettest.NewAgent(t, "127.0.0.1:0")
	x := newXCollector(t, a.Addr)
	for i := range 3 {
		d := deliveries(t, x, nettest.SeriesPoints(1))[0]
		if _, step := Attempt(t.Context(), x, d); step != StepDone {
			t.Errorf("attempt %d: step %d", i, step)
		}
		x.CloseIdleConnections()
		x.CloseIdleConnections()
	}
	a.Await(t, 3)
}
