package query

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/apptuitai/apptuit-go/internal/answer"
)

// recorded is an answer with all the fields that are known, and some that are
// not.
const recorded = ` {
	"outputs": [
		{"id": "cpu", "result": [
			{"metric": "node.cpu", "tags": {"host": "a", "zo\u006ee": "\u65e5\"\/\n", "none": null}, "aggregatedTags": ["x"], "tsuids": [],
			 "dps": [[1406829600, 23050.0], [1406829660.25,-1e-3],[1406829720000 , 0], null, [1406829780,null],[1406829840, "NaN"] ,[1406829841,"Infinity"],[1406829842,"-Infinity"]], "more": {"a": [1, {"b": [true, false, null, "\\\u00e9", -0.5e+10]}]}},
			{"metric": "empty", "tags": {}, "dps": []}
		], "color": "red"},
		{"id": "nothing", "result": []}, {"id": "null", "result": null}, {}, null,
		{"result": [{"dps": null}], "id": "last"}
	],
	"hints": ["use downsample", {"code": 7}],
	"query": {"querytext": "fetch('cpu')", "startTime": 1406829600, "endTime": 1406833200000, "timezone": "UTC"},
	"query_stats": {"numSeries": 3, "queryTimeMillis": 152, "more": [1]},
	"timing_diagnostics": [{"phase": "scan", "millis": 12.5}], "": 1
} ` + "\r\n\t"

func wantRecorded(t *testing.T, r *Result) {
	t.Helper()
	const start = 1_406_829_600_000
	want := []Output{
		{"cpu", []Series{
			{"node.cpu", map[string]string{"host": "a", "zone": "日\"/\n"}, []string{"x"}, []Point{
				{start, 23050}, {start + 60_250, -1e-3}, {start + 120_000, 0}, {start + 240_000, math.NaN()}, {start + 241_000, math.Inf(1)}, {start + 242_000, math.Inf(-1)},
			}},
			{Metric: "empty"},
		}},
		{"last", []Series{{}}},
	}
	if !sameOutputs(r.Outputs, want) {
		t.Errorf("got  %+v\nwant %+v", r.Outputs, want)
	}
	if !reflect.DeepEqual(r.Hints, []string{"use downsample", `{"code": 7}`}) {
		t.Errorf("hints %q", r.Hints)
	}
	if q := r.Query; q.Text != "fetch('cpu')" || q.Start != time.Unix(1406829600, 0).UTC() || q.End != time.Unix(1406833200, 0).UTC() || !strings.Contains(string(q.Raw), `"timezone": "UTC"`) {
		t.Errorf("%+v", q)
	}
	if s := r.Stats; s.Series != 3 || s.Elapsed != 152*time.Millisecond || !json.Valid(s.Raw) {
		t.Errorf("%+v", s)
	}
}

func decodeText(text string) (*Result, error) {
	return decode(strings.NewReader(text), allTime, maxAnswer)
}

func TestDecodeRecorded(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"at once": strings.NewReader(recorded), "by bytes": iotest.OneByteReader(strings.NewReader(recorded)),
		"with the end": iotest.DataErrReader(strings.NewReader(recorded)), "by halves": iotest.HalfReader(strings.NewReader(recorded)),
	} {
		t.Run(name, func(t *testing.T) {
			result, err := decode(r, allTime, maxAnswer)
			if err != nil {
				t.Fatal(err)
			}
			wantRecorded(t, result)
		})
	}
}

