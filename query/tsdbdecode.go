package query

import "github.com/apptuitai/apptuit-go/internal/answer"

// tsdbResult returns the method that reads OpenTSDB's answer: a list of series, and of
// what was asked for beside them, which has no metric.
func tsdbResult(id string) func(*decoder) (*Result, error) {
	return func(d *decoder) (*Result, error) {
		c, err := d.Peek()
		if err != nil {
			return nil, err
		}
		if c != '[' {
			return nil, d.Expected("a list of series")
		}
		o := Output{ID: id}
		err = d.Array(func() error {
			s, err := d.series()
			if err != nil || s.Metric == "" {
				return err
			}
			o.Series, err = answer.Push(d.Decoder, o.Series, s)
			return err
		})
		if err != nil || len(o.Series) == 0 {
			return &Result{}, err
		}
		return &Result{Outputs: []Output{o}}, nil
	}
}
