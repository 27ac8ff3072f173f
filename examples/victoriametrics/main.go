// Victoriametrics sends metrics to a real VictoriaMetrics and asks for them by
// PromQL.
//
//	go run ./examples/victoriametrics
//
// It starts the server by itself, on free ports of this machine and with its data
// in a temporary directory, and stops it at the end. By hand that is
//
//	victoria-metrics -storageDataPath=$(mktemp -d) -opentsdbHTTPListenAddr=127.0.0.1:4242
//	curl http://127.0.0.1:8428/prometheus/api/v1/query -d 'query=shop_orders[5m]'
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

func main() {
	err := run(context.Background())
	if errors.Is(err, exec.ErrNotFound) {
		fmt.Println("victoria-metrics is not installed; on Debian: apt-get install -y victoria-metrics")
		return
	}
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	server, err := startServer(ctx)
	if err != nil {
		return err
	}
	defer server.stop()

	// VictoriaMetrics asks for no token.
	exporter, err := apptuit.New(apptuit.WithEndpoint(server.put), apptuit.WithoutToken())
	if err != nil {
		return err
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(apptuit.NewReader(exporter)))
	if err := sell(ctx, provider.Meter("shop")); err != nil {
		return err
	}
	if err := provider.Shutdown(ctx); err != nil {
		return err
	}
	time.Sleep(1200 * time.Millisecond) // a point shows from the second after its own
	for _, promql := range []string{"sum by (page) (shop_orders)", "histogram_quantile(0.9, sum by (le) (shop_latency_bucket))"} {
		if err := server.show(ctx, promql); err != nil {
			return err
		}
	}
	return nil
}

func sell(ctx context.Context, meter metric.Meter) error {
	orders, err := meter.Int64Counter("shop.orders")
	if err != nil {
		return err
	}
	latency, err := meter.Float64Histogram("shop.latency", metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(.1, .2, .3, .4, .5))
	if err != nil {
		return err
	}
	for i := range 100 {
		orders.Add(ctx, 1, metric.WithAttributes(attribute.String("page", []string{"cart", "search"}[i%2])))
		latency.Record(ctx, float64(i)/200)
	}
	return nil
}

// A server is a running VictoriaMetrics.
type server struct {
	cmd        *exec.Cmd
	dir        string
	put, query string // base URLs
}

func startServer(ctx context.Context) (*server, error) {
	dir, err := os.MkdirTemp("", "victoria-metrics")
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, put: "http://" + ports[0], query: "http://" + ports[1]}
	s.cmd = exec.CommandContext(ctx, "victoria-metrics", "-storageDataPath="+dir, "-loggerLevel=ERROR",
		"-opentsdbHTTPListenAddr="+ports[0], "-httpListenAddr="+ports[1],
		"-search.latencyOffset=0s") // shows a point at once, not after half a minute
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	fmt.Printf("victoria-metrics takes puts at %s and PromQL at %s\n", s.put, s.query)
	for ctx.Err() == nil {
		if _, err := get(ctx, s.query+"/health"); err == nil {
			return s, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.stop()
	return nil, ctx.Err()
}

func (s *server) stop() {
	s.cmd.Process.Kill() // by its pid
	s.cmd.Wait()
	os.RemoveAll(s.dir)
}

// show prints what a PromQL expression gives.
func (s *server) show(ctx context.Context, promql string) error {
	if _, err := get(ctx, s.query+"/internal/force_flush"); err != nil { // makes what was put visible
		return err
	}
	body, err := get(ctx, s.query+"/prometheus/api/v1/query?query="+url.QueryEscape(promql))
	if err != nil {
		return err
	}
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	if len(answer.Data.Result) == 0 {
		return fmt.Errorf("%s gives nothing: %s", promql, body)
	}
	fmt.Println("\n" + promql)
	for _, r := range answer.Data.Result {
		fmt.Printf("  %-16v %v\n", r.Metric["page"], r.Value[1])
	}
	return nil
}

func get(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if resp.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s: %s", address, resp.Status)
	}
	return body, err
}
