package encoding

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

const (
	// DefaultMaxPoints is where the Python reporter cut its batches.
	DefaultMaxPoints = 50_000
	// DefaultMaxBytes of JSON is half of what VictoriaMetrics takes.
	DefaultMaxBytes = 16 << 20
)

// A Config says how an [Encoder] writes. Its zero value is ready to use.
type Config struct {
	Compression Compression
	// MaxPoints bounds the points of a batch; 0 means DefaultMaxPoints.
	MaxPoints int
	// MaxBytes bounds the JSON of a batch before compression; 0 means
	// DefaultMaxBytes.
	MaxBytes int
	// Milliseconds writes times in milliseconds instead of whole seconds.
	Milliseconds bool
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
	cfg  Config
	body *body
	done []Batch

	now   time.Time // what a zero time means in this round; zero until asked for
	ticks int64     // the time that stamp renders; 0 before the first
	stamp []byte    // TIME,"value":
}

// NewEncoder returns an encoder; values of cfg that are 0 mean the defaults.
func NewEncoder(cfg Config) *Encoder {
	if cfg.MaxPoints <= 0 {
		cfg.MaxPoints = DefaultMaxPoints
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = DefaultMaxBytes
	}
	return &Encoder{cfg: cfg, body: newBody(cfg.Compression)}
}

// Append adds a point. A point that cannot be sent is refused with an error
// that is a [Reason], and changes nothing.
func (e *Encoder) Append(p Point) error {
	if p.Series == nil {
		return ErrNoSeries
	}
	if !p.Value.finite() {
		return ErrNotFinite
	}
	if err := e.setTime(p.Time); err != nil {
		return err
	}
	size := len(p.Series.head) + len(e.stamp) + maxValue + len("[,}]")
	if size > e.cfg.MaxBytes {
		return fmt.Errorf("%w: %d bytes of JSON, and the bound is %d", ErrPointTooLarge, size, e.cfg.MaxBytes)
	}
	if e.body.points == e.cfg.MaxPoints || e.body.size+size > e.cfg.MaxBytes {
		e.done = append(e.done, e.body.close())
	}
	e.body.addPoint(p.Series.head, e.stamp, p.Value)
	return nil
}

// Flush returns the batches of the points appended since the last Flush, in
// their order. The caller owns them.
func (e *Encoder) Flush() []Batch {
	if e.body.points > 0 {
		e.done = append(e.done, e.body.close())
	}
	batches := e.done
	e.done, e.now = nil, time.Time{}
	return batches
}

// setTime renders a time where it differs from the one before: the points of a
// collection mostly share one.
func (e *Encoder) setTime(t time.Time) error {
	if t.IsZero() {
		if e.now.IsZero() {
			e.now = time.Now()
		}
		t = e.now
	}
	ticks := t.Unix()
	if e.cfg.Milliseconds {
		ticks = t.UnixMilli()
	}
	if !e.inRange(ticks) {
		return fmt.Errorf("%w: %s", ErrTimestamp, t.UTC().Format(time.RFC3339Nano))
	}
	if ticks == e.ticks {
		return nil
	}
	e.ticks = ticks
	e.stamp = append(strconv.AppendInt(e.stamp[:0], ticks, 10), `,"value":`...)
	return nil
}

// inRange follows the stores: what fits in 32 bits is read as seconds, all
// above as milliseconds.
func (e *Encoder) inRange(ticks int64) bool {
	if e.cfg.Milliseconds {
		return ticks > math.MaxUint32
	}
	return ticks > 0 && ticks <= math.MaxUint32
}
