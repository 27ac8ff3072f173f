package encoding

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// JSON returns the body decompressed; under CompressNone it is Body itself.
func (b Batch) JSON() ([]byte, error) {
	text, err := decompress(b.Compression, b.Body)
	if err != nil {
		return nil, fmt.Errorf("batch of %d points: %w", b.Points, err)
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
	if first, err = b.Filter(func(i int, _ []byte) bool { return i < half }); err != nil {
		return Batch{}, Batch{}, err
	}
	second, err = b.Filter(func(i int, _ []byte) bool { return i >= half })
	return first, second, err
}

// Filter returns a batch of the points that keep chooses, each with the bytes
// it had. keep gets the index of a point and its JSON, which it may not retain.
// Where it chooses none the batch has no points and is not to be sent.
func (b Batch) Filter(keep func(i int, point []byte) bool) (Batch, error) {
	text, err := b.JSON()
	if err != nil {
		return Batch{}, err
	}
	kept := 0
	out := newStage(b.Compression, LevelFast)
	err = eachPoint(text, func(i int, point []byte) {
		if keep(i, point) {
			out.addText(point)
			kept++
		}
	})
	if err != nil {
		return Batch{}, fmt.Errorf("batch of %d points: %w", b.Points, err)
	}
	return Batch{Body: out.close(exactly), Compression: b.Compression, Points: kept}, nil
}

// eachPoint calls f with each element of a JSON array.
func eachPoint(text []byte, f func(i int, point []byte)) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil { // the opening bracket
		return err
	}
	var point json.RawMessage
	for i := 0; dec.More(); i++ {
		if err := dec.Decode(&point); err != nil {
			return err
		}
		f(i, point)
	}
	_, err := dec.Token() // the closing bracket: a body cut short has none
	return err
}
