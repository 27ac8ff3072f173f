package wire

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/apptuitai/apptuit-go/internal/nettest"
)

func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		"", "{", "<html><title>x", `{"error":"x"}`, `{"error":{"code":400,"message":"x"}}`, `{"success":-1,"failed":3}`,
		`{"success":1,"failed":1,"errors":[{"datapoint":null,"error":"Please throttle"}]}`, `{"errors":[{"datapoint":{"value":[1]}}]}`,
	} {
		f.Add(400, body, "120")
		f.Add(200, body, "")
	}
	f.Add(400, nettest.Details(1, map[int]string{1: "bad"}), "")
	f.Fuzz(func(t *testing.T, code int, body, after string) {
		if code == 0 {
			return
		}
		a := answer{points: 2, status: code, header: http.Header{"Retry-After": {after}}, body: []byte(body), redact: redactorOf(testToken)}
		o := classify(a)
		if o.Verdict < Delivered || o.Verdict > Hold || (o.Err == nil) != (o.Verdict == Delivered) {
			t.Fatalf("%+v", o)
		}
		if n := utf8.RuneCountInString(o.Text); n > maxText || strings.ContainsAny(o.Text, "\r\n\x00") || strings.Contains(o.Text, testToken) {
			t.Fatalf("%d characters: %q", n, o.Text)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("120", "")
	f.Add("-1", "x")
	f.Add("99999999999999999999", "")
	f.Add("Mon, 02 Jan 2006 15:04:05 GMT", "Mon, 02 Jan 2006 15:00:05 GMT")
	f.Fuzz(func(t *testing.T, after, date string) {
		d := retryAfter(http.Header{"Retry-After": {after}, "Date": {date}})
		if d < 0 || d > maxRetryAfter || d%time.Second != 0 {
			t.Fatalf("%q, %q: %v", after, date, d)
		}
	})
}

func FuzzEndpoint(f *testing.F) {
	for _, s := range []string{"https://store.test/a/", "http://[::1%25lo]:80", "https://u:p@h", "https://h?", "//h", "https://h/%2e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := endpointOf(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(e.base, "?#") || strings.HasSuffix(e.base, "/") {
			t.Fatalf("%q becomes %q", s, e.base)
		}
		req, err := http.NewRequest(http.MethodPost, e.put, nil)
		if err != nil || req.URL.Host == "" || req.URL.User != nil || !strings.HasPrefix(req.URL.RawQuery, "details") && !e.query.Has("details") || !strings.HasSuffix(req.URL.Path, putPath) {
			t.Fatalf("%q becomes %q: %v", s, e.put, err)
		}
		again, err := endpointOf(e.base + "?" + e.query.Encode())
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Fatalf("%q is %+v, and then %+v, %v", s, e, again, err)
		}
	})
}

func FuzzEnvironment(f *testing.F) {
	f.Add("tok", "https://store.test", "gzip", "30000", "no")
	f.Add("a b", "https://u:p@h", "lzw", "-1", "maybe")
	f.Fuzz(func(t *testing.T, token, endpoint, compression, timeout, insecure string) {
		c, err := New(variables(map[string]string{
			"APPTUIT_API_TOKEN": token, "APPTUIT_API_ENDPOINT": endpoint, "APPTUIT_COMPRESSION": compression,
			"APPTUIT_TIMEOUT": timeout, "APPTUIT_INSECURE": insecure,
		}))
		if (c == nil) == (err == nil) {
			t.Fatalf("%v, %v", c, err)
		}
		if err != nil && len(token) > 20 && strings.Contains(err.Error(), token) {
			t.Fatalf("the error shows the token: %v", err)
		}
		if err == nil && (c.timeout <= 0 || !c.encoding.Compression.Valid() || checkToken(token) != nil) {
			t.Fatalf("%+v", c)
		}
	})
}
