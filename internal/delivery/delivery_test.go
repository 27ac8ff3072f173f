package delivery

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// run delivers until nothing is left, and returns how often it was held.
func run(t *testing.T, s *nettest.Store, d *Delivery) (holds int) {
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
		o := wire.Outcome{Verdict: wire.Bisect, Status: 400, Text: "no"}
		if s.Put(piece) {
			o = wire.Outcome{Verdict: wire.Delivered, Status: 204}
		}
		if d.Record(o) == StepRefused {
			holds++
		}
	}
}

// check tells that each good point was stored once, and each bad one given up
// once.
func check(t *testing.T, s *nettest.Store, n int, d *Delivery) {
	t.Helper()
	for i := range n {
		if want := map[bool]int{false: 1, true: 0}[s.Bad[i]]; s.Taken[i] != want {
			t.Fatalf("point %d of %d was stored %d times, bad: %v", i, n, s.Taken[i], s.Bad[i])
		}
	}
	report := d.Report(nil)
	if report.Dropped[wire.ErrRejected] != len(s.Bad) || report.Stored != n-len(s.Bad) || report.Unsent != 0 {
		t.Fatalf("%d bad of %d: %+v", len(s.Bad), n, report)
	}
}

func bound(n int) int { return int(2*math.Log2(float64(n)) + 2) }

func TestDeliveryOneBadPoint(t *testing.T) {
	for _, n := range []int{2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33, 100} {
		for bad := 0; bad < n; bad += 1 + n/9 {
			s := &nettest.Store{Bad: map[int]bool{bad: true}}
			d := New(nettest.Batch(n))
			if holds := run(t, s, d); holds > 0 || s.Requests > bound(n) {
				t.Fatalf("point %d of %d: %d requests, held %d times, want at most %d", bad, n, s.Requests, holds, bound(n))
			}
			check(t, s, n, d)
		}
	}
}

func TestDeliverySomeBadPoints(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		n := 20 + rng.IntN(100)
		s := &nettest.Store{Bad: map[int]bool{}}
		for range 1 + rng.IntN(n/4) {
			s.Bad[rng.IntN(n)] = true
		}
		d := New(nettest.Batch(n))
		if run(t, s, d); s.Requests > len(s.Bad)*bound(n) {
			t.Fatalf("%d bad of %d: %d requests", len(s.Bad), n, s.Requests)
		}
		check(t, s, n, d)
	}
}

func TestDeliveryBadHalf(t *testing.T) {
	s := &nettest.Store{Bad: map[int]bool{}}
	for i := range 32 {
		s.Bad[i] = true
	}
	d := New(nettest.Batch(64))
	if holds := run(t, s, d); holds > 0 {
		t.Errorf("held %d times, though half of the points are good", holds)
	}
	check(t, s, 64, d)
}

// A store that refuses everything is not the fault of the points: nothing is
// given up, and once it is mended everything arrives.
func TestDeliveryStuckThenMended(t *testing.T) {
	for n := 1; n <= 17; n++ {
		s := &nettest.Store{Bad: map[int]bool{}}
		d := New(nettest.Batch(n))
		requests := 0
		for step := StepProceed; step != StepRefused; requests++ {
			step = d.Record(wire.Outcome{Verdict: wire.Bisect})
		}
		if requests > bound(n) || d.Left() != n || len(d.Report(nil).Dropped) > 0 {
			t.Fatalf("%d points: %d requests, %d left, %v", n, requests, d.Left(), d.Report(nil))
		}
		if step := d.Record(wire.Outcome{Verdict: wire.Bisect}); step != StepRefused {
			t.Fatalf("the next attempt: step %v", step)
		}
		run(t, s, d)
		check(t, s, n, d)
	}
}

// Where no size passes it is not the size: a bounded number of requests, and
// nothing is given up.
func TestDeliveryTooLargeAtEverySize(t *testing.T) {
	for _, n := range []int{1, 2, 100, 10_000} {
		d := New(nettest.Batch(n))
		requests := 1
		for d.Record(wire.Outcome{Verdict: wire.Halve, Status: 413}) != StepRefused {
			if requests++; requests > 100 {
				t.Fatalf("%d points: no end", n)
			}
		}
		if requests > bound(n) || d.Left() != n || len(d.Report(nil).Dropped) > 0 {
			t.Errorf("%d points: %d requests, %d left, %v", n, requests, d.Left(), d.Report(nil))
		}
		for range 100 {
			if step := d.Record(wire.Outcome{Verdict: wire.Halve, Status: 413}); step != StepRefused {
				t.Fatalf("the next attempt: step %v", step)
			}
		}
		for {
			if _, ok := d.Next(); !ok {
				break
			}
			d.Record(wire.Outcome{Verdict: wire.Delivered})
		}
		if report := d.Report(nil); report.Stored != n {
			t.Errorf("%d points: %+v", n, report)
		}
	}
}

