package encoding

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

var notations = []Notation{NotationJSON, NotationBrackets}

// encodedNames holds tags sorted by key, and both notations of them.
var encodedNames = []struct {
	tags           []Tag
	json, brackets string
}{
	{nil, `node.cpu`, `node.cpu`},
	{[]Tag{{"type", "idle"}}, `node.cpu{"type": "idle"}`, `node.cpu[type:idle]`},
	{[]Tag{{"type", "idle"}, {"zone", "a b"}}, `node.cpu{"type": "idle", "zone": "a b"}`, `node.cpu[type:idle,zone:"a b"]`},
	{[]Tag{{"a", ""}}, `node.cpu{"a": ""}`, `node.cpu[a:""]`},
	{[]Tag{{"a", `"`}, {"b", `x"y`}}, `node.cpu{"a": "\"", "b": "x\"y"}`, `node.cpu[a:"""",b:"x""y"]`},
	{[]Tag{{"a", "x,y"}, {"b", "x:y"}, {"c", "x\ty"}}, `node.cpu{"a": "x,y", "b": "x:y", "c": "x\ty"}`, "node.cpu[a:\"x,y\",b:\"x:y\",c:\"x\ty\"]"},
	{[]Tag{{"a", "x]"}, {"b", "]"}, {"c", "\n"}}, `node.cpu{"a": "x]", "b": "]", "c": "\n"}`, "node.cpu[a:\"x]\",b:\"]\",c:\"\n\"]"},
	{[]Tag{{"a", `\`}, {"b", "{}["}}, `node.cpu{"a": "\\", "b": "{}["}`, `node.cpu[a:\,b:{}[]`},
	{[]Tag{{"größe", "日本/é"}}, `node.cpu{"größe": "日本/é"}`, `node.cpu[größe:日本/é]`},
	{[]Tag{{"A", "1"}, {"_", "2"}, {"a", "3"}}, `node.cpu{"A": "1", "_": "2", "a": "3"}`, `node.cpu[A:1,_:2,a:3]`},
}

func TestEncodeMetric(t *testing.T) {
	for _, test := range encodedNames {
		tags := slices.Clone(test.tags)
		slices.Reverse(tags) // to be sorted, in a copy
		before := slices.Clone(tags)
		for n, want := range map[Notation]string{NotationJSON: test.json, NotationBrackets: test.brackets} {
			got, err := EncodeMetric(n, "node.cpu", tags...)
			if err != nil || got != want {
				t.Errorf("%q is written as %s, %v, want %s", tags, got, err, want)
			}
			if !slices.Equal(tags, before) {
				t.Errorf("the caller's tags are now %q", tags)
			}
			checkDecoded(t, want, "node.cpu", test.tags)
		}
	}
}

func checkDecoded(t *testing.T, s, wantMetric string, wantTags []Tag) {
	t.Helper()
	metric, tags, err := DecodeMetric(s)
	if err != nil || metric != wantMetric || !slices.Equal(tags, wantTags) {
		t.Errorf("%q is read as %q %q, %v, want %q %q", s, metric, tags, err, wantMetric, wantTags)
	}
}

func TestDecodeMetric(t *testing.T) {
	for _, test := range []struct {
		in, metric string
		tags       []Tag
	}{
		{"7&& cpu-time", "7&& cpu-time", nil},
		{`a"b:c,d`, `a"b:c,d`, nil},
		{`a {"k": "v"}`, "a", []Tag{{"k", "v"}}},
		{"a \t\n\u00a0{\"k\": \"v\"}", "a", []Tag{{"k", "v"}}},
		{"a [k:v]", "a", []Tag{{"k", "v"}}},
		{"a b [k:v]", "a b", []Tag{{"k", "v"}}},
		{"a{\n \"k\" :\"v\" ,\"j\":\"w\" }\n", "a", []Tag{{"j", "w"}, {"k", "v"}}},
		{"a[k:v]\n", "a", []Tag{{"k", "v"}}},
		{`a{}`, "a", nil},
		{`a[]`, "a", nil},
		{`a{"\u65e5":"\ud83d\ude00"}`, "a", []Tag{{"日", "😀"}}},
		{`a{"k":"\ud83d"}`, "a", []Tag{{"k", "\ufffd"}}},
		{`a{"[":"]"}`, "a", []Tag{{"[", "]"}}},
		{`a[{:}]`, "a", []Tag{{"{", "}"}}},
		{`a[k:]`, "a", []Tag{{"k", ""}}},
		{`a[k:"v",j:"w x"]`, "a", []Tag{{"j", "w x"}, {"k", "v"}}},
	} {
		checkDecoded(t, test.in, test.metric, test.tags)
	}
}

func TestDecodeMetricErrors(t *testing.T) {
	for in, shows := range map[string]string{
		"":                      "the name is empty",
		" ":                     "white space",
		"a ":                    "white space",
		" a{}":                  "white space",
		"a}":                    "'}' at byte 1",
		"a]":                    "']' at byte 1",
		"a}{}":                  "'}' at byte 1",
		`{"k": "v"}`:            "the name is empty",
		` {"k": "v"}`:           "the name is empty",
		"[k:v]":                 "the name is empty",
		"a\xff":                 "not UTF-8",
		"a{\"k\": \"\xff\"}":    "not UTF-8",
		`a{`:                    "byte 2: unexpected EOF",
		`a{"k": "v"`:            "byte 10: unexpected EOF",
		`a{"k": "v`:             "byte 5: unexpected EOF",
		`a{"k"}`:                "byte 5: invalid character '}'",
		`a{"k" "v"}`:            "byte 5",
		`a{"k": "v",}`:          "byte 10",
		`a{"k": "v" "l": "w"}`:  "byte 10",
		`a{k: "v"}`:             "byte 2: invalid character 'k'",
		`a{]`:                   "byte 2",
		`a{"k": 1}`:             "byte 5: what follows is not a string",
		`a{"k": 1e999}`:         "byte 5: what follows is not a string",
		`a{"k": null}`:          "byte 5: what follows is not a string",
		`a{"k": true}`:          "byte 5: what follows is not a string",
		`a{"k": {"l": "v"}}`:    "byte 5: what follows is not a string",
		`a{"k": ["v"]}`:         "byte 5: what follows is not a string",
		`a{1: "v"}`:             "byte 2",
		`a{"": "v"}`:            "a tag has no key",
		`a{"k": "v", "k": "v"}`: `the key "k" is there twice`,
		`a{"k": "v"}b`:          "byte 11: text after the tags",
		`a{"k": "v"}{}`:         "byte 11: text after the tags",
		`a[`:                    "byte 2",
		`a[k`:                   `byte 3: a ":" is missing`,
		`a[k]`:                  `byte 3: a ":" is missing`,
		`a[k:`:                  `byte 4: a "," or "]" is missing`,
		`a[k:v`:                 `byte 5: a "," or "]" is missing`,
		`a[k:v,`:                "byte 6",
		`a[k:v,]`:               "byte 6",
		`a[,k:v]`:               "byte 2",
		`a[k:v:w]`:              "byte 5",
		`a[k:v w]`:              "byte 5",
		`a[k:v, l:w]`:           "byte 6",
		`a[k:v"w"]`:             "byte 5",
		`a["k":v]`:              "byte 2",
		`a[k:"v]`:               "byte 5: a quote is not closed",
		`a[k:"v"w]`:             "byte 7",
		`a[k:"v""]`:             "byte 8: a quote is not closed",
		`a[k:v}`:                "byte 6",
		`a[:v]`:                 "a tag has no key",
		`a[k:v,k:w]`:            `the key "k" is there twice`,
		`a[k:v]]`:               "byte 6: text after the tags",
	} {
		metric, tags, err := DecodeMetric(in)
		if metric != "" || tags != nil || !errors.Is(err, ErrName) || !strings.Contains(fmt.Sprint(err), shows) {
			t.Errorf("%q is read as %q %q, %v; want an error that shows %s", in, metric, tags, err, shows)
		}
	}
}

func TestEncodeMetricErrors(t *testing.T) {
	ok := Tag{"k", "v"}
	for _, test := range []struct {
		metric    string
		tags      []Tag
		shows     string
		notations []Notation
	}{
		{"", nil, "the name is empty", notations},
		{"", []Tag{ok}, "the name is empty", notations},
		{"a{b", nil, "'{' at byte 1", notations},
		{"a}", []Tag{ok}, "'}' at byte 1", notations},
		{"a[b", []Tag{ok}, "'[' at byte 1", notations},
		{"a]", nil, "']' at byte 1", notations},
		{"a ", nil, "white space", notations},
		{"\na", []Tag{ok}, "white space", notations},
		{"a\xff", []Tag{ok}, "not UTF-8", notations},
		{"a", []Tag{{"", "v"}}, "a tag has no key", notations},
		{"a", []Tag{{"k", "1"}, {"j", "2"}, {"k", "1"}}, `the key "k" is there twice`, notations},
		{"a", []Tag{{"k\xff", "v"}}, `the tag "k\xff" is not UTF-8`, notations},
		{"a", []Tag{ok, {"l", "\xff"}}, `the tag "l" is not UTF-8`, notations},
		{"a", []Tag{{"k:", "v"}}, `the key "k:", for its byte 1`, notations[1:]},
		{"a", []Tag{{"k,", "v"}}, "byte 1", notations[1:]},
		{"a", []Tag{{"k]", "v"}}, "byte 1", notations[1:]},
		{"a", []Tag{{`"`, "v"}}, "byte 0", notations[1:]},
		{"a", []Tag{{"k ", "v"}}, "byte 1", notations[1:]},
		{"a", []Tag{{"k\n", "v"}}, "byte 1", notations[1:]},
	} {
		for _, n := range test.notations {
			got, err := EncodeMetric(n, test.metric, test.tags...)
			if got != "" || !errors.Is(err, ErrName) || !strings.Contains(err.Error(), test.shows) {
				t.Errorf("%d, %q %q: %q, %v, want an error that shows %s", n, test.metric, test.tags, got, err, test.shows)
			}
		}
	}
	if got, err := EncodeMetric(2, "a", ok); got != "" || err == nil {
		t.Errorf("an unknown notation: %q, %v", got, err)
	}
}

func TestMetricErrorsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for _, s := range []string{
		long + "}", long + "{", long + `{"k": 1}`, `a{"k": 1` + strings.Repeat("0", 100_000) + "}", `a{"k": x` + long, `a{"` + long,
		`a{"` + long + `":"1","` + long + `":"2"}`, "a[" + long, "a[k:v]" + long, `a[k:"` + long, "a[" + long + ":1," + long + ":2]",
	} {
		if _, _, err := DecodeMetric(s); err == nil || len(err.Error()) > 400 {
			t.Errorf("%.20q: the error is %.500v", s, err)
		}
	}
	if _, err := EncodeMetric(NotationBrackets, long, Tag{long + ":", ""}); err == nil || len(err.Error()) > 400 {
		t.Errorf("the error is %.500v", err)
	}
}

// TestMetricRoundTrip has each ASCII character, and random ones, in each place.
func TestMetricRoundTrip(t *testing.T) {
	accepted := 0
	for c := range rune(0x80) {
		for _, s := range []string{string(c), "x" + string(c), string(c) + "x", "x" + string(c) + "x", strings.Repeat(string(c), 3)} {
			accepted += roundTrip(t, "m", Tag{"k", s})
			accepted += roundTrip(t, "m", Tag{"k", "v"}, Tag{"z", s})
			accepted += roundTrip(t, "m", Tag{s, "v"})
			accepted += roundTrip(t, s, Tag{"k", "v"})
			accepted += roundTrip(t, s)
		}
	}
	r := rand.New(rand.NewPCG(9, 10))
	for range 1000 {
		accepted += roundTrip(t, randomString(r), Tag{randomString(r), randomString(r)}, Tag{"k", randomString(r)})
	}
	if accepted < 6000 {
		t.Errorf("only %d names were accepted", accepted)
	}
}

// roundTrip counts the notations that take the tags, which are sorted by key
// first.
func roundTrip(t *testing.T, metric string, tags ...Tag) (accepted int) {
	t.Helper()
	slices.SortFunc(tags, byKey)
	for _, n := range notations {
		if s, err := EncodeMetric(n, metric, tags...); err == nil {
			accepted++
			checkDecoded(t, s, metric, tags)
		}
	}
	return accepted
}

func FuzzDecodeMetric(f *testing.F) {
	for _, test := range encodedNames {
		f.Add(test.json)
		f.Add(test.brackets)
	}
	for _, s := range []string{
		"", "a ", "a {}", "a[]", `a{"k": 1}`, `a{"k": null}`, `a{"k":"v","k":"w"}`, "a[k:v", `a[k:"v""]`, `a["k":v]`, "a{\"k\":\"\xff\"}", `a{"k":"\ud800"}`,
		"a\u00a0{}", `a{"":""}`, `a[k:]`, `a{"b c":"d"}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		metric, tags, err := DecodeMetric(s)
		if err != nil {
			if !errors.Is(err, ErrName) || metric != "" || tags != nil || len(err.Error()) > 1000 {
				t.Errorf("%q is read as %q %q, %v", s, metric, tags, err)
			}
			return
		}
		if roundTrip(t, metric, tags...) == 0 {
			t.Errorf("%q decodes to %q %q, and that does not encode", s, metric, tags)
		}
		if _, err := EncodeMetric(NotationJSON, metric, tags...); err != nil {
			t.Errorf("%q decodes, but: %v", s, err)
		}
	})
}
