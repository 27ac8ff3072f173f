package histogram

import "math"

// Useful returns b without the bounds that say nothing: infinite ones, NaN, and
// those that are not above the bound before. The values up to such a bound are
// counted up to the next one. idle is how many they are; where there is none b is
// returned as it is, else what is returned is valid until the next call.
func (c *Converter) Useful(b Buckets) (useful Buckets, idle int) {
	for i := range b.Bounds {
		if !b.rises(i) {
			idle++
		}
	}
	if idle == 0 {
		return b, 0
	}
	c.bounds, c.counts = c.bounds[:0], c.counts[:0]
	idle = 0
	carried, last := uint64(0), math.Inf(-1)
	for i, bound := range b.Bounds {
		carried += b.count(i)
		if !(bound > last) || math.IsInf(bound, 1) {
			idle++
			continue
		}
		c.bounds, c.counts = append(c.bounds, bound), append(c.counts, carried)
		carried, last = 0, bound
	}
	c.counts = append(c.counts, carried+b.count(len(b.Bounds)))
	return Buckets{Bounds: c.bounds, Counts: c.counts, Total: b.Total}, idle
}

// rises reports whether bound i is a number above the one before.
func (b Buckets) rises(i int) bool {
	bound := b.Bounds[i]
	if i == 0 {
		return !math.IsNaN(bound) && !math.IsInf(bound, 0)
	}
	return bound > b.Bounds[i-1] && !math.IsInf(bound, 1)
}

func (b Buckets) count(i int) uint64 {
	if i < len(b.Counts) {
		return b.Counts[i]
	}
	return 0
}

// Span returns between which values the counts lie, as far as the bounds and the
// extremes tell.
func (b Buckets) Span(least, greatest Extreme) (from, to float64) {
	first, last := b.ends()
	from, _ = b.edges(first, least, greatest)
	_, to = b.edges(last, least, greatest)
	return from, to
}

// Crowded reports whether all counts lie in one bucket.
func (b Buckets) Crowded() bool {
	first, last := b.ends()
	return first == last
}

// ends returns the first and the last bucket that has counts.
func (b Buckets) ends() (first, last int) {
	first = -1
	for i, count := range b.Counts {
		if count == 0 {
			continue
		}
		if last = i; first < 0 {
			first = i
		}
	}
	return max(first, 0), last
}
