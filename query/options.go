package query

import (
	"errors"
	"strings"

	"github.com/apptuitai/apptuit-go/internal/wire"
	"github.com/apptuitai/apptuit-go/transport"
)

// maxMaxBytes leaves room for the budget's factor.
const maxMaxBytes = 1 << 58

// defaultPromPath is where Apptuit, VictoriaMetrics and vmauth have the Prometheus API.
const defaultPromPath = "/prometheus"

// An Option configures a [Client]: the options of package transport do, such as
// [transport.WithEndpoint] and [transport.WithToken], and [WithPromPath]. What an option
// says beats the environment, and the environment beats the default; of an option given
// twice the last counts.
//
// Three of them mean more here than there. The path of a request is added to the endpoint.
// [transport.WithTimeout] bounds one attempt, by default [DefaultTimeout]. Beyond
// [transport.WithMaxAnswerBytes], by default 64 MiB, a query fails with [ErrTooLarge],
// as it does where the result would take more than four times as much memory: series,
// tags, texts and points are counted by what they take once they are decoded.
type Option = transport.Option

// WithPromPath sets what stands between the endpoint and "/api/v1/query" and its like:
// "" for Prometheus, Thanos and a Mimir whose endpoint ends in /prometheus; default
// "/prometheus", which is right for Apptuit, VictoriaMetrics and vmauth.
func WithPromPath(path string) Option {
	return func(s *wire.Settings) { s.PromPath = wire.Given("WithPromPath", path) }
}

// reading returns the option that comes behind all others: it asks for the endpoint of
// queries, and keeps what the client needs of the settings.
func reading(c *Client) Option {
	return func(s *wire.Settings) {
		s.Queries = true
		c.prom = strings.TrimRight(s.PromPath.Or(defaultPromPath), "/")
	}
}

// checkPath tells what is wrong with the path of the Prometheus API.
func checkPath(path string) error {
	if path == "" || wire.ValidPath(path) {
		return nil
	}
	return errors.New("apptuit: WithPromPath: it is neither empty nor a path that begins with /")
}
