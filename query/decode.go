package query

import (
	"io"

	"github.com/apptuitai/apptuit-go/internal/answer"
)

// A decoder makes a result of an answer, which it never holds as a whole.
type decoder struct{ *answer.Decoder }

// decode reads an answer of at most maxBytes to its end. Points out of the range
// are left out, and outputs without series; fields that are not known are
// skipped.
func decode(r io.Reader, within answer.TimeRange, maxBytes int64) (*Result, error) {
	return newDecoder(r, within, maxBytes).whole((*decoder).result)
}

func newDecoder(r io.Reader, within answer.TimeRange, maxBytes int64) *decoder {
	return &decoder{answer.New(r, maxBytes, within)}
}

// whole reads an answer by one of the decoder's methods, and makes sure that nothing
// follows.
func (d *decoder) whole(read func(*decoder) (*Result, error)) (*Result, error) {
	result, err := read(d)
	if err != nil {
		return nil, err
	}
	if err := d.Finish(); err != nil {
		return nil, err
	}
	return result, nil
}

func (d *decoder) result() (*Result, error) {
	result, complete := &Result{}, false
	err := d.Fields(func(name string) (err error) {
		switch name {
		case "outputs":
			complete = true
			result.Outputs, err = d.outputs()
		case "hints":
			result.Hints, err = d.Hints()
		case "query":
			result.Query, err = d.info()
		case "query_stats":
			result.Stats, err = d.readStats()
		default:
			err = d.Skip()
		}
		return err
	})
	if err == nil && !complete {
		err = d.Expected(`an object with "outputs"`)
	}
	return result, err
}

func (d *decoder) outputs() (outputs []Output, err error) {
	err = d.Array(func() error {
		o, err := d.output()
		if err != nil || len(o.Series) == 0 {
			return err
		}
		outputs, err = answer.Push(d.Decoder, outputs, o)
		return err
	})
	return outputs, err
}

func (d *decoder) output() (o Output, err error) {
	err = d.Fields(func(name string) (err error) {
		switch name {
		case "id":
			o.ID, err = d.TextOrNull()
		case "result":
			o.Series, err = d.allSeries()
		default:
			err = d.Skip()
		}
		return err
	})
	return o, err
}

func (d *decoder) allSeries() (all []Series, err error) {
	err = d.Array(func() error {
		s, err := d.series()
		if err != nil {
			return err
		}
		all, err = answer.Push(d.Decoder, all, s)
		return err
	})
	return all, err
}

func (d *decoder) series() (s Series, err error) {
	err = d.Fields(func(name string) (err error) {
		switch name {
		case "metric":
			s.Metric, err = d.TextOrNull()
		case "tags":
			s.Tags, err = answer.Tags[string, string](d.Decoder)
		case "aggregatedTags", "aggregateTags": // as Apptuit has it, and OpenTSDB
			s.AggregatedTags, err = d.Texts()
		case "dps":
			s.Points, err = answer.Points(d.Decoder, asPoint)
		default:
			err = d.Skip()
		}
		return err
	})
	return s, err
}

func asPoint(p answer.Point) Point { return Point(p) }
