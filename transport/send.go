package transport

import (
	"context"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// maxPooled is how much an encoder may have encoded and still be kept: its
// buffers stay as large as its largest batch.
const maxPooled = 1 << 20

// Send stores points: it encodes them, and sends each batch in turn. It splits what
// is too large or holds points that the store refuses, and tries again what may pass
// later, with growing waits, until ctx ends. It returns at once where ctx would end
// before the next attempt, and where a person has to change something first. Points
// that cannot be encoded are given up, and the rest is sent. After a batch that could
// not be delivered no further one is tried.
//
// The error is a [*SendError], nil where all points were stored. It is safe to
// call from many goroutines.
func (c *Client) Send(ctx context.Context, points []encoding.Point) error {
	report := &delivery.Report{}
	for _, b := range c.encode(points, report) {
		if report.Unsent > 0 {
			report.Unsent += b.Points
			continue
		}
		report.Add(c.deliver(ctx, b))
	}
	if report.AllStored() {
		return nil
	}
	return FromReport(report)
}

// deliver sends a batch until nothing of it is left to send.
func (c *Client) deliver(ctx context.Context, b encoding.Batch) *delivery.Report {
	d := delivery.New(b)
	renewed := false
	last := c.retry(ctx, func() (wire.Outcome, delivery.Step) {
		o, step := delivery.Attempt(ctx, c.wire, d)
		if step == delivery.StepHold && !renewed && o.TokenRefused && c.wire.TokenRenewed(ctx) {
			renewed, step = true, delivery.StepProceed
		}
		return o, step
	})
	return d.Report(last.Err)
}

// encode returns the batches, and reports the points that cannot be in one.
func (c *Client) encode(points []encoding.Point, report *delivery.Report) []encoding.Batch {
	e, ok := c.encoders.Get().(*encoding.Encoder)
	if !ok {
		e = encoding.NewEncoder(c.wire.EncoderConfig())
	}
	for _, p := range points {
		if err := e.Append(p); err != nil {
			report.Refuse(p, err)
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
