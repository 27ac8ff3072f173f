package encoding

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var someTime = time.Unix(1_700_000_000, 123_456_789)

func somePoint(t testing.TB) Point {
	t.Helper()
	return Point{Series: mustSeries(t, SanitizePrometheus, "m", Tag{"k", "v"}), Time: someTime, Value: Int(1)}
}

func mustAppend(t testing.TB, e *Encoder, points ...Point) {
	t.Helper()
	for _, p := range points {
		if err := e.Append(p); err != nil {
			t.Fatalf("Append(%v): %v", p, err)
		}
	}
}

func mustJSON(t testing.TB, b Batch) []byte {
	t.Helper()
	text, err := b.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEncoderText(t *testing.T) {
	p := somePoint(t)
	q := Point{Series: mustSeries(t, SanitizePrometheus, "n", Tag{"b", "2"}, Tag{"a", "1"}), Time: someTime.Add(time.Second), Value: Float(0.5)}
	for _, test := range []struct {
		ms   bool
		want string
	}{
		{false, `[{"metric":"m","tags":{"k":"v"},"timestamp":1700000000,"value":1},` +
			`{"metric":"n","tags":{"a":"1","b":"2"},"timestamp":1700000001,"value":0.5}]`},
		{true, `[{"metric":"m","tags":{"k":"v"},"timestamp":1700000000123,"value":1},` +
			`{"metric":"n","tags":{"a":"1","b":"2"},"timestamp":1700000001123,"value":0.5}]`},
	} {
		e := NewEncoder(Config{Compression: CompressNone, Milliseconds: test.ms})
		mustAppend(t, e, p, q)
		batches := e.Flush()
		if len(batches) != 1 || batches[0].Points != 2 || string(batches[0].Body) != test.want {
			t.Errorf("%d batches, the first is %s, want %s", len(batches), batches[0].Body, test.want)
		}
	}
}

func TestFlushOfNothing(t *testing.T) {
	e := NewEncoder(Config{})
	for range 2 {
		if batches := e.Flush(); len(batches) != 0 {
			t.Fatalf("%d batches of nothing", len(batches))
		}
	}
	_ = e.Append(Point{})
	if batches := e.Flush(); len(batches) != 0 {
		t.Fatalf("%d batches of a refused point", len(batches))
	}
	mustAppend(t, e, somePoint(t))
	if batches := e.Flush(); len(batches) != 1 {
		t.Fatalf("%d batches of one point", len(batches))
	}
	if batches := e.Flush(); len(batches) != 0 {
		t.Fatalf("%d batches of nothing after a round", len(batches))
	}
}

func TestRoundsAreIndependent(t *testing.T) {
	for _, c := range compressions {
		e := NewEncoder(Config{Compression: c, MaxPoints: 3})
		var rounds [][]Batch
		var copies [][]byte
		for i := range 5 {
			p := somePoint(t)
			for j := range 7 {
				p.Value = Int(int64(100*i + j))
				mustAppend(t, e, p)
			}
			rounds = append(rounds, e.Flush())
			copies = append(copies, bytes.Clone(rounds[i][0].Body))
		}
		for i, batches := range rounds {
			if len(batches) != 3 || !bytes.Equal(batches[0].Body, copies[i]) {
				t.Fatalf("%s: round %d has %d batches, or changed later", c, i, len(batches))
			}
			for j, p := range pointsOf(t, batches) {
				if want := fmt.Sprint(100*i + j); p.Value.String() != want {
					t.Errorf("%s: round %d, point %d is %s, want %s", c, i, j, p.Value, want)
				}
			}
		}
	}
}

func pointsOf(t testing.TB, batches []Batch) []wirePoint {
	t.Helper()
	var all []wirePoint
	for i, b := range batches {
		points := readPoints(t, mustJSON(t, b))
		if len(points) != b.Points || len(points) == 0 {
			t.Errorf("batch %d holds %d points and says %d", i, len(points), b.Points)
		}
		all = append(all, points...)
	}
	return all
}

func TestSameTextFromTheSamePoints(t *testing.T) {
	for _, c := range compressions {
		used, fresh := NewEncoder(Config{Compression: c}), NewEncoder(Config{Compression: c})
		mustAppend(t, used, benchPoints(t, 50)...)
		used.Flush()
		mustAppend(t, used, somePoint(t))
		mustAppend(t, fresh, somePoint(t))
		if a, b := mustJSON(t, used.Flush()[0]), mustJSON(t, fresh.Flush()[0]); !bytes.Equal(a, b) {
			t.Errorf("%s: %q from a used encoder, %q from a new one", c, a, b)
		}
	}
}

// TestBounds checks that each batch is within both bounds, and that it was not
// closed before the next point would have broken one of them.
func TestBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	points := make([]Point, 100)
	for i := range points {
		tag := Tag{"k", strings.Repeat("x", 1+r.IntN(200))}
		points[i] = Point{Series: mustSeries(t, SanitizePrometheus, "m", tag), Time: someTime, Value: Int(int64(i))}
	}
	for _, maxPoints := range []int{1, 7, 99, 100, 101, 0} {
		for _, maxBytes := range []int{300, 1001, 4096, 0} {
			e := NewEncoder(Config{Compression: CompressNone, MaxPoints: maxPoints, MaxBytes: maxBytes})
			mustAppend(t, e, points...)
			batches := e.Flush()
			checkOrder(t, batches, len(points))
			checkBounds(t, batches, points, e.cfg)
		}
	}
}

