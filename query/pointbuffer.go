package query

// chunkLen is how many points are gathered in one piece.
const chunkLen = 1024

// A pointBuffer gathers the points of a series, whose number is known at its end
// only. Its pieces are used again for the next series, so that what is allocated
// is what the longest takes, and nothing is copied but once.
type pointBuffer struct {
	chunks [][]Point
	n      int
}

func (b *pointBuffer) add(p Point) {
	chunk := b.n / chunkLen
	if chunk == len(b.chunks) {
		b.chunks = append(b.chunks, make([]Point, chunkLen))
	}
	b.chunks[chunk][b.n%chunkLen] = p
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
