package transport

import (
	"bytes"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A store takes a batch whole, or refuses it where one of its points is bad. It
// is a network too.
type store struct {
	bad      map[int]bool
	status   int // of a refusal
	text     string
	requests int
	taken    map[int]int // how often each point was stored
	met      map[int]int // how often each point was seen
}

func (s *store) put(b encoding.Batch) bool {
	if s.taken == nil {
		s.taken, s.met = map[int]int{}, map[int]int{}
	}
	s.requests++
	sent := indexes(b)
	refused := false
	for _, i := range sent {
		s.met[i]++
		refused = refused || s.bad[i]
	}
	for _, i := range sent {
		if !refused {
			s.taken[i]++
		}
	}
	return !refused
}

func (s *store) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if s.put(encoding.Batch{Body: body, Compression: encoding.CompressNone}) {
		return status(204, "")(r)
	}
	return status(s.status, s.text)(r)
}

// run delivers until nothing is left, and returns how often it was held.
func (s *store) run(t *testing.T, d *Delivery) (holds int) {
	t.Helper()
	limit := 0
	for {
		piece, ok := d.Next()
		if !ok {
			return holds
		}
		if limit++; limit > 10_000 {
			t.Fatal("the delivery does not end")
		}
		o := Outcome{Verdict: Bisect, Status: 400, Text: "no"}
		if s.put(piece) {
			o = Outcome{Verdict: Delivered, Status: 204}
		}
		if d.Record(o) == StepRefused {
			holds++
		}
	}
}

// check tells that each good point was stored once, and each bad one given up
// once.
func (s *store) check(t *testing.T, n int, d *Delivery) {
	t.Helper()
	for i := range n {
		if want := map[bool]int{false: 1, true: 0}[s.bad[i]]; s.taken[i] != want {
			t.Fatalf("point %d of %d was stored %d times, bad: %v", i, n, s.taken[i], s.bad[i])
		}
	}
	report := d.Report(nil)
	if report.Dropped[ErrRejected] != len(s.bad) || report.Stored != n-len(s.bad) || report.Unsent != 0 {
		t.Fatalf("%d bad of %d: %+v", len(s.bad), n, report)
	}
}

func bound(n int) int { return int(2*math.Log2(float64(n)) + 2) }

func TestDeliveryOneBadPoint(t *testing.T) {
	for _, n := range []int{2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33, 100} {
		for bad := 0; bad < n; bad += 1 + n/9 {
			s := &store{bad: map[int]bool{bad: true}}
			d := NewDelivery(batch(n))
			if holds := s.run(t, d); holds > 0 || s.requests > bound(n) {
				t.Fatalf("point %d of %d: %d requests, held %d times, want at most %d", bad, n, s.requests, holds, bound(n))
			}
			s.check(t, n, d)
		}
	}
}

func TestDeliverySomeBadPoints(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		n := 20 + rng.IntN(100)
		s := &store{bad: map[int]bool{}}
		for range 1 + rng.IntN(n/4) {
			s.bad[rng.IntN(n)] = true
		}
		d := NewDelivery(batch(n))
		if s.run(t, d); s.requests > len(s.bad)*bound(n) {
			t.Fatalf("%d bad of %d: %d requests", len(s.bad), n, s.requests)
		}
		s.check(t, n, d)
	}
}

func TestDeliveryBadHalf(t *testing.T) {
	s := &store{bad: map[int]bool{}}
	for i := range 32 {
		s.bad[i] = true
	}
	d := NewDelivery(batch(64))
	if holds := s.run(t, d); holds > 0 {
		t.Errorf("held %d times, though half of the points are good", holds)
	}
	s.check(t, 64, d)
}

// A store that refuses everything is not the fault of the points: nothing is
// given up, and once it is mended everything arrives.
func TestDeliveryStuckThenMended(t *testing.T) {
	for n := 1; n <= 17; n++ {
		s := &store{bad: map[int]bool{}}
		d := NewDelivery(batch(n))
		requests := 0
		for step := StepProceed; step != StepRefused; requests++ {
			step = d.Record(Outcome{Verdict: Bisect})
		}
		if requests > bound(n) || d.Left() != n || d.Err() != nil {
			t.Fatalf("%d points: %d requests, %d left, %v", n, requests, d.Left(), d.Err())
		}
		if step := d.Record(Outcome{Verdict: Bisect}); step != StepRefused {
			t.Fatalf("the next attempt: step %v", step)
		}
		s.run(t, d)
		s.check(t, n, d)
	}
}

// Where no size passes it is not the size: a bounded number of requests, and
// nothing is given up.
func TestDeliveryTooLargeAtEverySize(t *testing.T) {
	for _, n := range []int{1, 2, 100, 10_000} {
		d := NewDelivery(batch(n))
		requests := 1
		for d.Record(Outcome{Verdict: Halve, Status: 413}) != StepRefused {
			if requests++; requests > 100 {
				t.Fatalf("%d points: no end", n)
			}
		}
		if requests > bound(n) || d.Left() != n || d.Err() != nil {
			t.Errorf("%d points: %d requests, %d left, %v", n, requests, d.Left(), d.Err())
		}
		for range 100 {
			if step := d.Record(Outcome{Verdict: Halve, Status: 413}); step != StepRefused {
				t.Fatalf("the next attempt: step %v", step)
			}
		}
		for {
			if _, ok := d.Next(); !ok {
				break
			}
			d.Record(Outcome{Verdict: Delivered})
		}
		if report := d.Report(nil); report.Stored != n {
			t.Errorf("%d points: %+v", n, report)
		}
	}
}

