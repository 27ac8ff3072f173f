package query

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/internal/answer"
)

var odd = Output{ID: "o", Series: []Series{
	{Metric: "m", Tags: map[string]string{"host": "a", "time": "x"}, Points: []Point{{3000, 3}, {1000, math.Inf(1)}, {1000, math.Inf(-1)}}},
	{Metric: `q",`, Tags: map[string]string{"host": "", "Value": "two\nlines"}, Points: []Point{{2000, math.NaN()}, {4250, 1e-9}}},
	{Metric: "none"},
}}

func TestLongCSV(t *testing.T) {
	for want, write := range map[string]func(io.Writer) error{
		"time,metric,tag_Value,host,tag_time,value\n1970-01-01T00:00:01.000Z,m,,a,x,-Infinity\n1970-01-01T00:00:03.000Z,m,,a,x,3\n" +
			"1970-01-01T00:00:02.000Z,\"q\"\",\",\"two\nlines\",\"\",,NaN\n1970-01-01T00:00:04.250Z,\"q\"\",\",\"two\nlines\",\"\",,1e-09\n": func(w io.Writer) error { return odd.Frame().WriteLongCSV(w) },
		"time,metric,host,value\n1970-01-01T00:00:01Z,cpu,a,1\n1970-01-01T00:00:02Z,cpu,a,2\n1970-01-01T00:00:04Z,cpu,a,4\n": func(w io.Writer) error {
			return Output{Series: uneven.Series[:1]}.Frame().WriteLongCSV(w)
		},
		"time,output,metric,host,value\n1,x,cpu,a,1\n2,x,cpu,a,2\n4,x,cpu,a,4\n1,y,cpu,a,1\n2,y,cpu,a,2\n4,y,cpu,a,4\n": func(w io.Writer) error {
			r := Result{Outputs: []Output{{"x", uneven.Series[:1]}, {"y", uneven.Series[:1]}}}
			return r.Frame().WriteLongCSV(w, WithUnixTimes())
		},
		"time,metric,host,value\n1970-01-01T01:00:01.000+01:00,cpu,a,1\n1970-01-01T01:00:02.000+01:00,cpu,a,2\n1970-01-01T01:00:04.000+01:00,cpu,a,4\n": func(w io.Writer) error {
			return WriteLongCSV(w, seq(uneven.Series[:1], nil), []string{"host"}, WithTimeZone(time.FixedZone("x", 3600)))
		},
		"time,metric,value\n": func(w io.Writer) error { return Output{}.Frame().WriteLongCSV(w) },
	} {
		var b strings.Builder
		if err := write(&b); err != nil || b.String() != want {
			t.Errorf("got  %q, %v\nwant %q", b.String(), err, want)
		}
	}
}

func seq(list []Series, end error) iter.Seq2[Series, error] {
	return func(yield func(Series, error) bool) {
		for _, s := range list {
			if !yield(s, nil) {
				return
			}
		}
		if end != nil {
			yield(Series{}, end)
		}
	}
}

func TestLongCSVErrors(t *testing.T) {
	broken := errors.New("broken")
	if err := WriteLongCSV(io.Discard, seq(uneven.Series, broken), []string{"host"}); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := WriteLongCSV(io.Discard, seq(uneven.Series, nil), []string{"zone"}); err == nil || !strings.Contains(err.Error(), `"host"`) {
		t.Error(err)
	}
	many := make([]Point, 10_000)
	for _, left := range []int{0, 70_000} {
		if err := WriteLongCSV(&failing{left}, seq([]Series{{Points: many}}, nil), nil); !errors.Is(err, errFull) {
			t.Error(err)
		}
	}
}

// Times are as package time writes them, on all days and in all zones.
func TestTimesOfCSV(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	cfg := newCSVConfig(nil)
	for range 2000 {
		at := time.UnixMilli(r.Int64N(2*answer.MaxMilli) - answer.MaxMilli/4).UTC()
		for range 3 {
			at = at.Add(time.Duration(r.IntN(100_000_000)) * time.Millisecond)
			for layout, fraction := range map[string]bool{"2006-01-02T15:04:05.000Z": true, "2006-01-02T15:04:05Z": false} {
				if got := string(cfg.appendTime(nil, at.UnixMilli(), fraction)); got != at.Format(layout) && at.Year() < 10_000 {
					t.Fatalf("%s, want %s", got, at.Format(layout))
				}
			}
		}
	}
}

