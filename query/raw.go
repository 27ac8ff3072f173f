package query

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/apptuitai/apptuit-go/transport"
)

// maxRows is how many points VictoriaMetrics is asked to put into one line of an export.
const maxRows = 64 << 10

// Raw returns the points that a selector such as node_cpu{host="a"} finds, as they are
// stored, from start to end, both included; a zero end means now. It reads them as they
// come from /api/v1/export, which VictoriaMetrics and vmauth offer: one series is in
// memory at a time, and what is read may be larger than memory.
//
//	for series, err := range client.Raw(ctx, `{__name__=~"node_.+"}`, start, end) {
//		if err != nil {
//			return err
//		}
//		use(series)
//	}
//
// A series of very many points comes in several parts. [transport.WithMaxAnswerBytes]
// bounds each of them, and [transport.WithTimeout] the wait for the next. What can pass is
// tried again until the answer has begun; then an error, which is an [*Error], is the last
// that comes. Each iteration is a request of its own.
func (c *Client) Raw(ctx context.Context, selector string, start, end time.Time) iter.Seq2[Series, error] {
	return func(yield func(Series, error) bool) {
		form, within, err := selection(selector, start, end)
		if err != nil {
			yield(Series{}, &Error{Err: err})
			return
		}
		form.Set("max_rows_per_line", fmt.Sprint(maxRows))
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		series, done := make(chan Series), make(chan error, 1)
		go func() {
			done <- c.promSend(ctx, "export", form, transport.Request{Stream: true, Read: func(body io.Reader) error {
				return export(ctx, newLines(body, within, c.maxBytes), series)
			}})
		}()
		if err := handOver(series, done, yield); err != nil {
			yield(Series{}, c.failed(err))
		}
	}
}

// errStopped ends an export that nobody reads any more.
var errStopped = errors.New("the reading was ended")

// export passes on the series of an export.
func export(ctx context.Context, l *lines, to chan<- Series) error {
	for {
		s, err := l.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case to <- s:
		case <-ctx.Done():
			return errStopped
		}
	}
}

// handOver yields series until there are no more, and returns the error that they ended
// with. It returns nil where the loop was left.
func handOver(series <-chan Series, done <-chan error, yield func(Series, error) bool) error {
	for {
		select {
		case s := <-series:
			if !yield(s, nil) {
				return nil
			}
		case err := <-done:
			return err
		}
	}
}
