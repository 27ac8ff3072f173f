package encoding

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
)

func mustSeries(t testing.TB, mode SanitizeMode, metric string, tags ...Tag) *Series {
	t.Helper()
	s, err := NewSeries(mode, metric, tags...)
	if err != nil {
		t.Fatalf("NewSeries(%s, %q, %q): %v", mode, metric, tags, err)
	}
	return s
}

func TestNewSeriesText(t *testing.T) {
	s := mustSeries(t, SanitizeApptuit, "proc.cpu", Tag{"zone", "a\n"}, Tag{"host", `"h"`})
	const want = `{"metric":"proc.cpu","tags":{"host":"\"h\"","zone":"a\n"`
	if got := string(s.appendHead(nil)); got != want {
		t.Errorf("rendered as %s, want %s", got, want)
	}
}

func TestCleanTags(t *testing.T) {
	for _, test := range []struct {
		name string
		mode SanitizeMode
		in   []Tag
		want []Tag
	}{
		{"none", SanitizePrometheus, nil, nil},
		{"sorted", SanitizePrometheus, []Tag{{"b", "2"}, {"c", "3"}, {"a", "1"}}, []Tag{{"a", "1"}, {"b", "2"}, {"c", "3"}}},
		{"values untouched", SanitizePrometheus, []Tag{{"a", " &;日\xff\n"}}, []Tag{{"a", " &;日\xff\n"}}},
		{"sorted by what is sent", SanitizePrometheus, []Tag{{"z", "1"}, {"_", "2"}, {"日", "3"}, {"A", "4"}},
			[]Tag{{"A", "4"}, {"_", "2;3"}, {"z", "1"}}},
		{"empty value left out", SanitizePrometheus, []Tag{{"a", ""}, {"b", "2"}, {"", ""}}, []Tag{{"b", "2"}}},
		{"the last of a key wins", SanitizePrometheus, []Tag{{"a", "3"}, {"b", "x"}, {"a", "1"}, {"a", "2"}}, []Tag{{"a", "2"}, {"b", "x"}}},
		{"an empty value does not win", SanitizePrometheus, []Tag{{"a", "1"}, {"a", ""}}, []Tag{{"a", "1"}}},
		{"joined in the order of the original keys", SanitizePrometheus,
			[]Tag{{"a_b", "under"}, {"a.b", "dot"}, {"a-b", "dash"}, {"a b", "space"}}, []Tag{{"a_b", "space;dash;dot;under"}}},
		{"order of keys, not of values or arguments", SanitizePrometheus,
			[]Tag{{"a.b", "1"}, {"a-b", "9"}}, []Tag{{"a_b", "9;1"}}},
		{"equal values are joined too", SanitizePrometheus, []Tag{{"a.b", "v"}, {"a_b", "v"}}, []Tag{{"a_b", "v;v"}}},
		{"the last wins before the join", SanitizePrometheus,
			[]Tag{{"a.b", "1"}, {"a_b", "2"}, {"a.b", "3"}}, []Tag{{"a_b", "3;2"}}},
		{"apptuit keeps them apart", SanitizeApptuit,
			[]Tag{{"a_b", "1"}, {"a.b", "2"}}, []Tag{{"a.b", "2"}, {"a_b", "1"}}},
		{"apptuit joins", SanitizeApptuit, []Tag{{"a b", "1"}, {"a&b", "2"}, {"a__b", "3"}}, []Tag{{"a_b", "1;2;3"}}},
		{"none joins nothing", SanitizeNone, []Tag{{"a__b", "1"}, {"a_b", "2"}}, []Tag{{"a__b", "1"}, {"a_b", "2"}}},
		{"digits", SanitizePrometheus, []Tag{{"_1", "b"}, {"1", "a"}}, []Tag{{"_1", "a;b"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := slices.Clone(test.in)
			got, err := CleanTags(test.mode, test.in)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%q, %v, want %q", got, err, test.want)
			}
			if !slices.Equal(test.in, before) {
				t.Errorf("the caller's tags are now %q", test.in)
			}
		})
	}
}

