package encoding

import (
	"math"
	"testing"
)

func TestValue(t *testing.T) {
	for _, test := range []struct {
		v     Value
		isInt bool
		i     int64
		f     float64
		text  string
	}{
		{Value{}, true, 0, 0, "0"},
		{Int(-7), true, -7, -7, "-7"},
		{Int(1<<53 + 1), true, 1<<53 + 1, 1 << 53, "9007199254740993"},
		{Uint(7), true, 7, 7, "7"},
		{Uint(math.MaxInt64), true, math.MaxInt64, 1 << 63, "9223372036854775807"},
		{Float(2.5), false, 2, 2.5, "2.5"},
		{Float(-2.5), false, -2, -2.5, "-2.5"},
	} {
		if v := test.v; v.IsInt() != test.isInt || v.Int64() != test.i || v.Float64() != test.f || v.String() != test.text {
			t.Errorf("%#v: %t %d %v %s", v, v.IsInt(), v.Int64(), v.Float64(), v)
		}
	}
	if v := Uint(1 << 63); v.IsInt() || v.Float64() != 1<<63 {
		t.Errorf("2^63 is %#v", v)
	}
}

func TestValueNotFinite(t *testing.T) {
	for text, f := range map[string]float64{"NaN": math.NaN(), "+Inf": math.Inf(1), "-Inf": math.Inf(-1)} {
		if v := Float(f); v.finite() || v.String() != text {
			t.Errorf("%s is written as %s, finite: %t", text, v, v.finite())
		}
	}
	if !Int(0x7ff<<52).finite() || !Float(math.MaxFloat64).finite() {
		t.Error("an integer or the largest float is not finite")
	}
}

func TestReasonTexts(t *testing.T) {
	for _, r := range []Reason{ErrNotFinite, ErrName, ErrNoTags, ErrTooManyTags, ErrTimestamp, ErrPointTooLarge, ErrNoSeries} {
		if r.Error() == string(r) {
			t.Errorf("%s has no text", string(r))
		}
	}
	if got := Reason("other").Error(); got != "other" {
		t.Errorf("%q", got)
	}
}
