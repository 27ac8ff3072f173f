package query

import (
	"io"
	"math"

	"github.com/apptuitai/apptuit-go/internal/answer"
)

// A lines reads the lines of an export, each of which is a series.
type lines struct {
	decoder
	source   *limitedReader
	maxBytes int64
	values   list[float64]
	times    list[int64]
}

// A limitedReader fails where more than left bytes come, so that a line is no longer
// than an answer may be.
type limitedReader struct {
	io.Reader
	left int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, ErrTooLarge
	}
	n, err := l.Reader.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

func newLines(r io.Reader, within answer.TimeRange, maxBytes int64) *lines {
	limited := &limitedReader{Reader: r}
	return &lines{decoder: *newDecoder(limited, within, maxBytes), source: limited, maxBytes: maxBytes}
}

// next returns the next series, io.EOF where there is none. Each may take as much as
// an answer may, and nothing of it is held for the next.
func (l *lines) next() (Series, error) {
	l.Renew(l.maxBytes)
	l.source.left = l.maxBytes
	switch more, err := l.More(); {
	case err != nil:
		return Series{}, err
	case !more:
		return Series{}, io.EOF
	}
	l.values.n, l.times.n = 0, 0
	s, named := Series{}, false
	err := l.Fields(func(name string) (err error) {
		switch name {
		case "metric":
			named = true
			s.Metric, s.Tags, err = l.labels()
		case "values":
			err = l.Array(l.exported)
		case "timestamps":
			err = l.Array(l.timestamp)
		default:
			err = l.Skip()
		}
		return err
	})
	if err == nil && (!named || l.values.n != l.times.n) {
		err = l.Expected("a series with as many values as timestamps")
	}
	if err != nil {
		return Series{}, err
	}
	s.Points, err = l.zip()
	return s, err
}

// missing stands for a value that is null: a NaN that no number is read as.
var missing = math.Float64frombits(0x7ff8_0000_dead_0001)

func (l *lines) exported() error {
	v, present, err := l.Value()
	if err != nil {
		return err
	}
	if !present {
		v = missing
	}
	return add(l.Decoder, &l.values, v)
}

func (l *lines) timestamp() error {
	ms, err := l.Millis()
	if err != nil {
		return err
	}
	return add(l.Decoder, &l.times, ms)
}

// zip returns the points that belong to the result.
func (l *lines) zip() ([]Point, error) {
	n := 0
	for i := range l.times.n {
		if l.keeps(i) {
			n++
		}
	}
	if n == 0 {
		return nil, nil
	}
	if err := l.Spend(int64(n) * answer.PointSize); err != nil {
		return nil, err
	}
	points := make([]Point, 0, n)
	for i := range l.times.n {
		if l.keeps(i) {
			points = append(points, Point{l.times.at(i), l.values.at(i)})
		}
	}
	return points, nil
}

func (l *lines) keeps(i int) bool {
	return l.Within.Holds(l.times.at(i)) && math.Float64bits(l.values.at(i)) != math.Float64bits(missing)
}

// pieceLen is how many values are gathered in one piece.
const pieceLen = 1024

// A list gathers values in pieces.
type list[T any] struct {
	chunks [][]T
	n      int
}

func (b *list[T]) at(i int) T { return b.chunks[i/pieceLen][i%pieceLen] }

// add appends to a list, of which each piece that is used is paid for anew.
func add[T any](s *answer.Decoder, b *list[T], v T) error {
	if b.n%pieceLen == 0 {
		if err := s.Spend(pieceLen * 8); err != nil {
			return err
		}
		if b.n == pieceLen*len(b.chunks) {
			b.chunks = append(b.chunks, make([]T, pieceLen))
		}
	}
	b.chunks[b.n/pieceLen][b.n%pieceLen] = v
	b.n++
	return nil
}
