package apptuit_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// A movedFeature is a parameter or a feature of apptuit-py, and what does it
// here. Its name is the first cell of its row in docs/moving.md.
type movedFeature struct {
	python string
	here   func(t *testing.T, store *apptuittest.Server)
}

func movedFeatures() []movedFeature {
	return slices.Concat(movedClient, movedSending, movedQuery, movedReporter, movedTags,
		movedInstruments, movedEnvironment, movedMeta, movedProcess())
}

// Everything that apptuit-py's README shows can be done here.
func TestMoving(t *testing.T) {
	for _, feature := range movedFeatures() {
		t.Run(feature.python, func(t *testing.T) {
			clearEnv(t)
			store := apptuittest.NewServer(apptuittest.WithToken(movingToken))
			t.Cleanup(store.Close)
			feature.here(t, store)
		})
	}
}

// docs/moving.md has a row for each of them, once, and no other.
func TestMovingIsDocumented(t *testing.T) {
	text, err := os.ReadFile("docs/moving.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := firstCells(string(text), "apptuit-py")
	tested := map[string]bool{}
	for _, feature := range movedFeatures() {
		if tested[feature.python] {
			t.Errorf("%s is tested twice", feature.python)
		}
		tested[feature.python] = true
		if documented[feature.python] != 1 {
			t.Errorf("%s has %d rows in docs/moving.md", feature.python, documented[feature.python])
		}
	}
	for name := range documented {
		if !tested[name] {
			t.Errorf("docs/moving.md has a row for %s, which is not tested", name)
		}
	}
}

// firstCells counts the first cells of all Markdown tables that are headed so.
func firstCells(text, heading string) map[string]int {
	cells := map[string]int{}
	inside := false
	for line := range strings.Lines(text) {
		cell, isRow := firstCell(line)
		switch {
		case !isRow:
			inside = false
		case !inside:
			inside = cell == heading
		case strings.Trim(cell, "-: ") != "": // not the line below the heading
			cells[cell]++
		}
	}
	return cells
}

func firstCell(line string) (cell string, isRow bool) {
	rest, isRow := strings.CutPrefix(line, "|")
	cell, _, _ = strings.Cut(rest, "|")
	return strings.ReplaceAll(strings.TrimSpace(cell), "`", ""), isRow
}

// Every name of ours that docs/moving.md writes is one of the packages'.
func TestMovingNamesExist(t *testing.T) {
	text, err := os.ReadFile("docs/moving.md")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`\b(apptuit|encoding|transport|query|apptuittest)\.([A-Z]\w*)`)
	for _, found := range name.FindAllStringSubmatch(string(text), -1) {
		if !declares(t, packageDirs[found[1]], found[2]) {
			t.Errorf("docs/moving.md names %s, which does not exist", found[0])
		}
	}
}

var packageDirs = map[string]string{
	"apptuit": ".", "encoding": "encoding", "transport": "transport", "query": "query", "apptuittest": "apptuittest",
}

// declares tells whether a package has a func, type, const or var of a name.
func declares(t *testing.T, dir, name string) bool {
	t.Helper()
	return slices.ContainsFunc(exportedNames(t, dir), func(n exportedName) bool { return n.of == "" && n.name == name })
}

func TestDeclares(t *testing.T) {
	for name, want := range map[string]bool{
		"NewSeries": true, "Series": true, "SanitizeApptuit": true, "ErrNoTags": true,
		"Milliseconds": false, "Flush": false, "Metric": false, "Nothing": false,
	} {
		if declares(t, "encoding", name) != want {
			t.Errorf("encoding declares %s: %t", name, !want)
		}
	}
}

const movingToken = "token-of-moving"

// clearEnv lets the machine's own environment be empty.
func clearEnv(t *testing.T) {
	t.Helper()
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "APPTUIT_") || strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "")
		}
	}
}

func tag(key, value string) encoding.Tag { return encoding.Tag{Key: key, Value: value} }

