package transform

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A clock of one counter: it grows at a rate that a function of time gives.
type counting struct {
	rates
	start, at time.Time
	value     float64
	delta     bool
}

func newCounting(delta bool) *counting { return &counting{start: testTime, at: testTime, delta: delta} }

// grow adds perSecond for a while and lets the rates see it.
func (c *counting) grow(perSecond float64, took time.Duration) {
	growth := perSecond * took.Seconds()
	c.value += growth
	start, v := c.start, c.value
	if c.delta {
		start, v = c.at, growth
	}
	c.at = c.at.Add(took)
	c.observe(v, start, c.at, c.delta)
}

// After a step from one rate to another each window follows it as 1-e^(-t/T),
// however uneven the intervals are; cumulative and delta values agree.
func TestRatesFollowAStep(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, delta := range []bool{false, true} {
		c := newCounting(delta)
		for range 50 {
			c.grow(10, time.Duration(1+r.IntN(60_000))*time.Millisecond)
		}
		for i, got := range c.recent {
			if math.Abs(got-10) > 1e-9 {
				t.Errorf("delta %t, steady: %s is %g, want 10", delta, windows[i].tag, got)
			}
		}
		began := c.at
		for c.at.Sub(began) < 5*time.Minute {
			c.grow(40, time.Duration(1+r.IntN(30_000))*time.Millisecond)
		}
		for i, got := range c.recent {
			want := 40 - 30*math.Exp(-c.at.Sub(began).Seconds()/windows[i].over.Seconds())
			if math.Abs(got-want) > 1e-6 {
				t.Errorf("delta %t, after the step: %s is %g, want %g", delta, windows[i].tag, got, want)
			}
		}
		want := (10*began.Sub(testTime).Seconds() + 40*c.at.Sub(began).Seconds()) / c.at.Sub(testTime).Seconds()
		if got := c.mean(); math.Abs(got-want) > 1e-9 {
			t.Errorf("delta %t: mean %g, want %g", delta, got, want)
		}
	}
}

// A reset is a restart: no rate is ever negative, and the mean begins anew.
func TestRatesAfterAReset(t *testing.T) {
	for name, reset := range map[string]func(*counting){
		"the value falls":    func(c *counting) { c.value = 0 },
		"it has a new start": func(c *counting) { c.value, c.start = 5000, c.at.Add(time.Second) },
	} {
		c := newCounting(false)
		c.grow(100, time.Minute)
		reset(c)
		base := c.value
		c.grow(1, time.Minute)
		for i, got := range append(c.recent[:], c.mean()) {
			if got < 0 || got > (base+60)/59 {
				t.Errorf("%s: rate %d is %g", name, i, got)
			}
		}
	}
}

func TestRatesWithoutAStart(t *testing.T) {
	var r rates
	if r.observe(1000, time.Time{}, testTime, false) {
		t.Error("a rate from one point alone")
	}
	if r.observe(1000, time.Time{}, testTime, false) {
		t.Error("a rate from the same moment")
	}
	if !r.observe(1060, time.Time{}, testTime.Add(time.Minute), false) || r.recent[0] != 1 || r.mean() != 1 {
		t.Errorf("rates %v, mean %g, want 1", r.recent, r.mean())
	}
	if r.observe(math.NaN(), time.Time{}, testTime.Add(2*time.Minute), false) || r.recent[0] != 1 {
		t.Errorf("rates %v after NaN", r.recent)
	}
}

func TestRatesAreSentForWhatOnlyGrows(t *testing.T) {
	start, at := testTime.Add(-10*time.Second), testTime
	counter := metricdata.Sum[int64]{IsMonotonic: true, Temporality: metricdata.CumulativeTemporality,
		DataPoints: []metricdata.DataPoint[int64]{{StartTime: start, Time: at, Value: 50}}}
	r := newRecorder(func(c *Config) { c.Rates = true })
	equalLines(t, r.emit(oneMetric("c", counter)),
		`c{host="box"} 1700000000 50`,
		`c_rate{host="box",window="1m"} 1700000000 5`,
		`c_rate{host="box",window="5m"} 1700000000 5`,
		`c_rate{host="box",window="15m"} 1700000000 5`,
		`c_rate{host="box",window="mean"} 1700000000 5`)

	histogram := metricdata.Histogram[float64]{Temporality: metricdata.CumulativeTemporality,
		DataPoints: []metricdata.HistogramDataPoint[float64]{{StartTime: start, Time: at, Count: 20}}}
	if lines := strings.Join(r.emit(oneMetric("h", histogram)), "\n"); !strings.Contains(lines, `h_rate{host="box",window="mean"} 1700000000 2`) {
		t.Errorf("no rate of a histogram's count in\n%s", lines)
	}
	counter.IsMonotonic = false
	if lines := strings.Join(r.emit(oneMetric("u", counter)), "\n"); strings.Contains(lines, "rate") {
		t.Errorf("a rate of what may fall:\n%s", lines)
	}
	if lines := newRecorder().emit(oneMetric("c", counter)); len(lines) != 1 {
		t.Errorf("rates that nobody asked for: %q", lines)
	}
}
