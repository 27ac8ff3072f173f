package query

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/transport"
)

// What was put comes back, point by point.
func TestQueryGivesWhatWasPut(t *testing.T) {
	values := []float64{0, 1, -1, 0.1, 23.05, -1e-7, 1e21, math.MaxFloat64, math.SmallestNonzeroFloat64, 1 << 53, 123456789.123456789}
	tags := []map[string]string{{"host": "a"}, {"host": `l'"\` + "\n", "zone": "日本"}}
	var points []encoding.Point
	want := map[string][]Point{}
	for _, tag := range tags {
		name := Series{Metric: "node.cpu", Tags: tag}.Name()
		for i, v := range values {
			at := noon.Add(time.Duration(i) * 250 * time.Millisecond)
			points = append(points, sent(t, "node.cpu", tag, at, encoding.Float(v)))
			want[name] = append(want[name], Point{at.UnixMilli(), v})
		}
	}
	client := newClient(t, transport.WithEndpoint(stock(t, points...).URL))
	result, err := client.Query(t.Context(), Fetch("node.cpu").String(), noon, noon.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for id, s := range result.All() {
		if id != "node.cpu" || !slices.Equal(s.Points, want[s.Name()]) {
			t.Errorf("%s: %s\ngot  %v\nwant %v", id, s.Name(), s.Points, want[s.Name()])
		}
		delete(want, s.Name())
	}
	if len(want) > 0 {
		t.Errorf("no series %v", want)
	}
	if result.Query.Text != "fetch('node.cpu')" || !result.Query.Start.Equal(noon) || result.Stats.Series != 2 {
		t.Errorf("%+v, %+v", result.Query, result.Stats)
	}
}

func TestQueryOutputsInOrder(t *testing.T) {
	host := map[string]string{"host": "a"}
	srv := stock(t, sent(t, "cpu", host, noon, encoding.Int(1)), sent(t, "load", host, noon, encoding.Int(2)))
	script := Outputs(Fetch("load").As("l"), Fetch("none").As("n"), Fetch("cpu").As("c"))
	result, err := newClient(t, transport.WithEndpoint(srv.URL)).Query(t.Context(), script.String(), noon, noon)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Outputs) != 2 || result.Outputs[0].ID != "l" || result.Outputs[1].ID != "c" {
		t.Errorf("got %+v", result.Outputs)
	}
	if o, ok := result.Output("c"); !ok || o.Series[0].Metric != "cpu" {
		t.Errorf("output c: %+v", o)
	}
	if _, ok := result.Output("n"); ok {
		t.Error("an empty output was kept")
	}
}

// A downsampling can begin before the start; both ends belong to a query.
func TestQueryDropsWhatIsOutside(t *testing.T) {
	for _, tt := range []struct {
		start, end time.Time
		dps        string
		want       []int64 // seconds from noon, in milliseconds
	}{
		{noon, noon.Add(10 * time.Second), "[[-1,1],[0,1],[5,1],[10,1],[11,1]]", []int64{0, 5000, 10_000}},
		{noon, noon, "[[-0.001,1],[0,1],[0.001,1]]", []int64{0}},
		{noon.Add(time.Nanosecond), noon.Add(2*time.Second - 1), "[[0,1],[0.001,1],[1.999,1],[2,1]]", []int64{1, 1999}},
		{noon, time.Time{}, "[[-1,1],[0,1],[86400000,1]]", []int64{0, 86_400_000_000}},
		{noon.Add(time.Hour), noon.Add(2 * time.Hour), "[[0,1]]", nil},
	} {
		var dps strings.Builder
		for i, p := range strings.Split(strings.Trim(tt.dps, "[]"), "],[") {
			at, v, _ := strings.Cut(p, ",")
			var sec float64
			fmt.Sscan(at, &sec)
			fmt.Fprintf(&dps, "%.1s[%.3f,%s]", strings.Repeat(",", min(i, 1)), float64(noon.Unix())+sec, v)
		}
		c := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, oneSeries("["+dps.String()+"]"))}})
		result, err := c.Query(t.Context(), "fetch('cpu')", tt.start, tt.end)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, p := range result.Outputs[0].Series[0].Points {
			got = append(got, p.UnixMilli-noon.UnixMilli())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%v to %v of %s: got %v, want %v", tt.start, tt.end, tt.dps, got, tt.want)
		}
	}
}

func TestQueryRequest(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, `{"outputs":[]}`)}}
	c := dial(t, w, transport.WithEndpoint("https://api.test/x/"), transport.WithUserAgent("shop/1.2"), transport.WithHeaders(map[string]string{"X-Scope": "one"}))
	text := "fetch('a b', 'k'='+&%;#\n') "
	for _, end := range []time.Time{noon.Add(1500 * time.Millisecond), {}} {
		result, err := c.Query(t.Context(), text, noon.Add(700*time.Millisecond), end)
		if err != nil || len(result.Outputs) != 0 {
			t.Fatalf("%+v, %v", result, err)
		}
	}
	const q = "&q=fetch%28%27a%20b%27%2C%20%27k%27%3D%27%2B%26%25%3B%23%0A%27%29%20"
	for i, want := range []string{
		"https://api.test/x/api/query?start=1714564800&end=1714564802" + q,
		"https://api.test/x/api/query?start=1714564800" + q,
	} {
		r := w.Asked()[i]
		if r.Method != http.MethodGet || r.URL.String() != want || r.URL.Query().Get("q") != text || r.ContentLength != 0 {
			t.Errorf("%s %s, want %s", r.Method, r.URL, want)
		}
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer " + testToken, "Accept-Encoding": "gzip", "Accept": "application/json", "X-Scope": "one", "Content-Type": "",
	} {
		if got := w.Asked()[0].Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if ua := w.Asked()[0].UserAgent(); !strings.HasPrefix(ua, "shop/1.2 apptuit-go/"+transport.Version) {
		t.Error(ua)
	}
}

func TestQueryRefusesBeforeAnyRequest(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Fails(errors.New("there was a request"))}}
	c := dial(t, w)
	for want, q := range map[string]struct {
		text       string
		start, end time.Time
	}{
		"the query is empty":                   {" \n", noon, noon},
		"the query has no start":               {"fetch('a')", time.Time{}, noon},
		"the query's end is before its start":  {"fetch('a')", noon, noon.Add(-1)},
		"Downsample: 1ms is not in whole seco": {Fetch("a").Downsample(time.Millisecond, Avg).String(), noon, noon},
	} {
		result, err := c.Query(t.Context(), q.text, q.start, q.end)
		var e *Error
		if result != nil || !errors.As(err, &e) || e.Status != 0 || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if len(w.Asked()) > 0 {
		t.Errorf("%d requests", len(w.Asked()))
	}
}

func TestNewChecks(t *testing.T) {
	for want, opts := range map[string][]Option{
		"no token: set APPTUIT_API_TOKEN":  {transport.WithEnv(nil)},
		"WithEndpoint: plain http":         {transport.WithEnv(nil), transport.WithToken("test-token"), transport.WithEndpoint("http://api.test")},
		"ends in /api/query":               {transport.WithEnv(nil), transport.WithToken("test-token"), transport.WithEndpoint("https://api.test/api/query/")},
		"WithMaxAnswerBytes: the bound is": {transport.WithEnv(nil), transport.WithToken("test-token"), transport.WithMaxAnswerBytes(0)},
		"WithMaxAttempts: the bound is":    {transport.WithEnv(nil), transport.WithToken("test-token"), transport.WithMaxAttempts(0)},
		"WithTimeout: 0s is not above":     {transport.WithEnv(nil), transport.WithToken("test-token"), transport.WithTimeout(0)},
		"APPTUIT_TIMEOUT: it is not":       {environment(map[string]string{"APPTUIT_API_TOKEN": "test-token", "APPTUIT_TIMEOUT": "soon"})},
		"APPTUIT_API_TOKEN: byte 2 of the": {environment(map[string]string{"APPTUIT_API_TOKEN": "t t"})},
	} {
		if _, err := New(opts...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestTimeoutIsLongerThanThatOfPuts(t *testing.T) {
	env := environment(map[string]string{"APPTUIT_API_TOKEN": "test-token", "APPTUIT_TIMEOUT": "1500", "APPTUIT_API_ENDPOINT": "http://api.test", "APPTUIT_INSECURE": "yes"})
	for _, tt := range []struct {
		opts     []Option
		endpoint string
		timeout  time.Duration
	}{
		{[]Option{transport.WithEnv(nil), transport.WithToken(testToken)}, "https://api.apptuit.ai", 180 * time.Second},
		{[]Option{env}, "http://api.test", 1500 * time.Millisecond},
		{[]Option{env, transport.WithTimeout(time.Second)}, "http://api.test", time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &nettest.Wire{Replies: []nettest.Reply{nettest.Hangs(true)}}
			c, err := New(append(tt.opts, transport.WithHTTPClient(&http.Client{Transport: w}), transport.WithMaxAttempts(1))...)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if _, err := c.Query(t.Context(), "fetch('cpu')", noon, noon); err == nil || time.Since(began) != tt.timeout || c.Endpoint() != tt.endpoint {
				t.Errorf("%v after %v: %v", c, time.Since(began), err)
			}
		})
	}
}

func TestConcurrentSafeQuery(t *testing.T) {
	srv := stock(t, sent(t, "cpu", map[string]string{"host": "a"}, noon, encoding.Int(1)))
	c := newClient(t, transport.WithEndpoint(srv.URL))
	failed := make(chan error, 16)
	for range cap(failed) {
		go func() {
			_, err := c.Query(t.Context(), "fetch('cpu')", noon, noon)
			failed <- err
		}()
	}
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}
