package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

const (
	storeInstruments = 10 // each has the same number of series
	storeHistograms  = 2  // of them
	storeSettle      = 3  // exports before the store knows all series
)

var storeBounds = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5}

// A storeJob is what one process of a contestant has to do with a store of its own.
type storeJob struct {
	Contestant string
	Store      realStore
	Series     int
	Tags       int // of the resource
	Exports    int
	Interval   time.Duration
	Profile    string // a file for a CPU profile, and with .store one for the store's, or empty
}

// points returns those of one export as the put protocol has them.
func (j storeJob) points() int {
	return j.Series / storeInstruments * (storeInstruments - storeHistograms + storeHistograms*(len(storeBounds)+1+4))
}

// A storeResult is what it found: CPU time of all measured exports.
type storeResult struct {
	Exports                int
	Collect, Export, Store time.Duration
}

// A program is the instruments that a program measures with, and how.
type program struct {
	provider *sdkmetric.MeterProvider
	reader   *sdkmetric.ManualReader
	random   *rand.Rand
	record   []func(context.Context)
}

// newInstruments makes instruments and their series: of ten, four are counters of
// int64, four of float64, and two histograms.
func newInstruments(j storeJob) (*program, error) {
	w := &program{reader: sdkmetric.NewManualReader(), random: rand.New(rand.NewPCG(3, 4))}
	all := resourceAttributes.Attributes()
	w.provider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(w.reader), sdkmetric.WithCardinalityLimit(-1),
		sdkmetric.WithResource(resource.NewSchemaless(all[:min(j.Tags, len(all))]...)))
	meter := w.provider.Meter("shop")
	for i := range storeInstruments {
		if err := w.add(meter, i, j.Series/storeInstruments); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *program) add(meter metric.Meter, i, series int) error {
	name := names[i]
	var record func(context.Context, metric.MeasurementOption)
	switch {
	case i >= storeInstruments-storeHistograms:
		h, err := meter.Float64Histogram(name, metric.WithExplicitBucketBoundaries(storeBounds...))
		if err != nil {
			return err
		}
		record = func(ctx context.Context, o metric.MeasurementOption) {
			h.Record(ctx, w.random.ExpFloat64(), o.(metric.RecordOption))
		}
	case i%2 == 0:
		c, err := meter.Int64Counter(name)
		if err != nil {
			return err
		}
		record = func(ctx context.Context, o metric.MeasurementOption) {
			c.Add(ctx, w.random.Int64N(1000), o.(metric.AddOption))
		}
	default:
		c, err := meter.Float64Counter(name)
		if err != nil {
			return err
		}
		record = func(ctx context.Context, o metric.MeasurementOption) {
			c.Add(ctx, float64(w.random.IntN(100_000))/1e3, o.(metric.AddOption))
		}
	}
	for n := range series {
		o := metric.WithAttributeSet(ownAttributes(w.random, i*series+n))
		w.record = append(w.record, func(ctx context.Context) { record(ctx, o) })
	}
	return nil
}

// measureStore does a job in this process.
func measureStore(j storeJob) (r storeResult, err error) {
	ctx := context.Background()
	w, err := newInstruments(j)
	if err != nil {
		return r, err
	}
	c, ok := findStoreContestant(j.Contestant)
	if !ok {
		return r, fmt.Errorf("there is no contestant %q", j.Contestant)
	}
	e, err := c.make(j.Store)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, e.Shutdown(ctx), w.provider.Shutdown(ctx)) }()
	for range storeSettle {
		if _, err := w.export(ctx, e, j.Interval); err != nil {
			return r, err
		}
	}
	before, err := storeCPU(j.Store.PID)
	if err != nil {
		return r, err
	}
	stop, err := startProfile(j.Profile)
	if err != nil {
		return r, err
	}
	profiled := j.profileStore(ctx)
	for range j.Exports {
		one, err := w.export(ctx, e, j.Interval)
		if err != nil {
			return r, err
		}
		r.Exports++
		r.Collect += one.Collect
		r.Export += one.Export
	}
	after, err := storeCPU(j.Store.PID)
	r.Store = after - before
	return r, errors.Join(err, stop(), <-profiled, j.arrived(ctx))
}

// profileStore has VictoriaMetrics profile itself while it is measured.
func (j storeJob) profileStore(ctx context.Context) <-chan error {
	done := make(chan error, 1)
	if j.Profile == "" || j.Store.Influx {
		done <- nil
		return done
	}
	seconds := max(1, int((time.Duration(j.Exports) * j.Interval).Seconds()))
	go func() {
		done <- download(ctx, fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", j.Store.BaseURL, seconds), j.Profile+".store")
	}()
	return done
}

func download(ctx context.Context, url, path string) error {
	body, err := get(ctx, url)
	if err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o666)
}

func get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, 64<<20))
}

// export measures, collects and exports once, within an interval.
func (w *program) export(ctx context.Context, e exporter, interval time.Duration) (r storeResult, err error) {
	next := time.NewTimer(interval)
	defer next.Stop()
	for _, record := range w.record {
		record(ctx)
	}
	rm := &metricdata.ResourceMetrics{}
	began := cpuTime()
	if err := w.reader.Collect(ctx, rm); err != nil {
		return r, err
	}
	collected := cpuTime()
	err = e.Export(ctx, rm)
	r.Collect, r.Export = collected-began, cpuTime()-collected
	<-next.C
	return r, err
}

// arrived tells whether the store took all points, but for the minimum and
// maximum of histograms, which some ways in do not have.
func (j storeJob) arrived(ctx context.Context) error {
	if j.Store.Influx {
		return nil // it refuses a whole batch, and does not count
	}
	rows, err := rowsInserted(ctx, j.Store.BaseURL+"/metrics")
	want := (j.Exports + storeSettle) * (j.points() - 2*j.Series/storeInstruments*storeHistograms)
	if err == nil && rows < want {
		err = fmt.Errorf("the store has %d points of %d", rows, want)
	}
	return err
}

// rowsInserted adds up what VictoriaMetrics says of itself.
func rowsInserted(ctx context.Context, url string) (total int, err error) {
	text, err := get(ctx, url)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		name, value, found := strings.Cut(strings.TrimSpace(line), " ")
		if found && strings.HasPrefix(name, "vm_rows_inserted_total{") {
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return 0, err
			}
			total += int(n)
		}
	}
	return total, nil
}

// ticksPerSecond is Linux's unit of CPU time in /proc, on every architecture that
// Go knows.
const ticksPerSecond = 100

// storeCPU returns the CPU time of a process, user and system.
func storeCPU(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("the store's CPU time, which Linux alone tells: %w", err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])) // the name may hold spaces
	const user, system = 11, 12                                                         // behind the name
	if len(fields) <= system {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	ticks := 0
	for _, field := range []string{fields[user], fields[system]} {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}
