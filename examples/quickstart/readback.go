package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/sdk/resource"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

const maxAnswer = 16 << 20

// An answer is what /api/query gives: an output for each fetch, with the series
// it found.
type answer struct {
	Outputs []struct {
		ID     string   `json:"id"`
		Result []series `json:"result"`
	} `json:"outputs"`
}

type series struct {
	Metric string            `json:"metric"`
	Tags   map[string]string `json:"tags"`
	Points []point           `json:"dps"`
}

// A point is a time in seconds since the Unix epoch, and a value.
type point [2]float64

func (p point) second() int64  { return int64(p[0]) }
func (p point) value() float64 { return p[1] }

// readBack asks for the metrics of the table, until there are points or
// patience ends: a store may take a moment to show what it has.
func readBack(ctx context.Context, from store, instance string, start time.Time) ([]series, error) {
	client := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		found, err := query(ctx, client, from, fetches(), start)
		if err != nil {
			return nil, err
		}
		own := ofInstance(found, instance)
		if len(own) > 0 || !sleep(ctx, 500*time.Millisecond) {
			return own, nil
		}
	}
}

// fetches is the text of the query, one statement for each metric.
func fetches() string {
	var statements []string
	for _, m := range shown {
		statements = append(statements, fmt.Sprintf("fetch('%s')", m.name))
	}
	return strings.Join(statements, ";")
}

func query(ctx context.Context, client *http.Client, from store, text string, start time.Time) ([]series, error) {
	parameters := url.Values{"start": {strconv.FormatInt(start.Unix(), 10)}, "q": {text}}
	address := strings.TrimSuffix(from.endpoint, "/") + "/api/query?" + parameters.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+from.token)
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %s", resp.Status)
	}
	return decode(io.LimitReader(resp.Body, maxAnswer))
}

func decode(body io.Reader) ([]series, error) {
	var got answer
	if err := json.NewDecoder(body).Decode(&got); err != nil {
		return nil, fmt.Errorf("not the JSON of a query's answer: %w", err)
	}
	var all []series
	for _, output := range got.Outputs {
		all = append(all, output.Result...)
	}
	return all, nil
}

// ofInstance leaves out what other programs and earlier runs sent under the
// same names.
func ofInstance(all []series, instance string) []series {
	var own []series
	for _, s := range all {
		if s.Tags["service_instance_id"] == instance && len(s.Points) > 0 {
			own = append(own, s)
		}
	}
	return own
}

func instanceOf(res *resource.Resource) string {
	id, _ := res.Set().Value(semconv.ServiceInstanceIDKey)
	return id.AsString()
}
