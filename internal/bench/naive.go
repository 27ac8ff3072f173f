package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// naive is a put exporter as one writes it in an afternoon: a struct and a map
// for each point, json.Marshal, gzip.
type naive struct{ url string }

type naivePoint struct {
	Metric    string            `json:"metric"`
	Timestamp int64             `json:"timestamp"`
	Value     any               `json:"value"`
	Tags      map[string]string `json:"tags"`
}

func newNaive(to addresses) (exporter, error) {
	return naive{"http://" + to.HTTP + pathPut}, nil
}

func (n naive) Export(ctx context.Context, rm *metricdata.ResourceMetrics) error {
	text, err := json.Marshal(naivePoints(rm))
	if err != nil {
		return err
	}
	var body bytes.Buffer
	zw := gzip.NewWriter(&body)
	zw.Write(text) // into memory: it cannot fail
	zw.Close()
	return post(ctx, n.url, "application/json", body.Bytes())
}

func (naive) Shutdown(context.Context) error { return nil }

func naivePoints(rm *metricdata.ResourceMetrics) []naivePoint {
	var points []naivePoint
	for _, sm := range rm.ScopeMetrics {
		global := tagsOf(rm.Resource.Set())
		global["otel_scope_name"] = sm.Scope.Name
		for _, m := range sm.Metrics {
			points = appendNaive(points, m, global)
		}
	}
	return points
}

func appendNaive(points []naivePoint, m metricdata.Metrics, global map[string]string) []naivePoint {
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		return appendNumbers(points, m.Name, data.DataPoints, global)
	case metricdata.Sum[float64]:
		return appendNumbers(points, m.Name, data.DataPoints, global)
	case metricdata.Gauge[int64]:
		return appendNumbers(points, m.Name, data.DataPoints, global)
	case metricdata.Gauge[float64]:
		return appendNumbers(points, m.Name, data.DataPoints, global)
	case metricdata.Histogram[float64]:
		for _, dp := range data.DataPoints {
			points = appendHistogram(points, m.Name, dp, global)
		}
	}
	return points
}

func appendNumbers[N int64 | float64](points []naivePoint, name string, dps []metricdata.DataPoint[N], global map[string]string) []naivePoint {
	for _, dp := range dps {
		points = append(points, naivePoint{name, dp.Time.Unix(), dp.Value, join(global, dp.Attributes)})
	}
	return points
}

func appendHistogram(points []naivePoint, name string, dp metricdata.HistogramDataPoint[float64], global map[string]string) []naivePoint {
	tags := join(global, dp.Attributes)
	add := func(part string, value any, tags map[string]string) {
		points = append(points, naivePoint{name + "." + part, dp.Time.Unix(), value, tags})
	}
	below := uint64(0)
	for i, n := range dp.BucketCounts {
		below += n
		le := maps.Clone(tags)
		le["le"] = "+Inf"
		if i < len(dp.Bounds) {
			le["le"] = strconv.FormatFloat(dp.Bounds[i], 'g', -1, 64)
		}
		add("bucket", below, le)
	}
	add("sum", dp.Sum, tags)
	add("count", dp.Count, tags)
	if v, ok := dp.Min.Value(); ok {
		add("min", v, tags)
	}
	if v, ok := dp.Max.Value(); ok {
		add("max", v, tags)
	}
	return points
}

func join(global map[string]string, own attribute.Set) map[string]string {
	tags := maps.Clone(global)
	maps.Copy(tags, tagsOf(&own))
	return tags
}

func tagsOf(set *attribute.Set) map[string]string {
	tags := make(map[string]string, set.Len())
	for _, kv := range set.ToSlice() {
		tags[string(kv.Key)] = kv.Value.String()
	}
	return tags
}

var client = &http.Client{Timeout: timeout}

// post sends a body that is compressed by gzip.
func post(ctx context.Context, url, contentType string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Content-Encoding", "gzip")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)); err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	return nil
}
