package apptuit_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

var movedClient = []movedFeature{
	{"Apptuit(token=)", func(t *testing.T, store *apptuittest.Server) {
		client, err := transport.New(transport.WithEndpoint(store.URL), transport.WithToken(movingToken))
		if err != nil {
			t.Fatal(err)
		}
		defer client.CloseIdleConnections()
		send(t, client, encoding.Point{Series: timeSeries(t, "m", tag("k", "v")), Value: encoding.Int(1)})
		wantValue(t, store, 1, "m") // any other token is refused by this store
	}},
	{"Apptuit(api_endpoint=)", func(t *testing.T, store *apptuittest.Server) {
		client := clientTo(t, store, transport.WithEndpoint(store.URL+"/"))
		send(t, client, encoding.Point{Series: timeSeries(t, "m", tag("k", "v"))})
		if sent := store.Requests()[0]; sent.Path != "/api/put" || client.Endpoint() != store.URL {
			t.Errorf("%s was asked, of %s", sent.Path, client.Endpoint())
		}
	}},
	{"Apptuit(global_tags=)", func(t *testing.T, store *apptuittest.Server) {
		global := []encoding.Tag{tag("service", "order-service"), tag("zone", "a")}
		cpu := timeSeries(t, "node.cpu", append(global, tag("zone", "b"))...) // of a key given twice the last counts
		send(t, clientTo(t, store), encoding.Point{Series: cpu})
		p := arrived(t, store, "node_cpu", tag("service", "order-service"))
		wantTag(t, p, "zone", "b")
	}},
	{"Apptuit(ignore_environ_tags=)", func(t *testing.T, store *apptuittest.Server) {
		t.Setenv("APPTUIT_TAGS", "env: dev")
		send(t, clientTo(t, store), encoding.Point{Series: timeSeries(t, "m", tag("k", "v"))})
		wantTag(t, arrived(t, store, "m"), "env", "")
	}},
	{`Apptuit(sanitize_mode="prometheus")`, func(t *testing.T, store *apptuittest.Server) {
		if got, want := sanitised(t, store, encoding.SanitizePrometheus), `_7_cpu_time_seconds{gr_e_a_b="a b"}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}},
	{`Apptuit(sanitize_mode="apptuit")`, func(t *testing.T, store *apptuittest.Server) {
		if got, want := sanitised(t, store, encoding.SanitizeApptuit), `7_cpu-time/seconds{größe.a_b="a b"}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}},
	{"Apptuit(sanitize_mode=None)", func(t *testing.T, store *apptuittest.Server) {
		_, err := encoding.NewSeries(encoding.SanitizeNone, "a&b", tag("k", "v"))
		if !errors.Is(err, encoding.ErrName) || !strings.Contains(err.Error(), "a&b") {
			t.Errorf("a&b: %v", err)
		}
		s, err := encoding.NewSeries(encoding.SanitizeNone, "a.b-c__d/é", tag("k", "v"))
		if err != nil {
			t.Fatal(err)
		}
		send(t, clientTo(t, store), encoding.Point{Series: s})
		arrived(t, store, "a.b-c__d/é")
	}},
	{"ApptuitException", func(t *testing.T, store *apptuittest.Server) {
		_, err := transport.New(transport.WithEndpoint(store.URL))
		if err == nil || !strings.Contains(err.Error(), "APPTUIT_API_TOKEN") {
			t.Errorf("without a token: %v", err)
		}
	}},
}

