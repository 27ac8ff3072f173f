package transport

import (
	"net/http"
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
