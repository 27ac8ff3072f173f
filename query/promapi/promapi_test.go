package promapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

const four = `{"status":"success","data":{"resultType":"scalar","result":[1714564800,"4"]}}`

func TestRequests(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, four), nettest.Status(200, `{"status":"success","data":["a"]}`)}}
	prom := dial(t, w, transport.WithEndpoint("https://api.test/eu%2Fwest/"), transport.WithUserAgent("shop/1.2"))
	value, _, _, err := prom.Query(t.Context(), "2 + 2", noon)
	if err != nil || value.String() != "scalar: 4 @[1714564800]" {
		t.Errorf("%v, %v", value, err)
	}
	values, _, _, err := prom.LabelValues(t.Context(), "a/b %☃", nil, noon, time.Time{})
	if err != nil || len(values) != 1 || values[0] != "a" {
		t.Errorf("%v, %v", values, err)
	}
	for i, want := range []string{
		"POST https://api.test/eu%2Fwest/prometheus/api/v1/query query=2+%2B+2&time=1714564800",
		"GET https://api.test/eu%2Fwest/prometheus/api/v1/label/a%2Fb%20%25%E2%98%83/values?start=1714564800 ",
	} {
		r := w.Asked()[i]
		if got := r.Method + " " + r.URL.String() + " " + string(w.Bodies[i]); got != want {
			t.Errorf("asked %s\nwant  %s", got, want)
		}
		if r.Header.Get("Authorization") != "Bearer "+testToken || !strings.HasPrefix(r.Header.Get("User-Agent"), "shop/1.2 ") {
			t.Errorf("headers %v", r.Header)
		}
	}
}

// A server that takes no POST is asked by GET.
func TestFallsBackToGet(t *testing.T) {
	for _, code := range []int{403, 405, 501} {
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(code, ""), nettest.Status(200, four)}}
		if _, _, _, err := dial(t, w).Query(t.Context(), "2 + 2", time.Time{}); err != nil {
			t.Errorf("%d: %v", code, err)
		}
		if got := w.Asked()[1]; len(w.Asked()) != 2 || got.Method != "GET" || got.URL.Query().Get("query") != "2 + 2" {
			t.Errorf("%d: %d requests, then %s %s", code, len(w.Asked()), got.Method, got.URL)
		}
	}
}

func TestTriesAgain(t *testing.T) {
	cut := strings.TrimSuffix(four, "}")
	for name, tt := range map[string]struct {
		reply    nettest.Reply
		requests int
	}{
		"503": {nettest.Status(503, "busy"), 2}, "429": {nettest.Status(429, "", "Retry-After", "7"), 2}, "broken": {nettest.Fails(errors.New("reset")), 2},
		"cut": {nettest.Status(200, cut), 2}, "400": {nettest.Status(400, ""), 1}, "422": {nettest.Status(422, ""), 1}, "404": {nettest.Status(404, ""), 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &nettest.Wire{Replies: []nettest.Reply{tt.reply, nettest.Status(200, four)}}
			_, _, _, err := dial(t, w).Query(t.Context(), "2 + 2", noon)
			if len(w.Asked()) != tt.requests || (err == nil) != (tt.requests == 2) {
				t.Errorf("%s: %d requests, %v", name, len(w.Asked()), err)
			}
			if len(w.Asked()) == 2 && !bytes.Equal(w.Bodies[1], w.Bodies[0]) {
				t.Errorf("%s: asked %q, and then %q", name, w.Bodies[0], w.Bodies[1])
			}
		})
	}
}

