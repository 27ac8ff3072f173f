package promapi

import (
	"context"
	"fmt"
	"io"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/apptuitai/apptuit-go/internal/answer"
	"github.com/apptuitai/apptuit-go/internal/text"
)

// A reading is the answer to an expression: client_golang's decoder takes ten times as
// long, and ten times the memory.
type reading struct {
	value    model.Value
	warnings v1.Warnings
	infos    v1.Infos
}

// readingKey is that of the reading of a request, in its context.
type readingKey struct{}

// within returns a context whose request is read by r.
func (r *reading) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, readingKey{}, r)
}

// noVector is an answer for client_golang, in place of one that was read here.
var noVector = []byte(`{"status":"success","data":{"resultType":"vector","result":[]}}`)

// read takes an answer of at most maxBytes. It is empty where the server answers who asks
// for nothing.
func (r *reading) read(body io.Reader, maxBytes int64) error {
	d := &decoder{Decoder: answer.New(body, maxBytes, answer.Always)}
	if err := d.Fields(d.field); err != nil {
		return err
	}
	if err := d.Finish(); err != nil {
		return err
	}
	if d.status == "error" {
		return fmt.Errorf("the server says %q", text.Beginning(d.said))
	}
	value, err := d.value()
	if err != nil {
		return err
	}
	*r = reading{value, d.warnings, d.infos}
	return nil
}

// A decoder gathers what an answer has, whatever its order.
type decoder struct {
	*answer.Decoder
	status, said    string
	warnings, infos []string
	kind            string // of the result
	complete        bool   // there was a result
	streams         model.Matrix
	at              int64  // of a scalar or a string, in milliseconds
	text            string // its value
	parts           int    // of the two that came
}

func (d *decoder) field(name string) (err error) {
	switch name {
	case "status":
		d.status, err = d.TextOrNull()
	case "error":
		d.said, err = d.TextOrNull()
	case "data":
		err = d.Fields(d.dataField)
	case "warnings":
		d.warnings, err = d.Texts()
	case "infos":
		d.infos, err = d.Texts()
	default:
		err = d.Skip()
	}
	return err
}

func (d *decoder) dataField(name string) (err error) {
	switch name {
	case "resultType":
		d.kind, err = d.TextOrNull()
	case "result":
		d.complete, d.streams, d.parts = true, nil, 0
		err = d.Array(d.element)
	default:
		err = d.Skip()
	}
	return err
}

// element takes a series of a vector or a matrix, or a half of a scalar or a string.
func (d *decoder) element() error {
	c, err := d.Peek()
	switch {
	case err != nil:
		return err
	case c == '{' && d.parts == 0:
		return d.stream()
	case d.parts == 0 && len(d.streams) == 0:
		d.at, err = d.Time()
	case d.parts == 1:
		d.text, err = d.Text()
	default:
		return d.Expected("the end of a result")
	}
	d.parts++
	return err
}

// What things take, in bytes.
const (
	streamSize    = 64
	sampleSize    = 48
	histogramSize = 48
	bucketSize    = 32
)

// stream takes a series, of which a sample of a vector has one point.
func (d *decoder) stream() error {
	if err := d.Spend(streamSize + sampleSize); err != nil {
		return err
	}
	s := &model.SampleStream{}
	err := d.Fields(func(name string) (err error) {
		switch name {
		case "metric":
			var labels map[model.LabelName]model.LabelValue
			labels, err = answer.Tags[model.LabelName, model.LabelValue](d.Decoder)
			s.Metric = model.Metric(labels)
		case "values":
			s.Values, err = answer.Points(d.Decoder, pairOf)
		case "value":
			s.Values, err = answer.OnePoint(d.Decoder, pairOf)
		case "histograms":
			err = d.Array(func() error { return d.histogram(s) })
		case "histogram":
			err = d.histogram(s)
		default:
			err = d.Skip()
		}
		return err
	})
	if err == nil {
		d.streams, err = answer.Push(d.Decoder, d.streams, s)
	}
	return err
}

