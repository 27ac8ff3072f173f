package main

import (
	"context"
	"errors"
	"slices"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/apptuitai/apptuit-go/query"
)

// A promSource is a PromQL expression over a span of time.
type promSource struct {
	v1.API
	expr   string
	within v1.Range
}

// CloseIdleConnections closes the connections of the API.
func (s promSource) CloseIdleConnections() {
	if c, ok := s.API.(api.CloseIdler); ok {
		c.CloseIdleConnections()
	}
}

// read returns the series as a result with one output, called by the expression.
func (s promSource) read(ctx context.Context) (*query.Result, error) {
	value, warnings, infos, err := s.QueryRange(ctx, s.expr, s.within)
	if err != nil {
		return nil, err
	}
	matrix, ok := value.(model.Matrix)
	if !ok {
		return nil, errors.New("query: the answer holds no series over time: check that the endpoint has PromQL (APPTUIT_API_ENDPOINT)")
	}
	result := &query.Result{Hints: slices.Concat([]string(warnings), []string(infos))}
	if len(matrix) > 0 {
		result.Outputs = []query.Output{{ID: s.expr, Series: seriesOf(matrix)}}
	}
	return result, nil
}

func seriesOf(matrix model.Matrix) []query.Series {
	var all []query.Series
	for _, stream := range matrix {
		s := query.Series{Tags: map[string]string{}}
		for name, value := range stream.Metric {
			s.Tags[string(name)] = string(value)
		}
		s.Metric = s.Tags[model.MetricNameLabel]
		delete(s.Tags, model.MetricNameLabel)
		for _, p := range stream.Values {
			s.Points = append(s.Points, query.Point{UnixMilli: int64(p.Timestamp), Value: float64(p.Value)})
		}
		all = append(all, s)
	}
	return all
}
