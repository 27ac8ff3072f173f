package encoding

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// wirePoint is a point as any other program reads it.
type wirePoint struct {
	Metric    string            `json:"metric"`
	Tags      map[string]string `json:"tags"`
	Timestamp int64             `json:"timestamp"`
	Value     json.Number       `json:"value"`
}

// readPoints decodes a body with encoding/json, and nothing but the four
// fields may be in it.
func readPoints(t testing.TB, text []byte) []wirePoint {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var points []wirePoint
	if err := dec.Decode(&points); err != nil {
		t.Fatalf("encoding/json cannot read %.200q: %v", text, err)
	}
	return points
}

// throughJSON returns what is left of s after encoding/json wrote and read it.
func throughJSON(t testing.TB, s string) string {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back string
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func checkString(t testing.TB, s string) {
	t.Helper()
	text := appendString([]byte("before"), s)
	quoted, ok := bytes.CutPrefix(text, []byte("before"))
	if !ok {
		t.Fatalf("%q: what was there before is gone: %q", s, text)
	}
	if !utf8.Valid(quoted) {
		t.Errorf("%q is written as %q, which is not UTF-8", s, quoted)
	}
	var got string
	if err := json.Unmarshal(quoted, &got); err != nil {
		t.Fatalf("%q is written as %q: %v", s, quoted, err)
	}
	if want := throughJSON(t, s); got != want {
		t.Errorf("%q is read back as %q, want %q", s, got, want)
	}
}

var hardStrings = []string{
	"", "a", `"`, `\`, `\"`, `\u0041`, "\x00", "\x1f", "\x7f", "\b\f\n\r\t",
	"é", "日本語", "😀", "\u2028\u2029", "\ufffd", "<&>", "a b", "a,b:c", ";",
	"\xff", "\xc0\x80", "a\xffb", "\xe6\x97", "\xe6\x97a", "\xed\xa0\x80", "\xf4\x90\x80\x80", "é\xff\"",
	strings.Repeat(`"`, 300), strings.Repeat("\xff", 300), strings.Repeat("x", 5000),
}

func TestAppendString(t *testing.T) {
	for _, s := range hardStrings {
		checkString(t, s)
	}
}

func TestAppendStringEachByte(t *testing.T) {
	for b := range 256 {
		c := string([]byte{byte(b)})
		for _, s := range []string{c, "a" + c, c + "a", c + c, "é" + c + "é", "\xe6" + c} {
			checkString(t, s)
		}
	}
}

func TestAppendStringText(t *testing.T) {
	for s, want := range map[string]string{
		"plain":    `"plain"`,
		`a"b\c`:    `"a\"b\\c"`,
		"\n\r\t":   `"\n\r\t"`,
		"\x00\x1f": `"\u0000\u001f"`,
		"日本/é":     `"日本/é"`,
		"a\xff":    "\"a\ufffd\"",
		"<&>":      `"<&>"`,
	} {
		if got := string(appendString(nil, s)); got != want {
			t.Errorf("%q is written as %s, want %s", s, got, want)
		}
	}
}

func randomString(r *rand.Rand) string {
	b := make([]byte, r.IntN(40))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	if r.IntN(2) == 0 {
		return strings.ToValidUTF8(string(b), "日")
	}
	return string(b)
}

func TestAppendStringRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		checkString(t, randomString(r))
	}
}

// checkValue tells whether a value reads back exactly, from a text that fits
// the room kept for it and that OpenTSDB reads too.
func checkValue(t testing.TB, v Value) {
	t.Helper()
	text := string(appendValue(nil, v))
	if !json.Valid([]byte(text)) || len(text) > maxValue {
		t.Errorf("%#v is written as %s, %d bytes", v, text, len(text))
	}
	got, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("%#v is written as %s: %v", v, text, err)
	}
	if math.Float64bits(got) != math.Float64bits(v.Float64()) {
		t.Errorf("%#v is written as %s, and read as %v", v, text, got)
	}
	if strings.ContainsAny(text, ".e") {
		return
	}
	if n, err := strconv.ParseInt(text, 10, 64); err != nil || v.IsInt() && n != v.Int64() {
		t.Errorf("%#v is written as the integer %s, and read as %d, %v", v, text, n, err)
	}
}

var hardFloats = []float64{
	0, math.Copysign(0, -1), 1, -1, 0.1, 1.0 / 3, 12.5, 1e-6, 1e-7, 9.999999999999999e-7, -0.0000012345678901234567,
	1e15, 1 << 53, 1<<53 + 2, 1e17, 1e18, 1e19, 1e20, 1e21, -1e18, 1 << 63, -(1 << 63), 1 << 64,
	math.Nextafter(1e18, 0), math.Nextafter(1e-6, 1), math.Pi, math.MaxFloat32, math.MaxFloat64, -math.MaxFloat64,
	math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 2.2250738585072014e-308,
}

var hardInts = []int64{
	0, 1, -1, 9, 10, 1 << 31, 1 << 32, 1<<53 + 1, -(1<<53 + 1), 1e18, math.MaxInt64, math.MinInt64, math.MinInt64 + 1,
}

