package main

import (
	"encoding/json"
	"io"
	"math"
	"strconv"

	"github.com/apptuitai/apptuit-go/query"
)

// The form of the API's answer.
type (
	jsonResult struct {
		Outputs []jsonOutput `json:"outputs"`
		Hints   []string     `json:"hints"`
		// Warnings are those of the Prometheus API.
		Warnings []string `json:"warnings,omitempty"`
	}
	jsonOutput struct {
		ID     string       `json:"id"`
		Result []jsonSeries `json:"result"`
	}
	jsonSeries struct {
		Metric string            `json:"metric"`
		Tags   map[string]string `json:"tags"`
		Points jsonPoints        `json:"dps"`
	}
	jsonPoints []query.Point
)

func writeJSON(w io.Writer, result *query.Result) error {
	answer := jsonResult{Outputs: []jsonOutput{}, Hints: append([]string{}, result.Hints...), Warnings: result.Warnings}
	for _, o := range result.Outputs {
		output := jsonOutput{ID: o.ID}
		for _, s := range o.Series {
			output.Result = append(output.Result, newJSONSeries(s))
		}
		answer.Outputs = append(answer.Outputs, output)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(answer)
}

func newJSONSeries(s query.Series) jsonSeries {
	tags := s.Tags
	if tags == nil {
		tags = map[string]string{} // {}, not null
	}
	return jsonSeries{Metric: s.Metric, Tags: tags, Points: s.Points}
}

// MarshalJSON writes [[seconds, value], ...].
func (p jsonPoints) MarshalJSON() ([]byte, error) {
	text := []byte{'['}
	for i, point := range p {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '[')
		text = appendSeconds(text, point.UnixMilli)
		text = append(text, ',')
		text = appendJSONValue(text, point.Value)
		text = append(text, ']')
	}
	return append(text, ']'), nil
}

func appendSeconds(dst []byte, ms int64) []byte {
	if ms%1000 == 0 {
		return strconv.AppendInt(dst, ms/1000, 10)
	}
	return strconv.AppendFloat(dst, float64(ms)/1000, 'f', -1, 64)
}

// appendJSONValue writes what JSON has no number for as the API does.
func appendJSONValue(dst []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(dst, `"-Infinity"`...)
	case v == math.Trunc(v) && math.Abs(v) < 1e21:
		return strconv.AppendFloat(dst, v, 'f', 0, 64)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}
