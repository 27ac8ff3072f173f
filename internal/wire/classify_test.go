package wire

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestVerdictOfEveryStatus(t *testing.T) {
	want := map[int]Verdict{
		400: Bisect, 408: Retry, 413: Halve, 415: Bisect, 422: Bisect, 425: Retry, 429: Retry, 501: Hold, 505: Hold, 511: Hold,
	}
	byClass := [...]Verdict{1: Hold, 2: Delivered, 3: Hold, 4: Hold, 5: Retry, 6: Retry}
	for code := 100; code < 700; code++ {
		o := classify(answer{points: 1, status: code, header: http.Header{}, redact: outside})
		expected, ok := want[code]
		if !ok {
			expected = byClass[code/100]
		}
		if o.Verdict != expected || o.Status != code || (o.Err == nil) != (expected == Delivered) {
			t.Errorf("%d: %v, %v; want %v", code, o.Verdict, o.Err, expected)
		}
	}
}

func TestComplaints(t *testing.T) {
	tests := []struct {
		status   int
		body     string
		location string
		want     string
	}{
		{401, "bad token", "", `status 401 Unauthorized: "bad token": check the token (WithToken, APPTUIT_API_TOKEN)`},
		{404, "<title>Not here</title>", "", `status 404 Not Found: "Not here": check the path of the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT)`},
		{307, "", "https://b.test/x", `status 307 Temporary Redirect: the endpoint redirects to https://b.test: set the endpoint to where it lives (WithEndpoint, APPTUIT_API_ENDPOINT)`},
		{304, "", "", `status 304 Not Modified: the endpoint redirects: set the endpoint to where it lives (WithEndpoint, APPTUIT_API_ENDPOINT)`},
		{400, `{"error":{"code":400,"message":"No datapoints"}}`, "", `status 400 Bad Request: "No datapoints"`},
		{503, "", "", `status 503 Service Unavailable`},
		{599, `{"why":"x"}`, "", `status 599: "{"why":"x"}"`},
	}
	for _, tt := range tests {
		h := http.Header{}
		h.Set("Location", tt.location)
		o := classify(answer{points: 2, status: tt.status, header: h, body: []byte(tt.body), redact: outside})
		if o.Err.Error() != tt.want {
			t.Errorf("got  %s\nwant %s", o.Err, tt.want)
		}
	}
}

func TestFault16RetryAfterDate(t *testing.T) {
	const date = "Mon, 23 Nov 2026 10:00:00 GMT"
	for after, want := range map[string]time.Duration{
		"Mon, 23 Nov 2026 10:02:00 GMT":  2 * time.Minute,
		"Mon, 23 Nov 2026 09:00:00 GMT":  0,
		"Tue, 24 Nov 2026 10:00:00 GMT":  10 * time.Minute,
		"Monday, 23-Nov-26 10:00:30 GMT": 30 * time.Second,
		"tomorrow":                       0,
		"":                               0,
		" 5 ":                            5 * time.Second,
		"1.5":                            0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {after}, "Date": {date}}); got != want {
			t.Errorf("%q: %v, want %v", after, got, want)
		}
	}
	if got := retryAfter(http.Header{"Retry-After": {date}}); got != 0 {
		t.Errorf("without a Date: %v", got)
	}
}

func TestVerdictString(t *testing.T) {
	for v, want := range map[Verdict]string{Delivered: "delivered", Hold: "hold", 0: "Verdict(0)", 99: "Verdict(99)"} {
		if v.String() != want {
			t.Errorf("got %q, want %q", v, want)
		}
	}
}

func TestBackoff(t *testing.T) {
	for longest, b := range map[time.Duration]*Backoff{time.Minute: NewBackoff(), 5 * time.Minute: NewHoldBackoff()} {
		for i := range 1000 {
			bound := longest
			if i < 9 {
				bound = min(longest, time.Second<<i)
			}
			if d := b.Next(0); d < 0 || d > bound {
				t.Fatalf("wait %d is %v, want at most %v", i, d, bound)
			}
		}
		b.Reset()
		if d := b.Next(0); d > time.Second {
			t.Errorf("after Reset: %v", d)
		}
		if d := b.Next(time.Hour); d < 10*time.Minute || d > 11*time.Minute {
			t.Errorf("asked for an hour: %v", d)
		}
	}
}

