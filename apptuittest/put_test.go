package apptuittest

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestPutAnswers(t *testing.T) {
	const bad = `{"metric":"a b","timestamp":1,"value":1,"tags":{"host":"a"}}`
	good := strings.Trim(onePoint, "[]")
	mixed := "[" + good + "," + bad + "]"
	srv := NewUnstartedServer()
	for _, tc := range []struct {
		target, body string
		status       int
		answer       string
	}{
		{"/api/put", onePoint, 204, ``},
		{"/api/put", good, 204, ``},
		{"/api/put?details", " \n" + good, 200, `{"success":1,"failed":0,"errors":[]}`},
		{"/api/put?details", onePoint, 200, `{"success":1,"failed":0,"errors":[]}`},
		{"/api/put?summary", onePoint, 200, `{"success":1,"failed":0}`},
		{"/api/put?summary", mixed, 400, `{"success":1,"failed":1}`},
		{"/api/put", mixed, 400, `{"error":{"code":400,"message":"1 of 2 points were not stored: put with ?details to see which"}}`},
		{"/api/put?summary&details=true", mixed, 400, `{"success":1,"failed":1,"errors":[{"datapoint":` + bad +
			`,"error":"metric: not a valid name: \"a b\" holds ' ' at byte 1; letters, digits and .-_/ are allowed"}]}`},
	} {
		srv.Reset()
		w := serve(srv, newPut(tc.target, tc.body))
		wantStatus(t, w, tc.status)
		if w.Body.String() != tc.answer {
			t.Errorf("%s %s answered %s, want %s", tc.target, tc.body, w.Body, tc.answer)
		}
		wantMetrics(t, srv, "node.cpu")
	}
}

func FuzzPut(f *testing.F) {
	f.Add([]byte(onePoint), "")
	f.Add([]byte(points(2)), "deflate")
	f.Add([]byte(`{"metric":"m","tags":{"a":null},"timestamp":1e3,"value":-0}`), "gzip")
	f.Add([]byte(`[{"metric":"\ud800","tags":{"a":"1"}}, 5]`), "identity")
	f.Fuzz(func(t *testing.T, body []byte, encoding string) {
		srv := NewUnstartedServer(withMaxPoints(100))
		r := newPut("/api/put?details", string(body))
		r.Header["Content-Encoding"] = []string{encoding}
		w := serve(srv, r)
		switch w.Code {
		case 200, 400, 413, 415, 503:
		default:
			t.Errorf("status %d", w.Code)
		}
		var answer putDetails
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Errorf("answered %q: %v", w.Body, err)
		}
		if answer.Failed != len(answer.Errors) || answer.Success != len(srv.Points()) {
			t.Errorf("%d points stored, answered %s", len(srv.Points()), w.Body)
		}
		if n := srv.Requests()[0].Points; w.Code == 200 && n != answer.Success {
			t.Errorf("%d points logged, %d stored", n, answer.Success)
		}
	})
}

// The reason of a point that is too large is told, and the point is cut.
func TestLargePointIsCutInTheAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		value string
		want  string // of the tag; empty: nothing is left of the point
	}{
		"letters": {strings.Repeat("v", 5<<20), strings.Repeat("v", maxRefusalText-1) + "..."},
		"two":     {strings.Repeat("ö", 5<<20), strings.Repeat("ö", maxRefusalText/2-1) + "..."},
		"three":   {"ab" + strings.Repeat("日", 1<<20), "ab" + strings.Repeat("日", maxRefusalText/3-1) + "..."},
		"escapes": {strings.Repeat(`\\`, 1<<20), strings.Repeat(`\`, maxRefusalText/2-1) + "..."},
		"quotes":  {"a" + strings.Repeat(`\"`, 1<<20), "a" + strings.Repeat(`"`, maxRefusalText/2-1) + "..."},
		"numbers": {strings.Repeat(`\u00e4`, 1<<20), strings.Repeat("ä", maxRefusalText/6) + "..."},
		"fields":  {"v" + strings.Repeat(`","k":"v`, 1<<20), ""},
	} {
		t.Run(name, func(t *testing.T) {
			srv := NewUnstartedServer()
			w := serve(srv, newPut("/api/put?details", `[{"metric":"m","timestamp":1,"value":1,"tags":{"k":"`+c.value+`"}}]`))
			var answer struct {
				Failed int
				Errors []struct {
					Datapoint struct {
						Metric string
						Tags   map[string]string
					}
					Error string
				}
			}
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
			if answer.Failed != 1 || len(answer.Errors) != 1 || w.Body.Len() > 2*maxPointBytes {
				t.Fatalf("%d failed, %d listed, %d bytes", answer.Failed, len(answer.Errors), w.Body.Len())
			}
			e := answer.Errors[0]
			if !strings.Contains(e.Error, "larger than 65536 bytes") || e.Datapoint.Tags["k"] != c.want || (e.Datapoint.Metric == "m") != (c.want != "") {
				t.Errorf("%s: %q of %q, want %q", e.Error, e.Datapoint.Tags, e.Datapoint.Metric, c.want)
			}
		})
	}
}
