package observ

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/otelconv"
)

const (
	scope         = "github.com/apptuitai/apptuit-go"
	componentType = "apptuit_http_metric_exporter"
)

var exporters atomic.Int64 // made so far; numbers the component names

// Exporter holds the instruments of one exporter. The nil Exporter measures
// nothing.
type Exporter struct {
	set      attribute.Set // of what has no further attribute
	attrs    []attribute.KeyValue
	exported otelconv.SDKExporterMetricDataPointExported
	inflight otelconv.SDKExporterMetricDataPointInflight
	duration otelconv.SDKExporterOperationDuration

	total, successful, failed metric.Int64Counter
	time                      metric.Float64Histogram

	more *more // nil where only the default ones are wanted
}

// more are the metrics that have to be asked for.
type more struct {
	retries, dropped, wireBytes metric.Int64Counter
	queue                       metric.Registration
}

// A Queue returns what waits to be sent.
type Queue func() (batches int, bytes int64)

// New makes the instruments of an exporter to endpoint: the default ones, which are few
// series, and all of them where queue is given. It is called at each collection until
// Close.
func New(provider metric.MeterProvider, version, endpoint string, queue Queue) (*Exporter, error) {
	m := provider.Meter(scope, metric.WithInstrumentationVersion(version), metric.WithSchemaURL(semconv.SchemaURL))
	e := &Exporter{attrs: identity(endpoint)}
	e.set = attribute.NewSet(e.attrs...)
	buckets := metric.WithExplicitBucketBoundaries(slow)
	var err error
	if queue != nil {
		buckets = metric.WithExplicitBucketBoundaries(durations...)
		e.more, err = newMore(m, queue, e.set)
	}
	if err := errors.Join(err, e.conventional(m, buckets), e.reporter(m, buckets)); err != nil {
		return nil, fmt.Errorf("the exporter's own metrics: %w", err)
	}
	return e, nil
}

// slow is the one bound of the buckets of requests, in seconds: each bucket is a series,
// and the SDK would have 16.
const slow = 1

// durations are the bounds where all metrics are wanted.
var durations = []float64{0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30}

// identity returns the attributes that the conventions ask for.
func identity(endpoint string) []attribute.KeyValue {
	id := exporters.Add(1) - 1
	attrs := []attribute.KeyValue{
		semconv.OTelComponentName(componentType + "/" + strconv.FormatInt(id, 10)),
		semconv.OTelComponentTypeKey.String(componentType),
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return attrs
	}
	attrs = append(attrs, semconv.ServerAddress(u.Hostname()))
	if port, err := strconv.Atoi(u.Port()); err == nil {
		attrs = append(attrs, semconv.ServerPort(port))
	}
	return attrs
}

func (e *Exporter) conventional(m metric.Meter, buckets metric.HistogramOption) error {
	var errs [3]error
	e.exported, errs[0] = otelconv.NewSDKExporterMetricDataPointExported(m)
	e.inflight, errs[1] = otelconv.NewSDKExporterMetricDataPointInflight(m)
	e.duration, errs[2] = otelconv.NewSDKExporterOperationDuration(m, buckets)
	return errors.Join(errs[:]...)
}

// reporter makes what the reporters sent of themselves: in the default sanitise
// mode apptuit_reporter_send_total and so on.
func (e *Exporter) reporter(m metric.Meter, buckets metric.HistogramOption) error {
	var errs [4]error
	e.total, errs[0] = m.Int64Counter("apptuit.reporter.send.total",
		metric.WithUnit("{point}"), metric.WithDescription("Points whose sending has ended, well or not."))
	e.successful, errs[1] = m.Int64Counter("apptuit.reporter.send.successful",
		metric.WithUnit("{point}"), metric.WithDescription("Points that the store took."))
	e.failed, errs[2] = m.Int64Counter("apptuit.reporter.send.failed",
		metric.WithUnit("{point}"), metric.WithDescription("Points that were given up."))
	e.time, errs[3] = m.Float64Histogram("apptuit.reporter.send.time", buckets,
		metric.WithUnit("s"), metric.WithDescription("Time of one request."))
	return errors.Join(errs[:]...)
}

