package wire

import (
	"sync/atomic"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// minLimit is the smallest limit worth remembering: no store's own limit is
// smaller, and one freak answer must not shatter all batches to come.
const minLimit = 4 << 10

// suspicion is for how long bodies are kept smaller than one that did not get
// through, though nobody said why.
const suspicion = time.Hour

// A sizeLimit is what is known of the bodies that a store takes. It lasts as
// long as its client, and is safe for concurrent use.
type sizeLimit struct {
	most    int64        // bytes of the largest body that the store is known to take from the start; 0: not known
	refused atomic.Int64 // bytes of the smallest body refused as too large; 0: none yet
	until   atomic.Int64 // Unix nanoseconds; when a mere suspicion ends, 0 for what the store said
}

func (l *sizeLimit) fits(b encoding.Batch) bool {
	if l.most > 0 && b.Points > 1 && int64(len(b.Body)) > l.most {
		return false
	}
	refused := l.refused.Load()
	if until := l.until.Load(); refused != 0 && until != 0 && time.Now().UnixNano() > until {
		l.forget()
		return true
	}
	return refused == 0 || b.Points < 2 || int64(len(b.Body)) < refused
}

// learn keeps what an outcome tells of the sizes that the store takes.
func (l *sizeLimit) learn(b encoding.Batch, o Outcome) {
	switch o.Verdict {
	case Halve:
		l.tooLarge(b)
	case Delivered:
		l.passed(b)
	}
}

// suspect learns from a body that did not get through, for an hour.
func (l *sizeLimit) suspect(b encoding.Batch) {
	if l.refused.Load() == 0 {
		l.until.Store(time.Now().Add(suspicion).UnixNano())
	}
	l.lower(b)
}

// tooLarge learns from a body that was refused.
func (l *sizeLimit) tooLarge(b encoding.Batch) {
	l.until.Store(0)
	l.lower(b)
}

// lower keeps the size of b, if it is smaller than what is known.
func (l *sizeLimit) lower(b encoding.Batch) {
	size := max(int64(len(b.Body)), minLimit)
	for {
		known := l.refused.Load()
		if known != 0 && known <= size || l.refused.CompareAndSwap(known, size) {
			return
		}
	}
}

// passed forgets a limit that a body of its size has passed.
func (l *sizeLimit) passed(b encoding.Batch) {
	known := l.refused.Load()
	if known != 0 && int64(len(b.Body)) >= known {
		l.refused.CompareAndSwap(known, 0)
	}
}

// forget is for a store that refuses bodies of any size as too large: that says
// nothing of sizes.
func (l *sizeLimit) forget() {
	l.refused.Store(0)
	l.until.Store(0)
}
