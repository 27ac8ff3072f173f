package transform

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A stretch is a time in which a counter grew evenly.
type stretch struct {
	from, to time.Time
	growth   float64
}

// truth is what is known of a counter's growth, from the first point that tells of
// it: the model that rates are compared with.
type truth []stretch

func (tr truth) mean() float64 {
	growth := 0.0
	for _, s := range tr {
		growth += s.growth
	}
	return growth / tr[len(tr)-1].to.Sub(tr[0].from).Seconds()
}

// weighted integrates the rate over all that is known, in steps of a thousandth of
// each stretch, weighted by the age of each.
func (tr truth) weighted(over time.Duration) float64 {
	now, sum, weights := tr[len(tr)-1].to, 0.0, 0.0
	for _, s := range tr {
		took := s.to.Sub(s.from).Seconds()
		if took == 0 {
			continue
		}
		const steps = 1000
		for i := range steps {
			age := now.Sub(s.from).Seconds() - took*(float64(i)+0.5)/steps
			weight := math.Exp(-age/over.Seconds()) * took / steps
			sum, weights = sum+weight*s.growth/took, weights+weight
		}
	}
	return sum / weights
}

// A history is a counter that is counted and collected.
type history struct {
	r            *rand.Rand
	delta        bool
	start, at    time.Time
	before       time.Time // the collection before the first point; may be zero
	value        int64     // cumulative
	true         truth
	rates        rates
	w            weights
	last         bool // there are rates now
	sinceCollect int64
	collected    time.Time
	unknown      bool // the growth up to the next point is not known
}

// pass lets time pass, in which the counter grows by so much.
func (h *history) pass(took time.Duration, growth int64) {
	h.at = h.at.Add(took)
	h.value += growth
	h.sinceCollect += growth
}

// reset lets the counter begin anew; what was not collected is lost.
func (h *history) reset(fixedStart bool) {
	h.value, h.sinceCollect = 0, 0
	if !fixedStart {
		h.start = h.at
	}
}

// collect takes a point, as a reader does.
func (h *history) collect() {
	from := h.collected
	if h.delta {
		h.last = h.rates.add(&h.w, amount{i: h.sinceCollect}, from, h.at, h.before)
	} else {
		h.last = h.rates.advance(&h.w, amount{i: h.value}, h.start, h.at, h.before)
	}
	if h.unknown && !h.delta {
		h.unknown = false // it sets the mark
	} else {
		h.true = append(h.true, stretch{from, h.at, float64(h.sinceCollect)})
	}
	h.sinceCollect, h.collected = 0, h.at
}

// check compares the rates with what is true.
func (h *history) check(t *testing.T, within float64) {
	t.Helper()
	if len(h.true) == 0 {
		return
	}
	for i, w := range windows {
		var lives weights
		lives.of(h.rates.until.Sub(h.rates.began))
		want := h.true.weighted(w.over)
		if got := h.rates.rate(&lives, i); math.Abs(got-want) > within*math.Abs(want) {
			t.Fatalf("%s is %g, want %g, after %d points", w.tag, got, want, len(h.true))
		}
	}
	if got, want := h.rates.mean(), h.true.mean(); math.Abs(got-want) > 1e-9*math.Abs(want) {
		t.Fatalf("the mean is %g, want %g", got, want)
	}
}

// Whatever a counter does and however it is collected, its rates are the weighted
// means of its growth: resets, gaps, uneven intervals, series that come late,
// integers beyond 2^53 and 2^60.
func TestRatesAreTheMeansOfTheGrowth(t *testing.T) {
	for seed := range uint64(400) {
		h := &history{r: rand.New(rand.NewPCG(seed, 1)), start: testTime, at: testTime, collected: testTime}
		h.delta = seed%2 == 1
		late := seed%3 == 0
		h.unknown = !late && !h.delta
		h.at = h.at.Add(time.Duration(h.r.IntN(4)) * time.Hour)
		h.collected = h.at
		if late {
			h.before = h.at
		} else if !h.delta {
			h.value = []int64{0, 1e9, 1 << 53, 1<<60 + 1}[h.r.IntN(4)] // it is old
		}
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			for range 1 + h.r.IntN(30) {
				h.step()
				h.collect()
			}
			h.check(t, 2e-5) // the model's steps are not finer
		})
	}
}

