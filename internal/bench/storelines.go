package main

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A lineExporter writes points as lines of text, in one request for each export,
// as the store's own ways in have them. It renders each series once, and
// compresses by the fastest level: it is as good as such an exporter gets without
// knowing where text repeats.
type lineExporter struct {
	url    string
	format lineFormat
	heads  map[lineKey][]string
	text   []byte
	body   bytes.Buffer
	gzip   *gzip.Writer
}

// A lineFormat writes the text before the value of a series, and what stands
// between its value and the time, and behind that.
type lineFormat struct {
	head    func(name string, tags []attribute.KeyValue) string
	between string
	perUnit int64 // nanoseconds
}

// A lineKey is what the heads of a data point are known by.
type lineKey struct {
	name string
	set  attribute.Distinct
}

var promLines = lineFormat{head: promHead, between: " ", perUnit: 1e6}

var influxLines = lineFormat{head: influxHead, between: " ", perUnit: 1}

func promHead(name string, tags []attribute.KeyValue) string {
	text := []byte(underscored(name))
	for i, tag := range tags {
		text = append(text, "{,"[min(i, 1)])
		text = append(append(text, underscored(string(tag.Key))...), '=')
		text = strconv.AppendQuote(text, tag.Value.String())
	}
	return string(append(text, "} "...))
}

func influxHead(name string, tags []attribute.KeyValue) string {
	text := []byte(underscored(name))
	for _, tag := range tags {
		text = append(append(append(text, ','), underscored(string(tag.Key))...), '=')
		text = append(text, influxEscape.Replace(tag.Value.String())...)
	}
	return string(append(text, " value="...))
}

var influxEscape = strings.NewReplacer(",", `\,`, " ", `\ `, "=", `\=`)

func underscored(name string) string { return strings.ReplaceAll(name, ".", "_") }

func newLineExporter(url string, f lineFormat) *lineExporter {
	w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // errs on an unknown level only
	return &lineExporter{url: url, format: f, heads: map[lineKey][]string{}, gzip: w}
}

func (e *lineExporter) Shutdown(context.Context) error { return nil }

func (e *lineExporter) Export(ctx context.Context, rm *metricdata.ResourceMetrics) error {
	e.text = e.text[:0]
	for _, sm := range rm.ScopeMetrics {
		for _, m := range sm.Metrics {
			e.add(rm, m)
		}
	}
	e.body.Reset()
	e.gzip.Reset(&e.body)
	e.gzip.Write(e.text) // into memory: it cannot fail
	e.gzip.Close()
	return post(ctx, e.url, "text/plain", e.body.Bytes())
}

func (e *lineExporter) add(rm *metricdata.ResourceMetrics, m metricdata.Metrics) {
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		for i := range data.DataPoints {
			dp := &data.DataPoints[i]
			e.line(e.headsOf(rm, m.Name, &dp.Attributes, nil)[0], strconv.AppendInt(nil, dp.Value, 10), dp.Time.UnixNano())
		}
	case metricdata.Sum[float64]:
		for i := range data.DataPoints {
			dp := &data.DataPoints[i]
			e.line(e.headsOf(rm, m.Name, &dp.Attributes, nil)[0], strconv.AppendFloat(nil, dp.Value, 'g', -1, 64), dp.Time.UnixNano())
		}
	case metricdata.Histogram[float64]:
		for i := range data.DataPoints {
			e.histogram(rm, m.Name, &data.DataPoints[i])
		}
	}
}

func (e *lineExporter) histogram(rm *metricdata.ResourceMetrics, name string, dp *metricdata.HistogramDataPoint[float64]) {
	heads, at := e.headsOf(rm, name, &dp.Attributes, dp.Bounds), dp.Time.UnixNano()
	var room [32]byte
	below := uint64(0)
	for i, n := range dp.BucketCounts {
		below += n
		e.line(heads[i], strconv.AppendUint(room[:0], below, 10), at)
	}
	heads = heads[len(dp.BucketCounts):]
	least, _ := dp.Min.Value()
	most, _ := dp.Max.Value()
	e.line(heads[0], strconv.AppendUint(room[:0], dp.Count, 10), at)
	for i, v := range []float64{dp.Sum, least, most} {
		e.line(heads[1+i], strconv.AppendFloat(room[:0], v, 'g', -1, 64), at)
	}
}

func (e *lineExporter) line(head string, value []byte, nanoseconds int64) {
	e.text = append(append(append(e.text, head...), value...), e.format.between...)
	e.text = append(strconv.AppendInt(e.text, nanoseconds/e.format.perUnit, 10), '\n')
}

// headsOf returns the heads of a data point's series: one, or those of the
// buckets of a histogram, of its count, sum, minimum and maximum.
func (e *lineExporter) headsOf(rm *metricdata.ResourceMetrics, name string, set *attribute.Set, bounds []float64) []string {
	key := lineKey{name, set.Equivalent()}
	heads, known := e.heads[key]
	if known {
		return heads
	}
	tags := append(set.ToSlice(), rm.Resource.Attributes()...)
	tags = append(tags, attribute.String("otel.scope.name", rm.ScopeMetrics[0].Scope.Name))
	if bounds == nil {
		heads = []string{e.format.head(name, tags)}
	} else {
		for i := range len(bounds) + 1 {
			le := "+Inf"
			if i < len(bounds) {
				le = strconv.FormatFloat(bounds[i], 'g', -1, 64)
			}
			heads = append(heads, e.format.head(name+"_bucket", append(tags[:len(tags):len(tags)], attribute.String("le", le))))
		}
		for _, part := range []string{"_count", "_sum", "_min", "_max"} {
			heads = append(heads, e.format.head(name+part, tags))
		}
	}
	e.heads[key] = heads
	return heads
}
