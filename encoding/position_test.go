package encoding

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apptuitai/apptuit-go/internal/deflate"
)

// A name, a tag or a part that comes back after gigabytes of others is out of
// reach, also where an int has 32 bits and the distance would look like another.
func TestWhatComesBackAfterGigabytes(t *testing.T) {
	for _, gigabytes := range []int64{1 << 30, 1 << 31, 1 << 32, 1 << 40} {
		for _, more := range []int64{-deflate.Window, -1000, 0} {
			t.Run(fmt.Sprint(gigabytes, more), func(t *testing.T) {
				comesBack(t, gigabytes+more)
			})
		}
	}
}

// comesBack writes rounds of which each second is distance further.
func comesBack(t *testing.T, distance int64) {
	w, d := newWorkload(t, 20), newDriver(t, rand.New(rand.NewPCG(1, 1)))
	p := newPair(Config{MaxPoints: 150}).unheld()
	for range 6 {
		p.append(t, w.next()...)
		d.round(p)
		p.flush(t)
		moveOn(p.compressed, distance)
		d.round(p)
		p.append(t, w.next()...)
		p.flush(t)
		moveOn(p.compressed, distance)
	}
}

// moveOn acts as if so many bytes had been written, and
// between two bodies.
func moveOn(e *Encoder, bytes int64) {
	e.sink.(*pointWriter).pos += position(bytes)
}