var movedSending = []movedFeature{
	{"DataPoint(metric, tags, timestamp, value)", func(t *testing.T, store *apptuittest.Server) {
		p := encoding.Point{
			Series: timeSeries(t, "proc.cpu.percent", tag("host", "a")),
			Time:   movingStart,
			Value:  encoding.Float(12.5),
		}
		send(t, clientTo(t, store), p)
		got := arrived(t, store, "proc_cpu_percent", tag("host", "a"))
		if !got.Time.Equal(movingStart) || got.Value.Float64() != 12.5 {
			t.Errorf("%s %s at %s", got.Series, got.Value, got.Time)
		}
	}},
	{"send(datapoints)", func(t *testing.T, store *apptuittest.Server) {
		cpu := timeSeries(t, "cpu", tag("host", "a"))
		points := []encoding.Point{{Series: cpu, Value: encoding.Float(1.5)}, {Series: cpu, Value: encoding.Int(1<<53 + 1)}}
		if err := clientTo(t, store).Send(t.Context(), points); err != nil {
			t.Fatal(err)
		}
		if got := store.Points(); len(got) != 2 || got[1].Value.Int64() != 1<<53+1 || time.Since(got[0].Time) > time.Minute {
			t.Errorf("%v arrived", got)
		}
	}},
	{"send(retry_count=)", func(t *testing.T, store *apptuittest.Server) {
		fault := store.Inject(apptuittest.Status(500).Times(1))
		send(t, clientTo(t, store), encoding.Point{Series: timeSeries(t, "m", tag("k", "v"))})
		if len(store.Points()) != 1 || fault.Fired() != 1 {
			t.Errorf("%d points after %d faults", len(store.Points()), fault.Fired())
		}
	}},
	{"send(timeout=)", func(t *testing.T, store *apptuittest.Server) {
		store.Inject(apptuittest.Slow(time.Minute))
		client := clientTo(t, store, transport.WithTimeout(10*time.Millisecond)) // of one attempt
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)     // of all
		defer cancel()
		err := client.Send(ctx, []encoding.Point{{Series: timeSeries(t, "m", tag("k", "v"))}})
		var report *transport.SendError
		if !errors.As(err, &report) || report.Unsent != 1 || !strings.Contains(err.Error(), "10ms") {
			t.Errorf("got %v", err)
		}
	}},
	{"TimeSeries(metric, tags)", func(t *testing.T, store *apptuittest.Server) {
		cpu, err := encoding.NewSeries(encoding.SanitizePrometheus, "node.cpu", encoding.Tag{Key: "type", Value: "idle"})
		if err != nil {
			t.Fatal(err)
		}
		client := clientTo(t, store)
		for i := range 2 { // made once, sent at any time
			send(t, client, encoding.Point{Series: cpu, Time: movingStart.Add(time.Duration(i) * time.Second)})
		}
		if got := store.Points(); len(got) != 2 || got[0].Series.String() != `node_cpu{type="idle"}` {
			t.Errorf("%v arrived", got)
		}
	}},
	{"TimeSeries.add_point(timestamp, value)", func(t *testing.T, store *apptuittest.Server) {
		cpu := timeSeries(t, "cpu", tag("host", "a"))
		var points []encoding.Point
		for i := range 3 {
			points = append(points, encoding.Point{Series: cpu, Time: movingStart.Add(time.Duration(i) * time.Minute), Value: encoding.Int(int64(i))})
		}
		send(t, clientTo(t, store), points...)
		if got := store.Points(); len(got) != 3 || got[2].Value.Int64() != 2 || !got[2].Time.Equal(points[2].Time) {
			t.Errorf("%v arrived", got)
		}
	}},
	{"send_timeseries(series_list)", func(t *testing.T, store *apptuittest.Server) {
		cpu, load := timeSeries(t, "cpu", tag("host", "a")), timeSeries(t, "load", tag("host", "a"))
		send(t, clientTo(t, store), encoding.Point{Series: cpu, Value: encoding.Int(1)}, encoding.Point{Series: load, Value: encoding.Int(2)})
		wantValue(t, store, 1, "cpu")
		wantValue(t, store, 2, "load")
		if n := len(store.Requests()); n != 1 {
			t.Errorf("it took %d requests", n)
		}
	}},
	{"50,000 points in one request", func(t *testing.T, store *apptuittest.Server) {
		points := slices.Repeat([]encoding.Point{{Series: timeSeries(t, "m", tag("k", "v"))}}, 21)
		send(t, clientTo(t, store, transport.WithMaxBatch(20)), points...)
		if sent := store.Requests(); len(sent) != 2 || sent[0].Points != 20 || sent[1].Points != 1 {
			t.Errorf("%d requests", len(sent))
		}
	}},
	{"ApptuitSendException", func(t *testing.T, store *apptuittest.Server) {
		store.Inject(apptuittest.RejectPoints(func(p encoding.Point) string {
			if p.Series.Metric() == "bad" {
				return "it is bad"
			}
			return ""
		}))
		bad, good := timeSeries(t, "bad", tag("k", "v")), timeSeries(t, "good", tag("k", "v"))
		err := clientTo(t, store).Send(t.Context(), []encoding.Point{{Series: bad}, {Series: good}})
		var report *transport.SendError
		if !errors.As(err, &report) {
			t.Fatal(err)
		}
		if report.Status != 400 || report.Stored != 1 || report.Dropped[transport.ErrRejected] != 1 || report.Rejected[0].Reason != "it is bad" {
			t.Errorf("%+v", report)
		}
	}},
	{"encode_metric(metric_name, metric_tags)", func(t *testing.T, _ *apptuittest.Server) {
		got, err := encoding.EncodeMetric(encoding.NotationJSON, "node.cpu", tag("type", "idle"), tag("cpu", "0"))
		if want := `node.cpu{"cpu": "0", "type": "idle"}`; err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}},
	{"decode_metric(encoded_metric_name)", func(t *testing.T, store *apptuittest.Server) {
		name, tags, err := encoding.DecodeMetric(`node.cpu {"type": "idle"}`)
		if err != nil {
			t.Fatal(err)
		}
		send(t, clientTo(t, store), encoding.Point{Series: timeSeries(t, name, tags...)})
		arrived(t, store, "node_cpu", tag("type", "idle"))
	}},
}

