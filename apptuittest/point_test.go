package apptuittest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

func TestPutStoresWhatWasSent(t *testing.T) {
	sent := func(timestamp, value string) string {
		return `{"metric":"日本.a-b_c/d","timestamp":` + timestamp + `,"value":` + value + `,"tags":{"zone":"b \"c\"","host":"ä"},"other":null}`
	}
	seconds := time.Date(2014, 7, 31, 18, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		timestamp, value string
		time             time.Time
		want             encoding.Value
	}{
		{"1406829600", "1", seconds, encoding.Int(1)},
		{"1406829600123", "-5", seconds.Add(123 * time.Millisecond), encoding.Int(-5)},
		{"4294967295", "9223372036854775807", time.Unix(4294967295, 0).UTC(), encoding.Int(9223372036854775807)},
		{"4294967296", "9223372036854775808", time.UnixMilli(4294967296).UTC(), encoding.Float(9223372036854775808)},
		{"1", "12.5", time.Unix(1, 0).UTC(), encoding.Float(12.5)},
		{"9999999999999", "1e3", time.UnixMilli(9999999999999).UTC(), encoding.Float(1000)},
	} {
		srv := NewUnstartedServer()
		wantStatus(t, serve(srv, newPut("/api/put", "["+sent(tc.timestamp, tc.value)+"]")), 204)
		p := srv.Points()[0]
		if p.Time != tc.time || p.Value != tc.want {
			t.Errorf("%s %s: stored %v %v, want %v %v", tc.timestamp, tc.value, p.Time, p.Value, tc.time, tc.want)
		}
		if got := p.Series.String(); got != `日本.a-b_c/d{host="ä",zone="b \"c\""}` {
			t.Errorf("stored %s", got)
		}
	}
}

func TestPutRefusesPoints(t *testing.T) {
	srv := NewUnstartedServer(withMaxTags(2))
	for _, tc := range []struct{ point, want string }{
		{`{}`, "metric: missing"},
		{`{"Metric":"m"}`, "metric: missing"},
		{`{"metric":7}`, "metric: not a string"},
		{`{"metric":null}`, "metric: not a string"},
		{`{"metric":""}`, "metric: not a valid name"},
		{`{"metric":"a:b"}`, "':' at byte 1"},
		{`{"metric":"m"}`, "tags: at least one"},
		{`{"metric":"m","tags":{}}`, "tags: at least one"},
		{`{"metric":"m","tags":["a"]}`, "tags: not an object"},
		{`{"metric":"m","tags":{"a":"1","b":"2","c":"3"}}`, "tags: there are 3, and at most 2"},
		{`{"metric":"m","tags":{"":"1"}}`, "tags: key: not a valid name"},
		{`{"metric":"m","tags":{"a b":"1"}}`, "tags: key: not a valid name"},
		{`{"metric":"m","tags":{"a":""}}`, "tags: a: the value is empty"},
		{`{"metric":"m","tags":{"a":1}}`, "tags: a: not a string"},
		{`{"metric":"m","tags":{"a":null}}`, "tags: a: not a string"},
		{`{"metric":"m","tags":{"a":"1"}}`, "timestamp: not a positive integer"},
		{`{"metric":"m","tags":{"a":"1"},"timestamp":0}`, "timestamp: not"},
		{`{"metric":"m","tags":{"a":"1"},"timestamp":-1}`, "timestamp: not"},
		{`{"metric":"m","tags":{"a":"1"},"timestamp":1.5}`, "timestamp: not"},
		{`{"metric":"m","tags":{"a":"1"},"timestamp":"1"}`, "timestamp: not"},
		{`{"metric":"m","tags":{"a":"1"},"timestamp":10000000000000}`, "timestamp: not"},
		{`{"metric":"m","tags":{"a":"1"},"timestamp":1}`, "value: not a JSON number"},
		{`{"metric":"m","tags":{"a":"1"},"timestamp":1,"value":"NaN"}`, "value: not a JSON number"},
		{`{"metric":"m","tags":{"a":"1"},"timestamp":1,"value":"1"}`, "value: not a JSON number"},
		{`{"metric":"m","tags":{"a":"1"},"timestamp":1,"value":null}`, "value: not a JSON number"},
		{`{"metric":"m","tags":{"a":"1"},"timestamp":1,"value":1e400}`, "value: too large"},
	} {
		w := serve(srv, newPut("/api/put?details", tc.point))
		wantStatus(t, w, 400)
		var answer putDetails
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || len(answer.Errors) != 1 {
			t.Fatalf("%s: answered %s (%v)", tc.point, w.Body, err)
		}
		if got := answer.Errors[0]; !strings.Contains(got.Error, tc.want) || string(got.Datapoint) != tc.point {
			t.Errorf("%s: error %q, want %q", tc.point, got.Error, tc.want)
		}
	}
	wantMetrics(t, srv)
}

func TestPutTagBound(t *testing.T) {
	var tags []string
	for c := 'a'; c < 'a'+25; c++ {
		tags = append(tags, `"`+string(c)+`":"1"`)
	}
	put := func(tags []string) *http.Request {
		return newPut("/api/put", `[{"metric":"m","timestamp":1,"value":1,"tags":{`+strings.Join(tags, ",")+`}}]`)
	}
	srv := NewUnstartedServer()
	wantStatus(t, serve(srv, put(tags)), 204)
	wantStatus(t, serve(srv, put(append(tags, `"z":"1"`))), 400)
}
