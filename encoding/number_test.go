package encoding

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
)

// checkNumber holds a number's text against strconv's.
func checkNumber(t testing.TB, v Value) {
	t.Helper()
	number := number{words: [4]uint64{1, 2, 3, 4}} // of the value before
	number.set(v)
	want := string(appendValue(nil, v))
	var text []byte
	for _, word := range number.words {
		text = binary.LittleEndian.AppendUint64(text, word)
	}
	if got := string(text[:number.n]); got != want {
		t.Fatalf("%s is written as %q, %d bytes", want, got, number.n)
	}
	for i := number.n; i < 32; i++ {
		if number.words[i/8]>>(i%8*8)&0xff != 0 {
			t.Fatalf("%s: byte %d behind the text is not zero", want, i)
		}
	}
}

func TestNumberText(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	integers := []int64{0, -1, math.MaxInt64, math.MinInt64}
	for digits := int64(1); digits < 1e18; digits *= 10 {
		integers = append(integers, digits-1, digits, digits+1, -digits, r.Int64N(digits), r.Int64N(digits))
	}
	for _, i := range integers {
		checkNumber(t, Int(i))
		for scale := 1.0; scale < 1e12; scale *= 10 {
			f := float64(i) / scale
			for _, f := range []float64{f, math.Nextafter(f, 0), math.Nextafter(f, math.Inf(1)), -f} {
				checkNumber(t, Float(f))
			}
		}
	}
	for range 20_000 {
		checkNumber(t, Float(r.Float64()))
		checkNumber(t, Float(r.NormFloat64()*math.Pow(10, float64(r.IntN(20)-6))))
		checkNumber(t, Float(float64(r.Int64N(1e10))/1e3))
		checkNumber(t, Float(float64(r.Int64N(1e14))/1e6))
		if f := math.Float64frombits(r.Uint64()); Float(f).finite() {
			checkNumber(t, Float(f))
		}
	}
	checkNumber(t, longest)
}

func FuzzNumber(f *testing.F) {
	f.Add(uint64(0), false)
	f.Add(math.Float64bits(12345678.654321), true)
	f.Fuzz(func(t *testing.T, bits uint64, float bool) {
		if v := (Value{bits, float}); v.finite() {
			checkNumber(t, v)
		}
	})
}

func TestSamePrefix(t *testing.T) {
	for _, test := range []struct {
		a, b Value
		want int
	}{
		{Int(123), Int(129), 2}, {Int(12), Int(123), 2}, {Int(123), Int(12), 2}, {Int(5), Int(5), 1}, {Int(5), Int(6), 0},
		{Int(123456789), Int(123456788), 8}, {Float(0.5), Float(0.25), 2}, {Int(12345678), Int(12345678), 8},
	} {
		var a, b number
		a.set(test.a)
		b.set(test.b)
		if got := a.samePrefix(&b); got != test.want {
			t.Errorf("%s and %s: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func BenchmarkNumber(b *testing.B) {
	for name, v := range map[string]Value{"int": Int(48_213), "long": Int(4_821_300_000), "decimal": Float(48.213001), "float": Float(0.6394267984578837)} {
		b.Run(name, func(b *testing.B) {
			var n number
			for b.Loop() {
				n.set(v)
			}
		})
		b.Run(name+"/strconv", func(b *testing.B) {
			var room [32]byte
			for b.Loop() {
				appendValue(room[:0], v)
			}
		})
	}
}