// A point that is refused as too large where others pass is given up as that.
func TestDeliveryOnePointTooLarge(t *testing.T) {
	d := New(nettest.Batch(8))
	for {
		piece, ok := d.Next()
		if !ok {
			break
		}
		o := wire.Outcome{Verdict: wire.Delivered}
		if slices.Contains(nettest.Indexes(piece), 5) {
			o = wire.Outcome{Verdict: wire.Halve, Status: 413}
		}
		d.Record(o)
	}
	if report := d.Report(nil); report.Stored != 7 || report.Dropped[wire.ErrTooLarge] != 1 {
		t.Errorf("%+v", report)
	}
}

// While the store refuses other batches as well, one request is enough; once it
// takes some, the bad point is searched.
func TestDeliveryInDoubt(t *testing.T) {
	s := &nettest.Store{Bad: map[int]bool{3: true}}
	d := New(nettest.Batch(8))
	d.Doubt()
	for range 5 {
		if step := d.Record(wire.Outcome{Verdict: wire.Bisect}); step != StepRefused {
			t.Fatalf("step %v", step)
		}
	}
	if piece, _ := d.Next(); piece.Points != 8 {
		t.Fatalf("%d points are next, want all 8", piece.Points)
	}
	d.Trust()
	run(t, s, d)
	check(t, s, 8, d)
}