func checkOrder(t *testing.T, batches []Batch, points int) {
	t.Helper()
	got := pointsOf(t, batches)
	if len(got) != points {
		t.Fatalf("%d points came back, want %d", len(got), points)
	}
	for i, p := range got {
		if p.Value.String() != fmt.Sprint(i) {
			t.Fatalf("point %d is %s", i, p.Value)
		}
	}
}

func checkBounds(t *testing.T, batches []Batch, points []Point, cfg Config) {
	t.Helper()
	next := 0 // the first point behind the batch
	for i, b := range batches {
		if b.Points > cfg.MaxPoints || len(b.Body) > cfg.MaxBytes {
			t.Errorf("%+v: batch %d has %d points, %d bytes", cfg, i, b.Points, len(b.Body))
		}
		if next += b.Points; next == len(points) {
			return
		}
		more := len(",") - len(separator) + points[next].Series.size + len(`},"timestamp":1700000000,"value":`) + maxValue + len("}")
		if b.Points < cfg.MaxPoints && len(b.Body)+more <= cfg.MaxBytes {
			t.Errorf("%+v: batch %d, with %d points and %d bytes, has room for %d more", cfg, i, b.Points, len(b.Body), more)
		}
	}
}

func TestLargestPoint(t *testing.T) {
	p := somePoint(t)
	p.Value = longest
	free := NewEncoder(Config{Compression: CompressNone})
	mustAppend(t, free, p)
	size := len(free.Flush()[0].Body)

	fits := NewEncoder(Config{Compression: CompressNone, MaxBytes: size})
	mustAppend(t, fits, p, p)
	if batches := fits.Flush(); len(batches) != 2 || len(batches[0].Body) != size {
		t.Errorf("%d batches of two points that each fill one", len(batches))
	}
	p.Value = Int(0) // the bound is the same for a short value
	err := NewEncoder(Config{MaxBytes: size - 1}).Append(p)
	if !errors.Is(err, ErrPointTooLarge) || !strings.Contains(err.Error(), fmt.Sprint(size)) {
		t.Errorf("%v, want ErrPointTooLarge that shows %d", err, size)
	}
}

func TestDefaults(t *testing.T) {
	for _, cfg := range []Config{{}, {MaxPoints: -1, MaxBytes: -1}} {
		if got := NewEncoder(cfg).cfg; got.MaxPoints != DefaultMaxPoints || got.MaxBytes != DefaultMaxBytes {
			t.Errorf("%+v becomes %+v", cfg, got)
		}
	}
	for points, want := range map[int]int{1: 2 << 20, 2000: 2 << 20, 3999: 2 << 20, 4000: 4 << 20, 50_000: 16 << 20, math.MaxInt: 16 << 20} {
		if got := NewEncoder(Config{MaxPoints: points}).cfg.MaxBytes; got != want {
			t.Errorf("%d points may have %d bytes, want %d", points, got, want)
		}
	}
	e := NewEncoder(Config{})
	p := somePoint(t)
	for range DefaultMaxPoints + 1 {
		mustAppend(t, e, p)
	}
	batches := e.Flush()
	if len(batches) != 2 || batches[0].Points != DefaultMaxPoints || batches[1].Points != 1 {
		t.Errorf("%d batches, the first of %d points", len(batches), batches[0].Points)
	}
}