// A point that is refused as too large where others pass is given up as that.
func TestDeliveryOnePointTooLarge(t *testing.T) {
	d := NewDelivery(batch(8))
	for {
		piece, ok := d.Next()
		if !ok {
			break
		}
		o := Outcome{Verdict: Delivered}
		if slices.Contains(indexes(piece), 5) {
			o = Outcome{Verdict: Halve, Status: 413}
		}
		d.Record(o)
	}
	if report := d.Report(nil); report.Stored != 7 || report.Dropped[ErrTooLarge] != 1 {
		t.Errorf("%+v", report)
	}
}

// While the store refuses other batches as well, one request is enough; once it
// takes some, the bad point is searched.
func TestDeliveryInDoubt(t *testing.T) {
	s := &store{bad: map[int]bool{3: true}}
	d := NewDelivery(batch(8))
	d.Doubt()
	for range 5 {
		if step := d.Record(Outcome{Verdict: Bisect}); step != StepRefused {
			t.Fatalf("step %v", step)
		}
	}
	if piece, _ := d.Next(); piece.Points != 8 {
		t.Fatalf("%d points are next, want all 8", piece.Points)
	}
	d.Trust()
	s.run(t, d)
	s.check(t, 8, d)
}

// A connection that is reset again and again under a large body: the body may be
// more than something on the way takes.
func TestDeliveryHalvesAfterResets(t *testing.T) {
	for _, bytes := range []int{100, 1 << 20} {
		d := NewDelivery(batch(8))
		for range 3 {
			d.Record(Outcome{Verdict: Retry, Connected: true, Bytes: bytes})
		}
		want := 8
		if bytes > largeBody {
			want = 4
		}
		if piece, _ := d.Next(); piece.Points != want {
			t.Errorf("after 3 resets of %d bytes %d points are next, want %d", bytes, piece.Points, want)
		}
	}
}

func TestDeliveryReject(t *testing.T) {
	d := NewDelivery(batch(5))
	d.Record(Outcome{Verdict: Bisect})
	d.Record(Outcome{Verdict: Delivered})
	left := d.Left()
	d.Reject("too_old")
	if step := d.Record(Outcome{Verdict: Delivered}); step != StepDone || d.Left() != 0 {
		t.Errorf("step %v, %d left", step, d.Left())
	}
	report := d.Report(nil)
	if report.Dropped["too_old"] != left || report.Stored+left != 5 {
		t.Errorf("%+v", report)
	}
}

func TestDeliveryPoisonNeverPasses(t *testing.T) {
	d := NewDelivery(batch(1))
	d.Bisect()
	requests := 1
	for ; d.Record(Outcome{Verdict: Retry, Status: 500}) == StepWait; requests++ {
	}
	if requests != maxTries {
		t.Errorf("given up after %d tries", requests)
	}
	if _, ok := d.Next(); ok || d.Err() == nil {
		t.Error("the point is still there")
	}
}

func TestDeliveryUnreadableBatch(t *testing.T) {
	d := NewDelivery(encoding.Batch{Body: []byte("not gzip"), Points: 3})
	d.Record(Outcome{Verdict: Halve})
	wantDropped(t, d.Err(), ErrUnreadable, 3, 0)
}

func TestDeliveryNothing(t *testing.T) {
	d := NewDelivery(encoding.Batch{})
	if _, ok := d.Next(); ok || d.Record(Outcome{}) != StepDone || d.Err() != nil || d.Stop(nil) != nil {
		t.Error("an empty batch is not done")
	}
	d.Halve()
	d.Bisect()
}

func TestDeliveryErrStaysAsItIs(t *testing.T) {
	d := NewDelivery(batch(3))
	d.Record(Outcome{Verdict: Halve})
	d.Record(Outcome{Verdict: Delivered})
	d.Record(Outcome{Verdict: Halve})
	d.Record(Outcome{Verdict: Halve})
	before := d.Err()
	text := before.Error()
	d.Record(Outcome{Verdict: Halve})
	if before.Error() != text {
		t.Errorf("%q became %q", text, before)
	}
}

func TestMatchTakesOtherNotations(t *testing.T) {
	text := []byte(`[{"metric":"m","tags":{"b":"2","a":"1"},"timestamp":1700000000,"value":24}]`)
	b := encoding.Batch{Body: text, Compression: encoding.CompressNone, Points: 1}
	for _, value := range []string{"24", "24.0", "2.4e1"} {
		named := Rejected{Transient: true, Point: Datapoint{Metric: "m", Tags: map[string]string{"a": "1", "b": "2"}, Timestamp: start, Value: value}}
		again, err := transient(b, []Rejected{named})
		if err != nil || !bytes.Equal(again.Body, text) {
			t.Errorf("%s: %s, %v", value, again.Body, err)
		}
	}
	if canonical("9007199254740993") == canonical("9007199254740992") {
		t.Error("integers beyond 2^53 are taken for each other")
	}
}
