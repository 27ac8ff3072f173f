package main

import (
	"context"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// timeout of a request is long enough for the server to look at the points of the
// largest setting on a slow machine.
const timeout = time.Minute

const (
	reference = "otlpmetrichttp gzip" // what the ratios are to
	baseline  = "baseline"            // prepares collections and exports none
)

// maxSettle is the most that any contestant settles. Ours forgets a series after a
// few exports: with churn its cache grows until then.
const maxSettle = 6

// An exporter is the part of sdkmetric.Exporter that is measured.
type exporter interface {
	Export(context.Context, *metricdata.ResourceMetrics) error
	Shutdown(context.Context) error
}

// A contestant is one way to export.
type contestant struct {
	name     string
	settle   int // exports before its caches are as they stay
	make     func(addresses) (exporter, error)
	delivers func(setting) int // points of one export that arrive; nil for all flat ones
}

// points is how many points of one export the server has to see.
func (c contestant) points(s setting) int {
	if c.delivers == nil {
		return s.flat()
	}
	return c.delivers(s)
}

// contestants returns all of them, in the order of the tables.
func contestants() []contestant {
	return append(ours(),
		contestant{name: reference, settle: 2, make: otlpHTTP(otlpmetrichttp.GzipCompression)},
		contestant{name: "otlpmetrichttp", settle: 2, make: otlpHTTP(otlpmetrichttp.NoCompression)},
		contestant{name: "otlpmetricgrpc", settle: 2, make: otlpGRPC},
		contestant{name: "prometheus text gzip", settle: 2, make: newPromText, delivers: promTextPoints},
		contestant{name: "encoding/json gzip", settle: 1, make: newNaive},
	)
}

// ours are one for each compression that the exporter has, the smallest, and the one
// that costs the program least.
func ours() []contestant {
	var all []contestant
	for c := encoding.Compression(0); c.Valid(); c++ {
		all = append(all, contestant{name: "apptuit " + c.String(), settle: maxSettle, make: newOurs(apptuit.WithCompression(c))})
	}
	return append(all,
		contestant{name: "apptuit gzip best", settle: maxSettle, make: newOurs(apptuit.WithBestCompression())},
		contestant{name: "apptuit gzip, large batches", settle: maxSettle, make: newOurs(apptuit.WithMaxBatch(50_000))})
}

func newOurs(more ...apptuit.Option) func(addresses) (exporter, error) {
	return func(to addresses) (exporter, error) {
		return apptuit.New(append([]apptuit.Option{
			apptuit.WithEndpoint("http://" + to.HTTP),
			apptuit.WithToken("token"),
			apptuit.WithTimeout(timeout),
			apptuit.WithoutHostTag(),       // the tables' bytes are not to depend on a name
			apptuit.WithQueueSize(1 << 30), // an export without compression has to fit
		}, more...)...)
	}
}

func otlpHTTP(c otlpmetrichttp.Compression) func(addresses) (exporter, error) {
	return func(to addresses) (exporter, error) {
		return otlpmetrichttp.New(context.Background(),
			otlpmetrichttp.WithEndpoint(to.HTTP),
			otlpmetrichttp.WithInsecure(),
			otlpmetrichttp.WithTimeout(timeout),
			otlpmetrichttp.WithCompression(c))
	}
}

func otlpGRPC(to addresses) (exporter, error) {
	return otlpmetricgrpc.New(context.Background(),
		otlpmetricgrpc.WithEndpoint(to.GRPC),
		otlpmetricgrpc.WithInsecure(),
		otlpmetricgrpc.WithTimeout(timeout))
}