// refused holds points that no encoder of its resolution takes.
func refused(t *testing.T, ms bool) map[string]struct {
	point Point
	want  Reason
} {
	type row = struct {
		point Point
		want  Reason
	}
	p := somePoint(t)
	value := func(f float64) Point { q := p; q.Value = Float(f); return q }
	at := func(at time.Time) Point { q := p; q.Time = at; return q }
	rows := map[string]row{
		"NaN":            {value(math.NaN()), ErrNotFinite},
		"another NaN":    {value(math.Float64frombits(0xfff0_0000_0000_0001)), ErrNotFinite},
		"+Inf":           {value(math.Inf(1)), ErrNotFinite},
		"-Inf":           {value(math.Inf(-1)), ErrNotFinite},
		"nil series":     {Point{Time: someTime}, ErrNoSeries},
		"zero series":    {Point{Series: new(Series), Time: someTime}, ErrNoSeries},
		"1970":           {at(time.Unix(0, 0)), ErrTimestamp},
		"before 1970":    {at(time.Unix(-1, 0)), ErrTimestamp},
		"year 2300":      {at(time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC)), ErrTimestamp},
		"end of time":    {at(time.Unix(math.MaxInt64, 0)), ErrTimestamp},
		"start of time":  {at(time.Unix(math.MinInt64, 0)), ErrTimestamp},
		"ms overflows":   {at(time.Unix(math.MaxInt64/1000+1_700_000_000, 0)), ErrTimestamp},
		"ms overflows 2": {at(time.Unix(-18446744073709551+1_700_000_000, 0)), ErrTimestamp},
	}
	if ms {
		rows["seconds to a store"] = row{at(time.UnixMilli(math.MaxUint32)), ErrTimestamp}
		rows["14 digits"] = row{at(time.UnixMilli(1e13)), ErrTimestamp}
		return rows
	}
	rows["milliseconds to a store"] = row{at(time.Unix(math.MaxUint32+1, 0)), ErrTimestamp}
	return rows
}

func TestRefusedPointChangesNothing(t *testing.T) {
	for _, ms := range []bool{false, true} {
		good := somePoint(t)
		alone := NewEncoder(Config{Compression: CompressNone, Milliseconds: ms, MaxPoints: 2})
		mustAppend(t, alone, good, good, good)
		want := alone.Flush()
		for name, row := range refused(t, ms) {
			e := NewEncoder(Config{Compression: CompressNone, Milliseconds: ms, MaxPoints: 2})
			for range 3 {
				if err := e.Append(row.point); !errors.Is(err, row.want) {
					t.Errorf("%s, ms %t: %v, want %v", name, ms, err, row.want)
				}
				mustAppend(t, e, good)
			}
			if err := e.Append(row.point); !errors.Is(err, row.want) {
				t.Errorf("%s, ms %t: %v, want %v", name, ms, err, row.want)
			}
			if got := e.Flush(); !sameBatches(got, want) {
				t.Errorf("%s, ms %t: %v, want %v", name, ms, got, want)
			}
		}
	}
}

func TestRefusedForItsSizeChangesNothing(t *testing.T) {
	good, large := somePoint(t), somePoint(t)
	large.Series = mustSeries(t, SanitizePrometheus, "m", Tag{"k", strings.Repeat("x", 1000)})
	large.Time = someTime.Add(time.Hour)
	e, alone := NewEncoder(Config{MaxBytes: 1000}), NewEncoder(Config{MaxBytes: 1000})
	for range 20 {
		mustAppend(t, alone, good)
		mustAppend(t, e, good)
		if err := e.Append(large); !errors.Is(err, ErrPointTooLarge) {
			t.Fatalf("%v, want ErrPointTooLarge", err)
		}
	}
	if got, want := e.Flush(), alone.Flush(); len(want) < 2 || !sameBatches(got, want) {
		t.Errorf("%d batches, want %d, or others", len(got), len(want))
	}
}

func sameBatches(a, b []Batch) bool {
	return slices.EqualFunc(a, b, func(x, y Batch) bool {
		return x.Points == y.Points && x.Compression == y.Compression && bytes.Equal(x.Body, y.Body)
	})
}

func TestTimesAtTheLimits(t *testing.T) {
	for _, test := range []struct {
		ms   bool
		at   time.Time
		want int64
	}{
		{false, time.Unix(1, 0), 1},
		{false, time.Unix(1, 999_999_999), 1},
		{false, time.Unix(math.MaxUint32, 999_999_999), math.MaxUint32},
		{true, time.UnixMilli(math.MaxUint32 + 1), math.MaxUint32 + 1},
		{true, time.UnixMilli(1e13 - 1), 1e13 - 1},
		{true, someTime, 1_700_000_000_123},
		{true, someTime.In(time.FixedZone("east", 3600)), 1_700_000_000_123},
	} {
		p := somePoint(t)
		p.Time = test.at
		e := NewEncoder(Config{Compression: CompressNone, Milliseconds: test.ms})
		mustAppend(t, e, p)
		if got := readPoints(t, e.Flush()[0].Body)[0].Timestamp; got != test.want {
			t.Errorf("%v, ms %t: %d, want %d", test.at, test.ms, got, test.want)
		}
	}
}

