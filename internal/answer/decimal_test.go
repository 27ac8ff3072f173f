package answer

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// likeStrconv holds a number against strconv, to the bit.
func likeStrconv(t *testing.T, text string) {
	t.Helper()
	got, ok := ParseFloat([]byte(text))
	want, err := strconv.ParseFloat(text, 64)
	if valid := json.Valid([]byte(text)); ok != (err == nil && valid) || ok && math.Float64bits(got) != math.Float64bits(want) {
		t.Fatalf("%s: got %v, %t, want %v, %v", text, got, ok, want, err)
	}
}

// hard are numbers near the middle between two float64, at the ends of the range, and
// of many digits.
var hard = []string{
	"0", "-0", "-0.0", "0e5", "0.000", "1e22", "1e23", "9007199254740993", "9007199254740992.5", "9007199254740991.5",
	"1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "1e308", "1e309", "1e-400", "5e-324", "2.5e-324", "2e-324",
	"2.2250738585072014e-308", "2.2250738585072011e-308", "4.9406564584124654e-324", "1.2E7", "1.2E+7", "1.2e-7", "1e000000000000000000005",
	"123456789012345678", "1234567890123456789", "12345678901234567890", "123456789012345678901234567890", "0.000000000000000000001234567890123456789",
	"18446744073709551615", "18446744073709551616", "9999999999999999999", "99999999999999999999", "8.5070591730234615865843651857942052864e37",
	"1.00000000000000011102230246251565404236316680908203125", "1.00000000000000011102230246251565404236316680908203124", "1.00000000000000011102230246251565404236316680908203126",
	"0.500000000000000166533453693773481063544750213623046875", "6.631236846766476e-316", "3.2378839133029012895883524125015321748630094623e-292",
	"1" + strings.Repeat("0", 400) + "e-400", "0." + strings.Repeat("0", 400) + "1e400", strings.Repeat("9", 400), "1e99999999999999999999", "1e-99999999999999999999",
}

func TestNumbersLikeStrconv(t *testing.T) {
	for _, text := range hard {
		likeStrconv(t, text)
		likeStrconv(t, "-"+text)
	}
	for e := -350; e <= 350; e++ {
		for _, m := range []string{"1", "9", "123456789", "9007199254740993", "9223372036854775807", "1.7976931348623157"} {
			likeStrconv(t, fmt.Sprintf("%se%d", m, e))
		}
	}
}

func TestRandomNumbersLikeStrconv(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		v := math.Float64frombits(r.Uint64())
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		for _, text := range []string{
			strconv.FormatFloat(v, 'e', -1, 64), strconv.FormatFloat(v, 'E', r.IntN(25), 64), strconv.FormatFloat(r.NormFloat64(), 'f', r.IntN(25), 64),
			fmt.Sprintf("%de%d", r.Uint64()>>r.IntN(64), r.IntN(60)-30), strconv.FormatFloat(r.ExpFloat64()*1e6, 'f', -1, 64),
		} {
			likeStrconv(t, text)
		}
	}
	for range 5_000 { // the middle between two neighbours, and what is near it
		low := math.Float64frombits(r.Uint64N(1<<52) | uint64(1023+r.IntN(60))<<52)
		middle := strconv.FormatFloat(low, 'f', 60, 64)
		if n, frac := math.Modf(low); frac == 0 && n < 1<<62 && n >= 1<<53 {
			middle = strconv.FormatUint(uint64(n)+uint64(math.Nextafter(low, math.Inf(1))-low)/2, 10)
		}
		likeStrconv(t, middle)
		likeStrconv(t, middle+"e0")
	}
}

func TestNotNumbers(t *testing.T) {
	for _, text := range []string{"", "-", "+1", "01", "-01", "00", "1.", ".5", "1.e5", "1e", "1e+", "1ee5", "1.2.3", "--1", "0x10", "1_0", "12345678901234567890.", "١", "1e5.5", "Inf", "NaN"} {
		if f, ok := ParseFloat([]byte(text)); ok {
			t.Errorf("%s is %v", text, f)
		}
	}
}

// FuzzNumber holds numbers against strconv, and what is one against encoding/json.
func FuzzNumber(f *testing.F) {
	for _, text := range hard {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, " \t\r\n") || len(text) > 5000 {
			return
		}
		for _, c := range []byte(text) {
			if !isNumberByte[c] {
				return
			}
		}
		likeStrconv(t, text)
	})
}

// No number of up to 19 digits in the middle of the range takes the slow way.
func TestFewNumbersTakeTheSlowWay(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	slow := 0
	const n = 100_000
	for range n {
		d, _ := scanDecimal([]byte(strconv.FormatFloat(r.NormFloat64()*math.Pow(10, float64(r.IntN(200)-100)), 'g', -1, 64)), 0)
		if _, ok := d.float(); !ok {
			slow++
		}
	}
	if slow > n/10_000 {
		t.Errorf("%d of %d", slow, n)
	}
}

func BenchmarkNumbers(b *testing.B) {
	for name, text := range map[string]string{"short": "23.05", "17 digits": "0.12345678901234567", "Java": "1.2E7", "exponent": "-1.2345678901234567e-8", "20 digits": "0.12345678901234567891", "integer": "1406829600"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				ParseFloat([]byte(text))
			}
		})
	}
}
