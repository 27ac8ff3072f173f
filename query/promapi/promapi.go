package promapi

import (
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/apptuitai/apptuit-go/query"
)

// New returns the Prometheus API of an endpoint. It does no I/O. The error joins
// everything that is wrong with the options and the environment.
//
// The result is safe for any number of goroutines. It has a String that names the
// endpoint, and is an api.CloseIdler of client_golang, for programs that are done
// with it before they end.
func New(opts ...query.Option) (v1.API, error) {
	c, err := query.New(opts...)
	if err != nil {
		return nil, err
	}
	return &guarded{endpoint{c}, v1.NewAPI(&client{c.Transport(), c.PromPath(), c.MaxAnswerBytes()})}, nil
}
