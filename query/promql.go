package query

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/internal/answer"
	"github.com/apptuitai/apptuit-go/transport"
)

// A Range is the times at which PromQL evaluates an expression: from Start to End, both
// included, one for each Step. A zero End means now. Times are taken in milliseconds.
type Range struct {
	Start, End time.Time
	Step       time.Duration
}

func (r Range) check() error {
	if r.Step < time.Millisecond {
		return errors.New("the step is shorter than a millisecond")
	}
	return checkTimes(r.Start, r.End)
}

// PromQL evaluates an expression over a time, by the Prometheus API of the endpoint
// ([WithPromPath]). The result has one output, called by the expression, where there
// are series. The metric's name, which PromQL has as the label __name__, is the metric
// of a series; many expressions give none. A native histogram is given as a classic one
// is: metric_count, metric_sum, and metric_bucket with the tag le for each bound.
//
// It is tried again as [Client.Query] is. The error is an [*Error].
func (c *Client) PromQL(ctx context.Context, expr string, r Range) (*Result, error) {
	if r.End.IsZero() {
		r.End = time.Now()
	}
	if err := errors.Join(checkText(expr), r.check()); err != nil {
		return nil, &Error{Err: err}
	}
	ranges, err := c.pieces.ranges(r)
	if err != nil {
		return nil, &Error{Err: err}
	}
	return joined(ranges, func(r Range) (*Result, error) { return c.promRange(ctx, expr, r) })
}

func (c *Client) promRange(ctx context.Context, expr string, r Range) (*Result, error) {
	form := url.Values{"query": {expr}, "start": {seconds(r.Start)}, "end": {seconds(r.End)}, "step": {decimalSeconds(r.Step.Milliseconds())}}
	if r.Start.UnixMilli()%r.Step.Milliseconds() != 0 {
		form.Set("nocache", "1") // VictoriaMetrics would move the steps to where its cache has them
	}
	return c.promAsk(ctx, "query_range", form, answer.RangeOf(r.Start, r.End), promResult(expr))
}

// ranges cuts a range at its steps, where it is asked for in pieces.
func (p pieces) ranges(r Range) ([]Range, error) {
	if err := p.check(); err != nil || p == 0 {
		return []Range{r}, err
	}
	steps := max(1, time.Duration(p)/r.Step)
	if r.End.Sub(r.Start)/(steps*r.Step) >= maxPieces {
		return nil, tooManyPieces()
	}
	var ranges []Range
	for from := r.Start; !from.After(r.End); from = from.Add(steps * r.Step) {
		last := from.Add((steps - 1) * r.Step)
		if last.After(r.End) {
			last = r.End
		}
		ranges = append(ranges, Range{from, last, r.Step})
	}
	return ranges, nil
}

// PromQLAt evaluates an expression at one time, of which the zero one means the server's
// now. A vector, and a matrix such as cpu[5m] is one, gives series; a scalar gives one
// series without a name; a string is [Result.Text].
func (c *Client) PromQLAt(ctx context.Context, expr string, at time.Time) (*Result, error) {
	if err := checkText(expr); err != nil {
		return nil, &Error{Err: err}
	}
	form := url.Values{"query": {expr}}
	if !at.IsZero() {
		form.Set("time", seconds(at))
	}
	return c.promAsk(ctx, "query", form, answer.Always, promResult(expr))
}

// TagKeys returns the keys of the tags of the series that a selector such as
// {__name__=~"node_.+"} finds, sorted: the columns of a long table that is written as
// it comes ([WriteLongCSV]). A zero end means now.
func (c *Client) TagKeys(ctx context.Context, selector string, start, end time.Time) ([]string, error) {
	form, _, err := selection(selector, start, end)
	if err != nil {
		return nil, &Error{Err: err}
	}
	result, err := c.promAsk(ctx, "labels", form, answer.Always, promLabels)
	if err != nil {
		return nil, err
	}
	keys := slices.DeleteFunc(result.Hints, func(key string) bool { return key == metricLabel })
	slices.Sort(keys)
	return keys, nil
}

// selection returns the form of what a selector finds in a time.
func selection(selector string, start, end time.Time) (url.Values, answer.TimeRange, error) {
	if err := errors.Join(checkText(selector), checkTimes(start, end)); err != nil {
		return nil, answer.TimeRange{}, err
	}
	form := url.Values{"match[]": {selector}, "start": {seconds(start)}}
	if !end.IsZero() {
		form.Set("end", seconds(end))
	}
	return form, answer.RangeOf(start, end), nil
}

func checkText(text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("the query is empty")
	}
	return nil
}

// seconds writes a time as PromQL has it.
func seconds(t time.Time) string { return decimalSeconds(t.UnixMilli()) }

func decimalSeconds(ms int64) string { return string(appendUnix(nil, ms)) }

func (c *Client) promAsk(ctx context.Context, name string, form url.Values, within answer.TimeRange, read func(*decoder) (*Result, error)) (*Result, error) {
	var result *Result
	err := c.promSend(ctx, name, form, transport.Request{Read: func(body io.Reader) (err error) {
		result, err = newDecoder(body, within, c.maxBytes).whole(read)
		return err
	}})
	if err != nil {
		return nil, c.failed(err)
	}
	return result, nil
}

// promSend asks by POST, whose form may be long, and by GET where the server does not
// take that.
func (c *Client) promSend(ctx context.Context, name string, form url.Values, r transport.Request) error {
	r.Path = c.prom + "/api/v1/" + name
	text := form.Encode()
	if !c.getOnly.Load() {
		r.Method, r.ContentType, r.Body = http.MethodPost, "application/x-www-form-urlencoded", []byte(text)
		if err := c.transport.Ask(ctx, r); !refusesPost(err) {
			return err
		}
	}
	r.Method, r.ContentType, r.Body, r.Query = http.MethodGet, "", nil, text
	err := c.transport.Ask(ctx, r)
	c.getOnly.Store(err == nil)
	return err
}

func refusesPost(err error) bool {
	var asked *transport.AskError
	return errors.As(err, &asked) && (asked.Status == http.StatusMethodNotAllowed || asked.Status == http.StatusNotImplemented)
}
