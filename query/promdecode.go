package query

import (
	"errors"
	"fmt"

	"github.com/apptuitai/apptuit-go/internal/answer"
	"github.com/apptuitai/apptuit-go/internal/text"
)

// metricLabel is the label that PromQL has a metric's name in.
const metricLabel = "__name__"

// A promAnswer is what the decoder makes of an answer of the Prometheus API.
type promAnswer struct {
	Result
	output   Output
	status   string
	said     string // of an error
	kind     string // of the result
	complete bool   // there was a result
	pair     Point  // of a scalar or a string
	text     string // its value
	parts    int    // of the pair that came
}

// promResult returns the method that reads the answer to an expression.
func promResult(expr string) func(*decoder) (*Result, error) {
	return func(d *decoder) (*Result, error) {
		a := &promAnswer{output: Output{ID: expr}}
		if err := d.Fields(func(name string) error { return a.field(d, name) }); err != nil {
			return nil, err
		}
		if err := a.check(d); err != nil {
			return nil, err
		}
		return a.finish(d)
	}
}

// check tells an answer from an error that came as a success.
func (a *promAnswer) check(d *decoder) error {
	if a.status == "error" {
		return fmt.Errorf("the server says %q", text.Beginning(a.said))
	}
	if !a.complete {
		return d.Expected(`an object with "data" and a result in it`)
	}
	return nil
}

func (a *promAnswer) field(d *decoder, name string) (err error) {
	switch name {
	case "status":
		a.status, err = d.TextOrNull()
	case "error":
		a.said, err = d.TextOrNull()
	case "data":
		err = d.Fields(func(name string) error { return a.dataField(d, name) })
	case "warnings":
		var warnings []string
		warnings, err = d.Hints()
		a.Warnings = append(a.Warnings, warnings...)
	case "infos":
		a.Hints, err = d.Hints()
	case "isPartial":
		err = a.partial(d)
	case "stats":
		a.Stats, err = d.stats()
	default:
		err = d.Skip()
	}
	return err
}

// partial notes what clusters of VictoriaMetrics say where a node did not answer.
func (a *promAnswer) partial(d *decoder) error {
	if c, err := d.Peek(); err != nil || c != 't' {
		return after(err, d.Skip)
	}
	a.Warnings = append(a.Warnings, "the answer is partial: a part of the store did not answer")
	return d.Literal("true")
}

// after returns err, or what f returns where there is none.
func after(err error, f func() error) error {
	if err != nil {
		return err
	}
	return f()
}

func (a *promAnswer) dataField(d *decoder, name string) (err error) {
	switch name {
	case "resultType":
		a.kind, err = d.TextOrNull()
	case "result":
		a.complete = true
		a.output.Series, a.parts = nil, 0
		err = d.Array(func() error { return a.element(d) })
	default:
		err = d.Skip()
	}
	return err
}

// element takes a series of a vector or a matrix, or a half of a scalar or a
// string.
func (a *promAnswer) element(d *decoder) error {
	c, err := d.Peek()
	switch {
	case err != nil:
		return err
	case c == '{' && a.parts == 0:
		return a.series(d)
	case a.parts == 0 && len(a.output.Series) == 0:
		a.pair.UnixMilli, err = d.Time()
	case a.parts == 1:
		a.text, err = d.Text()
	default:
		return d.Expected("the end of a result")
	}
	a.parts++
	return err
}

func (a *promAnswer) series(d *decoder) error {
	s, h := Series{}, &histogram{}
	err := d.Fields(func(name string) (err error) {
		switch name {
		case "metric":
			s.Metric, s.Tags, err = d.labels()
		case "values":
			s.Points, err = answer.Points(d.Decoder, asPoint)
		case "value":
			s.Points, err = answer.OnePoint(d.Decoder, asPoint)
		case "histograms":
			err = d.Array(func() error { return h.read(d) })
		case "histogram":
			err = h.read(d)
		default:
			err = d.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(s.Points) > 0 || h.empty() {
		a.output.Series, err = answer.Push(d.Decoder, a.output.Series, s)
	}
	return after(err, func() error { return h.addTo(a, d, s) })
}

// labels takes the labels of a series, of which one is the metric's name.
func (d *decoder) labels() (metric string, tags map[string]string, err error) {
	err = d.Object(func(key string) (err error) {
		if key == metricLabel {
			metric, err = d.TextOrNull()
			return err
		}
		tags, err = answer.Tag(d.Decoder, tags, key)
		return err
	})
	return metric, tags, err
}

// finish returns the result, once all of the answer is known.
func (a *promAnswer) finish(d *decoder) (*Result, error) {
	switch {
	case a.parts == 0:
	case a.parts == 2 && a.kind == "string":
		a.Text = a.text
	case a.parts == 2:
		v, ok := answer.ValueOf([]byte(a.text))
		if !ok {
			return nil, errors.New("a scalar is no number")
		}
		a.pair.Value = v
		a.output.Series = []Series{{Points: []Point{a.pair}}}
	default:
		return nil, d.Expected("a time and a value")
	}
	if len(a.output.Series) > 0 {
		a.Outputs = []Output{a.output}
	}
	return &a.Result, nil
}
