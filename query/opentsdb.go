package query

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/transport"
)

// An OpenTSDBQuery is what OpenTSDB's own POST /api/query asks for. The texts are in
// OpenTSDB's words, and are passed on as they are.
type OpenTSDBQuery struct {
	// Metric is the name.
	Metric string
	// Tags filter by tag, such as {"host": "a|b"} or {"host": "*"}, or by one of
	// OpenTSDB's functions, such as {"host": "wildcard(web*)"}.
	Tags map[string]string
	// Aggregator makes one series of those that the tags do not tell apart, such as
	// "sum"; "none", and each series by itself, where it is empty.
	Aggregator string
	// Downsample is such as "1m-avg"; nothing is downsampled where it is empty.
	Downsample string
	// Rate asks for the change by second.
	Rate bool
}

// tsdbRequest is the body of a request. Times are in milliseconds.
type tsdbRequest struct {
	Start        int64       `json:"start"`
	End          int64       `json:"end,omitempty"`
	Milliseconds bool        `json:"msResolution"`
	Queries      []tsdbQuery `json:"queries"`
}

type tsdbQuery struct {
	Aggregator string            `json:"aggregator"`
	Metric     string            `json:"metric"`
	Tags       map[string]string `json:"tags,omitempty"`
	Downsample string            `json:"downsample,omitempty"`
	Rate       bool              `json:"rate,omitempty"`
}

// OpenTSDB asks for series by OpenTSDB's own query, of the time from start to end, both
// included; a zero end means now. The result has one output, called by the metric, where
// there are series. [Client.InPieces] does not go with a rate, whose first value needs the
// point before.
//
// It is tried again as [Client.Query] is. The error is an [*Error].
func (c *Client) OpenTSDB(ctx context.Context, q OpenTSDBQuery, start, end time.Time) (*Result, error) {
	spans, err := c.pieces.spans(start, end)
	if err := errors.Join(q.check(c.pieces), checkTimes(start, end), err); err != nil {
		return nil, &Error{Err: err}
	}
	return joined(spans, func(s span) (*Result, error) { return c.opentsdb(ctx, q, s) })
}

func (q OpenTSDBQuery) check(p pieces) error {
	switch {
	case strings.TrimSpace(q.Metric) == "":
		return errors.New("the query has no metric")
	case q.Rate && p != 0:
		return errors.New("InPieces: a rate cannot be joined of pieces")
	}
	return nil
}

func (c *Client) opentsdb(ctx context.Context, q OpenTSDBQuery, s span) (*Result, error) {
	asked := tsdbRequest{Start: s.start.UnixMilli(), Milliseconds: true, Queries: []tsdbQuery{{
		Aggregator: cmp.Or(q.Aggregator, "none"), Metric: q.Metric, Tags: q.Tags, Downsample: q.Downsample, Rate: q.Rate,
	}}}
	if !s.end.IsZero() {
		asked.End = s.end.UnixMilli()
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, &Error{Err: err}
	}
	r := transport.Request{Method: http.MethodPost, Path: path, ContentType: "application/json", Body: body}
	return c.ask(ctx, r, s.within, tsdbResult(q.Metric))
}
