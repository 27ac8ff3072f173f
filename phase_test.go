package apptuit

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// The exports of a fleet that starts at once are spread over the interval, over hosts
// and over the processes of one host alike.
func TestPhasesAreSpread(t *testing.T) {
	const n, parts = 10_000, 60
	for name, of := range map[string]func(int) time.Duration{
		"hosts":     func(i int) time.Duration { return phase(fmt.Sprintf("web-%d", i), 1, time.Minute) },
		"processes": func(i int) time.Duration { return phase("web", i, time.Minute) },
	} {
		var count [parts]int
		for i := range n {
			d := of(i)
			if d <= 0 || d > time.Minute {
				t.Fatalf("%s: a phase of %s", name, d)
			}
			if of(i) != d {
				t.Fatal("it is not the same twice")
			}
			count[min(int(d/time.Second), parts-1)]++
		}
		for second, exports := range count { // 167 are the mean; 5 standard deviations are 64
			if exports < n/parts-64 || exports > n/parts+64 {
				t.Errorf("%s: %d exports in second %d", name, exports, second)
			}
		}
	}
	if d := phase("web", 1, 1); d != 1 {
		t.Errorf("of an interval of a nanosecond: %s", d)
	}
}

// onCollect is a producer that is called at each collection and has nothing.
type onCollect func()

func (f onCollect) Produce(context.Context) ([]metricdata.ScopeMetrics, error) {
	f()
	return nil, nil
}

// exportTimes returns when a reader of an exporter exported within an hour.
func exportTimes(t *testing.T, vars map[string]string, host string, opts ...ReaderOption) (times []time.Time, timeout time.Duration, heard []string) {
	t.Helper()
	var mu sync.Mutex
	e, err := New(env(vars), WithToken("test-token"), WithErrorHandler(func(err error) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, err.Error())
	}))
	if err != nil {
		t.Fatal(err)
	}
	e.cfg.hostname = func() (string, error) { return host, nil }
	r := NewReader(e, append(opts, ReaderProducer(onCollect(func() { times = append(times, time.Now()) })))...)
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(r))
	time.Sleep(time.Hour)
	synctest.Wait()
	n := len(times)
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	return times[:n], r.timeout, heard
}

// Interval and time-out are read as PeriodicReader reads them, and hold between
// exports too.
func TestReaderIntervalAndTimeout(t *testing.T) {
	for name, test := range map[string]struct {
		vars              map[string]string
		opts              []ReaderOption
		interval, timeout time.Duration
		wrong             []string
	}{
		"default":  {nil, nil, time.Minute, 30 * time.Second, nil},
		"set":      {map[string]string{envInterval: "5000", envReaderTimeout: "700"}, nil, 5 * time.Second, 700 * time.Millisecond, nil},
		"code":     {map[string]string{envInterval: "5000", envReaderTimeout: "700"}, []ReaderOption{ReaderInterval(3 * time.Second), ReaderTimeout(time.Second)}, 3 * time.Second, time.Second, nil},
		"nothing":  {map[string]string{envInterval: ""}, []ReaderOption{ReaderInterval(0), ReaderTimeout(-1)}, time.Minute, 30 * time.Second, nil},
		"no count": {map[string]string{envInterval: "10s-secret", envReaderTimeout: "1.5"}, nil, time.Minute, 30 * time.Second, []string{envInterval, envReaderTimeout}},
		"negative": {map[string]string{envInterval: "-1", envReaderTimeout: "0"}, nil, time.Minute, 30 * time.Second, []string{envInterval, envReaderTimeout}},
		"too long": {map[string]string{envInterval: "9223372036854775807"}, nil, time.Minute, 30 * time.Second, []string{envInterval}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				times, timeout, heard := exportTimes(t, test.vars, "box", test.opts...)
				if n := int(time.Hour / test.interval); len(times) != n {
					t.Fatalf("%d exports in an hour, want %d", len(times), n)
				}
				if first := times[0].Sub(began); first <= 0 || first > test.interval {
					t.Errorf("the first export came after %s", first)
				}
				for i := range times[1:] {
					if d := times[i+1].Sub(times[i]); d != test.interval {
						t.Errorf("%s between exports, want %s", d, test.interval)
					}
				}
				if timeout != test.timeout {
					t.Errorf("the time-out is %s, want %s", timeout, test.timeout)
				}
				all := strings.Join(heard, "\n")
				for _, variable := range test.wrong {
					if !strings.Contains(all, variable) {
						t.Errorf("heard %q, and nothing of %s", heard, variable)
					}
				}
				if len(heard) != len(test.wrong) || strings.Contains(all, "secret") {
					t.Errorf("heard %q", heard)
				}
			})
		})
	}
}

// A process on another host has another phase.
func TestReaderPhaseIsOfTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		firsts := map[time.Duration]bool{}
		for _, host := range []string{"a", "b", "c", "d"} {
			began := time.Now()
			times, _, _ := exportTimes(t, nil, host)
			firsts[times[0].Sub(began)] = true
		}
		if len(firsts) != 4 {
			t.Errorf("first exports after %v", firsts)
		}
	})
}
