package query

import (
	"errors"

	"github.com/apptuitai/apptuit-go/internal/answer"
)

// metricLabel is the label that PromQL has a metric's name in.
const metricLabel = "__name__"

// A promAnswer is what the decoder makes of an answer of the Prometheus API.
type promAnswer struct {
	*decoder
	all     []Series // of the result
	stats   Stats
	partial bool // clusters of VictoriaMetrics say it where a node did not answer
}

// promResult returns the method that reads the answer to an expression.
func promResult(expr string) func(*decoder) (*Result, error) {
	return func(d *decoder) (*Result, error) {
		a := &promAnswer{decoder: d}
		p, err := answer.ReadPromResult(d.Decoder, a)
		if err != nil {
			return nil, err
		}
		return a.finish(expr, p)
	}
}

func (a *promAnswer) Begin() { a.all = nil }

// Other takes what VictoriaMetrics and Apptuit say beside the result.
func (a *promAnswer) Other(name string) (err error) {
	switch name {
	case "isPartial":
		err = a.readPartial()
	case "stats":
		a.stats, err = a.readStats()
	default:
		err = a.Skip()
	}
	return err
}

func (a *promAnswer) readPartial() error {
	c, err := a.Peek()
	if err != nil || c != 't' {
		return after(err, a.Skip)
	}
	a.partial = true
	return a.Literal("true")
}

// after returns err, or what f returns where there is none.
func after(err error, f func() error) error {
	if err != nil {
		return err
	}
	return f()
}

func (a *promAnswer) Series() error {
	s, h := Series{}, &histogram{}
	err := a.Fields(func(name string) (err error) {
		switch name {
		case "metric":
			s.Metric, s.Tags, err = a.labels()
		case "values":
			s.Points, err = answer.Points(a.Decoder, asPoint)
		case "value":
			s.Points, err = answer.OnePoint(a.Decoder, asPoint)
		case "histograms":
			err = a.Array(func() error { return h.read(a.decoder) })
		case "histogram":
			err = h.read(a.decoder)
		default:
			err = a.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(s.Points) > 0 || h.empty() {
		a.all, err = answer.Push(a.Decoder, a.all, s)
	}
	return after(err, func() error { return h.addTo(a, s) })
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
func (a *promAnswer) finish(expr string, v *answer.PromResult) (*Result, error) {
	r := &Result{Hints: v.Infos, Warnings: v.Warnings, Stats: a.stats}
	if a.partial {
		r.Warnings = append([]string{"the answer is partial: a part of the store did not answer"}, r.Warnings...)
	}
	switch {
	case v.Pair && v.Kind == "string":
		r.Text = v.Text
	case v.Pair:
		f, ok := answer.ValueOf([]byte(v.Text))
		if !ok {
			return nil, errors.New("a scalar is no number")
		}
		a.all = []Series{{Points: []Point{{v.At, f}}}}
	}
	if len(a.all) > 0 {
		r.Outputs = []Output{{ID: expr, Series: a.all}}
	}
	return r, nil
}

// promLabels reads a list of names, which are kept as hints.
func promLabels(d *decoder) (*Result, error) {
	var names []string
	_, err := answer.ReadEnvelope(d.Decoder, func() (err error) {
		names, err = d.Texts()
		return err
	}, func(string) error { return d.Skip() })
	if err != nil {
		return nil, err
	}
	return &Result{Hints: names}, nil
}
