package encoding

import (
	"fmt"
	"math"
	"time"
)

const (
	// DefaultMaxPoints is what a store takes at the least cost. A VictoriaMetrics
	// parses an array of 2,000 points in memory that it has from the one before;
	// with 50,000 its garbage collector costs it several times as much as the points.
	DefaultMaxPoints = 2000
	// DefaultMaxBytes of JSON has 2,000 points of up to 1,048 bytes. Bodies that are cut by
	// a bound of bytes cost a VictoriaMetrics a tenth more than those that are cut by one of
	// points, so usual points do not reach it. Where a batch may have more points, it may
	// have as much more JSON, up to 16 MiB.
	DefaultMaxBytes  = 2 << 20
	mostDefaultBytes = 16 << 20 // half of what VictoriaMetrics takes
)

// A Config says how an [Encoder] writes. Its zero value is ready to use.
type Config struct {
	Compression Compression
	// Small makes bodies a fifth smaller and takes some eight times as long: for a
	// wire that costs more than the processor.
	Small bool
	// MaxPoints bounds the points of a batch; 0 means DefaultMaxPoints.
	MaxPoints int
	// MaxBytes bounds the JSON of a batch before compression; 0 means
	// DefaultMaxBytes for MaxPoints up to DefaultMaxPoints and in proportion for more,
	// at most 16 MiB. A bound above 64 MiB means that. Room is made for a point
	// as if its value had the most digits a value can have. A point alone may have
	// 16 MiB at the most.
	MaxBytes int
	// Milliseconds writes times in milliseconds instead of whole seconds.
	Milliseconds bool
	// Room gives the memory for the bodies of batches: it has no length, and a
	// capacity of size or more. Without it each has memory of its own, no larger
	// than it has to be, for it may wait long.
	Room func(size int) []byte
}

// An Encoder turns points into batches. Its calls are
//
//	NewEncoder, then any number of rounds of
//	    Append for each point; a refused point costs only itself
//	    Flush for the batches of the round
//
// It keeps its buffers and its compressor from round to round, and is for one
// goroutine at a time.
type Encoder struct {
	direct *pointWriter // takes the rest of the body at hand; nil if that is the sink's to do
	points int          // of the body at hand
	size   int          // its bytes of JSON so far
	last   time.Time    // of the last point of the round
	timed  bool         // there was one
	stamp  stamp        // its time as written

	cfg  Config
	sink pointSink

	now     time.Time // what a zero time means in this round; zero until asked for
	done    []Batch
	batches int // of the last round
}

// NewEncoder returns an encoder; values of cfg that are 0 mean the defaults.
func NewEncoder(cfg Config) *Encoder {
	if cfg.MaxPoints <= 0 {
		cfg.MaxPoints = DefaultMaxPoints
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = defaultBytes(cfg.MaxPoints)
	}
	cfg.MaxBytes = min(cfg.MaxBytes, maxText)
	if cfg.Room == nil {
		cfg.Room = exactly
	}
	return &Encoder{cfg: cfg, sink: newPointSink(cfg.Compression, cfg.Small)}
}

// defaultBytes returns the bound of the JSON of so many points.
func defaultBytes(points int) int {
	times := min(points/DefaultMaxPoints, mostDefaultBytes/DefaultMaxBytes)
	return max(times, 1) * DefaultMaxBytes
}

func exactly(size int) []byte { return make([]byte, 0, size) }

// Append adds a point. A point that cannot be sent is refused with an error
// that is a [Reason], and changes nothing.
func (e *Encoder) Append(p Point) error {
	if p.Series.IsZero() {
		return ErrNoSeries
	}
	if !p.Value.finite() {
		return ErrNotFinite
	}
	if p.Time != e.last || !e.timed {
		if err := e.setTime(p.Time); err != nil {
			return err
		}
	}
	size := pointSize(p.Series, &e.stamp, maxValue) + len("]")
	if bound := min(e.cfg.MaxBytes, maxPoint); size > bound {
		return fmt.Errorf("%w: %d bytes of JSON, and the bound is %d", ErrPointTooLarge, size, bound)
	}
	if e.points == e.cfg.MaxPoints || size > e.cfg.MaxBytes-e.size {
		e.closeBody()
	}
	e.points++
	if e.direct != nil {
		e.size += e.direct.add(p.Series, &e.stamp, p.Value)
		return nil
	}
	e.size += e.sink.add(p.Series, &e.stamp, p.Value)
	e.direct = e.sink.direct()
	return nil
}

// Flush returns the batches of the points appended since the last Flush, in
// their order. The caller owns them.
func (e *Encoder) Flush() []Batch {
	if e.points > 0 {
		e.closeBody()
	}
	e.sink.endRound()
	batches := e.done
	e.batches = len(batches)
	e.done, e.now, e.timed = nil, time.Time{}, false
	return batches
}

func (e *Encoder) closeBody() {
	if e.done == nil {
		e.done = make([]Batch, 0, max(e.batches, 1))
	}
	e.done = append(e.done, Batch{Body: e.sink.close(e.cfg.Room), Compression: e.cfg.Compression, Points: e.points})
	e.points, e.size, e.direct = 0, 0, nil
}

// setTime renders a time where it differs from the one before: the points of a
// collection mostly share one.
func (e *Encoder) setTime(t time.Time) error {
	asked := t
	if t.IsZero() {
		if e.now.IsZero() {
			e.now = time.Now()
		}
		t = e.now
	}
	ticks, ok := e.wireTime(t)
	if !ok {
		return fmt.Errorf("%w: %s", ErrTimestamp, t.UTC().Format(time.RFC3339Nano))
	}
	e.stamp.set(ticks)
	e.last, e.timed = asked, true
	return nil
}

// wireTime returns the number that is written for t, and whether the stores
// read it back as t: what fits in 32 bits is seconds to them, all above is
// milliseconds, and those have at most 13 digits.
func (e *Encoder) wireTime(t time.Time) (ticks int64, ok bool) {
	seconds := t.Unix()
	if !e.cfg.Milliseconds {
		return seconds, seconds > 0 && seconds <= math.MaxUint32
	}
	ticks = t.UnixMilli() // overflows far outside of 13 digits
	return ticks, seconds >= 0 && seconds < 1e10 && ticks > math.MaxUint32
}
