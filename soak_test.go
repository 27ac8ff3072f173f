package apptuit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

// A chaos is a store that fails at random in every way of the list of faults,
// and its books.
type chaos struct {
	calm  atomic.Bool
	mu    sync.Mutex // guards what follows
	rand  *rand.Rand
	batch []int64 // the points that the request at hand stored

	stored   map[int64]int  // how often, by the number of the point
	answered map[int64]bool // the exporter was told that it is stored
	unheard  map[int64]bool // it was stored, and the answer was lost
}

// newChaos lets the store of a rig fail.
func newChaos(r *rig, seed uint64) *chaos {
	c := &chaos{
		rand:   rand.New(rand.NewPCG(seed, seed)),
		stored: map[int64]int{}, answered: map[int64]bool{}, unheard: map[int64]bool{},
	}
	r.store.Inject(apptuittest.Status(500).OnPoint(every(997)))
	r.store.Inject(apptuittest.IgnoreDetails().OnPoint(every(499)))
	r.store.Inject(apptuittest.Status(413).OnPoint(every(1009)))
	r.store.Inject(apptuittest.RejectPoints(c.check))
	r.BreakDown(c.answer)
	return c
}

func every(n int64) func(encoding.Point) bool {
	return func(p encoding.Point) bool { return number(p)%n == n/2 }
}

func number(p encoding.Point) int64 {
	n, _ := strconv.ParseInt(p.Value.String(), 10, 64)
	return n
}

// check refuses some points one by one, and notes the others.
func (c *chaos) check(p encoding.Point) string {
	switch n := number(p); {
	case n%211 == 0:
		return "Unable to parse value"
	case !c.calm.Load() && c.rand.IntN(100) == 0:
		return "Please throttle"
	default:
		c.batch = append(c.batch, n)
		return ""
	}
}

// faults are those in place of an answer.
var faults = []reply{
	refused, reset, fails(errDNS), fails(errTLS), fails(io.EOF), hangs(false), hangs(true),
	status(400, "what?"), status(400, "too big"), status(415, ""), status(422, ""),
	status(401, ""), status(403, ""), status(404, ""), status(410, ""), status(408, ""), status(425, ""), status(413, ""),
	status(429, "", "Retry-After", "20"), status(503, "", "Retry-After", "soon"), status(500, ""), status(502, ""), status(504, ""),
	status(302, "", "Location", "https://elsewhere.test/"), status(301, ""), slowBody(503, "{"), slowBody(400, `{"success":1,`),
	status(101, ""), slowBody(101, ""), status(200, "<html>", "Content-Type", "text/html"), status(407, ""),
	status(400, "unsupported path requested"), status(400, "cannot find the provided auth token"),
	panics, exits, stubborn(20 * time.Minute),
}

func panics(*http.Request) (*http.Response, error) { panic("not mine") }

func exits(*http.Request) (*http.Response, error) {
	runtime.Goexit()
	return nil, nil
}

// stubborn does not heed its context.
func stubborn(d time.Duration) reply {
	return func(*http.Request) (*http.Response, error) {
		time.Sleep(d)
		return nil, errReset
	}
}

// partly says of the points that the store refuses what InfluxDB says: how many
// they are, and no more.
func partly(r *http.Request) (*http.Response, error) {
	resp, err := reached(r)
	if err != nil || resp.StatusCode != http.StatusBadRequest {
		return resp, err
	}
	var answer struct{ Success, Failed *int }
	if json.NewDecoder(resp.Body).Decode(&answer) != nil || answer.Failed == nil {
		return status(400, "what?")(r)
	}
	return status(500, fmt.Sprintf("partial write: no dropped=%d", *answer.Failed))(r)
}

func (c *chaos) answer(r *http.Request) (*http.Response, error) {
	fault, resp, err := c.decide(r)
	if fault != nil {
		return fault(r)
	}
	return resp, err
}

