package histogram

// Quantile estimates the value below which the part q of the values lies, by
// interpolation inside its bucket. It is kept within least and greatest, where
// they are known; a bucket that is open to one side is taken to be as wide as they
// say, or to have no width. There is at least one count.
func (b Buckets) Quantile(q float64, least, greatest Extreme) float64 {
	rank, below := q*float64(b.Total), 0.0
	last := len(b.Counts) - 1
	for i, count := range b.Counts {
		if below+float64(count) < rank && i < last || count == 0 {
			below += float64(count)
			continue
		}
		from, to := b.edges(i, least, greatest)
		return within(from+(to-from)*(rank-below)/float64(count), least, greatest)
	}
	_, to := b.edges(last, least, greatest) // the counts do not add up to the total
	return within(to, least, greatest)
}
