package intake

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/query"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func config() Config {
	return Config{
		Mode: encoding.SanitizeNone, Now: func() time.Time { return noon },
		ParseTime: func(s string) (time.Time, error) {
			if at, err := time.Parse(time.RFC3339, s); err == nil {
				return at, nil
			}
			return parseTimestamp(s)
		},
	}
}

// read returns the points of a text, what is wrong with it by lines, and what
// ended it.
func read(t *testing.T, form, text string, c Config) (points, wrong []string, end error) {
	t.Helper()
	reader, err := Open(form, strings.NewReader(text), c)
	if err != nil {
		t.Fatal(err)
	}
	for {
		r, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return points, wrong, nil
		}
		if err != nil {
			return points, wrong, err
		}
		for _, p := range r.Points {
			points = append(points, fmt.Sprintf("%v %d %v", p.Series, p.Time.UnixMilli(), p.Value))
		}
		if r.Err != nil {
			wrong = append(wrong, fmt.Sprintf("%d: %v", r.Line, r.Err))
		}
	}
}

func TestForms(t *testing.T) {
	for name, c := range map[string]struct {
		form, text    string
		points, wrong []string
	}{
		"words": {Lines, "# from a file\n\na 1714564800 7 k=v\nb 2.5 k=v j=w=x\nbad\n  c 1714564800250 1e3 k=v",
			[]string{`a{k="v"} 1714564800000 7`, `b{j="w=x",k="v"} 1795780800000 2.5`, `c{k="v"} 1714564800250 1000`},
			[]string{"5: it is not METRIC [TIME] VALUE KEY=VALUE"}},
		"long": {Long, "time,metric,host,page,value\n2026-11-27T12:00:00Z,cpu,a,,9007199254740993\n2026-11-27T12:00:00.5Z,cpu,\"b,c\",\"x\"\"y\",-0.5\nx,cpu,a,b,1\n1,cpu,a,b\n1,cpu,a,b,Infinity\n1,cpu,,,1\n",
			[]string{`cpu{host="a"} 1795780800000 9007199254740993`, `cpu{host="b,c",page="x\"y"} 1795780800500 -0.5`},
			[]string{`4: "x": the timestamp "x" is not seconds or milliseconds since 1970`, "5: it has 4 cells, and the first line 5",
				"6: the value +Inf is no finite number", "7: it has no tag: add at least one KEY=VALUE, or --tag KEY=VALUE for all"}},
		"csv": {CSV, "time,\"cpu{host:a, path:C:/x}\",\"cpu{host:\"\"b, \\\"\"c\"\"}\",\"mean=load{host:a}#2\"\n2026-11-27T12:00:00Z,1,,9007199254740993\n2026-11-27T12:00:00.5Z,,2.5,NaN\n",
			[]string{`cpu{host="a",path="C:/x"} 1795780800000 1`, `load{host="a"} 1795780800000 9007199254740993`, `cpu{host="b, \"c"} 1795780800500 2.5`},
			[]string{"3: the value NaN is no finite number"}},
		"json": {JSON, `{"outputs":[{"id":"x","result":[
{"metric":"cpu","tags":{"host":"a","none":""},"dps":[[1714564800,1],[1714564800.25,2.5],[1714564801,"NaN"]]},
{"metric":"cpu","tags":{"host":"b"},"dps":[]},
5,
{"metric":"b!d","tags":{"host":"b"},"dps":[[1,1]]}]},{"id":"y","result":[]}],"hints":["h"],"query":{"outputs":[1]}}
`, []string{`cpu{host="a"} 1714564800000 1`, `cpu{host="a"} 1714564800250 2.5`},
			[]string{"2: the value NaN is no finite number", "4: it is no series: a series has metric, tags and dps, [[SECONDS, VALUE], ...]",
				`5: metric name: not a valid name: "b!d" holds '!' at byte 1; letters, digits and .-_/ are allowed`}},
		"opentsdb lines": {OpenTSDB, "put cpu 1714564800 42.5 host=a dc=eu\ncpu 1714564800250 7 host=b\nput cpu x 1 host=a\nput cpu 1\nput cpu 1 1",
			[]string{`cpu{dc="eu",host="a"} 1714564800000 42.5`, `cpu{host="b"} 1714564800250 7`},
			[]string{`3: the timestamp "x" is not seconds or milliseconds since 1970`, "4: it is not METRIC TIMESTAMP VALUE KEY=VALUE",
				"5: it has no tag: add at least one KEY=VALUE, or --tag KEY=VALUE for all"}},
		"opentsdb array": {OpenTSDB, " [\n{\"metric\":\"cpu\",\"timestamp\":1714564800,\"value\":\"12\",\"tags\":{\"host\":\"a\"}},\n7,\n{\"metric\":\"cpu\",\"timestamp\":1714564800250,\"value\":1.5,\"tags\":{\"host\":\"a\"}}]",
			[]string{`cpu{host="a"} 1714564800000 12`, `cpu{host="a"} 1714564800250 1.5`},
			[]string{"3: it is no point: a point has metric, timestamp, value and tags"}},
		"opentsdb objects": {OpenTSDB, `{"metric":"cpu","timestamp":1,"value":1,"tags":{"host":"a"}}` + "\n" + `{"metric":"cpu","timestamp":2,"value":2,"tags":{"host":"a"}}`,
			[]string{`cpu{host="a"} 1000 1`, `cpu{host="a"} 2000 2`}, nil},
		"opentsdb arrays": {OpenTSDB, `[{"metric":"cpu","timestamp":1,"value":1,"tags":{"host":"a"}}]` + "[]\n" + `[{"metric":"cpu","timestamp":2,"value":2,"tags":{"host":"a"}},{"a":1}]`,
			[]string{`cpu{host="a"} 1000 1`, `cpu{host="a"} 2000 2`}, []string{`2: the timestamp "" is not seconds or milliseconds since 1970`}},
		"json without series": {JSON, `{"outputs":[{"id":"x","result":null},{"result":[]}]} {"outputs":null}{"outputs":[]}`, nil, nil},
		"json of no series": {JSON, `{"outputs":[{"result":[{"a":1},null,{"metric":"cpu","tags":{"host":"a"},"dps":{"1":2}}]}]}`, nil, []string{
			"1: it is no series: a series has metric, tags and dps, [[SECONDS, VALUE], ...]",
			"1: it is no series: a series has metric, tags and dps, [[SECONDS, VALUE], ...]",
			"1: it is no series: a series has metric, tags and dps, [[SECONDS, VALUE], ...]"}},
		"csv of times": {CSV, "time\n2026-11-27T12:00:00Z\n", nil, []string{"2: the first line names no series: a column is metric{key:value, ...}"}},
		"csv header":   {CSV, "time,cpu{host:a}\n", nil, nil},
		"long header":  {Long, "time,metric,host,value\n", nil, nil},
		"influx": {Influx, `weather,location=us\ midwest,k=v temperature=82.5,count=3i,wet=t,word="x" 1465839830100400200` + "\ncpu,host=a value=7u\ncpu host=\n",
			[]string{`weather_temperature{k="v",location="us midwest"} 1465839830100 82.5`, `weather_count{k="v",location="us midwest"} 1465839830100 3`,
				`weather_wet{k="v",location="us midwest"} 1465839830100 1`, `cpu{host="a"} 1795780800000 7`},
			[]string{`1: the field "word": it is no number`, "3: column 10 is no part of InfluxDB's line protocol"}},
		"prometheus": {Prometheus, "# HELP rpc text\n# TYPE rpc summary\nrpc{m=\"get\",quantile=\"0.5\"} 2\nrpc_sum{m=\"get\"} 9\nrpc_count{m=\"get\"} 3\n# TYPE lat histogram\nlat_bucket{k=\"v\",le=\"0.5\"} 1\nlat_bucket{k=\"v\",le=\"+Inf\"} 2\nlat_sum{k=\"v\"} 3\nlat_count{k=\"v\"} 2\nup{job=\"x\"} 1 1714564800000\nodd{job=\"x\"} NaN\n",
			[]string{`lat_bucket{k="v",le="0.5"} 1795780800000 1`, `lat_bucket{k="v",le="+Inf"} 1795780800000 2`, `lat_sum{k="v"} 1795780800000 3`, `lat_count{k="v"} 1795780800000 2`,
				`rpc{m="get",quantile="0.5"} 1795780800000 2`, `rpc_sum{m="get"} 1795780800000 9`, `rpc_count{m="get"} 1795780800000 3`, `up{job="x"} 1714564800000 1`},
			[]string{"0: odd: the value NaN is no finite number"}},
	} {
		t.Run(name, func(t *testing.T) {
			points, wrong, end := read(t, c.form, c.text, config())
			if end != nil || !slices.Equal(points, c.points) || !slices.Equal(wrong, c.wrong) {
				t.Errorf("%v\ngot  %q\nwant %q\ngot  %q\nwant %q", end, points, c.points, wrong, c.wrong)
			}
		})
	}
}

