package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A job is what one process of a contestant has to do.
type job struct {
	setting
	Contestant string
	Server     addresses
	Budget     time.Duration // of measured time; at least one lap is measured
	Profile    string        // a file for a CPU profile, or empty
}

// A result is what it found.
type result struct {
	Exports   int
	Delivered counts // of the measured exports
	usage
	Peak int64 // bytes
}

// A usage is what exports cost.
type usage struct {
	CPU, Wall      time.Duration
	Mallocs, Bytes uint64
}

func (u usage) minus(before usage) usage {
	return usage{u.CPU - before.CPU, u.Wall - before.Wall, u.Mallocs - before.Mallocs, u.Bytes - before.Bytes}
}

func (u usage) plus(more usage) usage {
	return usage{u.CPU + more.CPU, u.Wall + more.Wall, u.Mallocs + more.Mallocs, u.Bytes + more.Bytes}
}

// measure does a job in this process.
func measure(j job) (result, error) {
	w := prepare(j.setting)
	if j.Contestant == baseline {
		w.next(j.lap())
		return result{Peak: peakMemory()}, nil
	}
	c, ok := find(j.Contestant)
	if !ok {
		return result{}, fmt.Errorf("there is no contestant %q", j.Contestant)
	}
	e, err := c.make(j.Server)
	if err != nil {
		return result{}, err
	}
	r, err := j.compete(c, e, w)
	return r, errors.Join(err, e.Shutdown(context.Background()))
}

func find(name string) (contestant, bool) {
	all := contestants()
	i := slices.IndexFunc(all, func(c contestant) bool { return c.name == name })
	if i < 0 {
		return contestant{}, false
	}
	return all[i], true
}

// prepare makes the workload and gives back what making it took.
func prepare(s setting) *workload {
	percent := debug.SetGCPercent(20)
	defer debug.SetGCPercent(percent)
	w := newWorkload(s, maxSettle)
	debug.FreeOSMemory()
	resetPeak()
	return w
}

// compete settles the exporter and measures it.
func (j job) compete(c contestant, e exporter, w *workload) (result, error) {
	if err := j.prove(c, e, w); err != nil {
		return result{}, err
	}
	for range c.settle - 1 {
		if err := exportAll(e, w.next(1)); err != nil {
			return result{}, err
		}
	}
	before, err := ask(j.Server.Control, false)
	if err != nil {
		return result{}, err
	}
	stop, err := startProfile(j.Profile)
	if err != nil {
		return result{}, err
	}
	r, err := j.laps(e, w)
	if err = errors.Join(err, stop()); err != nil {
		return result{}, err
	}
	r.Peak = peakMemory()
	after, err := ask(j.Server.Control, false)
	r.Delivered = after.minus(before)
	return r, err
}

// prove makes the first export and sees to it that all of it arrives.
func (j job) prove(c contestant, e exporter, w *workload) error {
	before, err := ask(j.Server.Control, true)
	if err != nil {
		return err
	}
	if err := exportAll(e, w.next(1)); err != nil {
		return err
	}
	after, err := ask(j.Server.Control, false)
	if err != nil {
		return err
	}
	if got, want := after.minus(before).Points, int64(c.points(j.setting)); got != want {
		return fmt.Errorf("%d points arrived of the %d that were exported", got, want)
	}
	return nil
}

// laps measures, until the budget or the workload is used up.
func (j job) laps(e exporter, w *workload) (result, error) {
	var r result
	runtime.GC()
	for n := j.lap(); r.Exports == 0 || r.Wall < j.Budget && r.Exports+n <= j.exports(); {
		lap := w.next(n)
		before := usageNow()
		if err := exportAll(e, lap); err != nil {
			return result{}, err
		}
		r.usage = r.usage.plus(usageNow().minus(before))
		r.Exports += n
	}
	return r, nil
}

func exportAll(e exporter, lap []*metricdata.ResourceMetrics) error {
	for _, rm := range lap {
		if err := e.Export(context.Background(), rm); err != nil {
			return err
		}
	}
	return nil
}

var processBegan = time.Now()

func usageNow() usage {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{CPU: cpuTime(), Wall: time.Since(processBegan), Mallocs: m.Mallocs, Bytes: m.TotalAlloc}
}

func startProfile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