// InfluxDB says by an error that it stored a part, and how many points not. What it
// repeats of the points is not taken for that.
func TestFault29Partial(t *testing.T) {
	const header = `write series error: partial write: input tag "time" on measurement "m" is invalid dropped=`
	for _, tt := range []struct {
		status int
		body   string
		failed int // -1: it is no such answer
	}{
		{500, header + "3", 3},
		{400, header + "3\n", 3},
		{500, `{"error":"partial write: points beyond retention policy dropped=2"}`, 2},
		{500, header + "0", 0},
		{500, header + "99", 10},
		{500, header + "18446744073709551615", 10},
		{500, `partial write: tag "dropped=9" is invalid dropped=1`, 1},
		{500, header + "99999999999999999999999", -1},
		{500, header + "-1", -1},
		{500, header, -1},
		{500, "dropped=1 after a partial write", -1},
		{500, `timeout at "partial write dropped=1"`, -1},
		{500, "dropped=1", -1},
		{503, header + "3", -1},
		{403, header + "3", -1},
	} {
		a := answer{points: 10, status: tt.status, header: http.Header{}, body: []byte(tt.body), redact: redactorOf()}
		o := classify(a)
		if tt.failed < 0 {
			if o.Verdict == Delivered || o.Failed != 0 {
				t.Errorf("%d %s: %+v", tt.status, tt.body, o)
			}
			continue
		}
		if o.Verdict != Delivered || o.Failed != tt.failed || o.Stored != 10-tt.failed || o.Text == "" || o.Err == nil {
			t.Errorf("%d %s: %+v", tt.status, tt.body, o)
		}
		if a.points = 0; classify(a).Verdict == Delivered {
			t.Errorf("%s: an answer to a question is taken for one to a put", tt.body)
		}
	}
}

func TestFault30WordsDecide(t *testing.T) {
	for body, want := range map[string]struct {
		hint  string // of a put; empty: it is to be bisected
		asked string
		token bool
	}{
		`remoteAddr: "127.0.0.1:4"; requestURI: /api/put?details; unsupported path requested: "/api/put"`:                 {portHint, "", false},
		`unexpected path requested on HTTP OpenTSDB server: "/x/api/put"`:                                                 {pathHint, "", false},
		`cannot find the provided auth token "Bearer x" in config`:                                                        {tokenHint, tokenHint, true},
		"missing `Authorization` request header":                                                                          {tokenHint, tokenHint, true},
		`cannot determine targetURL: missing route for "/y"`:                                                              {pathHint, pathHint, false},
		"Client sent an HTTP request to an HTTPS server.":                                                                 {httpsHint, httpsHint, false},
		"<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head>":                             {httpsHint, httpsHint, false},
		`{"success":1,"failed":1,"errors":[{"datapoint":{"metric":"unsupported path"},"error":"Unable to parse value"}]}`: {"", "", false},
		"no such metric": {"", "", false},
	} {
		for points, hint := range map[int]string{2: want.hint, 1: want.hint, 0: want.asked} {
			o := classify(answer{points: points, status: 400, header: http.Header{}, body: []byte(body), redact: redactorOf()})
			if (o.Verdict == Hold) != (hint != "") || hint != "" && !strings.HasSuffix(o.Err.Error(), ": "+hint) || o.TokenRefused != want.token {
				t.Errorf("%s, %d points: %v, %v", body, points, o.Verdict, o.Err)
			}
		}
	}
}

func TestMissingDatabase(t *testing.T) {
	for body, want := range map[string]string{
		"write series error: database not found: opentsdb\n":   ": create database opentsdb in the store",
		`{"error":"database not found: \"my db\""}`:            ": create database my db in the store",
		"write series error: database not found: " + testToken: ": create the database in the store",
		"database not found":                                   ": create the database in the store",
		"write series error: timeout":                          `timeout"`,
	} {
		o := classify(answer{points: 2, status: 500, header: http.Header{}, body: []byte(body), redact: redactorOf(testToken)})
		if o.Verdict != Retry || !strings.HasSuffix(o.Err.Error(), want) {
			t.Errorf("%s: %v, %v", body, o.Verdict, o.Err)
		}
	}
}
