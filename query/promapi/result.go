package promapi

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/prometheus/common/model"

	"github.com/apptuitai/apptuit-go/query"
)

// Result returns a value of client_golang as package query has it: the series of a matrix
// or a vector as one output without an id, a scalar as a series without a name, and a
// string as the result's text. A native histogram is given as a classic one is, as
// [query.Client.PromQL] gives it. It shares nothing with the value but its strings.
func Result(value model.Value) (*query.Result, error) {
	var all []query.Series
	switch v := value.(type) {
	case *model.String:
		return &query.Result{Text: v.Value}, nil
	case *model.Scalar:
		all = []query.Series{{Points: []query.Point{point(v.Timestamp, v.Value)}}}
	case model.Vector:
		for _, sample := range v {
			all = append(all, ofSample(sample)...)
		}
	case model.Matrix:
		for _, stream := range v {
			all = append(all, ofStream(stream)...)
		}
	default:
		return nil, fmt.Errorf("apptuit: promapi: %T is not a value of PromQL", value)
	}
	result := &query.Result{}
	if len(all) > 0 {
		result.Outputs = []query.Output{{Series: all}}
	}
	return result, nil
}

func point(at model.Time, v model.SampleValue) query.Point {
	return query.Point{UnixMilli: int64(at), Value: float64(v)}
}

func ofSample(s *model.Sample) []query.Series {
	stream := &model.SampleStream{Metric: s.Metric}
	if s.Histogram != nil {
		stream.Histograms = []model.SampleHistogramPair{{Timestamp: s.Timestamp, Histogram: s.Histogram}}
		return ofStream(stream)
	}
	stream.Values = []model.SamplePair{{Timestamp: s.Timestamp, Value: s.Value}}
	return ofStream(stream)
}

func ofStream(stream *model.SampleStream) (all []query.Series) {
	s := query.Series{}
	for name, value := range stream.Metric {
		if name == model.MetricNameLabel {
			s.Metric = string(value)
			continue
		}
		s.Tags = withTag(s.Tags, string(name), string(value))
	}
	for _, p := range stream.Values {
		s.Points = append(s.Points, point(p.Timestamp, p.Value))
	}
	if len(s.Points) > 0 || len(stream.Histograms) == 0 {
		all = append(all, s)
	}
	return append(all, ofHistograms(s, stream.Histograms)...)
}

func withTag(tags map[string]string, key, value string) map[string]string {
	if tags == nil {
		tags = map[string]string{}
	}
	tags[key] = value
	return tags
}

// ofHistograms returns the series that native histograms are as classic ones.
func ofHistograms(of query.Series, pairs []model.SampleHistogramPair) (all []query.Series) {
	var count, sum []query.Point
	buckets := map[float64][]query.Point{}
	for _, pair := range pairs {
		if pair.Histogram == nil {
			continue
		}
		below := model.SampleValue(0)
		for _, b := range pair.Histogram.Buckets {
			below += model.SampleValue(b.Count)
			buckets[float64(b.Upper)] = append(buckets[float64(b.Upper)], point(pair.Timestamp, below))
		}
		count = append(count, point(pair.Timestamp, model.SampleValue(pair.Histogram.Count)))
		sum = append(sum, point(pair.Timestamp, model.SampleValue(pair.Histogram.Sum)))
	}
	if len(count) == 0 {
		return nil
	}
	if inf := math.Inf(1); buckets[inf] == nil {
		buckets[inf] = count
	}
	for _, bound := range slices.SortedFunc(maps.Keys(buckets), cmp.Compare[float64]) {
		tags := withTag(maps.Clone(of.Tags), model.BucketLabel, model.FloatString(bound).String())
		all = append(all, query.Series{Metric: of.Metric + "_bucket", Tags: tags, Points: buckets[bound]})
	}
	return append(all, query.Series{Metric: of.Metric + "_count", Tags: of.Tags, Points: count}, query.Series{Metric: of.Metric + "_sum", Tags: of.Tags, Points: sum})
}
