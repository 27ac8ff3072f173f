package apptuitexporter

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/transform"
	"github.com/apptuitai/apptuit-go/internal/wire"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/zap"
)

// A metricsExporter pushes what the Collector gives it. It keeps no points.
type metricsExporter struct {
	cfg       *Config
	set       component.TelemetrySettings
	build     component.BuildInfo
	logger    *zap.Logger
	telemetry *telemetry
	out       *wire.Client // from start on
	close     func()
	health    health
	suspects  suspects

	// mu guards what follows; it is never held across the network.
	mu          sync.Mutex
	converter   *converter
	transformer *transform.Transformer
	sink        *sink
}

func newExporter(cfg *Config, set exporter.Settings) (*metricsExporter, error) {
	t, err := newTelemetry(set.ID, set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	return &metricsExporter{
		cfg: cfg, set: set.TelemetrySettings, build: set.BuildInfo, logger: set.Logger, telemetry: t,
		converter: newConverter(), close: func() {},
	}, nil
}

// start makes the connection of what only the running Collector has.
func (e *metricsExporter) start(ctx context.Context, host component.Host) error {
	settings := e.cfg.ClientConfig
	settings.Compression = "" // each batch is compressed by then
	settings.Timeout = 0      // the wire's
	settings.Headers = nil
	for name, value := range e.cfg.ClientConfig.Headers.Iter {
		if _, ours := e.cfg.headers()[name]; !ours {
			settings.Headers.Set(name, value)
		}
	}
	by, err := settings.ToClient(ctx, host.GetExtensions(), e.set)
	if err != nil {
		return err
	}
	out, err := e.cfg.client(by, fmt.Sprintf("%s/%s", e.build.Command, e.build.Version))
	if err != nil {
		return err
	}
	e.out, e.close = out, by.CloseIdleConnections
	e.health.start(host)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sink = &sink{encoder: encoding.NewEncoder(out.EncoderConfig())}
	e.transformer = transform.New(e.cfg.transform(), e.sink)
	e.sink.transformer = e.transformer
	return nil
}

func (e *metricsExporter) shutdown(context.Context) error {
	e.close()
	return nil
}

// A load is what a push sends: batches of points, and of which of its data points each
// point is.
type load struct {
	batches    []encoding.Batch
	of         []int32
	dataPoints int
	left       []transform.Report // what cannot be sent
}

// load turns a push into batches.
func (e *metricsExporter) load(md pmetric.Metrics) *load {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	l := &load{}
	e.sink.of, e.sink.before = e.sink.of[:0], 0
	e.converter.begin(now)
	for _, rm := range md.ResourceMetrics().All() {
		collection := e.converter.collection(rm)
		report := e.transformer.Collect(e.transformer.Prepare(collection), now)
		e.sink.before += e.converter.points
		if len(report.Dropped) > 0 || len(report.Warnings) > 0 {
			l.left = append(l.left, report)
		}
	}
	l.dataPoints = e.sink.before
	e.converter.end()
	l.batches, l.of = e.sink.encoder.Flush(), slices.Clone(e.sink.of)
	return l
}