func TestAppendValue(t *testing.T) {
	for _, f := range hardFloats {
		checkValue(t, Float(f))
	}
	for _, n := range hardInts {
		checkValue(t, Int(n))
	}
}

func TestAppendValueRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		checkValue(t, Int(int64(r.Uint64())))
		if v := Float(math.Float64frombits(r.Uint64())); v.finite() {
			checkValue(t, v)
		}
		checkValue(t, Float(r.NormFloat64()*math.Pow10(r.IntN(40)-20)))
	}
}

func TestAppendValueText(t *testing.T) {
	for want, v := range map[string]Value{
		"0":                         {},
		"-9223372036854775808":      Int(math.MinInt64),
		"9223372036854775807":       Int(math.MaxInt64),
		"1.8446744073709552e+19":    Uint(math.MaxUint64),
		"12.5":                      Float(12.5),
		"3":                         Float(3),
		"-0":                        Float(math.Copysign(0, -1)),
		"0.000001":                  Float(1e-6),
		"1e-07":                     Float(1e-7),
		"100000000000000000":        Float(1e17),
		"1e+18":                     Float(1e18),
		"1.7976931348623157e+308":   Float(math.MaxFloat64),
		"5e-324":                    Float(math.SmallestNonzeroFloat64),
		"-0.0000012345678901234567": longest,
	} {
		if got := string(appendValue(nil, v)); got != want {
			t.Errorf("%#v is written as %s, want %s", v, got, want)
		}
	}
}

// longest is a value whose text fills the room kept for it.
var longest = Float(-0.0000012345678901234567)

func TestLongestValue(t *testing.T) {
	if n := len(longest.String()); n != maxValue {
		t.Errorf("%v has %d bytes, want %d", longest, n, maxValue)
	}
}

func FuzzString(f *testing.F) {
	for _, s := range hardStrings {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkString(t, s) })
}

// FuzzPoint sends a point the whole way, and encoding/json has to read what
// was put in.
func FuzzPoint(f *testing.F) {
	for i, s := range hardStrings {
		f.Add("metric"+s, s, "a"+s, s, int64(1_700_000_000+i), math.Float64bits(hardFloats[i%len(hardFloats)]), true)
		f.Add(s, "k", s, "k", int64(i), uint64(hardInts[i%len(hardInts)]), false)
	}
	f.Add("m", "k", "v", "k", int64(math.MaxUint32), math.Float64bits(math.NaN()), true)
	f.Add("m", "k", "v", "l", int64(math.MaxUint32+1), math.Float64bits(math.Inf(-1)), true)
	f.Fuzz(func(t *testing.T, metric, key, value, key2 string, seconds int64, bits uint64, float bool) {
		tags := []Tag{{key, value}, {key2, "2"}}
		s, err := NewSeries(SanitizeApptuit, metric, tags...)
		if err != nil {
			if metric != "" && key2 != "" && (key != "" || value == "") {
				t.Fatalf("NewSeries(%q, %q): %v", metric, tags, err)
			}
			return
		}
		v := Value{bits: bits, float: float}
		e := NewEncoder(Config{Compression: CompressNone})
		if err = e.Append(Point{Series: s, Time: time.Unix(seconds, 0), Value: v}); err != nil {
			checkRefusal(t, err, seconds, v)
			return
		}
		checkFuzzed(t, e.Flush()[0].Body, metric, tags, seconds, v)
	})
}

func checkRefusal(t *testing.T, err error, seconds int64, v Value) {
	t.Helper()
	switch {
	case errors.Is(err, ErrNotFinite) && (math.IsNaN(v.Float64()) || math.IsInf(v.Float64(), 0)):
	case errors.Is(err, ErrTimestamp) && (seconds <= 0 || seconds > math.MaxUint32):
	default:
		t.Fatalf("a point of %v at %d is refused: %v", v, seconds, err)
	}
}

func checkFuzzed(t *testing.T, body []byte, metric string, tags []Tag, seconds int64, v Value) {
	t.Helper()
	points := readPoints(t, body)
	if len(points) != 1 {
		t.Fatalf("%d points, want 1", len(points))
	}
	p := points[0]
	if want := mustName(t, SanitizeApptuit, metric); p.Metric != want {
		t.Errorf("metric %q, want %q", p.Metric, want)
	}
	if p.Timestamp != seconds || p.Value.String() != v.String() {
		t.Errorf("%d %s, want %d %s", p.Timestamp, p.Value, seconds, v)
	}
	checkValue(t, v)
	clean, err := CleanTags(SanitizeApptuit, tags)
	if err != nil || len(clean) != len(p.Tags) {
		t.Fatalf("tags %q, want %q, %v", p.Tags, clean, err)
	}
	for _, tag := range clean {
		if got, want := p.Tags[tag.Key], throughJSON(t, tag.Value); got != want {
			t.Errorf("tag %q is %q, want %q", tag.Key, got, want)
		}
	}
}