// decide answers, or says which fault a request meets.
func (c *chaos) decide(r *http.Request) (fault reply, resp *http.Response, err error) {
	c.mu.Lock() // an attempt that nobody waits for any more may yet be here
	defer c.mu.Unlock()
	fault = faults[c.rand.IntN(len(faults))]
	c.batch = nil
	switch n := c.rand.IntN(10); {
	case c.calm.Load() || n < 4:
		resp, err = c.note(c.answered)(reached(r))
		return nil, resp, err
	case n < 6:
		resp, err = c.note(c.answered)(partly(r))
		return nil, resp, err
	case n < 7:
		_, _ = c.note(c.unheard)(reached(r))
	}
	return fault, nil, nil
}

// note writes down what a request stored.
func (c *chaos) note(as map[int64]bool) func(*http.Response, error) (*http.Response, error) {
	return func(resp *http.Response, err error) (*http.Response, error) {
		for _, n := range c.batch {
			c.stored[n]++
			as[n] = true
		}
		return resp, err
	}
}

// A ledger adds up what errors say was dropped.
type ledger map[encoding.Reason]uint64

func (l ledger) add(err error) {
	var e *transport.SendError
	if !errors.As(err, &e) {
		return
	}
	for reason, n := range e.Dropped {
		l[reason] += uint64(n)
	}
}

func (l ledger) sum() (sum uint64) {
	for _, n := range l {
		sum += n
	}
	return sum
}

// Whatever fails: each point is stored, or counted as dropped and named in an
// error, once.
func TestSoak(t *testing.T) {
	for name, bound := range map[string]int64{"roomy": apptuit.DefaultQueueSize, "small": 2000, "spool": apptuit.DefaultSpoolSize} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := []apptuit.Option{apptuit.WithQueueSize(bound), apptuit.WithCompression(encoding.CompressNone), apptuit.WithMaxBatch(4)}
			if name == "spool" {
				opts = append(opts, apptuit.WithSpool(spoolDir(t), apptuit.SpoolWithoutSync()))
			}
			inBubble(t, func(t *testing.T, r *rig) { soak(t, r, bound) }, opts...)
		})
	}
}

func soak(t *testing.T, r *rig, bound int64) {
	c, named := newChaos(r, 11), ledger{}
	for i := range 1000 {
		named.add(r.export(1 + i%6))
		elapse(10 * time.Second)
		s := r.Stats()
		if s.QueuedBytes > bound {
			t.Fatalf("the queue has %d bytes, and the bound is %d", s.QueuedBytes, bound)
		}
		if n := s.Sent + sum64(s.Dropped) + uint64(s.QueuedPoints); n != uint64(len(r.times)) {
			t.Fatalf("export %d: %d of %d points are accounted for: %+v", i, n, len(r.times), s)
		}
	}
	c.calm.Store(true)
	for range 180 { // others have to pass before a 500 is the fault of a point
		named.add(r.export(1))
		elapse(time.Minute)
	}
	for _, err := range r.all() {
		named.add(err)
	}
	c.balance(t, r, named)
}

// balance wants the books of both sides to agree.
func (c *chaos) balance(t *testing.T, r *rig, named ledger) {
	t.Helper()
	s := r.Stats()
	t.Logf("%d points, %d requests, %d heard: %+v", len(r.times), len(r.Requests()), len(r.all()), s)
	if s.QueuedPoints != 0 || s.QueuedBatches != 0 || s.QueuedBytes != 0 {
		t.Errorf("something is left: %+v", s)
	}
	for reason, n := range s.Dropped {
		if named[reason] != n {
			t.Errorf("%d points were dropped as %s, and errors name %d", n, string(reason), named[reason])
		}
	}
	if s.Sent != uint64(len(c.answered)) {
		t.Errorf("%d points are counted as sent, %d are", s.Sent, len(c.answered))
	}
	if n := s.Sent + named.sum(); n != uint64(len(r.times)) {
		t.Errorf("%d of %d points were sent or dropped", n, len(r.times))
	}
	for n, times := range c.stored {
		if times > 1 && !c.unheard[n] {
			t.Errorf("point %d was stored %d times, though each answer was heard", n, times)
		}
	}
}

func sum64(counts map[encoding.Reason]uint64) uint64 { return ledger(counts).sum() }

// A sink takes puts of uncompressed JSON and counts the points of each time:
// cheaper than a store where there are many.
type sink struct {
	mu     sync.Mutex
	counts map[int64]int
	last   map[int64]time.Time // when the last of them came
}

