package transport

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/realserver"
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
	e := encoding.NewEncoder(c.EncoderConfig())
	for _, p := range all {
		if err := e.Append(p); err != nil {
			t.Fatal(err)
		}
	}
	before := len(db.Samples(t, "node.cpu"))
	b := e.Flush()[0]
	o := c.Put(t.Context(), b)
	if o.Verdict != Delivered || o.Failed != bad || o.Stored != len(all)-bad || o.Status != 500 || !strings.Contains(o.Text, reason) || o.Err == nil {
		t.Fatalf("%+v", o)
	}
	d := NewDelivery(b)
	if step := d.Record(o); step != StepDone {
		t.Errorf("step %v", step)
	}
	report := wantDropped(t, d.Err(), ErrRejected, bad, len(all)-bad)
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

func TestInfluxDBWithoutDatabase(t *testing.T) {
	db := realserver.StartInfluxDB(t)
	c := newClient(t, WithEndpoint(db.PutURL))
	if o := c.Put(t.Context(), batch(1)); o.Verdict != Retry || o.Status != 500 || !strings.HasSuffix(o.Err.Error(), ": create database opentsdb in the store") {
		t.Errorf("%v: %v", o.Verdict, o.Err)
	}
	// Its port of puts takes bytes for lines of text, and says nothing to TLS.
	secure := newClient(t, WithEndpoint(strings.Replace(db.PutURL, "http:", "https:", 1)), WithTimeout(500*time.Millisecond))
	if o := secure.Put(t.Context(), batch(1)); o.Verdict != Retry {
		t.Errorf("%v: %v", o.Verdict, o.Err)
	}
}

func TestFault30VictoriaMetricsWrongPlaces(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	for _, tt := range []struct{ endpoint, want string }{
		{vm.QueryURL, portHint},
		{vm.PutURL + "/insert/0/opentsdb", pathHint},
		{strings.Replace(vm.PutURL, "http:", "https:", 1), "set the endpoint to http://"},
	} {
		for _, n := range []int{1, 5} {
			o := newClient(t, WithEndpoint(tt.endpoint)).Put(t.Context(), batch(n))
			if o.Verdict != Hold || !strings.Contains(o.Err.Error(), tt.want) || o.TokenRefused {
				t.Errorf("%s: %v, %v", tt.endpoint, o.Verdict, o.Err)
			}
		}
	}
}

func TestFault30VMAuthRefusesTheToken(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	auth := realserver.StartVMAuth(t, "good-token", vm)
	tokens := []string{"wrong-token", "good-token"}
	source := func(context.Context) (string, error) {
		token := tokens[0]
		tokens = tokens[min(len(tokens)-1, 1):]
		return token, nil
	}
	c, err := New(WithEnv(nil), WithEndpoint(auth.URL), WithTokenSource(source))
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	o := c.Put(t.Context(), batch(2))
	if o.Verdict != Hold || o.Status != http.StatusBadRequest || !o.TokenRefused || !strings.HasSuffix(o.Err.Error(), tokenHint) || strings.Contains(o.Err.Error(), "wrong-token") {
		t.Errorf("%+v: %v", o, o.Err)
	}
	if !c.TokenRenewed(t.Context()) {
		t.Error("the source has another token, and nobody says so")
	}
	if o := c.Put(t.Context(), batch(2)); o.Verdict != Delivered {
		t.Errorf("%+v", o)
	}
	none := newClient(t, WithEndpoint(auth.URL), func(c *config) { c.token = setting[tokenSource]{} }, WithoutToken())
	if o := none.Put(t.Context(), batch(2)); o.Verdict != Hold || !o.TokenRefused || !strings.HasSuffix(o.Err.Error(), tokenHint) {
		t.Errorf("without a token: %+v", o)
	}
	other := newClient(t, WithEndpoint(auth.URL+"/x"), WithToken("good-token"))
	if o := other.Put(t.Context(), batch(2)); o.Verdict != Hold || o.TokenRefused || !strings.HasSuffix(o.Err.Error(), pathHint) {
		t.Errorf("without a route: %+v", o)
	}
	q := newQuestion()
	wrong := newClient(t, WithEndpoint(auth.URL), WithToken("wrong-token"))
	if o := wrong.Ask(t.Context(), q.Request); o.Verdict != Hold || !o.TokenRefused || !strings.HasSuffix(o.Err.Error(), tokenHint) {
		t.Errorf("asked: %+v", o)
	}
}

// A server of TLS says so to a request without it, each in its own way.
func TestPlainRequestToTLS(t *testing.T) {
	s := serveTLS(t, true, http.NotFound)
	o := newClient(t, WithEndpoint("http://"+s.Listener.Addr().String())).Put(t.Context(), batch(2))
	if o.Verdict != Hold || !strings.HasSuffix(o.Err.Error(), httpsHint) {
		t.Errorf("%v: %v", o.Verdict, o.Err)
	}
	_, c := serveRaw(t, says("\x15\x03\x01\x00\x02\x02\x46\r\n\r\n"))
	if o := c.Put(t.Context(), batch(2)); o.Verdict != Hold || !strings.HasSuffix(o.Err.Error(), "the server wants TLS: "+httpsHint) {
		t.Errorf("%v: %v", o.Verdict, o.Err)
	}
}