func TestNewSeriesErrors(t *testing.T) {
	ok := Tag{"k", "v"}
	for _, test := range []struct {
		name   string
		modes  []SanitizeMode
		metric string
		tags   []Tag
		want   error
		shows  string
	}{
		{"no tags", modes, "m", nil, ErrNoTags, `"m"`},
		{"only empty values", modes, "m", []Tag{{"a", ""}, {"", ""}}, ErrNoTags, `"m"`},
		{"empty metric", modes, "", []Tag{ok}, ErrName, "metric name"},
		{"empty key", modes, "m", []Tag{ok, {"", "v"}}, ErrName, "tag key"},
		{"refused metric", []SanitizeMode{SanitizeNone}, "m m", []Tag{ok}, ErrName, `metric name: not a valid name: "m m"`},
		{"refused key", []SanitizeMode{SanitizeNone}, "m", []Tag{ok, {"k k", "v"}}, ErrName, `tag key: not a valid name: "k k"`},
	} {
		for _, mode := range test.modes {
			s, err := NewSeries(mode, test.metric, test.tags...)
			if s != nil || !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.shows) {
				t.Errorf("%s, %s: %v, %v, want %v that shows %s", test.name, mode, s, err, test.want, test.shows)
			}
		}
	}
}

func TestNewSeriesLeavesTheCallersTags(t *testing.T) {
	tags := []Tag{{"b.b", "1"}, {"a", ""}, {"b_b", "2"}, {"a", "x"}, {"b.b", "3"}}
	before := slices.Clone(tags)
	s := mustSeries(t, SanitizePrometheus, "m", tags...)
	if !slices.Equal(tags, before) {
		t.Errorf("the caller's tags are now %q", tags)
	}
	tags[3].Value = "changed"
	if got, _ := s.Tag("a"); got != "x" {
		t.Errorf("tag a follows the caller's slice: %q", got)
	}
}

func TestSeriesReadsBack(t *testing.T) {
	for _, v := range hardStrings {
		if v == "" {
			continue
		}
		s := mustSeries(t, SanitizeApptuit, "größe.日", Tag{"b", v}, Tag{"a", "1"})
		want := []Tag{{"a", "1"}, {"b", throughJSON(t, v)}}
		if got := s.Tags(); s.Metric() != "größe.日" || !slices.Equal(got, want) {
			t.Errorf("%q %q, want %q", s.Metric(), got, want)
		}
		if got, ok := s.Tag("b"); !ok || got != want[1].Value {
			t.Errorf("tag b is %q, %t", got, ok)
		}
		if got, ok := s.Tag("c"); ok || got != "" {
			t.Errorf("tag c is %q, %t", got, ok)
		}
	}
}

func TestSeriesEqual(t *testing.T) {
	a := mustSeries(t, SanitizePrometheus, "m", Tag{"x", "1"}, Tag{"y", "2"})
	same := mustSeries(t, SanitizePrometheus, "m", Tag{"y", "2"}, Tag{"x", "1"})
	if !a.Equal(a) || !a.Equal(same) || a.Hash() != same.Hash() {
		t.Errorf("%v and %v are not equal", a, same)
	}
	for _, other := range []*Series{
		nil,
		mustSeries(t, SanitizePrometheus, "n", Tag{"x", "1"}, Tag{"y", "2"}),
		mustSeries(t, SanitizePrometheus, "m", Tag{"x", "1"}),
		mustSeries(t, SanitizePrometheus, "m", Tag{"x", "1"}, Tag{"y", "3"}),
		mustSeries(t, SanitizePrometheus, "m", Tag{"x", `1","y":"2`}),
	} {
		if a.Equal(other) || other.Equal(a) {
			t.Errorf("%v and %v are equal", a, other)
		}
	}
	var none *Series
	if !none.Equal(nil) {
		t.Error("nil is not equal to nil")
	}
}

func TestSeriesString(t *testing.T) {
	s := mustSeries(t, SanitizePrometheus, "m", Tag{"b", `"q"`}, Tag{"a", "1"})
	if got, want := s.String(), `m{a="1",b="\"q\""}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestZeroSeries(t *testing.T) {
	if got := (*Series)(nil).String(); got != "<no series>" {
		t.Errorf("nil prints as %q", got)
	}
	s := new(Series)
	if s.String() != "<no series>" || s.Metric() != "" || len(s.Tags()) != 0 {
		t.Errorf("the zero series is %s: %q %q", s, s.Metric(), s.Tags())
	}
	if _, ok := s.Tag("k"); ok {
		t.Error("the zero series has a tag")
	}
}

func TestSeriesConcurrentSafe(t *testing.T) {
	s := mustSeries(t, SanitizePrometheus, "m", Tag{"a", "1"}, Tag{"b", "2"})
	want := s.String()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			e := NewEncoder(Config{Compression: CompressNone})
			for range 100 {
				if s.String() != want || e.Append(Point{Series: s}) != nil {
					t.Error("the series differs between goroutines")
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkNewSeries(b *testing.B) {
	metric, tags := benchIdentity(0)
	for _, mode := range modes {
		b.Run(mode.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := NewSeries(mode, metric, tags...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
