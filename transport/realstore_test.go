package transport

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/realserver"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// hosted makes a point of each host, at a time, with further tags.
func hosted(t *testing.T, at time.Time, hosts []string, tags ...encoding.Tag) []encoding.Point {
	t.Helper()
	var out []encoding.Point
	for _, host := range hosts {
		series, err := encoding.NewSeries(encoding.SanitizeApptuit, "node.cpu", append(tags, encoding.Tag{Key: "host", Value: host})...)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, encoding.Point{Series: series, Time: at, Value: encoding.Int(1)})
	}
	return out
}

func numbered(prefix string, n int) []string {
	var out []string
	for i := range n {
		out = append(out, prefix+strconv.Itoa(i))
	}
	return out
}

// wantPartly sends all points in one batch and wants bad of them refused for
// good, with the store's reason, and the others stored.
func wantPartly(t *testing.T, db *realserver.InfluxDB, all []encoding.Point, bad int, reason string) {
	t.Helper()
	c := newClient(t, WithEndpoint(db.PutURL))
	e := encoding.NewEncoder(c.wire.EncoderConfig())
	for _, p := range all {
		if err := e.Append(p); err != nil {
			t.Fatal(err)
		}
	}
	before := len(db.Samples(t, "node.cpu"))
	b := e.Flush()[0]
	o := c.wire.Put(t.Context(), b)
	if o.Verdict != wire.Delivered || o.Failed != bad || o.Stored != len(all)-bad || o.Status != 500 || !strings.Contains(o.Text, reason) || o.Err == nil {
		t.Fatalf("%+v", o)
	}
	d := delivery.New(b)
	if step := d.Record(o); step != delivery.StepDone {
		t.Errorf("step %v", step)
	}
	report := wantDropped(t, FromReport(d.Report(nil)), ErrRejected, bad, len(all)-bad)
	if !strings.Contains(report.Error(), reason) || !errors.Is(report, o.Err) {
		t.Errorf("the store's words are lost: %v", report)
	}
	if stored := len(db.Samples(t, "node.cpu")) - before; stored != len(all)-bad {
		t.Errorf("%d points are stored, want %d", stored, len(all)-bad)
	}
}

func TestFault29InfluxDBRefusesATag(t *testing.T) {
	db := realserver.StartInfluxDB(t)
	db.CreateDatabase(t)
	now := time.Now()
	bad := hosted(t, now, numbered("bad", 2), encoding.Tag{Key: "time", Value: "x"})
	wantPartly(t, db, append(hosted(t, now, numbered("h", 10)), bad...), 2, `input tag "time" on measurement`)
	wantPartly(t, db, bad[:1], 1, `input tag "time" on measurement`)
}

func TestFault29InfluxDBAtItsSeriesLimit(t *testing.T) {
	db := realserver.StartInfluxDB(t, "INFLUXDB_DATA_MAX_SERIES_PER_DATABASE=10")
	db.CreateDatabase(t)
	now := time.Now()
	if err := newClient(t, WithEndpoint(db.PutURL)).Send(t.Context(), hosted(t, now, numbered("known", 10))); err != nil {
		t.Fatal(err)
	}
	// InfluxDB 1.6 leaves out as many points from the beginning of the request as it
	// refuses: these are sent again.
	for i, points := range [][]string{{"known", "new"}, {"new", "known"}} {
		later := now.Add(time.Duration(i+1) * time.Second)
		sent := append(hosted(t, later, numbered(points[0], 10)), hosted(t, later, numbered(points[1], 10))...)
		err := newClient(t, WithEndpoint(db.PutURL)).Send(t.Context(), sent)
		if e := wantDropped(t, err, ErrRejected, 10, 10); !strings.Contains(e.Error(), "max-series-per-database limit exceeded") {
			t.Error(err)
		}
	}
	if got := len(db.Samples(t, "node.cpu")); got != 30 {
		t.Errorf("%d points stored, want 30", got)
	}
}

func TestFault29InfluxDBBeyondItsRetention(t *testing.T) {
	db := realserver.StartInfluxDB(t)
	db.CreateDatabase(t)
	db.SetRetention(t, time.Hour)
	now := time.Now()
	old := hosted(t, now.Add(-5*time.Hour), numbered("old", 7))
	wantPartly(t, db, append(hosted(t, now, numbered("h", 3)), old...), 7, "points beyond retention policy")
	wantPartly(t, db, old, 7, "points beyond retention policy")
}
