package query

const (
	// chunkLen is how many points are gathered in one piece.
	chunkLen = 1024
	// pointSize is what a point takes, in bytes.
	pointSize = 16
)

// A pointBuffer gathers the points of a series, whose number is known at its end
// only. Its pieces are used again for the next series, so that what is allocated
// is what the longest takes, and nothing is copied but once.
type pointBuffer struct {
	chunks [][]Point
	n      int
}

// full reports whether the next point needs another piece.
func (b *pointBuffer) full() bool { return b.n == chunkLen*len(b.chunks) }

func (b *pointBuffer) add(p Point) {
	if b.full() {
		b.chunks = append(b.chunks, make([]Point, chunkLen))
	}
	b.chunks[b.n/chunkLen][b.n%chunkLen] = p
	b.n++
}

// copy returns the points gathered, nil where there are none.
func (b *pointBuffer) copy() []Point {
	if b.n == 0 {
		return nil
	}
	points := make([]Point, 0, b.n)
	for _, chunk := range b.chunks {
		points = append(points, chunk[:min(chunkLen, b.n-len(points))]...)
	}
	return points
}