func newSink() *sink { return &sink{counts: map[int64]int{}, last: map[int64]time.Time{}} }

func (s *sink) take(r *http.Request) (*http.Response, error) {
	times, err := timesIn(r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range times {
		s.counts[at]++
		s.last[at] = time.Now()
	}
	return status(204, "")(r)
}

// arrived returns how many points of a time came, and when the last did.
func (s *sink) arrived(at int64) (int, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[at], s.last[at]
}

// timesIn returns the time of each point in a put of uncompressed JSON.
func timesIn(r *http.Request) (times []int64, err error) {
	body := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, body); err != nil {
		return nil, err
	}
	const field = `"timestamp":`
	for {
		i := bytes.Index(body, []byte(field))
		if i < 0 {
			return times, nil
		}
		var at int64
		for body = body[i+len(field):]; body[0] >= '0' && body[0] <= '9'; body = body[1:] {
			at = at*10 + int64(body[0]-'0')
		}
		times = append(times, at)
	}
}

const outageSeries = 10_000

// Ten minutes without a store, at an interval of ten seconds with 10,000
// series: with room for them all points arrive, each with its own time; without,
// the newest do, and the others are counted.
//
// What waits is a megabyte each time, 60 MB in all. The bound of the second
// queue is 8 MiB, and the heap may grow by as much again, for what one export
// and one request need at a time, the transformer's cache of series, and the
// collector's own ways: far from both sides of 60 MB.
func TestTenMinutesOfOutage(t *testing.T) {
	for name, c := range map[string]struct {
		bound int64
		heap  uint64
		batch int
		opts  []apptuit.Option
	}{
		"roomy":                  {128 << 20, 0, outageSeries, nil},
		"small":                  {8 << 20, 8<<20 + 8<<20, outageSeries, nil},
		"small, default batches": {8 << 20, 8<<20 + 8<<20, encoding.DefaultMaxPoints, nil},
		"spool":                  {8 << 20, 0, outageSeries, []apptuit.Option{apptuit.WithSpool(spoolDir(t), apptuit.SpoolWithoutSync())}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.heap == 0 { // else the heap is to be its own
				t.Parallel()
			}
			opts := append(c.opts, apptuit.WithQueueSize(c.bound), apptuit.WithCompression(encoding.CompressNone), apptuit.WithoutHostTag(),
				apptuit.WithMaxBatch(c.batch), apptuit.WithMaxBatchBytes(8<<20))
			inBubble(t, func(t *testing.T, r *rig) { outage(t, r, c.batch, c.heap) }, opts...)
		})
	}
}

func outage(t *testing.T, r *rig, batch int, mostHeap uint64) {
	arrived, rm := newSink(), r.points(outageSeries)
	var exported []int64
	collect := func() {
		elapse(interval)
		exported = append(exported, time.Now().Unix())
		stamp(rm, time.Now())
		if err := r.Export(t.Context(), rm); err != nil {
			t.Errorf("Export: %v", err)
		}
	}
	r.BreakDown(arrived.take)
	collect()
	before := heap()
	r.BreakDown(refused)
	for range 60 {
		collect()
	}
	if grown := int64(heap() - before); mostHeap > 0 && grown > int64(mostHeap) {
		t.Errorf("the heap has grown by %d bytes, more than %d", grown, mostHeap)
	}
	// A minute for the backlog, and an export waits for its own batches alone, four at a
	// time.
	r.BreakDown(after(time.Second, arrived.take))
	rounds := (outageSeries + batch*4 - 1) / (batch * 4)
	for range 12 {
		r.within(interval+time.Duration(rounds)*time.Second, collect)
	}
	elapse(5 * time.Minute)
	lost := r.Stats().Dropped[apptuit.ErrQueueFull]
	if mostHeap == 0 && lost > 0 || mostHeap > 0 && (lost == 0 || int(lost)%batch != 0) {
		t.Errorf("%d points were dropped", lost)
	}
	left := int(lost)
	for i, at := range exported {
		want := outageSeries
		if i > 0 { // the first was sent before
			want -= min(left, outageSeries)
			left -= outageSeries - want
		}
		if got, _ := arrived.arrived(at); got != want {
			t.Errorf("export %d: %d points arrived, want %d", i, got, want)
		}
	}
}
