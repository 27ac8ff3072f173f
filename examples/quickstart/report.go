package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/guptarohit/asciigraph"
)

const ordersMetric = "teashop_orders"

var request = []string{"http_request_method", "http_route", "http_response_status_code"}

// shown are the metrics of the table, under the names that the store has them
// by, with the tags that tell their series apart.
var shown = []struct {
	name string
	tags []string
}{
	{ordersMetric, []string{"teashop_tea"}},
	{"teashop_cups", nil},
	{"http_server_active_requests", []string{"http_request_method"}},
	{"http_server_request_duration_count", request},
	{"http_server_request_duration_sum", request},
	{"http_server_request_duration_bucket", nil},
	{"go_goroutine_count", nil},
	{"go_memory_used", []string{"go_memory_type"}},
}

func printHeader(out io.Writer, to store) {
	where := to.endpoint
	if to.fake != nil {
		where = "a fake Apptuit in this program, " + to.endpoint
	}
	fmt.Fprint(out, "A tea shop under load, measured by OpenTelemetry, sent by apptuit-go.\n\n")
	fmt.Fprintln(out, "  store      ", where)
	if to.note != "" {
		fmt.Fprintln(out, "  note       ", to.note)
	}
}

func printProgress(out io.Writer, done float64, requests int64) {
	const width = 30
	full := int(math.Round(done * width))
	bar := strings.Repeat("█", full) + strings.Repeat("░", width-full)
	fmt.Fprintf(out, "\r  load        %s %d requests", bar, requests)
}

// printLoad writes over the progress, where there was one.
func printLoad(out io.Writer, took time.Duration, requests int64) {
	line := fmt.Sprintf("  load        %d requests in %.1f s", requests, took.Seconds())
	if isTerminal(out) {
		line = fmt.Sprintf("\r%-70s", line)
	}
	fmt.Fprintln(out, line)
}

// isTerminal tells whether a person watches, to whom a line that changes means
// something.
func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func printDelivered(out io.Writer, stats apptuit.Stats) {
	fmt.Fprintf(out, "  delivered   %d points\n", stats.Sent)
	for _, reason := range slices.Sorted(maps.Keys(stats.Dropped)) {
		fmt.Fprintf(out, "  dropped     %d points: %s\n", stats.Dropped[reason], string(reason))
	}
}

// report prints what was found. A store that keeps points but gives none back
// by this query did its part: that is an error of our own store alone.
func report(out io.Writer, to store, found []query.Series, err error, start time.Time) error {
	switch {
	case to.fake != nil && err != nil:
		return fmt.Errorf("the points were not read back: %w", err)
	case to.fake != nil && len(found) == 0:
		return fmt.Errorf("no points were read back")
	case err != nil:
		printNoQuery(out, to, err)
	case len(found) == 0:
		fmt.Fprintf(out, "\nThe store took the points but does not show them yet.\n")
	default:
		printTable(out, to, found)
		printChart(out, perSecond(find(found, ordersMetric), start.Unix()))
	}
	printNextSteps(out, to)
	return nil
}

func printTable(out io.Writer, to store, found []query.Series) {
	fmt.Fprintf(out, "\nRead back by %s:\n\n", to.language())
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "  METRIC\tTAGS\t%6s\t%9s\n", "POINTS", "LAST")
	for _, m := range shown {
		for _, r := range rows(find(found, m.name), m.tags) {
			fmt.Fprintf(w, "  %s\t%s\t%6d\t%9s\n", m.name, r.tags, r.points, r.last)
		}
	}
	w.Flush()
}

// A row is one series, or several that the table does not tell apart.
type row struct {
	tags   string
	points int
	last   string
}

func rows(all []query.Series, tags []string) []row {
	if len(tags) == 0 && len(all) > 1 {
		return []row{together(all)}
	}
	var rows []row
	for _, s := range all {
		rows = append(rows, row{values(s, tags), len(s.Points), number(last(s))})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.tags, b.tags) })
	return rows
}

