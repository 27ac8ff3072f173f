package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"text/tabwriter"
	"time"
)

// A fleet is many exporters before one store, which is away for a while. They are
// simulated: what each of them sends when follows from its phase, from the waits of
// the sender, and from chance. The store takes any number of requests at a time, so
// that the figures are what comes to it, and not what it does about that.
type fleet struct {
	exporters int
	spread    bool          // the first export of each comes after a random part of the interval
	starts    time.Duration // within which all of them start
	interval  time.Duration
	began     time.Duration // of the outage
	ended     time.Duration
	answer    time.Duration // how long a request takes
}

// tenThousand is the fleet of the figures: rolled out within a second, and ten
// minutes without a store.
func tenThousand(spread bool) fleet {
	return fleet{
		exporters: 10_000, spread: spread, starts: time.Second, interval: time.Minute,
		began: 10 * time.Minute, ended: 20 * time.Minute, answer: 20 * time.Millisecond,
	}
}

// The waits of the sender, as its package has them: random between nothing and a bound,
// which is a second at first, doubles up to a minute, and is no more than half of what
// the outage took by then.
const (
	shortestWait = time.Second
	longestWait  = time.Minute
)

// A member is one exporter of a fleet.
type member struct {
	fleet
	random *rand.Rand

	collects time.Duration // when it next does
	waiting  int           // collections not stored yet
	until    time.Duration // it sends nothing before
	failed   time.Duration // since when it cannot; 0 where it can
	bound    time.Duration // of the next wait
	early    bool          // the wait was made shorter, for points came
}

// requests returns how many come to the store in each second.
func (f fleet) requests(seed uint64) []int {
	random := rand.New(rand.NewPCG(seed, 0))
	seconds := make([]int, int((f.ended+2*f.interval)/time.Second))
	for range f.exporters {
		m := &member{fleet: f, random: random, bound: shortestWait}
		m.collects = m.upTo(f.starts) + f.interval
		if f.spread {
			m.collects -= m.upTo(f.interval)
		}
		for {
			at, sends := m.next()
			if int(at/time.Second) >= len(seconds) {
				break
			}
			if sends {
				seconds[int(at/time.Second)]++
			}
		}
	}
	return seconds
}

func (m *member) upTo(d time.Duration) time.Duration {
	return time.Duration(m.random.Int64N(int64(d)))
}

// next does what is next, and tells when, and whether it was a request.
func (m *member) next() (at time.Duration, sends bool) {
	if m.waiting > 0 && m.until <= m.collects {
		at = m.until
		m.send(at)
		return at, true
	}
	at = m.collects
	m.collects += m.interval
	m.waiting++
	if m.failed == 0 {
		m.until = max(m.until, at)
		return at, false
	}
	if soon := at + m.upTo(m.interval/2); !m.early && soon < m.until {
		m.early, m.until = true, soon
	}
	return at, false
}

// send is a request.
func (m *member) send(at time.Duration) {
	m.until = at + m.answer
	if at < m.began || at >= m.ended {
		m.waiting--
		m.failed, m.bound = 0, shortestWait
		return
	}
	if m.failed == 0 {
		m.failed = at
	}
	m.until += m.upTo(min(m.bound, max(shortestWait, (at-m.failed)/2)))
	m.bound = min(2*m.bound, longestWait)
	m.early = false
}

// A load is what came to the store in some seconds.
type load struct {
	mean, peak float64 // of a second
}

func loadOf(seconds []int) load {
	var l load
	for _, n := range seconds {
		l.mean += float64(n) / float64(len(seconds))
		l.peak = max(l.peak, float64(n))
	}
	return l
}

// loads returns what comes in the last interval before the outage, and in the first
// one after it.
func (f fleet) loads(seed uint64) (usual, after load) {
	all, interval := f.requests(seed), int(f.interval/time.Second)
	began, ended := int(f.began/time.Second), int(f.ended/time.Second)
	return loadOf(all[began-interval : began]), loadOf(all[ended : ended+interval])
}

// reportFleet prints the loads of aligned and of spread starts.
func reportFleet(out io.Writer) {
	sample := tenThousand(false)
	fmt.Fprintf(out, "%d exporters at an interval of %s; the store is away for %s. Requests per second:\n\n", sample.exporters, sample.interval, sample.ended-sample.began)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "starts\tminute\tmean\tpeak\tpeak/mean\t")
	for _, spread := range []bool{false, true} {
		starts := "aligned"
		if spread {
			starts = "spread"
		}
		usual, after := tenThousand(spread).loads(1)
		for _, row := range []struct {
			minute string
			load
		}{{"usual", usual}, {"after the outage", after}} {
			fmt.Fprintf(w, "%s\t%s\t%.0f\t%.0f\t%.1f\t\n", starts, row.minute, row.mean, row.peak, row.peak/row.mean)
		}
	}
	w.Flush()
}