func newMore(m metric.Meter, queue Queue, set attribute.Set) (*more, error) {
	o, errs := &more{}, [6]error{}
	o.retries, errs[0] = m.Int64Counter("apptuit.exporter.retries",
		metric.WithUnit("{request}"), metric.WithDescription("Requests after which their batch has to be sent again."))
	o.dropped, errs[1] = m.Int64Counter("apptuit.exporter.dropped",
		metric.WithUnit("{point}"), metric.WithDescription("Points that were given up, by reason."))
	o.wireBytes, errs[2] = m.Int64Counter("apptuit.exporter.wire.size",
		metric.WithUnit("By"), metric.WithDescription("Bodies of the requests, compressed."))
	batches, err := m.Int64ObservableUpDownCounter("apptuit.exporter.queue.batches",
		metric.WithUnit("{batch}"), metric.WithDescription("Batches not stored yet."))
	errs[3] = err
	bytes, err := m.Int64ObservableUpDownCounter("apptuit.exporter.queue.size",
		metric.WithUnit("By"), metric.WithDescription("Bodies of the batches not stored yet."))
	errs[4] = err
	o.queue, errs[5] = m.RegisterCallback(func(_ context.Context, seen metric.Observer) error {
		n, size := queue()
		seen.ObserveInt64(batches, int64(n), metric.WithAttributeSet(set))
		seen.ObserveInt64(bytes, size, metric.WithAttributeSet(set))
		return nil
	}, batches, bytes)
	return o, errors.Join(errs[:]...)
}

// Accepted counts points that came into the queue.
func (e *Exporter) Accepted(points int) {
	if e != nil {
		e.inflight.AddSet(context.Background(), int64(points), e.set)
	}
}

// Attempted counts a request: how long it took, the status of its answer or 0, the
// bytes of its body, what kind of error it ended with or none, and whether its
// batch has to be sent again.
func (e *Exporter) Attempted(took time.Duration, status, bytes int, failure string, again bool) {
	if e == nil {
		return
	}
	ctx := context.Background()
	attrs := e.attrs[:len(e.attrs):len(e.attrs)]
	if status != 0 {
		attrs = append(attrs, semconv.HTTPResponseStatusCode(status))
	}
	if failure != "" {
		attrs = append(attrs, semconv.ErrorTypeKey.String(failure))
	}
	e.duration.RecordSet(ctx, took.Seconds(), attribute.NewSet(attrs...))
	e.time.Record(ctx, took.Seconds(), metric.WithAttributeSet(e.set))
	if e.more == nil {
		return
	}
	e.more.wireBytes.Add(ctx, int64(bytes), metric.WithAttributeSet(e.set))
	if again {
		e.more.retries.Add(ctx, 1, metric.WithAttributeSet(e.set))
	}
}

// Stored counts points that left the queue for the store.
func (e *Exporter) Stored(points int) {
	if e == nil || points == 0 {
		return
	}
	ctx, n, set := context.Background(), int64(points), metric.WithAttributeSet(e.set)
	e.inflight.AddSet(ctx, -n, e.set)
	e.exported.AddSet(ctx, n, e.set)
	e.total.Add(ctx, n, set)
	e.successful.Add(ctx, n, set)
}

// Dropped counts points that left the queue because they were given up.
func (e *Exporter) Dropped(reason string, points int) {
	if e == nil || points == 0 {
		return
	}
	e.inflight.AddSet(context.Background(), -int64(points), e.set)
	e.Refused(reason, points)
}

// Refused counts points that never came into the queue.
func (e *Exporter) Refused(reason string, points int) {
	if e == nil || points == 0 {
		return
	}
	ctx, n, set := context.Background(), int64(points), metric.WithAttributeSet(e.set)
	attrs := e.attrs[:len(e.attrs):len(e.attrs)]
	e.exported.AddSet(ctx, n, attribute.NewSet(append(attrs, semconv.ErrorTypeKey.String(reason))...))
	e.total.Add(ctx, n, set)
	e.failed.Add(ctx, n, set)
	if e.more != nil {
		e.more.dropped.Add(ctx, n, metric.WithAttributeSet(attribute.NewSet(append(attrs, attribute.String("reason", reason))...)))
	}
}

// Close ends the observation of the queue.
func (e *Exporter) Close() error {
	if e == nil || e.more == nil {
		return nil
	}
	return e.more.queue.Unregister()
}