func together(all []query.Series) row {
	r := row{tags: fmt.Sprintf("%d series", len(all)), last: "-"}
	for _, s := range all {
		r.points += len(s.Points)
	}
	return r
}

func values(s query.Series, tags []string) string {
	var values []string
	for _, tag := range tags {
		values = append(values, s.Tags[tag])
	}
	return strings.Join(values, " ")
}

func last(s query.Series) float64 { return s.Points[len(s.Points)-1].Value }

// number writes whole numbers whole, and others short.
func number(v float64) string {
	if v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

func find(all []query.Series, metric string) []query.Series {
	var found []query.Series
	for _, s := range all {
		if s.Metric == metric {
			found = append(found, s)
		}
	}
	return found
}

// perSecond returns how much the series of a counter rose in each second since
// start. A counter begins at zero. Points carry whole seconds: two of the same
// second count into one.
func perSecond(counter []query.Series, start int64) []float64 {
	var rises []float64
	for _, s := range counter {
		before := query.Point{UnixMilli: start * 1000}
		for _, p := range s.Points {
			rises = spread(rises, p.Value-before.Value, before.UnixMilli/1000-start, p.UnixMilli/1000-start)
			before = p
		}
	}
	for len(rises) > 0 && rises[len(rises)-1] == 0 {
		rises = rises[:len(rises)-1] // after the load
	}
	return rises
}

// spread adds a rise evenly to the seconds after from, up to to.
func spread(rises []float64, rise float64, from, to int64) []float64 {
	from = max(0, min(from, to-1))
	to = max(to, from+1)
	for int64(len(rises)) < to {
		rises = append(rises, 0)
	}
	for second := from; second < to; second++ {
		rises[second] += rise / float64(to-from)
	}
	return rises
}

func printChart(out io.Writer, rates []float64) {
	if len(rates) < 2 {
		return // no line to draw
	}
	fmt.Fprintf(out, "\nOrders per second, from the points of %s:\n\n", ordersMetric)
	fmt.Fprintln(out, asciigraph.Plot(rates,
		asciigraph.Width(64),
		asciigraph.Height(6),
		asciigraph.LowerBound(0),
		asciigraph.Precision(0),
		asciigraph.XAxisRange(1, float64(len(rates))),
		asciigraph.XAxisTickCount(len(rates)), // one each second
		asciigraph.XAxisValueFormatter(func(x float64) string { return fmt.Sprintf("%.0f s", x) }),
	))
}

func printNoQuery(out io.Writer, to store, err error) {
	fmt.Fprintf(out, "\nThe points were delivered. This endpoint does not answer %s, so there\n", to.language())
	fmt.Fprintf(out, "is nothing to show here:\n  %v\n", err)
	if to.kind == "" {
		fmt.Fprintf(out, "\nIf it is VictoriaMetrics, say so, and it is read back by PromQL:\n\n")
		fmt.Fprintf(out, "  export %s=%s\n", storeVariable, victoriaMetrics)
	}
}

func printNextSteps(out io.Writer, to store) {
	fmt.Fprint(out, "\nNext steps\n")
	if to.fake != nil {
		fmt.Fprint(out, `  Send to your own store (Apptuit, VictoriaMetrics, InfluxDB or OpenTSDB):
    export APPTUIT_API_ENDPOINT=https://api.apptuit.ai APPTUIT_API_TOKEN=...
    go run ./examples/quickstart
  or, where a VictoriaMetrics runs on this machine:
    export APPTUIT_STORE=victoriametrics
    export APPTUIT_API_ENDPOINT=http://127.0.0.1:4242
  Watch the metrics arrive, in a browser:
    go run ./examples/quickstart -watch
`)
	}
	fmt.Fprint(out, `  Measure your own program: README.md; main.go and service.go of this example
  Test it with the same fake Apptuit: package apptuittest
  Run the tests of this library: make test
`)
}