// A connection that is reset again and again under a large body: the body may be
// more than something on the way takes.
func TestDeliveryHalvesAfterResets(t *testing.T) {
	for _, bytes := range []int{100, 1 << 20} {
		d := New(nettest.Batch(8))
		for range 3 {
			d.Record(wire.Outcome{Verdict: wire.Retry, Connected: true, Bytes: bytes})
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
	d := New(nettest.Batch(5))
	d.Record(wire.Outcome{Verdict: wire.Bisect})
	d.Record(wire.Outcome{Verdict: wire.Delivered})
	left := d.Left()
	d.Reject("too_old")
	if step := d.Record(wire.Outcome{Verdict: wire.Delivered}); step != StepDone || d.Left() != 0 {
		t.Errorf("step %v, %d left", step, d.Left())
	}
	report := d.Report(nil)
	if report.Dropped["too_old"] != left || report.Stored+left != 5 {
		t.Errorf("%+v", report)
	}
}

func TestDeliveryPoisonNeverPasses(t *testing.T) {
	d := New(nettest.Batch(1))
	d.Bisect()
	requests := 1
	for ; d.Record(wire.Outcome{Verdict: wire.Retry, Status: 500}) == StepWait; requests++ {
	}
	if requests != maxTries {
		t.Errorf("given up after %d tries", requests)
	}
	if _, ok := d.Next(); ok || len(d.Report(nil).Dropped) == 0 {
		t.Error("the point is still there")
	}
}

func TestDeliveryUnreadableBatch(t *testing.T) {
	d := New(encoding.Batch{Body: []byte("not gzip"), Points: 3})
	d.Record(wire.Outcome{Verdict: wire.Halve})
	if report := d.Report(nil); report.Dropped[wire.ErrUnreadable] != 3 || report.Stored != 0 || report.Unsent != 0 {
		t.Errorf("%+v", report)
	}
}

func TestDeliveryNothing(t *testing.T) {
	d := New(encoding.Batch{})
	if _, ok := d.Next(); ok || d.Record(wire.Outcome{}) != StepDone || !d.Report(nil).AllStored() {
		t.Error("an empty batch is not done")
	}
	d.Halve()
	d.Bisect()
}

func TestDeliveryReportStaysAsItIs(t *testing.T) {
	d := New(nettest.Batch(3))
	d.Record(wire.Outcome{Verdict: wire.Halve})
	d.Record(wire.Outcome{Verdict: wire.Delivered})
	d.Record(wire.Outcome{Verdict: wire.Halve})
	d.Record(wire.Outcome{Verdict: wire.Halve})
	before := d.Report(nil)
	text := before.Error()
	d.Record(wire.Outcome{Verdict: wire.Halve})
	if before.Error() != text {
		t.Errorf("%q became %q", text, before)
	}
}

func TestMatchTakesOtherNotations(t *testing.T) {
	text := []byte(`[{"metric":"m","tags":{"b":"2","a":"1"},"timestamp":1700000000,"value":24}]`)
	b := encoding.Batch{Body: text, Compression: encoding.CompressNone, Points: 1}
	for _, value := range []string{"24", "24.0", "2.4e1"} {
		named := wire.Rejected{Transient: true, Point: wire.Datapoint{Metric: "m", Tags: map[string]string{"a": "1", "b": "2"}, Timestamp: nettest.Start, Value: value}}
		again, err := transient(b, []wire.Rejected{named})
		if err != nil || !bytes.Equal(again.Body, text) {
			t.Errorf("%s: %s, %v", value, again.Body, err)
		}
	}
}

// Whatever an outcome says, no point appears or vanishes.
func FuzzRecord(f *testing.F) {
	f.Add(uint8(wire.Delivered), 200, 1, 1, 0, 2)
	f.Add(uint8(wire.DropListed), 400, 1, 1, 0, 1)
	f.Add(uint8(wire.Delivered), 500, 3, -1, 1, 0)
	f.Fuzz(func(t *testing.T, verdict uint8, status, stored, failed, unsure, named int) {
		o := wire.Outcome{Verdict: wire.Verdict(verdict), Status: status, Stored: stored, Failed: failed, Unsure: unsure}
		for i := range min(max(named, 0), 9) {
			o.Rejected = append(o.Rejected, wire.Rejected{Point: wire.DatapointOf(nettest.Points(i + 1)[i]), Transient: i%2 == 1})
		}
		d := New(nettest.Batch(4))
		d.Record(o)
		report := d.Report(o.Err)
		if report.Stored < 0 || report.Stored+report.DroppedPoints()+report.Unsent != 4 {
			t.Fatalf("points appear or vanish: %+v", report)
		}
	})
}

// A store may say of each request that it left out all points but one: copies are
// sent some times at most.
func TestDeliveryCopiesEnd(t *testing.T) {
	d := New(nettest.Batch(100))
	requests := 0
	for {
		piece, ok := d.Next()
		if !ok {
			break
		}
		if requests++; requests > 10 {
			t.Fatal("no end")
		}
		d.Record(wire.Outcome{Verdict: wire.Delivered, Status: 500, Failed: piece.Points - 1, Unsure: piece.Points - 1})
	}
	if report := d.Report(nil); report.Stored != 1 || report.Dropped[wire.ErrRejected] != 99 || requests != 1+maxCopies {
		t.Errorf("%d requests, %+v", requests, report)
	}
}

// A search for many points pauses, so that others may go on.
func TestDeliveryPausesASearch(t *testing.T) {
	s := &nettest.Store{Bad: map[int]bool{}}
	for i := range 1000 {
		s.Bad[i] = i%5 == 0
	}
	d := New(nettest.Batch(1000))
	inOneGo, most := 0, 0
	for {
		piece, ok := d.Next()
		if !ok {
			break
		}
		o := wire.Outcome{Verdict: wire.Bisect, Status: 400, Text: "no"}
		if s.Put(piece) {
			o = wire.Outcome{Verdict: wire.Delivered, Status: 204}
		}
		if inOneGo++; d.Record(o) == StepPause {
			most, inOneGo = max(most, inOneGo), 0
		}
	}
	if report := d.Report(nil); report.Dropped[wire.ErrRejected] != 200 || report.Stored != 800 {
		t.Errorf("%+v", report)
	}
	if most == 0 || most > 4*bound(1000) {
		t.Errorf("%d requests without a pause", most)
	}
}

// A wire that resets each large body, and remembers what it was told of sizes.
type resetting struct {
	wire.Wire
	takes    int // bytes
	requests int
	suspects []int // sizes
}

func (r *resetting) Put(_ context.Context, b encoding.Batch) wire.Outcome {
	r.requests++
	if len(b.Body) > r.takes {
		return wire.Outcome{Verdict: wire.Retry, Connected: true, Bytes: len(b.Body), Err: errors.New("reset")}
	}
	return wire.Outcome{Verdict: wire.Delivered, Status: 204, Bytes: len(b.Body)}
}

func (r *resetting) Fits(b encoding.Batch) bool {
	return !slices.ContainsFunc(r.suspects, func(size int) bool { return len(b.Body) >= size && b.Points > 1 })
}

func (r *resetting) Suspect(b encoding.Batch) { r.suspects = append(r.suspects, len(b.Body)) }
func (r *resetting) ForgetLimit()             {}

func TestAttemptRemembersWhatIsReset(t *testing.T) {
	r := &resetting{takes: 40_000}
	for round := range 2 {
		before := r.requests
		d := New(nettest.Batch(4000))
		for step := StepProceed; step != StepDone; {
			_, step = Attempt(t.Context(), r, d)
		}
		if report := d.Report(nil); report.Stored != 4000 {
			t.Errorf("%+v", report)
		}
		if n := r.requests - before; round == 1 && n > 16 {
			t.Errorf("%d requests for the second batch: the size is not remembered", n)
		}
	}
}