func TestErrors(t *testing.T) {
	says := `{"status":"error","errorType":"x","error":"parse error at char 3"}`
	for _, tt := range []struct {
		reply   nettest.Reply
		kind    v1.ErrorType
		message string
		text    string
	}{
		{nettest.Status(400, says), v1.ErrBadData, "parse error at char 3", `apptuit: query: api.test: status 400 Bad Request: "parse error at char 3"`},
		{nettest.Status(422, says), v1.ErrExec, "parse error at char 3", `apptuit: query: api.test: status 422 Unprocessable Entity: "parse error at char 3"`},
		{nettest.Status(401, "who are you?"), v1.ErrClient, "who are you?", `status 401 Unauthorized: "who are you?": check the token`},
		{nettest.Status(404, ""), v1.ErrClient, "", "status 404 Not Found: check the path of the endpoint"},
		{nettest.Status(503, "busy"), v1.ErrServer, "busy", `status 503 Service Unavailable: "busy"`},
		{nettest.Status(302, "", "Location", "https://b.test/"), v1.ErrBadResponse, "", "the endpoint redirects to https://b.test"},
		{nettest.Status(200, says), v1.ErrBadResponse, "", `the server says "parse error at char 3"`},
		{nettest.Status(200, "<html>"), v1.ErrBadResponse, "", "an object was expected at byte 0"},
		{nettest.Status(200, "[]"), v1.ErrBadResponse, "", "an object was expected at byte 0"},
		{nettest.Status(200, `{"status":"suc`), v1.ErrBadResponse, "", "the answer was cut off"},
		{nettest.Status(200, ""), v1.ErrBadResponse, "", "the answer was cut off"},
		{nettest.Status(200, `{"status":"success","data":{}}`), v1.ErrBadResponse, "", `an object with "data" and a result in it was expected`},
		{nettest.Status(200, strings.Replace(four, `"4"`, `"four"`, 1)), v1.ErrBadResponse, "", "the answer is not of the known shape"},
		{nettest.Fails(errors.New("reset")), "", "", "api.test: reset"},
	} {
		_, _, _, err := dial(t, &nettest.Wire{Replies: []nettest.Reply{tt.reply}}, transport.WithMaxAttempts(1)).Query(t.Context(), "x", noon)
		var ours *query.Error
		if !errors.As(err, &ours) || ours.Message != tt.message || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%v, want %q in it", err, tt.text)
		}
		var theirs *v1.Error
		if errors.As(err, &theirs) != (tt.kind != "") || theirs != nil && (theirs.Type != tt.kind || theirs.Msg == "") {
			t.Errorf("%v: as client_golang's error %v, want %s", err, theirs, tt.kind)
		}
	}
}

// An answer that ends anywhere is an error, and no panic.
func TestCutAnswers(t *testing.T) {
	whole := `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1714564800,"4"],[1714564815.5,"NaN"]]}]},"warnings":["w"]}`
	for n := range len(whole) + 1 {
		prom := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, whole[:n])}}, transport.WithMaxAttempts(1))
		_, _, _, err := prom.QueryRange(t.Context(), "x", v1.Range{Start: noon, End: noon, Step: time.Second})
		if (err == nil) != (n == len(whole)) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestAnswersAreBounded(t *testing.T) {
	for size, want := range map[int64]error{int64(len(four)): nil, int64(len(four)) - 1: query.ErrTooLarge, 1: query.ErrTooLarge} {
		prom := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, four)}}, transport.WithMaxAnswerBytes(size))
		if _, _, _, err := prom.Query(t.Context(), "x", noon); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	w := &nettest.Wire{Replies: []nettest.Reply{packed(four + strings.Repeat(" ", 1<<20))}}
	if _, _, _, err := dial(t, w, transport.WithMaxAnswerBytes(1<<20)).Query(t.Context(), "x", noon); !errors.Is(err, query.ErrTooLarge) {
		t.Errorf("decompressed: %v", err)
	}
}

func TestContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		_, _, _, err := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(503, "busy")}}).Query(ctx, "x", noon)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "status 503") {
			t.Error(err)
		}
	})
}

func TestNew(t *testing.T) {
	if _, err := New(transport.WithEnv(nil), transport.WithEndpoint("ftp://x"), transport.WithTimeout(-1)); err == nil ||
		!strings.Contains(err.Error(), "WithEndpoint") || !strings.Contains(err.Error(), "WithTimeout") {
		t.Error(err)
	}
	prom := dial(t, http.DefaultTransport)
	if got := fmt.Sprint(prom); got != "Prometheus API of https://api.test" {
		t.Error(got)
	}
	prom.(api.CloseIdler).CloseIdleConnections()
}