func misshapen(line int) string {
	return fmt.Sprintf(`line %d: it is not what query --format json writes, {"outputs": [{"result": [SERIES, ...]}]}; `+
		`points of /api/put are read by --from opentsdb`, line)
}

// What no record can be made of ends it, with the line where that is known.
func TestFormsThatEnd(t *testing.T) {
	for _, c := range []struct{ form, text, want string }{
		{JSON, `[1]`, misshapen(1)},
		{JSON, `[{"metric":"cpu","timestamp":1,"value":1,"tags":{"host":"a"}}]`, misshapen(1)},
		{JSON, `5`, misshapen(1)},
		{JSON, `"text"`, misshapen(1)},
		{JSON, `null`, misshapen(1)},
		{JSON, `{"a":1}`, misshapen(1)},
		{JSON, `{}`, misshapen(1)},
		{JSON, "{\n\"outputs\":7}", misshapen(2)},
		{JSON, `{"outputs":[5]}`, misshapen(1)},
		{JSON, "{\"outputs\":[\n{\"id\":\"x\"}]}", misshapen(2)},
		{JSON, "{\"outputs\":[]}\n[]", misshapen(2)},
		{JSON, `{"outputs":[{"result":[`, "unexpected EOF"},
		{JSON, `{"outputs":[`, "unexpected EOF"},
		{OpenTSDB, "[]\n{}", "line 2: [ is expected"},
		{OpenTSDB, `[{"metric":"cpu","timestamp":1`, "unexpected EOF"},
		{Long, "a,b\n1,2\n", "the first line: it names no columns time, metric and value"},
		{CSV, "at,a{k:v}\n", "the first line: the first column is not called time"},
		{CSV, "time,a\n", `the first line: column "a": it is not metric{key:value, ...}`},
		{CSV, "time,a{k:v}x\n", `the first line: column "a{k:v}x": it is not metric{key:value, ...}`},
		{Prometheus, "a 1\nb{ 2\n", "line 2 is not of Prometheus' text format"},
	} {
		if _, _, end := read(t, c.form, c.text, config()); end == nil || end.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.text, end, c.want)
		}
	}
	if _, err := Open("xml", strings.NewReader(""), config()); err == nil {
		t.Error("a form that is none is opened")
	}
}