// step is one interval.
func (h *history) step() {
	took := time.Duration(1+h.r.IntN(120_000)) * time.Millisecond
	switch h.r.IntN(10) {
	case 0: // a gap
		took += time.Duration(h.r.IntN(20)) * time.Minute
	case 1: // a flush
		took = time.Duration(1+h.r.IntN(1000)) * time.Microsecond
	case 2: // nothing happens
		h.pass(took, 0)
		return
	case 3: // many
		h.pass(took, 1<<40)
		return
	case 4: // it begins anew, with little or with a new start
		if len(h.true) > 0 {
			fixed := h.value > 100
			h.pass(took/2, 0)
			h.reset(fixed)
			h.pass(took/2, int64(h.r.IntN(100)))
			return
		}
	}
	h.pass(took, int64(h.r.IntN(1000)))
}

// A constant rate is known after one interval, in every window.
func TestConstantRateIsKnownAfterOneInterval(t *testing.T) {
	for _, delta := range []bool{false, true} {
		for _, old := range []int64{0, 1e9, 1<<53 - 300, 1<<60 + 1, math.MaxInt64 - 1e6} {
			h := &history{delta: delta, start: testTime.Add(-3 * time.Hour), at: testTime, collected: testTime.Add(-time.Minute), value: old, unknown: !delta}
			if !delta {
				h.collect()
				if h.last {
					t.Error("rates of one value alone")
				}
			}
			h.collected, h.sinceCollect = h.at, 0
			for range 20 {
				h.pass(10*time.Second, 100)
				h.collect()
				if !h.last {
					t.Fatal("no rates")
				}
				var lives weights
				lives.of(h.rates.until.Sub(h.rates.began))
				for i, w := range windows {
					if got := h.rates.rate(&lives, i); math.Abs(got-10) > 1e-9 {
						t.Fatalf("delta %t, from %d: %s is %g, want 10", delta, old, w.tag, got)
					}
				}
				if got := h.rates.mean(); math.Abs(got-10) > 1e-9 {
					t.Fatalf("the mean is %g, want 10", got)
				}
			}
		}
	}
}

// An idle counter's rate is 0 in the end, and no number without meaning before.
func TestRateOfAnIdleCounterEndsAtZero(t *testing.T) {
	for _, delta := range []bool{false, true} {
		h := &history{delta: delta, start: testTime, at: testTime, collected: testTime, before: testTime}
		h.pass(time.Minute, 600)
		h.collect()
		last := [len(windows)]float64{10, 10, 10}
		for range 12 * 60 {
			h.pass(time.Minute, 0)
			h.collect()
			var lives weights
			lives.of(h.rates.until.Sub(h.rates.began))
			for i := range windows {
				got := h.rates.rate(&lives, i)
				if got > last[i] || got != 0 && got < 1e-18 {
					t.Fatalf("delta %t: %s is %g after %g", delta, windows[i].tag, got, last[i])
				}
				last[i] = got
			}
		}
		if last != [len(windows)]float64{} {
			t.Errorf("delta %t: %v after 12 hours", delta, last)
		}
	}
}

// counterOf is a collection of a counter.
func counterOf(temporality metricdata.Temporality, v int64, start, at time.Time) *metricdata.ResourceMetrics {
	return oneMetric("c", metricdata.Sum[int64]{IsMonotonic: true, Temporality: temporality,
		DataPoints: []metricdata.DataPoint[int64]{{StartTime: start, Time: at, Value: v}}})
}

// A rated recorder sends the rates of all that grows, as an exporter does.
func newRated(changes ...change) *recorder {
	return newRecorder(append([]change{func(c *Config) { c.Rates, c.Complete = []string{"*"}, true }}, changes...)...)
}

// at collects at a time after testTime.
func (r *recorder) collectAt(after time.Duration, rm *metricdata.ResourceMetrics) []string {
	r.now = testTime.Add(after)
	return r.emit(rm)
}

