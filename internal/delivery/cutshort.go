package delivery

import "github.com/apptuitai/apptuit-go/internal/wire"

// After so many in a row a piece is halved: time-outs before the request was
// written, and connections reset while or after a large body was written.
const (
	maxTimeouts = 2
	maxResets   = 3
	largeBody   = 16 << 10
)

// A cutShort counts time-outs and resets in a row.
type cutShort struct {
	timeouts int // each before the request was written
	resets   int // each of a large body
}

func (c *cutShort) note(o wire.Outcome) {
	c.timeouts = inARow(c.timeouts, o.Timeout && o.Connected && !o.Wrote)
	c.resets = inARow(c.resets, !o.Timeout && o.Connected && o.Status == 0 && o.Bytes > largeBody)
}

func inARow(n int, again bool) int {
	if again {
		return n + 1
	}
	return 0
}

// seemsTooLarge tells whether it seems that the piece is too large for a network or a
// server that does not say so: again and again it is not written in time, or the
// connection is reset.
func (c *cutShort) seemsTooLarge() bool { return c.timeouts >= maxTimeouts || c.resets >= maxResets }
