package transform

import (
	"slices"
	"time"

	"github.com/apptuitai/apptuit-go/internal/histogram"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A reading is what a data point of a histogram says, of either kind.
type reading struct {
	buckets         histogram.Buckets      // of one with explicit bounds
	exponential     *histogram.Exponential // of one without, else nil
	count           uint64
	sum             amount
	least, greatest extreme
}

// An extreme is the least or the greatest value, if it is known.
type extreme struct {
	amount
	known bool
}

func extremeOf[N int64 | float64](x metricdata.Extrema[N]) extreme {
	v, known := x.Value()
	return extreme{amountOf(v), known}
}

func (x extreme) bound() histogram.Extreme {
	return histogram.Extreme{Value: x.float(), Known: x.known}
}

// explicit returns the buckets; they are valid until the converter is used again.
func (r *reading) explicit(c *histogram.Converter) histogram.Buckets {
	if r.exponential == nil {
		return r.buckets
	}
	return c.Explicit(r.exponential)
}

// A past is what a histogram counted up to the last collection. Summaries are of the
// last interval, and counts since the start: where collections bring one of these,
// the past gives the other.
type past struct {
	begun bool
	until time.Time

	count           uint64
	sum             amount
	least, greatest extreme
	bounds          []float64
	counts          []uint64
	exponential     histogram.Sum
}

// reaches reports whether the past holds what was counted up to a time, or more.
func (p *past) reaches(at time.Time) bool { return p.begun && !at.After(p.until) }

// add adds an interval, and returns the total. An interval that has other bounds
// than those before begins anew. A sum that is no number is left out: it costs its
// interval alone.
func (p *past) add(in *instrument, r *reading, buckets bool) reading {
	if p.begun && !slices.Equal(p.bounds, r.buckets.Bounds) {
		p.forget()
	}
	if !p.begun {
		p.begun, p.bounds, p.sum = true, in.shared(r.buckets.Bounds), amount{isFloat: r.sum.isFloat}
	}
	p.count += r.count
	if r.sum.finite() {
		p.sum = p.sum.plus(r.sum)
	}
	if !buckets {
		return p.total(false)
	}
	if r.exponential != nil {
		p.exponential.Add(r.exponential)
		return p.total(true)
	}
	p.resize()
	for i := range p.counts {
		p.counts[i] += countAt(r.buckets.Counts, i)
	}
	return p.total(false)
}

// total returns all that was added.
func (p *past) total(exponential bool) reading {
	r := reading{count: p.count, sum: p.sum, buckets: histogram.Buckets{Bounds: p.bounds, Counts: p.counts, Total: p.count}}
	if exponential {
		r.exponential = p.exponential.Exponential()
	}
	return r
}

func (p *past) forget() {
	*p = past{counts: p.counts[:0], exponential: p.exponential}
	p.exponential.Reset()
}

func (p *past) resize() {
	for len(p.counts) <= len(p.bounds) {
		p.counts = append(p.counts, 0)
	}
	p.counts = p.counts[:len(p.bounds)+1]
}

func countAt(counts []uint64, i int) uint64 {
	if i < len(counts) {
		return counts[i]
	}
	return 0
}

// An interim is the memory of the interval at hand.
type interim struct {
	counts      []uint64
	exponential histogram.Sum
	converter   histogram.Converter
}

// since returns the interval up to a total, and keeps the total for the next. A
// count that fell, other bounds, or a start after the last collection is that of a
// histogram that began anew: then the interval is all that it has. The least and
// the greatest are as exact as the buckets where the totals do not tell.
func (p *past) since(in *instrument, total *reading, start, at time.Time, work *interim) reading {
	r := *total
	if p.begun && !start.After(p.until) && p.leadsTo(total, work) {
		r = p.difference(total, work)
	}
	p.begun, p.until = true, at
	p.count, p.sum, p.least, p.greatest = total.count, total.sum, total.least, total.greatest
	if total.exponential != nil {
		p.bounds = nil
		p.exponential.Set(total.exponential)
		return r
	}
	if !slices.Equal(p.bounds, total.buckets.Bounds) {
		p.bounds = in.shared(total.buckets.Bounds)
	}
	p.resize()
	for i := range p.counts {
		p.counts[i] = countAt(total.buckets.Counts, i)
	}
	return r
}

// leadsTo reports whether a total can have come of this past, and leaves in work
// the counts of the interval between.
func (p *past) leadsTo(total *reading, work *interim) bool {
	if total.count < p.count {
		return false
	}
	if total.exponential != nil {
		work.exponential.Set(total.exponential)
		return work.exponential.Subtract(&p.exponential)
	}
	if !slices.Equal(p.bounds, total.buckets.Bounds) {
		return false
	}
	work.counts = work.counts[:0]
	for i, before := range p.counts {
		now := countAt(total.buckets.Counts, i)
		if now < before {
			return false
		}
		work.counts = append(work.counts, now-before)
	}
	return true
}

// difference returns the interval whose counts are in work.
func (p *past) difference(total *reading, work *interim) reading {
	r := reading{count: total.count - p.count, sum: total.sum.minus(p.sum)}
	r.buckets = histogram.Buckets{Bounds: total.buckets.Bounds, Counts: work.counts, Total: r.count}
	if total.exponential != nil {
		r.exponential = work.exponential.Exponential()
	}
	if len(total.buckets.Counts) == 0 {
		r.buckets.Counts = nil // there are no buckets at all
	}
	r.least, r.greatest = total.least, total.greatest
	b := r.explicit(&work.converter)
	if r.count == 0 || len(b.Counts) == 0 {
		return r
	}
	from, to := b.Span(total.least.bound(), total.greatest.bound())
	if p.least.known && !total.least.less(p.least.amount) {
		r.least.amount = amount{f: from, isFloat: true}
	}
	if p.greatest.known && !p.greatest.less(total.greatest.amount) {
		r.greatest.amount = amount{f: to, isFloat: true}
	}
	return r
}
