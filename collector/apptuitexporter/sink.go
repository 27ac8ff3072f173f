package apptuitexporter

import (
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/transform"
)

// A sink encodes points, and keeps which data point of the push each comes of.
type sink struct {
	encoder     *encoding.Encoder
	transformer *transform.Transformer
	before      int     // data points in the collections of the push before this one
	of          []int32 // the data point of each point
}

// Append encodes a point.
func (s *sink) Append(p encoding.Point) error {
	if !p.Value.IsInt() && isAbsent(p.Value.Float64()) {
		return nil
	}
	err := s.encoder.Append(p)
	if err == nil {
		s.of = append(s.of, int32(s.before+s.transformer.DataPoint()))
	}
	return err
}
