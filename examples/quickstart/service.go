package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
)

const shelf = 60 // cups

var teas = []string{"black", "green", "oolong"}

// A shop is the service: it shows a menu and sells tea, while there are cups.
type shop struct {
	url    string
	server *http.Server
	served chan error // what Serve returned

	cups     atomic.Int64
	orders   metric.Int64Counter
	active   httpconv.ServerActiveRequests
	duration httpconv.ServerRequestDuration
}

// openShop serves on a free port of this machine until close.
func openShop(provider metric.MeterProvider) (*shop, error) {
	s := &shop{served: make(chan error, 1)}
	s.cups.Store(shelf)
	if err := s.instruments(provider.Meter("example.com/teashop")); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.url = "http://" + listener.Addr().String()
	s.server = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second}
	go func() { s.served <- s.server.Serve(listener) }()
	return s, nil
}

// instruments makes the four instruments of the shop: a counter and a gauge of
// its own, and two that OpenTelemetry's conventions give every HTTP server.
func (s *shop) instruments(meter metric.Meter) error {
	var errs [4]error
	s.orders, errs[0] = meter.Int64Counter("teashop.orders",
		metric.WithDescription("Orders served."),
		metric.WithUnit("{order}"))
	_, errs[1] = meter.Int64ObservableGauge("teashop.cups",
		metric.WithDescription("Clean cups on the shelf."),
		metric.WithUnit("{cup}"),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(s.cups.Load()) // asked once in each collection
			return nil
		}))
	s.active, errs[2] = httpconv.NewServerActiveRequests(meter)
	s.duration, errs[3] = httpconv.NewServerRequestDuration(meter,
		// The convention's advice, in seconds; the SDK's defaults are for milliseconds.
		metric.WithExplicitBucketBoundaries(.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10))
	return errors.Join(errs[:]...)
}

func (s *shop) close(ctx context.Context) error {
	err := s.server.Shutdown(context.WithoutCancel(ctx)) // its requests end by themselves
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// An endpoint serves a request and says with which status.
type endpoint func(*http.Request) (status int, body string)

func (s *shop) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /menu", s.measured("/menu", s.menu))
	mux.Handle("POST /orders/{tea}", s.measured("/orders/{tea}", s.order))
	return mux
}

// measured is what otelhttp does for a handler, by hand. The route is a
// template: with the path itself each tea would be a series of its own.
func (s *shop) measured(route string, serve endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := httpconv.RequestMethodAttr(r.Method)
		s.active.Add(r.Context(), 1, method, "http")
		defer s.active.Add(r.Context(), -1, method, "http")

		start := time.Now()
		status, body := serve(r)
		s.duration.Record(r.Context(), time.Since(start).Seconds(), method, "http", s.attributes(route, status)...)

		w.WriteHeader(status)
		w.Write([]byte(body))
	})
}

func (s *shop) attributes(route string, status int) []attribute.KeyValue {
	attrs := []attribute.KeyValue{s.duration.AttrRoute(route), s.duration.AttrResponseStatusCode(status)}
	if status >= http.StatusInternalServerError {
		attrs = append(attrs, s.duration.AttrErrorType(httpconv.ErrorTypeAttr(strconv.Itoa(status))))
	}
	return attrs
}

func (s *shop) menu(*http.Request) (int, string) {
	work(2*time.Millisecond, 9*time.Millisecond)
	return http.StatusOK, strings.Join(teas, "\n") + "\n"
}

// order sells a tea of the menu: what a client may write at will must not become
// an attribute. Who finds no cup does the dishes.
func (s *shop) order(r *http.Request) (int, string) {
	tea := r.PathValue("tea")
	if !slices.Contains(teas, tea) {
		return http.StatusNotFound, "not on the menu\n"
	}
	if s.cups.Add(-1) < 0 {
		s.cups.Store(shelf)
		return http.StatusServiceUnavailable, "no clean cup\n"
	}
	work(10*time.Millisecond, 60*time.Millisecond)
	s.orders.Add(r.Context(), 1, metric.WithAttributes(attribute.String("teashop.tea", tea)))
	return http.StatusCreated, tea + "\n"
}

// work takes some time, as real work would.
func work(shortest, longest time.Duration) {
	time.Sleep(shortest + rand.N(longest-shortest))
}
