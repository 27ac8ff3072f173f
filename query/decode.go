package query

import "io"

// A decoder makes a result of an answer, which it never holds as a whole.
type decoder struct{ *scanner }

// decode reads an answer of at most maxBytes to its end. Points out of the range
// are left out, and outputs without series; fields that are not known are
// skipped.
func decode(r io.Reader, within timeRange, maxBytes int64) (*Result, error) {
	return newDecoder(r, within, maxBytes).whole((*decoder).result)
}

func newDecoder(r io.Reader, within timeRange, maxBytes int64) *decoder {
	return &decoder{newScanner(r, maxBytes, within)}
}

// whole reads an answer by one of the decoder's methods, and makes sure that nothing
// follows.
func (d *decoder) whole(read func(*decoder) (*Result, error)) (*Result, error) {
	result, err := read(d)
	if err != nil {
		return nil, err
	}
	if err := d.finish(); err != nil {
		return nil, err
	}
	return result, nil
}

func (d *decoder) result() (*Result, error) {
	result, complete := &Result{}, false
	err := d.fields(func(name string) (err error) {
		switch name {
		case "outputs":
			complete = true
			result.Outputs, err = d.outputs()
		case "hints":
			result.Hints, err = d.hints()
		case "query":
			result.Query, err = d.info()
		case "query_stats":
			result.Stats, err = d.stats()
		default:
			err = d.skip()
		}
		return err
	})
	if err == nil && !complete {
		err = d.expected(`an object with "outputs"`)
	}
	return result, err
}

func (d *decoder) outputs() (outputs []Output, err error) {
	err = d.array(func() error {
		o, err := d.output()
		if err != nil || len(o.Series) == 0 {
			return err
		}
		outputs, err = push(d.scanner, outputs, o)
		return err
	})
	return outputs, err
}

func (d *decoder) output() (o Output, err error) {
	err = d.fields(func(name string) (err error) {
		switch name {
		case "id":
			o.ID, err = d.textOrNull()
		case "result":
			o.Series, err = d.allSeries()
		default:
			err = d.skip()
		}
		return err
	})
	return o, err
}

func (d *decoder) allSeries() (all []Series, err error) {
	err = d.array(func() error {
		s, err := d.series()
		if err != nil {
			return err
		}
		all, err = push(d.scanner, all, s)
		return err
	})
	return all, err
}

func (d *decoder) series() (s Series, err error) {
	err = d.fields(func(name string) (err error) {
		switch name {
		case "metric":
			s.Metric, err = d.textOrNull()
		case "tags":
			s.Tags, err = tags[string, string](d.scanner)
		case "aggregatedTags", "aggregateTags": // as Apptuit has it, and OpenTSDB
			s.AggregatedTags, err = d.texts()
		case "dps":
			s.Points, err = points(d.scanner, asPoint)
		default:
			err = d.skip()
		}
		return err
	})
	return s, err
}

func asPoint(p Point) Point { return p }
