package opentsdbreceiver

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
)

// A metricsReceiver serves puts.
type metricsReceiver struct {
	cfg    *Config
	set    receiver.Settings
	next   consumer.Metrics
	report *receiverhelper.ObsReport

	server  *http.Server
	serving sync.WaitGroup
}

func newReceiver(cfg *Config, set receiver.Settings, next consumer.Metrics) (*metricsReceiver, error) {
	report, err := receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{ReceiverID: set.ID, Transport: "http", ReceiverCreateSettings: set})
	if err != nil {
		return nil, err
	}
	return &metricsReceiver{cfg: cfg, set: set, next: next, report: report}, nil
}

// Start listens.
func (r *metricsReceiver) Start(ctx context.Context, host component.Host) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/put", r.servePut)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "Endpoint not found", "Only /api/put is served.")
	})
	tooLarge := func(w http.ResponseWriter, _ *http.Request, text string, status int) { refuse(w, status, text, "") }
	server, err := r.cfg.ServerConfig.ToServer(ctx, host.GetExtensions(), r.set.TelemetrySettings, mux, confighttp.WithErrorHandler(tooLarge))
	if err != nil {
		return err
	}
	listener, err := r.cfg.ServerConfig.ToListener(ctx)
	if err != nil {
		return err
	}
	r.server = server
	r.serving.Go(func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			componentstatus.ReportStatus(host, componentstatus.NewFatalErrorEvent(err))
		}
	})
	return nil
}

// Shutdown waits for the requests that are served, until ctx ends.
func (r *metricsReceiver) Shutdown(ctx context.Context) error {
	if r.server == nil {
		return nil
	}
	err := r.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, r.server.Close())
	}
	r.serving.Wait()
	return err
}