// clientTo is Apptuit(token=..., api_endpoint=...).
func clientTo(t *testing.T, store *apptuittest.Server, opts ...transport.Option) *transport.Client {
	t.Helper()
	own := []transport.Option{transport.WithEndpoint(store.URL), transport.WithToken(movingToken)}
	client, err := transport.New(append(own, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// timeSeries is TimeSeries(metric, tags), named as the client does by default.
func timeSeries(t *testing.T, metric string, tags ...encoding.Tag) *encoding.Series {
	t.Helper()
	s, err := encoding.NewSeries(encoding.SanitizePrometheus, metric, tags...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// send sends points, within 10 seconds.
func send(t *testing.T, client *transport.Client, points ...encoding.Point) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := client.Send(ctx, points); err != nil {
		t.Fatal(err)
	}
}

// sanitised sends a point named by a mode, and returns its series as it arrived.
func sanitised(t *testing.T, store *apptuittest.Server, mode encoding.SanitizeMode) string {
	t.Helper()
	s, err := encoding.NewSeries(mode, "7&&cpu-time/seconds", tag("größe.a b", "a b"))
	if err != nil {
		t.Fatal(err)
	}
	send(t, clientTo(t, store), encoding.Point{Series: s})
	return store.Points()[0].Series.String()
}

// queryTo is the part of Apptuit(...) that reads.
func queryTo(t *testing.T, store *apptuittest.Server, opts ...query.Option) *query.Client {
	t.Helper()
	own := []query.Option{transport.WithEndpoint(store.URL), transport.WithToken(movingToken)}
	client, err := query.New(append(own, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// movingStart is the time of the first point of threeMinutes.
var movingStart = time.Unix(1_700_000_040, 0)

// threeMinutes stores 1, 2 and 3 of a metric, a minute apart.
func threeMinutes(t *testing.T, store *apptuittest.Server, metric string) {
	t.Helper()
	s, err := encoding.NewSeries(encoding.SanitizeApptuit, metric, tag("host", "a"))
	if err != nil {
		t.Fatal(err)
	}
	var points []encoding.Point
	for i := range 3 {
		at := movingStart.Add(time.Duration(i) * time.Minute)
		points = append(points, encoding.Point{Series: s, Time: at, Value: encoding.Int(int64(i + 1))})
	}
	send(t, clientTo(t, store), points...)
}

// reporterTo is ApptuitReporter(token=..., api_endpoint=...) and its start().
func reporterTo(t *testing.T, store *apptuittest.Server, opts ...apptuit.Option) *apptuit.MeterProvider {
	t.Helper()
	own := []apptuit.Option{apptuit.WithEndpoint(store.URL), apptuit.WithToken(movingToken)}
	provider, err := apptuit.NewMeterProvider(t.Context(), append(own, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) }) // most tests have done so
	return provider
}

// order counts one order.
func order(t *testing.T, provider metric.MeterProvider, attrs ...attribute.KeyValue) {
	t.Helper()
	orders, err := provider.Meter("shop").Int64Counter("order.count")
	if err != nil {
		t.Fatal(err)
	}
	orders.Add(t.Context(), 1, metric.WithAttributes(attrs...))
}

// stop is the reporter's stop(), and a last report_now().
func stop(t *testing.T, provider *apptuit.MeterProvider) {
	t.Helper()
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// orderOf reports one order and returns its point.
func orderOf(t *testing.T, store *apptuittest.Server, opts []apptuit.Option, attrs ...attribute.KeyValue) encoding.Point {
	t.Helper()
	provider := reporterTo(t, store, opts...)
	order(t, provider, attrs...)
	stop(t, provider)
	return arrived(t, store, "order_count")
}

// arrived returns the last point of a metric that has these tags among its own.
func arrived(t *testing.T, store *apptuittest.Server, metric string, tags ...encoding.Tag) encoding.Point {
	t.Helper()
	for _, p := range slices.Backward(store.Points()) {
		if p.Series.Metric() == metric && !slices.ContainsFunc(tags, func(want encoding.Tag) bool { return !has(p, want) }) {
			return p
		}
	}
	t.Fatalf("no point of %s with %v among %d", metric, tags, len(store.Points()))
	return encoding.Point{}
}

// waitFor waits until a store has a point of a metric.
func waitFor(t *testing.T, store *apptuittest.Server, metric string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	of := func(p encoding.Point) bool { return p.Series.Metric() == metric }
	for n := 1; ; n++ {
		points, err := store.WaitPoints(ctx, n)
		if slices.ContainsFunc(points, of) {
			return
		}
		if err != nil {
			t.Fatalf("no point of %s among %d: %v", metric, len(points), err)
		}
		n = len(points)
	}
}

func has(p encoding.Point, want encoding.Tag) bool {
	value, there := p.Series.Tag(want.Key)
	return there && value == want.Value
}

// wantValue wants a metric to have arrived with a value.
func wantValue(t *testing.T, store *apptuittest.Server, want float64, metric string, tags ...encoding.Tag) {
	t.Helper()
	if got := arrived(t, store, metric, tags...).Value.Float64(); got != want {
		t.Errorf("%s%v is %g, want %g", metric, tags, got, want)
	}
}

// wantTag wants a point to have a tag; an empty value means not to have it.
func wantTag(t *testing.T, p encoding.Point, key, want string) {
	t.Helper()
	if got, _ := p.Series.Tag(key); got != want {
		t.Errorf("the tag %s is %q in %s, want %q", key, got, p.Series, want)
	}
}
