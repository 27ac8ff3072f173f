package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/apptuitai/apptuit-go/query"
)

const promqlHelp = `Evaluate a PromQL expression at each step of a span of time, or at one time
(--at), by the Prometheus API of the endpoint, and print the series. Times and
formats are those of apptuit query.

Endpoint and token come from the environment: see apptuit --help. The API is
below /prometheus, unless --prom-path says otherwise.

An expression that begins with a minus goes behind --. apptuit serve has no
PromQL.`

const promqlExample = `  apptuit promql 'sum by (host) (rate(requests[5m]))' --start -6h --step 5m
  apptuit promql node_cpu --at now
  apptuit promql node_cpu --format chart --watch 10s
  apptuit promql --start -1d --format csv -- '-delta(degrees[1h])' >delta.csv`

// ticks is how many steps there are at most where no --step says otherwise.
const ticks = 60

// steps are those that are chosen from.
var steps = []time.Duration{
	time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

func (a *app) promqlCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:               "promql EXPRESSION",
		Short:             "Evaluate a PromQL expression",
		Long:              promqlHelp,
		Example:           promqlExample,
		Args:              oneArgument("an expression"),
		ValidArgsFunction: catalog{a}.completeMetrics,
	}
	r := a.addReading(cmd)
	r.addPromPath(cmd)
	step, at := &durationFlag{}, timeFlag{now: r.end.now}
	cmd.Flags().Var(step, "step", "time between two points (default at most 60 of them)")
	cmd.Flags().Var(&at, "at", "one time, in place of a span")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withoutPromQL(asker{a}.read(cmd, r, func(ctx context.Context, c *query.Client) (*query.Result, error) {
			if at.text != "" {
				at.in(r.zone.Location)
				r.start, r.end = at, at
				return c.PromQLAt(ctx, args[0], at.at)
			}
			return c.PromQL(ctx, args[0], query.Range{Start: r.start.at, End: r.end.at, Step: stepOf(step.d, r.end.at.Sub(r.start.at))})
		}))
	}
	return cmd
}

// stepOf returns the step that was given, or a round one that makes few enough.
func stepOf(given, span time.Duration) time.Duration {
	if given > 0 {
		return given
	}
	for _, step := range steps {
		if span <= ticks*step {
			return step
		}
	}
	days := (span/ticks + 24*time.Hour - 1) / (24 * time.Hour)
	return days * 24 * time.Hour
}
