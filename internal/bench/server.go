package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	otlp "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // the codec that is looked up below
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

const (
	pathPut  = "/api/put"
	pathOTLP = "/v1/metrics"
	pathText = "/metrics"
)

// addresses are where the server listens.
type addresses struct {
	HTTP, GRPC string
	Control    string // for counts, which are not to count themselves
}

// counts are what the server has seen since it began.
type counts struct {
	Requests int64
	Points   int64 // of requests that came while it looked at them
	Wire     int64 // bytes read from connections
}

func (c counts) minus(before counts) counts {
	return counts{c.Requests - before.Requests, c.Points - before.Points, c.Wire - before.Wire}
}

// A server takes what contestants send, answers rightly, and discards it.
type server struct {
	collector.UnimplementedMetricsServiceServer

	requests, points, wire atomic.Int64
	look                   atomic.Bool // count points, instead of discarding unseen
}

// serve listens on loopback, tells where on stdout, and serves until the process
// that started it lets go of stdin.
func serve() error {
	s := &server{}
	web, err1 := net.Listen("tcp", "127.0.0.1:0")
	rpc, err2 := net.Listen("tcp", "127.0.0.1:0")
	control, err3 := net.Listen("tcp", "127.0.0.1:0")
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	to := addresses{HTTP: web.Addr().String(), GRPC: rpc.Addr().String(), Control: control.Addr().String()}
	if err := json.NewEncoder(os.Stdout).Encode(to); err != nil {
		return err
	}
	failed := make(chan error, 3)
	go func() { failed <- http.Serve(counting{web, &s.wire}, s.web()) }()
	go func() { failed <- s.rpc().Serve(counting{rpc, &s.wire}) }()
	go func() { failed <- http.Serve(control, s.control()) }()
	return <-failed
}

// web answers put, OTLP over HTTP and the text format.
func (s *server) web() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+pathPut, s.take(putPoints, http.StatusNoContent))
	mux.HandleFunc("POST "+pathText, s.take(textPoints, http.StatusNoContent))
	mux.HandleFunc("POST "+pathOTLP, s.take(otlpPoints, http.StatusOK)) // an empty message is a full success
	return mux
}

// take reads a body to its end and answers status.
func (s *server) take(points func([]byte) (int, error), status int) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		n, err := s.read(req, points)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.requests.Add(1)
		s.points.Add(int64(n))
		if status == http.StatusOK {
			w.Header().Set("Content-Type", "application/x-protobuf")
		}
		w.WriteHeader(status)
	}
}

func (s *server) read(req *http.Request, points func([]byte) (int, error)) (int, error) {
	if !s.look.Load() {
		_, err := io.Copy(io.Discard, req.Body)
		return 0, err
	}
	plain, err := decompressed(req)
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		return 0, err
	}
	return points(text)
}

func decompressed(req *http.Request) (io.Reader, error) {
	switch coding := req.Header.Get("Content-Encoding"); coding {
	case "":
		return req.Body, nil
	case "gzip":
		return gzip.NewReader(req.Body)
	case "deflate":
		return zlib.NewReader(req.Body)
	default:
		return nil, fmt.Errorf("unknown content encoding %q", coding)
	}
}

func putPoints(text []byte) (int, error) {
	if !bytes.HasPrefix(text, []byte("[{")) || !bytes.HasSuffix(text, []byte("}]")) {
		return 0, errors.New("not an array of points")
	}
	return bytes.Count(text, []byte(`"metric":`)), nil
}

// textPoints counts lines that are no comments.
func textPoints(text []byte) (n int, err error) {
	for line := range bytes.Lines(text) {
		if line[0] != '#' {
			n++
		}
	}
	return n, nil
}

func otlpPoints(message []byte) (int, error) {
	req := &collector.ExportMetricsServiceRequest{}
	if err := proto.Unmarshal(message, req); err != nil {
		return 0, err
	}
	return flatPoints(req), nil
}

// flatPoints counts what put would have as points.
func flatPoints(req *collector.ExportMetricsServiceRequest) (n int) {
	for _, rm := range req.GetResourceMetrics() {
		for _, sm := range rm.GetScopeMetrics() {
			for _, m := range sm.GetMetrics() {
				n += len(m.GetSum().GetDataPoints()) + len(m.GetGauge().GetDataPoints())
				for _, dp := range m.GetHistogram().GetDataPoints() {
					n += flatHistogram(dp)
				}
			}
		}
	}
	return n
}

func flatHistogram(dp *otlp.HistogramDataPoint) int {
	n := len(dp.BucketCounts)
	for _, field := range []*float64{dp.Sum, dp.Min, dp.Max} {
		if field != nil {
			n++
		}
	}
	return n + 1 // the count
}

func (s *server) rpc() *grpc.Server {
	rpc := grpc.NewServer(grpc.MaxRecvMsgSize(1<<30), grpc.ForceServerCodecV2(discard{encoding.GetCodecV2("proto"), s}))
	collector.RegisterMetricsServiceServer(rpc, s)
	return rpc
}

// Export answers OTLP over gRPC.
func (s *server) Export(_ context.Context, req *collector.ExportMetricsServiceRequest) (*collector.ExportMetricsServiceResponse, error) {
	s.requests.Add(1)
	s.points.Add(int64(flatPoints(req)))
	return &collector.ExportMetricsServiceResponse{}, nil
}

// discard decodes messages only while the server looks at them.
type discard struct {
	encoding.CodecV2
	s *server
}

func (d discard) Unmarshal(data mem.BufferSlice, v any) error {
	if !d.s.look.Load() {
		return nil
	}
	return d.CodecV2.Unmarshal(data, v)
}

// control tells the counts, after turning the look at points on or off.
func (s *server) control() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		s.look.Store(req.URL.Query().Has("look"))
		json.NewEncoder(w).Encode(counts{s.requests.Load(), s.points.Load(), s.wire.Load()}) // the contestant finds out if it fails
	})
}

// ask returns the server's counts; look says what it does from now on.
func ask(control string, look bool) (c counts, err error) {
	url := "http://" + control
	if look {
		url += "?look"
	}
	resp, err := client.Get(url)
	if err != nil {
		return counts{}, err
	}
	defer resp.Body.Close()
	return c, json.NewDecoder(resp.Body).Decode(&c)
}

// counting counts what is read from the connections of a listener.
type counting struct {
	net.Listener
	n *atomic.Int64
}

func (l counting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return countingConn{c, l.n}, nil
}

type countingConn struct {
	net.Conn
	n *atomic.Int64
}

func (c countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n.Add(int64(n))
	return n, err
}