func pairOf(p answer.Point) model.SamplePair {
	return model.SamplePair{Timestamp: model.Time(p.UnixMilli), Value: model.SampleValue(p.Value)}
}

// histogram takes [time, {"count", "sum", "buckets"}].
func (d *decoder) histogram(s *model.SampleStream) error {
	if err := d.Spend(histogramSize); err != nil {
		return err
	}
	pair := model.SampleHistogramPair{Histogram: &model.SampleHistogram{}}
	parts := 0
	err := d.Array(func() (err error) {
		switch parts++; parts {
		case 1:
			var at int64
			at, err = d.Time()
			pair.Timestamp = model.Time(at)
		case 2:
			err = d.Fields(func(name string) error { return d.histogramField(pair.Histogram, name) })
		default:
			err = d.Expected("the end of a histogram")
		}
		return err
	})
	if err == nil && parts != 2 {
		err = d.Expected("a time and a histogram")
	}
	if err == nil {
		s.Histograms, err = answer.Push(d.Decoder, s.Histograms, pair)
	}
	return err
}

func (d *decoder) histogramField(h *model.SampleHistogram, name string) (err error) {
	switch name {
	case "count":
		h.Count, err = d.float()
	case "sum":
		h.Sum, err = d.float()
	case "buckets":
		err = d.Array(func() error { return d.bucket(h) })
	default:
		err = d.Skip()
	}
	return err
}

// bucket takes [boundaries, lower, upper, count].
func (d *decoder) bucket(h *model.SampleHistogram) error {
	if err := d.Spend(bucketSize); err != nil {
		return err
	}
	b, parts := &model.HistogramBucket{}, 0
	err := d.Array(func() (err error) {
		switch parts++; parts {
		case 1:
			var rule model.FloatString
			rule, err = d.float()
			b.Boundaries = int32(rule)
		case 2:
			b.Lower, err = d.float()
		case 3:
			b.Upper, err = d.float()
		case 4:
			b.Count, err = d.float()
		default:
			err = d.Expected("the end of a bucket")
		}
		return err
	})
	if err == nil && parts != 4 {
		err = d.Expected("the bounds of a bucket and its count")
	}
	if err == nil {
		h.Buckets, err = answer.Push(d.Decoder, h.Buckets, b)
	}
	return err
}

func (d *decoder) float() (model.FloatString, error) {
	v, _, err := d.Value()
	return model.FloatString(v), err
}

// value returns the result, once all of the answer is known.
func (d *decoder) value() (model.Value, error) {
	switch pair := d.parts == 2; {
	case !d.complete:
		return nil, errShape
	case d.kind == "string" && pair:
		return &model.String{Value: d.text, Timestamp: model.Time(d.at)}, nil
	case d.kind == "scalar" && pair:
		v, ok := answer.ValueOf([]byte(d.text))
		if !ok {
			return nil, errShape
		}
		return &model.Scalar{Value: model.SampleValue(v), Timestamp: model.Time(d.at)}, nil
	case d.kind == "matrix" && d.parts == 0:
		if d.streams == nil {
			return model.Matrix{}, nil
		}
		return d.streams, nil
	case d.kind == "vector" && d.parts == 0:
		return d.vector()
	}
	return nil, errShape
}

func (d *decoder) vector() (model.Value, error) {
	if err := d.Spend(8 * int64(len(d.streams))); err != nil {
		return nil, err
	}
	vector := make(model.Vector, 0, len(d.streams))
	for _, s := range d.streams {
		sample := &model.Sample{Metric: s.Metric}
		switch {
		case len(s.Values) == 1 && len(s.Histograms) == 0:
			sample.Timestamp, sample.Value = s.Values[0].Timestamp, s.Values[0].Value
		case len(s.Histograms) == 1:
			sample.Timestamp, sample.Histogram = s.Histograms[0].Timestamp, s.Histograms[0].Histogram
		default:
			return nil, errShape
		}
		vector = append(vector, sample)
	}
	return vector, nil
}
