package encoding

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// pair drives an encoder and the plain one with the same points: what the first
// writes must decompress to what the second writes.
type pair struct {
	compressed, plain *Encoder
}

func newPair(cfg Config) *pair {
	plain := cfg
	plain.Compression = CompressNone
	return &pair{compressed: NewEncoder(cfg), plain: NewEncoder(plain)}
}

// unheld has the first body written as all others are: its points are not held.
func (p *pair) unheld() *pair {
	p.compressed.sink = p.compressed.sink.(*firstSink).pointWriter
	return p
}

func (p *pair) append(t testing.TB, points ...Point) {
	t.Helper()
	for _, point := range points {
		a, b := p.compressed.Append(point), p.plain.Append(point)
		if fmt.Sprint(a) != fmt.Sprint(b) {
			t.Fatalf("%v, and %v from the plain encoder", a, b)
		}
	}
}

// flush ends the round, checks it, and returns its compressed bytes.
func (p *pair) flush(t testing.TB) (size int) {
	t.Helper()
	got, want := p.compressed.Flush(), p.plain.Flush()
	if len(got) != len(want) {
		t.Fatalf("%d batches, and %d from the plain encoder", len(got), len(want))
	}
	for i := range got {
		text := standardRead(t, got[i].Compression, got[i].Body)
		if got[i].Points != want[i].Points || !bytes.Equal(text, want[i].Body) {
			at := commonPrefix(text, want[i].Body)
			t.Fatalf("batch %d: %d points, want %d; equal up to byte %d of %d, there %.80q, want %.80q",
				i, got[i].Points, want[i].Points, at, len(text), text[at:], want[i].Body[at:])
		}
		size += len(got[i].Body)
	}
	return size
}

func TestWorkloadReadsBack(t *testing.T) {
	for _, c := range []Compression{CompressGzip, CompressDeflate} {
		for _, cfg := range []Config{{}, {MaxPoints: 301}, {MaxBytes: 200_000}, {Milliseconds: true}, {Small: true, MaxPoints: 200}} {
			cfg.Compression = c
			p, w := newPair(cfg), newWorkload(t, 100)
			for round := range 3 {
				if round > 1 {
					w.churn(10)
				}
				p.append(t, w.next()...)
				p.flush(t)
			}
		}
	}
}

// A random driver appends points as its source says: mostly one series after
// another as in the last round, at times others, new ones or none.
type driver struct {
	t       testing.TB
	r       *rand.Rand
	series  []*Series
	at      time.Time
	last    Value
	schemas []*Schema
	set     *TagSet // of the last series that is one of many
}

func newDriver(t testing.TB, r *rand.Rand) *driver {
	d := &driver{t: t, r: r, at: someTime}
	for i := range 3 {
		d.schemas = append(d.schemas, NewSchema([]Tag{{"b", "common"}, {"y", strings.Repeat("long ", i*i*i*10)}}, []string{"a", "c", "d", "e", "z"}[:2+i]))
	}
	d.schemas = append(d.schemas, NewSchema(nil, []string{"k"}), NewSchema([]Tag{{"k", "v"}}, nil))
	for range 1 + r.IntN(100) {
		d.series = append(d.series, d.newSeries())
	}
	return d
}

// newPart makes a series that shares what it is made of with others: mostly
// another part of the last metric.
func (d *driver) newPart() *Series {
	r := d.r
	if d.set == nil || r.IntN(3) == 0 {
		schema := d.schemas[r.IntN(len(d.schemas))]
		values := make([]string, len(schema.current().keys))
		for i := range values {
			switch r.IntN(8) {
			case 0:
				values[i] = fmt.Sprint("some-", r.IntN(1e6))
			case 1:
				values[i] = strings.Repeat("x", 1+r.IntN(300))
			case 2:
				values[i] = hardStrings[1+r.IntN(len(hardStrings)-1)]
			default:
				values[i] = fmt.Sprint(r.IntN(20))
			}
		}
		set := schema.Tags(values)
		d.set = &set
	}
	name, err := NewName(SanitizePrometheus, []string{"requests.bucket", "requests.count", "requests", "other"}[r.IntN(4)])
	if err != nil {
		d.t.Fatal(err)
	}
	var part *PartTag
	if r.IntN(3) > 0 {
		part = NewPartTag([]string{"le", "window", "b"}[r.IntN(3)], []string{"0.5", "10", "+Inf", "1.0905077326652577", `5"m`}[r.IntN(5)])
	}
	s, err := d.set.Series(name, part)
	if err != nil {
		d.t.Fatal(err)
	}
	return &s
}

