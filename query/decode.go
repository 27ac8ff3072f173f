package query

import "io"

// memoryFactor is how many bytes of result a byte of the answer's bound may
// become. Points take at most 3; more is an answer made to fill memory.
const memoryFactor = 8

// memoryFloor is what any result may take.
const memoryFloor = 1 << 20

// What parts of a result take, roughly, with what slices take as they grow.
const (
	pointCost  = 16
	outputCost = 96
	seriesCost = 96
	tagsCost   = 320 // of a map
	tagCost    = 48  // of an entry
)

// A decoder makes a result of an answer, which it never holds as a whole.
type decoder struct {
	scanner
	within timeRange
	memory int64 // what the result may still take
	points pointBuffer
}

// decode reads an answer of at most maxBytes to its end. Points out of the range
// are left out, and outputs without series; fields that are not known are
// skipped.
func decode(r io.Reader, within timeRange, maxBytes int64) (*Result, error) {
	d := &decoder{scanner: newScanner(r), within: within, memory: memoryFloor + memoryFactor*maxBytes}
	result, err := d.result()
	if err != nil {
		return nil, err
	}
	if err := d.finish(); err != nil {
		return nil, err
	}
	return result, nil
}

// spend accounts for memory of the result.
func (d *decoder) spend(bytes int) error {
	if d.memory -= int64(bytes); d.memory < 0 {
		return &decodeError{d.offset(), ErrTooLarge.Error(), ErrTooLarge}
	}
	return nil
}

func (d *decoder) result() (*Result, error) {
	result, complete := &Result{}, false
	err := d.object(func(name string) (err error) {
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
		outputs = append(outputs, o)
		return d.spend(outputCost)
	})
	return outputs, err
}

func (d *decoder) output() (o Output, err error) {
	err = d.object(func(name string) (err error) {
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
		if err := d.spend(seriesCost); err != nil {
			return err
		}
		s, err := d.series()
		all = append(all, s)
		return err
	})
	return all, err
}

func (d *decoder) series() (s Series, err error) {
	err = d.object(func(name string) (err error) {
		switch name {
		case "metric":
			s.Metric, err = d.textOrNull()
		case "tags":
			s.Tags, err = d.tags()
		case "dps":
			s.Points, err = d.allPoints()
		default:
			err = d.skip()
		}
		return err
	})
	return s, err
}

func (d *decoder) tags() (tags map[string]string, err error) {
	err = d.object(func(key string) error {
		cost := tagCost
		if tags == nil {
			tags, cost = make(map[string]string), tagCost+tagsCost
		}
		value, err := d.textOrNull()
		if err != nil {
			return err
		}
		tags[key] = value
		return d.spend(cost + len(key) + len(value))
	})
	return tags, err
}
