package transport

import (
	"context"

	"github.com/apptuitai/apptuit-go/encoding"
)

// maxPooled is how much an encoder may have encoded and still be kept: its
// buffers stay as large as its largest batch.
const maxPooled = 1 << 20

// Send stores points: it encodes them, and Delivers each batch in turn. Points
// that cannot be encoded are given up, and the rest is sent. After a batch that
// could not be delivered no further one is tried.
//
// The error is a [*SendError], nil where all points were stored. It is safe to
// call from many goroutines.
func (c *Client) Send(ctx context.Context, points []encoding.Point) error {
	report := &SendError{}
	for _, b := range c.encode(points, report) {
		if report.Unsent > 0 {
			report.Unsent += b.Points
			continue
		}
		report.Add(c.deliver(ctx, b))
	}
	return report.errorOrNil()
}

// encode returns the batches, and reports the points that cannot be in one.
func (c *Client) encode(points []encoding.Point, report *SendError) []encoding.Batch {
	e, ok := c.encoders.Get().(*encoding.Encoder)
	if !ok {
		e = encoding.NewEncoder(c.encoding)
	}
	for _, p := range points {
		if err := e.Append(p); err != nil {
			report.refuse(p, err)
		}
	}
	batches := e.Flush()
	if size(batches) <= maxPooled {
		c.encoders.Put(e)
	}
	return batches
}

func size(batches []encoding.Batch) int {
	n := 0
	for _, b := range batches {
		n += len(b.Body)
	}
	return n
}
