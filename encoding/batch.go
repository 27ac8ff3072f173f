package encoding

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	// maxText bounds the JSON of a body, and maxPoint that of a point in it: no
	// encoder writes more, so that a body of a few bytes that becomes gigabytes is
	// known for what it is.
	maxText  = 64 << 20
	maxPoint = 16 << 20
	// maxGap bounds what stands between two points, which is a comma.
	maxGap = 64 << 10
)

var (
	errTextTooLarge  = errors.New("its JSON is larger than the 64 MiB that a batch may have")
	errPointTooLarge = errors.New("a point in it is larger than the 16 MiB that a point may have")
)

// A Batch is the body of one put, ready for the wire: a JSON array of points,
// compressed.
type Batch struct {
	// Body is what is sent. It is the same at each attempt: a store may take a
	// repeated point only where its bytes are equal.
	Body []byte
	// Compression is how Body is compressed.
	Compression Compression
	// Points is how many points Body holds.
	Points int
}

// JSON returns the body decompressed, which is at most 64 MiB; under CompressNone
// it is Body itself.
func (b Batch) JSON() ([]byte, error) {
	if b.Compression == CompressNone {
		return b.Body, nil
	}
	r, err := b.read()
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, b.failed(err)
	}
	return text, nil
}

// Split cuts the batch into two halves, for a store that finds it too large.
// A batch of a single point cannot be split.
func (b Batch) Split() (first, second Batch, err error) {
	if b.Points < 2 {
		return Batch{}, Batch{}, fmt.Errorf("a batch of %d points cannot be split", b.Points)
	}
	half := b.Points / 2
	halves, err := b.deal(2, func(i int, _ []byte) int { return min(i/half, 1) })
	if err != nil {
		return Batch{}, Batch{}, err
	}
	return halves[0], halves[1], nil
}

// Filter returns a batch of the points that keep chooses, each with the bytes
// it had. keep gets the index of a point and its JSON, which it may not retain.
// Where it chooses none the batch has no points and is not to be sent.
func (b Batch) Filter(keep func(i int, point []byte) bool) (Batch, error) {
	kept, err := b.deal(1, func(i int, point []byte) int {
		if keep(i, point) {
			return 0
		}
		return nowhere
	})
	if err != nil {
		return Batch{}, err
	}
	return kept[0], nil
}

// nowhere is where deal leaves a point out.
const nowhere = -1

// deal deals the points out to so many batches, each with the bytes it had. It
// holds one point at a time, and what it writes.
func (b Batch) deal(batches int, to func(i int, point []byte) int) ([]Batch, error) {
	r, err := b.read()
	if err != nil {
		return nil, err
	}
	stages := make([]*stage, batches)
	for i := range stages {
		stages[i] = newStage(b.Compression, false)
	}
	n := 0
	err = eachPoint(r, func(point []byte) {
		if i := to(n, point); i != nowhere {
			stages[i].addText(point)
		}
		n++
	})
	if err == nil && n != b.Points {
		err = fmt.Errorf("it holds %d", n)
	}
	if err != nil {
		return nil, b.failed(err)
	}
	dealt := make([]Batch, batches)
	for i, s := range stages {
		dealt[i] = Batch{Compression: b.Compression, Points: s.points}
		dealt[i].Body = s.close(exactly)
	}
	return dealt, nil
}

func (b Batch) read() (*textReader, error) {
	r, err := decompressor(b.Compression, b.Body)
	if err != nil {
		return nil, b.failed(err)
	}
	return &textReader{r: r, text: maxText, point: maxText}, nil
}

func (b Batch) failed(err error) error { return fmt.Errorf("batch of %d points: %w", b.Points, err) }

// A textReader reads the JSON of a body, and no more of it than an encoder writes.
type textReader struct {
	r     io.Reader
	text  int // bytes that may still come
	point int // and of the point at hand
}

func (r *textReader) Read(p []byte) (int, error) {
	left := min(r.text, r.point)
	if len(p) > left+1 {
		p = p[:left+1]
	}
	n, err := r.r.Read(p)
	switch {
	case n <= left:
		r.text -= n
		r.point -= n
		return n, err
	case left == r.text:
		return 0, errTextTooLarge
	}
	return 0, errPointTooLarge
}

// eachPoint calls f with each element of a JSON array.
func eachPoint(r *textReader, f func(point []byte)) error {
	dec := json.NewDecoder(r)
	r.point = maxGap
	if _, err := dec.Token(); err != nil { // the opening bracket
		return err
	}
	var point json.RawMessage
	for dec.More() {
		r.point = maxPoint
		if err := dec.Decode(&point); err != nil {
			return err
		}
		f(point)
		r.point = maxGap
	}
	if _, err := dec.Token(); err != nil { // the closing bracket: a body cut short has none
		return err
	}
	_, err := dec.Token()
	switch {
	case err == nil:
		return errors.New("there is more behind the points")
	case err == io.EOF:
		return nil
	}
	return err
}
