package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/query"
	"go.opentelemetry.io/otel/sdk/resource"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// An ask asks a store for the points of the metrics of the table.
type ask func(ctx context.Context, client *query.Client, instance string, start time.Time) (*query.Result, error)

// readBack asks for the metrics of the table, until there are points of the time
// after the load or patience ends: a store may take a moment to show what it has.
func readBack(ctx context.Context, from store, instance string, start, loaded time.Time) ([]query.Series, error) {
	client, err := query.New(from.queryOptions()...)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var own []query.Series
	for {
		result, err := from.ask()(ctx, client, instance, start)
		if err != nil && len(own) > 0 {
			return own, nil // patience ended
		}
		if err != nil {
			return nil, err
		}
		own = ofInstance(result, instance)
		if reaches(own, loaded) || !sleep(ctx, 500*time.Millisecond) {
			return own, nil
		}
	}
}

// reaches tells whether there are orders of a second after that of a time.
func reaches(own []query.Series, after time.Time) bool {
	for _, s := range find(own, ordersMetric) {
		if s.Points[len(s.Points)-1].Time().Unix() > after.Unix() {
			return true
		}
	}
	return false
}

// byQuery asks in Apptuit's language, one statement for each metric.
func byQuery(ctx context.Context, client *query.Client, _ string, start time.Time) (*query.Result, error) {
	var statements []string
	for _, m := range shown {
		statements = append(statements, query.Fetch(m.name).String())
	}
	return client.Query(ctx, strings.Join(statements, ";"), start, time.Time{})
}

// byPromQL asks for the points themselves, as the store has them: a selector with a
// span of time behind it, evaluated once.
func byPromQL(ctx context.Context, client *query.Client, instance string, start time.Time) (*query.Result, error) {
	var names []string
	for _, m := range shown {
		names = append(names, m.name)
	}
	now := time.Now()
	span := int(now.Sub(start).Seconds()) + 2 // points have whole seconds
	expression := fmt.Sprintf("{__name__=~%q, service_instance_id=%q}[%ds]", strings.Join(names, "|"), instance, span)
	return client.PromQLAt(ctx, expression, now)
}

// ofInstance leaves out what other programs and earlier runs sent under the
// same names.
func ofInstance(result *query.Result, instance string) []query.Series {
	var own []query.Series
	for _, output := range result.Outputs {
		for _, s := range output.Series {
			if s.Tags["service_instance_id"] == instance && len(s.Points) > 0 {
				own = append(own, s)
			}
		}
	}
	slices.SortStableFunc(own, func(a, b query.Series) int { return strings.Compare(a.Name(), b.Name()) })
	return own
}

func instanceOf(res *resource.Resource) string {
	id, _ := res.Set().Value(semconv.ServiceInstanceIDKey)
	return id.AsString()
}