func TestTimesOfOneRoundMayDiffer(t *testing.T) {
	e := NewEncoder(Config{Compression: CompressNone})
	p := somePoint(t)
	want := []int64{5, 5, 4, 1_700_000_000, 4, 5}
	for _, seconds := range want {
		p.Time = time.Unix(seconds, 0)
		mustAppend(t, e, p)
	}
	for i, got := range readPoints(t, e.Flush()[0].Body) {
		if got.Timestamp != want[i] {
			t.Errorf("point %d is of %d, want %d", i, got.Timestamp, want[i])
		}
	}
}

func TestZeroTimeMeansNow(t *testing.T) {
	for _, ms := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			wire := func(at time.Time) int64 {
				if ms {
					return at.UnixMilli()
				}
				return at.Unix()
			}
			e := NewEncoder(Config{Compression: CompressNone, Milliseconds: ms})
			p := somePoint(t)
			p.Time = time.Time{}
			for range 3 {
				now := wire(time.Now())
				mustAppend(t, e, p)
				time.Sleep(1500 * time.Millisecond)
				mustAppend(t, e, p) // one round has one now
				for _, got := range readPoints(t, e.Flush()[0].Body) {
					if got.Timestamp != now {
						t.Errorf("ms %t: %d, want %d", ms, got.Timestamp, now)
					}
				}
			}
		})
	}
}

// TestAllocationsDoNotGrowWithPoints holds what kept series are for: a round
// allocates for its batch, never for a point.
func TestAllocationsDoNotGrowWithPoints(t *testing.T) {
	const most = 8
	for _, c := range compressions {
		few, many := allocsOfRound(t, c, 100), allocsOfRound(t, c, 10_000)
		if few != many || many > most {
			t.Errorf("%s: %v allocations for 100 points, %v for 10,000; want the same, and at most %d", c, few, many, most)
		}
	}
}

func allocsOfRound(t *testing.T, c Compression, points int) float64 {
	t.Helper()
	e, p := NewEncoder(Config{Compression: c, MaxPoints: 50_000}), somePoint(t)
	return testing.AllocsPerRun(3, func() {
		for i := range points {
			p.Value = Int(int64(i))
			p.Time = p.Time.Add(time.Second)
			mustAppend(t, e, p)
		}
		if batches := e.Flush(); len(batches) != 1 {
			t.Errorf("%d batches, want 1", len(batches))
		}
	})
}

// benchIdentity returns a metric and ten tags, about 500 bytes of JSON.
func benchIdentity(i int) (string, []Tag) {
	return "http.server.request.duration", []Tag{
		{"service.name", "checkout"}, {"service.instance.id", fmt.Sprintf("627cc493-f310-47de-96bd-%012d", i)},
		{"host.name", "ip-10-20-30-40.eu-west-1.compute.internal"}, {"deployment.environment", "production"},
		{"http.request.method", "POST"}, {"http.route", "/api/v1/orders/{order}/items"},
		{"http.response.status_code", "200"}, {"url.scheme", "https"},
		{"otel.scope.name", "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"}, {"otel.scope.version", "0.63.0"},
	}
}

func benchPoints(t testing.TB, n int) []Point {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 8))
	points := make([]Point, n)
	for i := range points {
		metric, tags := benchIdentity(i)
		points[i] = Point{Series: mustSeries(t, SanitizePrometheus, metric, tags...), Time: someTime, Value: Float(r.ExpFloat64())}
	}
	return points
}

func BenchmarkEncode(b *testing.B) {
	const points = 10_000
	kept := benchPoints(b, points)
	for _, c := range compressions {
		b.Run(c.String(), func(b *testing.B) {
			e := NewEncoder(Config{Compression: c})
			mustAppend(b, e, kept...)
			batch := e.Flush()[0]
			size := len(mustJSON(b, batch))
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				mustAppend(b, e, kept...)
				e.Flush()
			}
			b.ReportMetric(float64(b.N)*points/b.Elapsed().Seconds(), "points/s")
			b.ReportMetric(float64(size)/points, "json-B/point")
			b.ReportMetric(float64(len(batch.Body))/points, "wire-B/point")
		})
	}
}