func TestCSVOptions(t *testing.T) {
	o := Output{Series: []Series{column("a", Point{1_714_564_800_000, math.Inf(1)}, Point{1_714_564_801_000, math.Inf(-1)})}}
	berlin := time.FixedZone("CEST", 2*3600)
	for want, opts := range map[string][]CSVOption{
		"2024-05-01T14:00:00+02:00,Infinity\n2024-05-01T14:00:01+02:00,-Infinity\n": {WithTimeZone(berlin)},
		"2024-05-01 14:00:00,Infinity\n2024-05-01 14:00:01,-Infinity\n":             {WithTimeZone(berlin), WithTimeLayout(time.DateTime)},
		"\"May 1, 12\",Infinity\n\"May 1, 12\",-Infinity\n":                         {WithTimeLayout("Jan 2, 15"), WithTimeZone(nil)},
		"1714564800,Infinity\n1714564801,-Infinity\n":                               {WithUnixTimes()},
	} {
		var b strings.Builder
		if err := o.Frame().WriteCSV(&b, opts...); err != nil || b.String() != "time,cpu{host:a}\n"+want {
			t.Errorf("got  %q, %v\nwant %q", b.String(), err, want)
		}
	}
}

// What is read of a long table is what was written, whatever is in its names.
func TestLongCSVOfAnything(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	texts := []string{"", "a", "b,c", `"`, "x\ny", " ", "time", "日本", "{}", ":", "a, b:c"}
	for range 300 {
		var o Output
		var want []string
		for range r.IntN(5) {
			s := Series{Metric: texts[r.IntN(len(texts))], Tags: map[string]string{}}
			for range r.IntN(4) {
				s.Tags[texts[r.IntN(len(texts))]] = texts[r.IntN(len(texts))]
			}
			for i := range r.IntN(5) {
				s.Points = append(s.Points, Point{int64(i * 1000), r.NormFloat64()})
			}
			o.Series = append(o.Series, s)
		}
		f := o.Frame()
		keys := f.TagKeys()
		for _, s := range f.Series() {
			for _, p := range s.Points {
				line := []string{strconv.FormatInt(p.UnixMilli/1000, 10), s.Metric}
				for _, key := range keys {
					line = append(line, s.Tags[key])
				}
				want = append(want, fmt.Sprintf("%q", append(line, strconv.FormatFloat(p.Value, 'f', -1, 64))))
			}
		}
		var b strings.Builder
		if err := f.WriteLongCSV(&b, WithUnixTimes()); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil || len(rows) != len(want)+1 {
			t.Fatalf("%d rows of %d, %v", len(rows), len(want), err)
		}
		header := slices.Clone(rows[0])
		slices.Sort(header)
		if len(slices.CompactFunc(header, strings.EqualFold)) != len(rows[0]) {
			t.Errorf("two columns of one name: %q", rows[0])
		}
		for i, row := range rows[1:] {
			if got := fmt.Sprintf("%q", row); got != want[i] {
				t.Errorf("got %s, want %s", got, want[i])
			}
		}
	}
}

// No two series have one name, and no two columns.
func TestNamesCannotCollide(t *testing.T) {
	for _, pair := range [][2]Series{
		{{Tags: map[string]string{"h": "x, k:y"}}, {Tags: map[string]string{"h": "x", "k": "y"}}},
		{{Tags: map[string]string{"h:i": "x"}}, {Tags: map[string]string{"h": "i:x"}}},
		{{Metric: "a{h:x}"}, {Metric: "a", Tags: map[string]string{"h": "x"}}},
		{{Metric: `"a"`}, {Metric: "a"}},
		{{Metric: "a "}, {Metric: "a"}},
		{{Tags: map[string]string{"h": "\x00"}}, {Tags: map[string]string{"h": `\x00`}}},
		{{Tags: map[string]string{"h": "\ufffd"}}, {Tags: map[string]string{"h": "\xff"}}},
		{{Tags: map[string]string{"": ""}}, {}},
	} {
		if pair[0].Name() == pair[1].Name() {
			t.Errorf("both are %s", pair[0].Name())
		}
	}
	r := &Result{Outputs: []Output{{"mean", []Series{column("a"), column("a")}}, {"most", []Series{column("a")}}, {"a=b", []Series{column("a")}}}}
	if got, want := strings.Join(r.Frame().Columns(), " "), `mean=cpu{host:a} mean=cpu{host:a}#2 most=cpu{host:a} "a=b"=cpu{host:a}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := (&Result{Outputs: r.Outputs[:1]}).Frame().Columns()[0]; got != "cpu{host:a}" {
		t.Error(got)
	}
}

func FuzzNames(f *testing.F) {
	f.Add("a{", "h", "x, k:y", "a", "h", "x")
	f.Fuzz(func(t *testing.T, m1, k1, v1, m2, k2, v2 string) {
		a, b := Series{Metric: m1, Tags: map[string]string{k1: v1}}, Series{Metric: m2, Tags: map[string]string{k2: v2}}
		if same := m1 == m2 && k1 == k2 && v1 == v2; (a.Name() == b.Name()) != same {
			t.Errorf("%q and %q", a.Name(), b.Name())
		}
	})
}