func nothing() *metricdata.ResourceMetrics {
	rm := oneMetric("", nil)
	rm.ScopeMetrics = nil
	return rm
}

// rateLines are those of the rate of c.
func rateLines(at int64, v1, v5, v15, mean string) []string {
	var lines []string
	for i, v := range []string{v1, v5, v15, mean} {
		lines = append(lines, fmt.Sprintf(`c_rate{host="box",window=%q} %d %s`, windowTag(i), at, v))
	}
	return lines
}

// The start that the SDK gives is that of the process: it says nothing of when a
// counter began.
func TestRatesOfRealLife(t *testing.T) {
	start := testTime
	at := func(d time.Duration) time.Time { return testTime.Add(d) }
	const cumulative, delta = metricdata.CumulativeTemporality, metricdata.DeltaTemporality
	unix := func(d time.Duration) int64 { return at(d).Unix() }

	t.Run("an old counter sets the mark", func(t *testing.T) {
		r := newRated()
		if lines := r.collectAt(time.Minute, counterOf(cumulative, 1e9, start, at(time.Minute))); len(lines) != 1 {
			t.Errorf("rates at once: %q", lines)
		}
		lines := r.collectAt(2*time.Minute, counterOf(cumulative, 1e9+600, start, at(2*time.Minute)))
		equalLines(t, lines[1:], rateLines(unix(2*time.Minute), "10", "10", "10", "10")...)
	})
	t.Run("a late series counts from the collection before", func(t *testing.T) {
		r := newRated()
		r.collectAt(3*time.Hour, nothing())
		late := 3*time.Hour + time.Minute
		lines := r.collectAt(late, counterOf(cumulative, 600, start, at(late)))
		equalLines(t, lines[1:], rateLines(unix(late), "10", "10", "10", "10")...)
	})
	t.Run("a late series that has a start of its own counts from there", func(t *testing.T) {
		r := newRated()
		r.collectAt(3*time.Hour, nothing())
		late := 3*time.Hour + time.Minute
		lines := r.collectAt(late, counterOf(cumulative, 300, at(late-30*time.Second), at(late)))
		equalLines(t, lines[1:], rateLines(unix(late), "10", "10", "10", "10")...)
	})
	t.Run("one that was forgotten sets the mark", func(t *testing.T) {
		r := newRated()
		r.collectAt(time.Minute, counterOf(cumulative, 1e9, start, at(time.Minute)))
		for m := range 30 * time.Minute / time.Minute {
			rm := counterOf(cumulative, 1, start, at((2+m)*time.Minute))
			rm.ScopeMetrics[0].Metrics[0].Name = "other"
			r.collectAt((2+m)*time.Minute, rm)
		}
		if lines := r.collectAt(time.Hour, counterOf(cumulative, 1e9+1, start, at(time.Hour))); len(lines) != 1 {
			t.Errorf("rates at once: %q", lines)
		}
	})
	t.Run("a fall counts from there", func(t *testing.T) {
		r := newRated()
		r.collectAt(0, counterOf(cumulative, 5000, start, at(0)))
		r.collectAt(time.Minute, counterOf(cumulative, 5600, start, at(time.Minute)))
		lines := r.collectAt(2*time.Minute, counterOf(cumulative, 600, start, at(2*time.Minute)))
		equalLines(t, lines[1:], rateLines(unix(2*time.Minute), "10", "10", "10", "10")...)
	})
	t.Run("a gap of cumulative values", func(t *testing.T) {
		r := newRated()
		r.collectAt(0, counterOf(cumulative, 0, start, at(0)))
		for m := range 6 * time.Minute / time.Minute {
			r.collectAt((m+1)*time.Minute, nothing())
		}
		lines := r.collectAt(7*time.Minute, counterOf(cumulative, 42_000, start, at(7*time.Minute)))
		equalLines(t, lines[1:], rateLines(unix(7*time.Minute), "100", "100", "100", "100")...)
	})
	t.Run("quiet minutes of changes", func(t *testing.T) {
		r := newRated()
		r.collectAt(0, counterOf(delta, 1, at(-time.Minute), at(0)))
		var idle []string
		for m := range 20 * time.Minute / time.Minute {
			idle = r.collectAt((m+1)*time.Minute, nothing())
		}
		if len(idle) != 4 || !strings.HasPrefix(idle[3], fmt.Sprintf(`c_rate{host="box",window="mean"} %d 0.00079`, unix(20*time.Minute))) {
			t.Errorf("while it is quiet: %q", idle)
		}
		lines := r.collectAt(21*time.Minute, counterOf(delta, 600, at(20*time.Minute), at(21*time.Minute)))
		fifteen := 0.0
		if _, err := fmt.Sscanf(lines[3], `c_rate{host="box",window="15m"} 1700001260 %g`, &fifteen); err != nil {
			t.Fatal(err, lines)
		}
		if want := 0.84; math.Abs(fifteen-want) > 0.01 { // 10 (1-e^(-1/15)) of what 22 minutes count
			t.Errorf("the rate of 15 minutes is %g, want %g", fifteen, want)
		}
	})
	t.Run("one event, and a flush", func(t *testing.T) {
		r := newRated()
		r.collectAt(0, nothing())
		r.collectAt(time.Millisecond, counterOf(cumulative, 1, start, at(time.Millisecond)))
		var lines []string
		for m := range 30 * time.Minute / time.Minute {
			lines = r.collectAt((m+1)*time.Minute, counterOf(cumulative, 1, start, at((m+1)*time.Minute)))
		}
		for _, line := range lines[1:] {
			rate := 0.0
			if _, err := fmt.Sscan(line[strings.LastIndexByte(line, ' ')+1:], &rate); err != nil || rate > 1.0/1800+1e-9 {
				t.Errorf("after half an hour: %s", line)
			}
		}
	})
	for _, first := range []time.Duration{time.Millisecond, 10 * time.Millisecond, 999 * time.Millisecond} {
		t.Run("one event, and a flush after "+first.String(), func(t *testing.T) {
			for _, temporality := range []metricdata.Temporality{cumulative, delta} {
				r := newRated()
				r.collectAt(0, nothing())
				if lines := r.collectAt(first, counterOf(temporality, 1, start, at(first))); len(lines) != 1 {
					t.Errorf("rates of less than a second: %q", lines)
				}
				next := int64(1) // as much in all
				if temporality == delta {
					next = 0
				}
				lines := r.collectAt(10*time.Second, counterOf(temporality, next, at(first), at(10*time.Second)))
				if len(lines) != 5 || lines[4] != fmt.Sprintf(`c_rate{host="box",window="mean"} %d 0.1`, unix(10*time.Second)) {
					t.Errorf("after ten seconds: %q", lines)
				}
			}
		})
	}
	for first, want := range map[time.Duration]string{time.Second: "1", 10 * time.Second: "0.1"} {
		t.Run("one event in a first interval of "+first.String(), func(t *testing.T) {
			r := newRated()
			r.collectAt(0, nothing())
			lines := r.collectAt(first, counterOf(cumulative, 1, start, at(first)))
			equalLines(t, lines[1:], rateLines(unix(first), want, want, want, want)...)
		})
	}
	t.Run("collections each tenth of a second", func(t *testing.T) {
		r := newRated()
		r.collectAt(0, nothing())
		for i := range int64(30) {
			after := time.Duration(i+1) * 100 * time.Millisecond
			lines := r.collectAt(after, counterOf(cumulative, i+1, start, at(after)))
			if known := len(lines) == 5; known != (after >= time.Second) {
				t.Errorf("after %s: %q", after, lines)
			}
		}
	})
	t.Run("the same moment twice", func(t *testing.T) {
		r := newRated()
		r.collectAt(0, counterOf(delta, 10, at(-time.Second), at(0)))
		if lines := r.collectAt(0, counterOf(delta, 20, at(0), at(0))); len(lines) != 1 {
			t.Errorf("rates of no time: %q", lines)
		}
		lines := r.collectAt(4*time.Second, counterOf(delta, 20, at(0), at(4*time.Second)))
		equalLines(t, lines[4:], fmt.Sprintf(`c_rate{host="box",window="mean"} %d 10`, unix(4*time.Second)))
	})
}