// Wherever an answer is cut off, that is what the error says, and that the rest
// may come another time.
func TestDecodeCutAtEveryByte(t *testing.T) {
	whole := strings.TrimRight(recorded, " \r\n\t")
	for n := range len(whole) {
		_, err := decodeText(whole[:n])
		var e *answer.Error
		if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &e) || e.Offset != int64(n) {
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
}

func TestDecodeValues(t *testing.T) {
	for text, want := range map[string]Point{
		"[1,2]":                                  {1000, 2},
		"[0,0]":                                  {0, 0},
		"[1,-0]":                                 {1000, math.Copysign(0, -1)},
		"[1, 0.0]":                               {1000, 0},
		"[-1.5,1E3]":                             {-1500, 1000},
		"[4294967295,1]":                         {4294967295000, 1},
		"[4294967296,1]":                         {4294967296, 1},
		"[1.7e9,1]":                              {1_700_000_000_000, 1},
		"[1700000000.0005,1]":                    {1_700_000_000_001, 1},
		"[1700000000.999,1]":                     {1_700_000_000_999, 1},
		"[253402300799999,1]":                    {answer.MaxMilli, 1},
		"[1,9007199254740993]":                   {1000, 9007199254740992},
		"[1,123456789012345.6]":                  {1000, 123456789012345.6},
		"[1,0.123456789012345]":                  {1000, 0.123456789012345},
		"[1,0.1234567890123456789]":              {1000, 0.1234567890123456789},
		"[1,1e-400]":                             {1000, 0},
		"[1,1.7976931348623157e308]":             {1000, math.MaxFloat64},
		"[1,100000000000000000000000]":           {1000, 1e23},
		`[1,"1.5"]`:                              {1000, 1.5},
		`[1,"-1.25E7"]`:                          {1000, -1.25e7},
		`[ 1 , "\u0031" ]`:                       {1000, 1},
		`[1,"+Inf"]`:                             {1000, math.Inf(1)},
		`[1,"-Inf"]`:                             {1000, math.Inf(-1)},
		`[1,"Inf"]`:                              {1000, math.Inf(1)},
		"[1,0." + strings.Repeat("0", 500) + "]": {1000, 0},
		" [ 1 , 2 ] ":                            {1000, 2},
	} {
		r, err := decodeText(oneSeries("[" + text + "]"))
		if err != nil {
			t.Errorf("%.60s: %v", text, err)
			continue
		}
		got := r.Outputs[0].Series[0].Points[0]
		if got.UnixMilli != want.UnixMilli || math.Float64bits(got.Value) != math.Float64bits(want.Value) {
			t.Errorf("%.60s: got %v, want %v", text, got, want)
		}
	}
}

// All values are read as strconv does, in the short way and in the long.
func TestDecodeNumbersLikeStrconv(t *testing.T) {
	for _, point := range []string{"[1,%]", "[ 1,%]"} {
		for _, v := range []string{"0.1", "0.3", "12.345", "999999999999999", "9999999999999.99", "0.000000000000001", "1.10", "5e-324", "2.2250738585072014e-308", "-7.000"} {
			r, err := decodeText(oneSeries("[" + strings.Replace(point, "%", v, 1) + "]"))
			var want float64
			if err := errors.Join(err, json.Unmarshal([]byte(v), &want)); err != nil {
				t.Fatal(err)
			}
			if got := r.Outputs[0].Series[0].Points[0].Value; got != want {
				t.Errorf("%s: got %v, want %v", v, got, want)
			}
		}
	}
}

// Times and values in quotes are read as those without, and what is no number in any
// case.
func TestDecodeQuoted(t *testing.T) {
	for text, want := range map[string]Point{
		`["1","2"]`: {1000, 2}, `["1.5",2]`: {1500, 2}, `[ "1714564800123" , "2" ]`: {1714564800123, 2}, `["\u0031",2]`: {1000, 2},
		`[1,"nan"]`: {1000, math.NaN()}, `[1,"NAN"]`: {1000, math.NaN()}, `[1,"inf"]`: {1000, math.Inf(1)}, `[1,"+INF"]`: {1000, math.Inf(1)},
		`[1,"-inf"]`: {1000, math.Inf(-1)}, `[1,"-infinity"]`: {1000, math.Inf(-1)}, `["1","iNf"]`: {1000, math.Inf(1)},
	} {
		r, err := decodeText(oneSeries("[" + text + "]"))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := r.Outputs[0].Series[0].Points
		if len(got) != 1 || got[0].UnixMilli != want.UnixMilli || got[0].Value != want.Value && (got[0].Value == got[0].Value || want.Value == want.Value) {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"+nan", "-nan", "infinit", "i", "-", "0x1p4", "1_0", " 1", ""} {
		if _, err := decodeText(oneSeries(`[[1,"` + text + `"]]`)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	for text, want := range map[string]string{
		"[]":                               "an object was expected at byte 0",
		"null":                             `an object with "outputs" was expected at byte 4`,
		"{}":                               `an object with "outputs" was expected at byte 2`,
		`{"outputs":[]}x`:                  "the end of the answer was expected at byte 14",
		`{"outputs":[],}`:                  "a string was expected at byte 14",
		`{"outputs" []}`:                   "a colon was expected at byte 11",
		`{"outputs":[{}{}]}`:               "a comma, or the end of an array, was expected at byte 14",
		`{"outputs":{}}`:                   "an array was expected at byte 11",
		`{"outputs":[{"id":7}]}`:           "a string was expected at byte 18",
		`{"outputs":nil}`:                  "null was expected at byte 11",
		`{"x":tru }`:                       "true was expected at byte 5",
		`{"x":01}`:                         "a value was expected at byte 5",
		`{"x":"\x"}`:                       "a valid escape was expected at byte 7",
		`{"x":"\u12g4"}`:                   "a valid escape was expected at byte 10",
		"{\"x\":\"\n\"}":                   "the end of a string, or an escape, was expected at byte 6",
		"{\"\n\":1}":                       "the end of a string, or an escape, was expected at byte 2",
		`{"outputs":[{"id":"\q"}]}`:        "a string with valid escapes was expected at byte 18",
		strings.Repeat(`{"x":`, 200):       "less nesting was expected at byte 501",
		`{"x":` + strings.Repeat("[", 200): "less nesting was expected at byte 105",
	} {
		if _, err := decodeText(text); err == nil || err.Error() != want {
			t.Errorf("%.40s: got %v, want %s", text, err, want)
		}
	}
	for dps, want := range map[string]string{
		"[[1]]":                 "a comma and a value was",
		"[[1,2,3]]":             "the end of a point",
		"[[1,2],]":              "a point was",
		"[[,2]]":                "a number was",
		`[["x",2]]`:             "a time up to",
		`[["",2]]`:              "a time up to",
		`[[" 1",2]]`:            "a time up to",
		"[[null,2]]":            "a number was",
		"[[01,2]]":              "a time up to",
		"[[1,02]]":              "a number that float64 holds",
		"[[1,2.]]":              "a number that",
		"[[1,.2]]":              "a number that",
		"[[1,+2]]":              "a number that",
		"[[1,2e]]":              "a number that",
		"[[1,1e999]]":           "a number that",
		"[[1,--1]]":             "a number that",
		"[[1,-]]":               "a number that",
		"[[1,NaN]]":             "a number was",
		`[[1,"nano"]]`:          `a number, "NaN", "+Inf" or "-Inf" was expected at byte 80`,
		"[[1,true]]":            "a number was",
		"[[1,{}]]":              "a number was",
		"[[1e300,1]]":           "a time up to",
		"[[253402300800000,1]]": "a time up to",
		"[1,2]":                 "a point was",
		`{"x":2}`:               "a time up to",
		`{"1":"x"}`:             "a number, ",
		`{"1":[2]}`:             "a number was",
		`{1:2}`:                 "a string was",
		`{"1" 2}`:               "a colon was",
		`[[1,"1_0"]]`:           "a number, ",
		`7`:                     "an array was",
	} {
		if _, err := decodeText(oneSeries(dps)); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), " at byte ") {
			t.Errorf("%s: got %v, want %s", dps, err, want)
		}
	}
}

// What the server says beside the points is no reason to fail.
func TestDecodeRemarksOfOtherKinds(t *testing.T) {
	for _, v := range []string{"null", "1", `"x"`, "[]", "{}", "[[1]]", `{"querytext":1,"startTime":"x","endTime":1e300,"numSeries":"x","queryTimeMillis":1e300}`} {
		r, err := decodeText(`{"hints":` + v + `,"query":` + v + `,"query_stats":` + v + `,"outputs":[]}`)
		if err != nil {
			t.Fatalf("%s: %v", v, err)
		}
		if r.Query.Text != "" || !r.Query.Start.IsZero() || !r.Query.End.IsZero() || r.Stats.Series != 0 || r.Stats.Elapsed != 0 || string(r.Query.Raw) != v {
			t.Errorf("%s: %+v", v, r)
		}
	}
}

// endless repeats a text for ever.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[e.at]
		e.at = (e.at + 1) % len(e.text)
	}
	return len(p), nil
}