// newSeries makes series of few keys and values, so that they have much in
// common, and at times one of an unusual size.
func (d *driver) newSeries() *Series {
	r := d.r
	if r.IntN(2) == 0 {
		return d.newPart()
	}
	tags := []Tag{{"k", "v"}}
	for i := range r.IntN(12) {
		value := hardStrings[r.IntN(len(hardStrings))]
		if r.IntN(2) == 0 {
			value = strings.Repeat("value ", 1+r.IntN(9)) + fmt.Sprint(r.IntN(30))
		}
		tags = append(tags, Tag{fmt.Sprintf("%skey%d", []string{"", `"`, ":", "z"}[r.IntN(4)], i), value})
	}
	switch r.IntN(300) {
	case 0:
		tags = append(tags, Tag{"large", strings.Repeat("x", 1<<15-300+r.IntN(400))})
	case 1:
		tags = append(tags, Tag{"huge", strings.Repeat("y", 40_000)})
	case 2:
		for i := range 300 {
			tags = append(tags, Tag{fmt.Sprint("many", i), "v"})
		}
	}
	return mustSeries(d.t, SanitizeApptuit, fmt.Sprint("metric.", r.IntN(5)), tags...)
}

func (d *driver) value() Value {
	switch d.r.IntN(6) {
	case 0:
		return Int(int64(d.r.Uint64()))
	case 1:
		return Float(d.r.NormFloat64())
	case 2:
		return longest
	case 3:
		d.last = Int(d.r.Int64N(2000))
	}
	return d.last
}

// round appends the points of one round.
func (d *driver) round(p *pair) {
	for i := 0; i < len(d.series); i++ {
		switch d.r.IntN(30) {
		case 0:
			d.series = append(d.series[:i], d.series[i+1:]...)
			i--
			continue
		case 1:
			d.series = append(d.series[:i], append([]*Series{d.newSeries()}, d.series[i:]...)...)
		case 2:
			d.series[i] = d.newSeries()
		case 3:
			d.at = d.at.Add(time.Duration(d.r.Int64N(1e12)))
		case 4:
			j := d.r.IntN(len(d.series))
			d.series[i], d.series[j] = d.series[j], d.series[i]
		}
		p.append(d.t, Point{d.series[i], d.at, d.value()})
		for d.r.IntN(10) == 0 {
			p.append(d.t, Point{d.series[i], d.at, d.value()})
		}
	}
}

func drive(t testing.TB, seed uint64, rounds int) {
	r := rand.New(rand.NewPCG(seed, 1))
	cfg := Config{Compression: Compression(r.IntN(2)), Milliseconds: r.IntN(2) == 0}
	if r.IntN(2) == 0 {
		cfg.MaxPoints = 1 + r.IntN(100)
	}
	if r.IntN(2) == 0 {
		cfg.MaxBytes = 5000 + r.IntN(300_000)
	}
	p, d := newPair(cfg).unheld(), newDriver(t, r)
	for range rounds {
		d.round(p)
		if r.IntN(10) > 0 { // some rounds are two
			p.flush(t)
		}
	}
	p.flush(t)
}

func TestRandomRoundsReadBack(t *testing.T) {
	for seed := range uint64(16) {
		drive(t, seed, 4)
	}
}