// A column is called by the name of its series, which is read back whole.
func TestColumnsAreReadBack(t *testing.T) {
	for _, value := range []string{"a", "a, b:c", `q"x`, "}", "{", " x ", "\x00", "日本", `back\slash`, "#2", "="} {
		s := query.Series{Metric: "node.cpu/x", Tags: map[string]string{"k": value, "other": "v"}}
		c, err := parseColumn(s.Name())
		if err != nil || c.metric != s.Metric || len(c.tags) != 2 || c.tags[0].Value != value || c.tags[1].Value != "v" {
			t.Errorf("%s: %+v, %v", s.Name(), c, err)
		}
	}
}

func TestTagsForAll(t *testing.T) {
	c := config()
	c.Tags = []encoding.Tag{{Key: "host", Value: "a"}}
	points, _, _ := read(t, Prometheus, "up 1\nup{host=\"b\"} 2\n", c)
	if want := []string{`up{host="a"} 1795780800000 1`, `up{host="b"} 1795780800000 2`}; !slices.Equal(points, want) {
		t.Errorf("%q", points)
	}
}

// No text panics a reader, and each reader ends.
func FuzzForms(f *testing.F) {
	for i, text := range []string{"a 1 k=v", "time,metric,k,value\n1,a,v,2", `{"outputs":[{"result":[{"metric":"m","tags":{"k":"v"},"dps":[[1,2]]}]}]}`,
		`[{"metric":"m","timestamp":1,"value":2,"tags":{"k":"v"}}]`, "m,k=v f=1,g=2i 3", "# TYPE h histogram\nh_bucket{le=\"1\"} 2\n"} {
		f.Add(i, text)
		f.Add(1, "time,\"a{k:v, j:w}\"\n1,2\n")
	}
	f.Fuzz(func(t *testing.T, form int, text string) {
		name := Forms[uint(form)%uint(len(Forms))]
		reader, err := Open(name, strings.NewReader(text), config())
		if err != nil {
			t.Fatal(err)
		}
		e := encoding.NewEncoder(encoding.Config{})
		for records := 0; ; records++ {
			r, err := reader.Next()
			if err != nil {
				return
			}
			if records > len(text) {
				t.Fatal("more records than characters")
			}
			for _, p := range r.Points {
				if err := e.Append(p); err != nil && !errors.Is(err, encoding.ErrTimestamp) {
					t.Error(err)
				}
			}
		}
	})
}
