package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/apptuitai/apptuit-go/cmd/apptuit/intake"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

// A dispatch is the way of points to the store.
type dispatch struct {
	*app
	client  *transport.Client
	timeout time.Duration
	quiet   bool
	wrong   int // lines
}

// one sends the point of a command line.
func (d *dispatch) one(cmd *cobra.Command, c intake.Config, args []string) error {
	points, err := c.Words(args)
	if err != nil {
		return usage(cmd, err)
	}
	if err := d.put(cmd.Context(), points); err != nil {
		return err
	}
	d.sending.add(len(points))
	return d.conclude()
}

// put sends points within the time-out.
func (d *dispatch) put(ctx context.Context, points []encoding.Point) error {
	within, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	d.sending.hold(len(points))
	err := d.client.Send(within, points)
	if err == nil || ctx.Err() == nil {
		d.sending.hold(0)
		return err
	}
	unsent := len(points)
	var report *transport.SendError
	if errors.As(err, &report) {
		unsent = report.Unsent
		d.sending.add(report.Stored)
	}
	return &interruption{d.sending.sent(), unsent}
}

func (d *dispatch) state() string {
	return fmt.Sprintf("sending to %s: %s sent", d.client.Endpoint(), plural(d.sending.sent(), "point"))
}

// stream sends the points of standard input.
func (d *dispatch) stream(ctx context.Context, reader intake.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the reader, where something fails
	batches := make(chan batch)
	go produce(ctx, reader, batches)
	for {
		select {
		case <-ctx.Done():
			return &interruption{sent: d.sending.sent()}
		case b, more := <-batches:
			if !more && ctx.Err() == nil {
				return d.conclude()
			}
			if err := d.forward(ctx, b); err != nil {
				return err
			}
		}
	}
}

// forward sends a batch and tells its lines that are wrong. The error ends it
// all.
func (d *dispatch) forward(ctx context.Context, b batch) error {
	for _, wrong := range b.wrong {
		d.complain(wrong)
	}
	if len(b.points) > 0 {
		if err := d.submit(ctx, b); err != nil {
			return err
		}
	}
	if b.err != nil {
		return fmt.Errorf("reading standard input: %w", b.err)
	}
	return nil
}

func (d *dispatch) submit(ctx context.Context, b batch) error {
	err := d.put(ctx, b.points)
	var report *transport.SendError
	switch {
	case err == nil:
		d.sending.add(len(b.points))
		return nil
	case !errors.As(err, &report):
		return err
	}
	d.sending.add(report.Stored)
	if report.Unsent > 0 {
		return fmt.Errorf("stopped at line %d, with %s sent before: %w", b.lines[0], plural(d.sending.sent(), "point"), err)
	}
	d.blame(b, report)
	return nil
}

// blame tells the lines that the store refused.
func (d *dispatch) blame(b batch, report *transport.SendError) {
	dropped := 0
	for _, n := range report.Dropped {
		dropped += n
	}
	for _, r := range report.Rejected {
		d.complain(lineError{b.lineOf(r.Point), errors.New(short(r.Reason))})
	}
	if unnamed := dropped - len(report.Rejected); unnamed > 0 {
		d.wrong += unnamed
		d.console.note("lines %d to %d: %d more points are refused", b.lines[0], b.lines[len(b.lines)-1], unnamed)
	}
}

// complain tells a line that is wrong, unless too many were told.
func (d *dispatch) complain(wrong lineError) {
	d.wrong++
	switch {
	case d.wrong <= maxComplaints:
		d.console.note("%s", d.mask(trim(wrong.Error())))
	case d.wrong == maxComplaints+1:
		d.console.note("further lines that are wrong are counted only")
	}
}

// conclude says what became of all.
func (d *dispatch) conclude() error {
	sent := d.sending.sent()
	if d.wrong > 0 {
		return fmt.Errorf("%s sent, %s not: mend the lines that are named and send those again",
			plural(sent, "point"), plural(d.wrong, "line"))
	}
	if !d.quiet {
		d.console.note("%s sent to %s", plural(sent, "point"), d.client.Endpoint())
	}
	return nil
}