// Nothing that a Producer gives spoils what comes after.
func TestRatesForgiveNonsense(t *testing.T) {
	var r rates
	var w weights
	take := func(v float64, after time.Duration) bool {
		return r.advance(&w, amount{f: v, isFloat: true}, testTime, testTime.Add(after), time.Time{})
	}
	take(0, 0)
	take(-math.MaxFloat64, time.Second)
	take(math.MaxFloat64, 2*time.Second)
	take(0, 3*time.Second)
	if !take(10, 4*time.Second) || !(r.growth >= 10) || math.IsInf(r.growth, 0) || math.IsNaN(r.recent[0]) {
		t.Errorf("%+v", r)
	}
	r = rates{}
	r.add(&w, amount{i: math.MinInt64}, testTime, testTime.Add(time.Second), time.Time{})
	if r.growth != 0 || !r.add(&w, amount{i: 5}, time.Time{}, testTime.Add(2*time.Second), time.Time{}) || r.growth != 5 {
		t.Errorf("%+v", r)
	}
	rec := newRated()
	for i, v := range []float64{1, math.NaN(), 2, math.Inf(1), 3} {
		at := testTime.Add(time.Duration(i) * time.Second)
		rec.emit(oneMetric("f", metricdata.Sum[float64]{IsMonotonic: true, DataPoints: []metricdata.DataPoint[float64]{{Time: at, Value: v}}}))
	}
	if last := rec.lines[len(rec.lines)-1]; last != `f_rate{host="box",window="mean"} 1700000004 0.5` {
		t.Errorf("after NaN and infinity: %s", last)
	}
}