var movedQuery = []movedFeature{
	{"query(query_str, start)", func(t *testing.T, store *apptuittest.Server) {
		threeMinutes(t, store, "proc.cpu.percent")
		got := asked(t, queryTo(t, store), "fetch('proc.cpu.percent').downsample('1m', 'avg')", movingStart.Add(time.Minute), time.Time{})
		if points := got.Outputs[0].Series[0].Points; len(points) != 2 || points[0].Value != 2 {
			t.Errorf("got %v", points)
		}
	}},
	{"query(end=)", func(t *testing.T, store *apptuittest.Server) {
		threeMinutes(t, store, "cpu")
		got := asked(t, queryTo(t, store), query.Fetch("cpu").String(), movingStart, movingStart.Add(time.Minute))
		if points := got.Outputs[0].Series[0].Points; len(points) != 2 || points[1].Value != 2 {
			t.Errorf("got %v", points)
		}
	}},
	{"query(retry_count=)", func(t *testing.T, store *apptuittest.Server) {
		threeMinutes(t, store, "cpu")
		fault := store.Inject(apptuittest.Status(500).On(apptuittest.Queries).Times(1))
		got := asked(t, queryTo(t, store, transport.WithMaxAttempts(2)), "fetch('cpu')", movingStart, time.Time{})
		if len(got.Outputs) != 1 || fault.Fired() != 1 {
			t.Errorf("%d outputs after %d faults", len(got.Outputs), fault.Fired())
		}
	}},
	{"query(timeout=)", func(t *testing.T, store *apptuittest.Server) {
		store.Inject(apptuittest.Slow(time.Minute).On(apptuittest.Queries))
		client := queryTo(t, store, transport.WithTimeout(10*time.Millisecond), transport.WithMaxAttempts(1))
		_, err := client.Query(t.Context(), "fetch('cpu')", movingStart, time.Time{})
		if err == nil || !strings.Contains(err.Error(), "10ms") {
			t.Errorf("got %v", err)
		}
	}},
	{"query_res[0]", func(t *testing.T, store *apptuittest.Server) {
		threeMinutes(t, store, "cpu")
		got := asked(t, queryTo(t, store), "fetch('cpu')", movingStart, time.Time{})
		if first := got.Outputs[0]; first.ID != "cpu" || first.Series[0].Tags["host"] != "a" {
			t.Errorf("got %v", first)
		}
	}},
	{"query_res['name']", func(t *testing.T, store *apptuittest.Server) {
		threeMinutes(t, store, "node.cpu")
		text := query.Outputs(query.Fetch("node.cpu").As("cpu"), query.Fetch("node.cpu").Downsample(time.Minute, query.Max).As("top"))
		got := asked(t, queryTo(t, store), text.String(), movingStart, time.Time{})
		if top, ok := got.Output("top"); !ok || top.Series[0].Metric != "node.cpu" {
			t.Errorf("got %v, %v", top, ok)
		}
	}},
	{"to_df()", func(t *testing.T, store *apptuittest.Server) {
		threeMinutes(t, store, "cpu")
		frame := asked(t, queryTo(t, store), "fetch('cpu')", movingStart, time.Time{}).Outputs[0].Frame()
		value, ok := frame.ColumnAt(0).At(1)
		if names := frame.Columns(); len(names) != 1 || names[0] != "cpu{host:a}" || frame.Len() != 3 || !ok || value != 2 {
			t.Errorf("%d rows, columns %q, a value %g, %v", frame.Len(), names, value, ok)
		}
	}},
}

// asked queries, within 10 seconds.
func asked(t *testing.T, client *query.Client, text string, start, end time.Time) *query.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	result, err := client.Query(ctx, text, start, end)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Outputs) == 0 {
		t.Fatal("there is no output")
	}
	return result
}