// Whatever comes, memory stays within what the bound promises.
func TestDecodeBoundsMemory(t *testing.T) {
	const bound = 64 << 10
	series := `{"outputs":[{"result":[`
	for name, tt := range map[string][2]string{
		"points":        {series + `{"dps":[[1,1]`, ",[1,1]"},
		"series":        {series + "{}", ",{}"},
		"tags of one":   {series + "{}", `,{"tags":{"":""}}`},
		"tags":          {series + `{"tags":{"a":"b"`, `,"a":"b"`},
		"outputs":       {`{"outputs":[{"result":[{}]}`, `,{"result":[{}]}`},
		"no outputs":    {`{"outputs":[{}`, ",{}"},
		"a string":      {`{"outputs":[{"id":"`, "x"},
		"a number":      {series + `{"dps":[[1,`, "1"},
		"hints":         {`{"hints":["x"`, `,"x"`},
		"unknown":       {`{"x":["x"`, `,"xxxxxxxxxxx"`},
		"unknown names": {`{"x":{"x":1`, `,"xxxxxxxxxxx":1`},
		"deep":          {`{"x":`, "["},
		"space":         {"{", " "},
	} {
		r := io.LimitReader(io.MultiReader(strings.NewReader(tt[0]), &endless{text: tt[1]}), 1200<<10)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decode(r, allTime, bound)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if took := after.TotalAlloc - before.TotalAlloc; int64(took) > 4*answer.Most(bound) {
			t.Errorf("%s: took %d MiB: %v", name, took>>20, err)
		}
	}
}

func TestDecodeManyPoints(t *testing.T) {
	const n = 3*1024 + 7
	for _, count := range []int{0, 1, 1024 - 1, 1024, 1024 + 1, n} {
		r, err := decodeText(oneSeries("[" + strings.TrimSuffix(strings.Repeat("[5,7],", count), ",") + "]"))
		if err != nil {
			t.Fatal(err)
		}
		points := r.Outputs[0].Series[0].Points
		if len(points) != count || cap(points) != count || count > 0 && points[count-1] != (Point{5000, 7}) {
			t.Errorf("%d of %d points, room for %d", len(points), count, cap(points))
		}
	}
}

func TestDecodeReaderThatGivesNothing(t *testing.T) {
	if _, err := decode(iotest.ErrReader(nil), allTime, 1); !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
}