func TestRatesAreSentForWhatOnlyGrows(t *testing.T) {
	r := newRated()
	histogram := func(n uint64, at time.Time) metricdata.Aggregation {
		return metricdata.Histogram[float64]{Temporality: metricdata.CumulativeTemporality,
			DataPoints: []metricdata.HistogramDataPoint[float64]{{StartTime: testTime, Time: at, Count: n}}}
	}
	r.emit(oneMetric("h", histogram(20, testTime)))
	later := testTime.Add(10 * time.Second)
	if lines := strings.Join(r.emit(oneMetric("h", histogram(40, later))), "\n"); !strings.Contains(lines, `h_rate{host="box",window="mean"} 1700000010 2`) {
		t.Errorf("no rate of a histogram's count in\n%s", lines)
	}
	upDown := metricdata.Sum[int64]{DataPoints: []metricdata.DataPoint[int64]{{Time: later, Value: 50}}}
	r.emit(oneMetric("u", upDown))
	upDown.DataPoints[0].Time = later.Add(time.Second)
	if lines := strings.Join(r.emit(oneMetric("u", upDown)), "\n"); strings.Contains(lines, "rate") {
		t.Errorf("a rate of what may fall:\n%s", lines)
	}
	r = newRecorder()
	for i := range 2 {
		at := testTime.Add(time.Duration(i) * time.Second)
		if lines := r.emit(counterOf(metricdata.CumulativeTemporality, 1, testTime, at)); len(lines) != 1 {
			t.Errorf("rates that nobody asked for: %q", lines)
		}
	}
}

// Rates are for those that a pattern picks, by the name of the instrument or of its
// series.
func TestRatesByChoice(t *testing.T) {
	for pattern, want := range map[string]bool{
		"*": true, "app.http.requests": false, "http.requests": true, "http.*": true, "*.requests": true, "h*.r*s": true,
		"http": false, "http.requests.*": false, "*x*": false, "app_http_*": true, "app_http_requests": true, "*tp*": true, "http.requests*": true, "**": true, "": false,
	} {
		r := newRecorder(func(c *Config) { c.Rates, c.Prefix = []string{"other", pattern}, "app." })
		lines := 0
		for i := range 2 {
			rm := counterOf(metricdata.CumulativeTemporality, 1, testTime, testTime.Add(time.Duration(i)*time.Second))
			rm.ScopeMetrics[0].Metrics[0].Name = "http.requests"
			lines = len(r.emit(rm))
		}
		if got := lines == 5; got != want {
			t.Errorf("%q picks http.requests: %t", pattern, got)
		}
	}
}