func FuzzRoundsReadBack(f *testing.F) {
	for seed := range uint64(5) {
		f.Add(seed, uint8(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, rounds uint8) { drive(t, seed, int(rounds%16)) })
}

// FuzzSequence lets the input say which of a few series comes next, when a new
// one takes a place, and where bodies and rounds end.
func FuzzSequence(f *testing.F) {
	f.Add([]byte("0123456789012345678901234567890123456789\xf00123456789012345678901234567890123456789"), uint8(9))
	f.Add([]byte{0, 1, 2, 0xf0, 0, 1, 2, 0xf0, 0, 0xe0, 1, 2, 0xf0, 0, 2, 1, 0xd0, 3, 0xf0}, uint8(0))
	f.Fuzz(func(t *testing.T, steps []byte, maxPoints uint8) {
		r := rand.New(rand.NewPCG(1, 1))
		d := newDriver(t, r)
		p := newPair(Config{MaxPoints: int(maxPoints)}).unheld()
		for i, step := range steps {
			switch at := int(step) % len(d.series); {
			case step >= 0xf0:
				p.flush(t)
			case step >= 0xe0:
				d.series[at] = d.newSeries()
			case step >= 0xd0:
				d.at = d.at.Add(time.Second)
			default:
				p.append(t, Point{d.series[at], d.at, Int(int64(i / 8))})
			}
		}
		p.flush(t)
	})
}

// A body ends at any point, and the next begins without what the last had.
func TestBodiesAreIndependent(t *testing.T) {
	w := newWorkload(t, 20)
	points := w.next()
	for maxPoints := range 20 {
		p := newPair(Config{MaxPoints: maxPoints + 1}).unheld()
		for range 2 {
			p.append(t, points...)
			p.flush(t)
		}
	}
}

// What an encoder wrote before shows in no text: its code alone is another one.
func TestRoundsDoNotShow(t *testing.T) {
	w := newWorkload(t, 300)
	points := w.next()
	fresh, used := NewEncoder(Config{}), NewEncoder(Config{})
	for range 3 {
		w.churn(10)
		mustAppend(t, used, w.next()...)
		used.Flush()
	}
	mustAppend(t, fresh, points...)
	mustAppend(t, used, points...)
	a, b := fresh.Flush()[0], used.Flush()[0]
	if !bytes.Equal(standardRead(t, a.Compression, a.Body), standardRead(t, b.Compression, b.Body)) {
		t.Error("a used encoder writes other text")
	}
	if len(b.Body) > len(a.Body) {
		t.Errorf("%d bytes from a used encoder, %d from a new one", len(b.Body), len(a.Body))
	}
}

// TestSizes holds that speed costs no size: bodies are no larger than those of the
// general compressor, with new series in each round. Those of few points are up to a
// sixth and 48 bytes larger, which is less than the headers of a put, and take a third
// of the time.
func TestSizes(t *testing.T) {
	for _, sets := range []int{1, 20, 60, 120, 400} {
		for _, percent := range []int{0, 10} {
			w := newWorkload(t, sets)
			e, general := NewEncoder(Config{}), newStage(CompressGzip, false)
			for range 2 {
				w.churn(percent)
				points := w.next()
				mustAppend(t, e, points...)
				for _, p := range points {
					general.add(p.Series, &e.stamp, p.Value)
				}
				got, limit := len(e.Flush()[0].Body), len(general.close(exactly))
				if len(points) < 1000 {
					limit += limit/6 + 48
				}
				if got > limit {
					t.Errorf("%d points, %d%% of the series new: %d bytes, %d by the general compressor", len(points), percent, got, limit)
				}
			}
		}
	}
}

// What left is forgotten: what is known of layouts does not grow with the rounds.
func TestLayoutsAreForgotten(t *testing.T) {
	e := NewEncoder(Config{MaxPoints: 300})
	large := e.sink.(*firstSink)
	for i := range 10 * keepLayouts {
		for range 300 {
			s := mustSeries(t, SanitizeNone, "m", Tag{fmt.Sprint("key", i), "v"})
			mustAppend(t, e, Point{Series: s})
		}
		e.Flush()
	}
	if n := len(large.layouts.known); n > 3*keepLayouts {
		t.Errorf("%d layouts are known", n)
	}
}

func TestSharedSeriesConcurrentSafe(t *testing.T) {
	w := newWorkload(t, 100)
	points := w.next()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			p := newPair(Config{Compression: Compression(i % 2)})
			for range 3 {
				p.append(t, points[i:]...)
				p.flush(t)
			}
		})
	}
	wg.Wait()
}
