package apptuitexporter

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/text"
	"github.com/apptuitai/apptuit-go/internal/wire"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/zap"
)

// push sends metrics: it returns when the store has them, has refused some for good, or
// does not take them now. What is left is in the error, for the Collector to try again.
func (e *metricsExporter) push(ctx context.Context, md pmetric.Metrics) error {
	l := e.load(md)
	e.tellLeft(ctx, l)
	p := &pushing{metricsExporter: e, rest: remainder{}}
	from := 0
	for _, b := range l.batches {
		p.send(ctx, b, l.of[from:from+b.Points])
		from += b.Points
	}
	e.telemetry.count(ctx, p.report.Stored, p.report.Dropped)
	if p.report.DroppedPoints() > 0 {
		e.logger.Warn("the store refuses points, which are dropped", zap.Error(inOurWords(&p.report)))
	}
	return p.result(md, l.dataPoints)
}

// tellLeft counts and logs what cannot be sent to any store.
func (e *metricsExporter) tellLeft(ctx context.Context, l *load) {
	for _, left := range l.left {
		e.telemetry.count(ctx, 0, left.Dropped)
		for _, warning := range left.Warnings {
			e.logger.Warn(warning.Error())
		}
		for _, refused := range left.Refused {
			e.logger.Warn("a point cannot be sent and is dropped, as those of its series that follow",
				zap.String("metric", text.Field(refused.Metric)), zap.String("reason", refused.Reason))
		}
	}
}

// A pushing is the way of one push through its batches.
type pushing struct {
	*metricsExporter
	report  delivery.Report // of the batches that were sent
	rest    remainder
	ended   bool          // no further batch is tried
	cause   error         // why something is left
	waiting time.Duration // that the store asks for
}

// send delivers a batch, whose points are of these data points.
func (p *pushing) send(ctx context.Context, b encoding.Batch, of []int32) {
	if p.ended {
		p.rest.all(of)
		return
	}
	d := delivery.New(b)
	last := p.deliver(ctx, b, d)
	report := d.Report(last.Err)
	unsent := report.Unsent
	report.Unsent = 0
	if unsent > 0 {
		p.cause, p.waiting = report.Err, max(p.waiting, last.RetryAfter)
		p.rest.restOf(b, of, d)
		report.Err, report.Status = nil, 0
	}
	p.report.Add(report)
}

// deliver makes attempts at a batch until nothing is left of it, or until only time or
// a person can help. It cuts, and searches for points at fault; it does not wait, but
// between attempts at a point that the store trips over.
func (p *pushing) deliver(ctx context.Context, b encoding.Batch, d *delivery.Delivery) wire.Outcome {
	poison, searched, known := false, false, false
	for {
		o, step := delivery.Attempt(ctx, p.out, d)
		if d.Passed() {
			p.suspects.pass()
			p.health.pass()
		}
		switch {
		case step == delivery.StepDone:
			if known {
				p.suspects.forget(b)
			}
			return o
		case step == delivery.StepProceed || step == delivery.StepPause:
		case step == delivery.StepRefused:
			known = true
			fault, tooLong := p.suspects.refused(b)
			if !fault || searched {
				p.health.hold(inOurWords(d.Report(o.Err).Err))
				return o
			}
			if tooLong {
				d.Reject(wire.ErrRejected)
				p.suspects.forget(b)
				return o
			}
			searched = true
			d.Trust()
		case step == delivery.StepWait && o.Status == http.StatusInternalServerError && poison:
			if !pause(ctx) {
				return o
			}
		case step == delivery.StepWait && o.Status == http.StatusInternalServerError:
			if known = true; !p.suspects.failed(b) {
				return o
			}
			poison = true
			d.Bisect()
		default:
			p.ended = !d.Passed()
			if step == delivery.StepHold {
				p.health.hold(inOurWords(o.Err))
			}
			return o
		}
	}
}

// pauseFor is between attempts at a point that the store trips over.
const pauseFor = 100 * time.Millisecond

// pause waits, and tells whether ctx lasted.
func pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pauseFor):
		return true
	}
}

// errNotStored is the cause where the store gave none.
var errNotStored = errors.New("the store did not take all points")

// result returns the error of a push, nil where nothing is left.
func (p *pushing) result(md pmetric.Metrics, dataPoints int) error {
	if len(p.rest) == 0 {
		return nil
	}
	err := inOurWords(p.cause)
	if err == nil {
		err = errNotStored
	}
	if len(p.rest) < dataPoints {
		err = consumererror.NewMetrics(err, p.rest.of(md))
	}
	if p.waiting > 0 {
		err = exporterhelper.NewThrottleRetry(err, p.waiting)
	}
	return err
}
