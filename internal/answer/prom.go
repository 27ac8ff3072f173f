package answer

import (
	"fmt"

	"github.com/apptuitai/apptuit-go/internal/text"
)

// An Envelope is what the Prometheus API says beside what was asked for.
type Envelope struct{ Warnings, Infos []string }

// ReadEnvelope takes an answer of the Prometheus API. What was asked for is left to data, and
// a field that not all such servers have to other. An answer that says that it is
// an error is one, and so is one without data.
func ReadEnvelope(d *Decoder, data func() error, other func(name string) error) (e Envelope, err error) {
	status, said, complete := "", "", false
	err = d.Fields(func(name string) (err error) {
		switch name {
		case "status":
			status, err = d.TextOrNull()
		case "error":
			said, err = d.TextOrNull()
		case "data":
			complete = true
			err = data()
		case "warnings":
			e.Warnings, err = d.Hints()
		case "infos":
			e.Infos, err = d.Hints()
		default:
			err = other(name)
		}
		return err
	})
	switch {
	case err != nil:
	case status == "error":
		err = fmt.Errorf("the server says %q", text.Beginning(said))
	case !complete:
		err = d.Expected(`an object with "data"`)
	}
	return e, err
}

// A PromResult is what an expression comes to, but for its series.
type PromResult struct {
	Envelope
	Kind string // as the answer names it
	Pair bool   // it is a time and a text, as a scalar and a string are, and not series
	At   int64  // the time, in milliseconds
	Text string

	complete bool // there was a result
	parts    int  // of it: series, or halves of the pair
}

// A SeriesReader takes the rest of an answer, whatever its order.
type SeriesReader interface {
	// Begin begins a result. An answer that has two means the last.
	Begin()
	// Series takes a series of the result.
	Series() error
	// Other takes a field of the answer that is not known to all such servers.
	Other(name string) error
}

// ReadPromResult takes an answer of the Prometheus API to an expression.
func ReadPromResult(d *Decoder, r SeriesReader) (*PromResult, error) {
	p := &PromResult{}
	e, err := ReadEnvelope(d, func() error { return p.read(d, r) }, r.Other)
	switch {
	case err != nil:
		return nil, err
	case !p.complete:
		return nil, d.Expected(`an object with "data" and a result in it`)
	case p.Pair && p.parts != 2:
		return nil, d.Expected("a time and a value")
	}
	p.Envelope = e
	return p, nil
}

func (p *PromResult) read(d *Decoder, r SeriesReader) error {
	return d.Fields(func(name string) (err error) {
		switch name {
		case "resultType":
			p.Kind, err = d.TextOrNull()
		case "result":
			p.complete, p.Pair, p.parts = true, false, 0
			r.Begin()
			err = d.Array(func() error { return p.part(d, r) })
		default:
			err = d.Skip()
		}
		return err
	})
}

// part takes a series of a vector or a matrix, or a half of a scalar or a string.
func (p *PromResult) part(d *Decoder, r SeriesReader) error {
	c, err := d.Peek()
	switch {
	case err != nil:
		return err
	case c == '{' && !p.Pair:
		err = r.Series()
	case p.parts == 0:
		p.Pair = true
		p.At, err = d.Time()
	case p.Pair && p.parts == 1:
		p.Text, err = d.Text()
	default:
		return d.Expected("the end of a result")
	}
	p.parts++
	return err
}
