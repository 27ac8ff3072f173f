package answer

const (
	// chunkLen is how many points are gathered in one piece.
	chunkLen = 1024
	// PointSize is what a point takes, in bytes.
	PointSize = 16
)

// A Point is a value at a time in milliseconds since the Unix epoch.
type Point struct {
	UnixMilli int64
	Value     float64
}

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
	b.n++
	*b.at(b.n - 1) = p
}

func (b *pointBuffer) at(i int) *Point { return &b.chunks[i/chunkLen][i%chunkLen] }

// Len, Less and Swap make a sort.Interface of it, by time.
func (b *pointBuffer) Len() int           { return b.n }
func (b *pointBuffer) Less(i, j int) bool { return b.at(i).UnixMilli < b.at(j).UnixMilli }
func (b *pointBuffer) Swap(i, j int)      { *b.at(i), *b.at(j) = *b.at(j), *b.at(i) }
