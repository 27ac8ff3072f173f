package promapi

import (
	"context"
	"io"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/apptuitai/apptuit-go/internal/answer"
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
	got, err := answer.ReadPromResult(d.Decoder, d)
	if err != nil {
		return err
	}
	if err := d.Finish(); err != nil {
		return err
	}
	value, err := d.value(got)
	if err != nil {
		return err
	}
	*r = reading{value, got.Warnings, got.Infos}
	return nil
}

// A decoder gathers the series of an answer.
type decoder struct {
	*answer.Decoder
	streams model.Matrix
}

func (d *decoder) Begin() { d.streams = nil }

func (d *decoder) Other(string) error { return d.Skip() }

// What things take, in bytes.
const (
	streamSize    = 64
	sampleSize    = 48
	histogramSize = 48
	bucketSize    = 32
)

// Series takes a series, of which a sample of a vector has one point.
func (d *decoder) Series() error {
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
	return d.Timed("a histogram", func(ms int64) error {
		h := &model.SampleHistogram{}
		if err := d.Fields(func(name string) error { return d.histogramField(h, name) }); err != nil {
			return err
		}
		var err error
		s.Histograms, err = answer.Push(d.Decoder, s.Histograms, model.SampleHistogramPair{Timestamp: model.Time(ms), Histogram: h})
		return err
	})
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
func (d *decoder) value(got *answer.PromResult) (model.Value, error) {
	at := model.Time(got.At)
	switch {
	case got.Kind == "string" && got.Pair:
		return &model.String{Value: got.Text, Timestamp: at}, nil
	case got.Kind == "scalar" && got.Pair:
		v, ok := answer.ValueOf([]byte(got.Text))
		if !ok {
			return nil, errShape
		}
		return &model.Scalar{Value: model.SampleValue(v), Timestamp: at}, nil
	case got.Kind == "matrix" && !got.Pair:
		if d.streams == nil {
			return model.Matrix{}, nil
		}
		return d.streams, nil
	case got.Kind == "vector" && !got.Pair:
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
