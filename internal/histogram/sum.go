package histogram

import "math"

// A Sum adds exponential histograms up, and takes one from another, whatever
// their scales are: the lower scale is that of the result. It has at most
// maxBuckets on either side of zero. The zero Sum holds nothing.
type Sum struct {
	e      Exponential
	scaled bool // a bucket has set the scale
}

// Exponential returns what the sum is now. It is valid until the sum changes.
func (s *Sum) Exponential() *Exponential { return &s.e }

// Reset empties the sum, and keeps its memory.
func (s *Sum) Reset() {
	s.e = Exponential{
		Positive: Side{Counts: s.e.Positive.Counts[:0]},
		Negative: Side{Counts: s.e.Negative.Counts[:0]},
	}
	s.scaled = false
}

// Set makes the sum equal to e.
func (s *Sum) Set(e *Exponential) {
	s.Reset()
	s.Add(e)
}

// Add adds e.
func (s *Sum) Add(e *Exponential) {
	s.e.Total += e.Total
	s.e.ZeroCount += e.ZeroCount
	if e.ZeroThreshold > s.e.ZeroThreshold {
		s.e.ZeroThreshold = e.ZeroThreshold
	}
	positive, negative := trimmed(e.Positive), trimmed(e.Negative)
	if len(positive.Counts)+len(negative.Counts) == 0 {
		return
	}
	its := max(e.Scale, minScale)
	scale := s.scaleWith(its, positive, negative)
	shift := shiftTo(its, scale)
	s.lower(scale)
	s.e.Positive.add(positive, shift)
	s.e.Negative.add(negative, shift)
}

// Subtract takes before from the sum, where the sum is what became of it. It
// reports whether that can be: no count may have fallen. Where it cannot, the sum
// has no meaning.
func (s *Sum) Subtract(before *Sum) bool {
	if s.e.Total < before.e.Total || s.e.ZeroCount < before.e.ZeroCount {
		return false
	}
	s.e.Total -= before.e.Total
	s.e.ZeroCount -= before.e.ZeroCount
	if !before.scaled {
		return true
	}
	if !s.scaled || s.e.Scale > before.e.Scale {
		s.lower(before.e.Scale)
	}
	shift := shiftTo(before.e.Scale, s.e.Scale)
	return s.e.Positive.subtract(before.e.Positive, shift) && s.e.Negative.subtract(before.e.Negative, shift)
}

// scaleWith returns the highest scale at which these sides, of scale other, and
// those of the sum fit.
func (s *Sum) scaleWith(other int32, positive, negative Side) int32 {
	scale := min(other, maxScale)
	if s.scaled {
		scale = min(scale, s.e.Scale)
	}
	for {
		own, its := shiftTo(s.e.Scale, scale), shiftTo(other, scale)
		if union(s.e.Positive, own, positive, its) <= maxBuckets && union(s.e.Negative, own, negative, its) <= maxBuckets {
			return scale
		}
		scale--
	}
}

// lower lowers the scale of the sum.
func (s *Sum) lower(scale int32) {
	if s.scaled {
		shift := shiftTo(s.e.Scale, scale)
		s.e.Positive.lower(shift)
		s.e.Negative.lower(shift)
	}
	s.e.Scale, s.scaled = scale, true
}

// shiftTo returns by how much indexes of one scale go down at a lower one.
func shiftTo(from, to int32) uint { return uint(max(0, int64(from)-int64(to))) }

// union returns how many buckets two sides have together, each at its own shift.
func union(a Side, ofA uint, b Side, ofB uint) int64 {
	switch {
	case len(a.Counts) == 0:
		return merged(&b, ofB)
	case len(b.Counts) == 0:
		return merged(&a, ofA)
	}
	first, last := a.span(ofA)
	otherFirst, otherLast := b.span(ofB)
	return max(last, otherLast) - min(first, otherFirst) + 1
}

// span returns the indexes of the first and the last bucket at a lower scale.
func (s *Side) span(shift uint) (first, last int64) {
	first = int64(s.Offset)
	return first >> shift, (first + int64(len(s.Counts)) - 1) >> shift
}

// trimmed returns a side without the empty buckets at its ends.
func trimmed(s Side) Side {
	for len(s.Counts) > 0 && s.Counts[len(s.Counts)-1] == 0 {
		s.Counts = s.Counts[:len(s.Counts)-1]
	}
	empty := 0
	for empty < len(s.Counts) && s.Counts[empty] == 0 {
		empty++
	}
	if int64(s.Offset)+int64(len(s.Counts))-1 > math.MaxInt32 {
		return Side{} // no float64 lies there, whatever the scale
	}
	return Side{Offset: s.Offset + int32(empty), Counts: s.Counts[empty:]}
}

// lower merges neighbours as a lower scale has them.
func (s *Side) lower(shift uint) {
	if shift == 0 || len(s.Counts) == 0 {
		return
	}
	first, last := s.span(shift)
	offset, filled := int64(s.Offset), -1
	for i, count := range s.Counts {
		at := int((offset+int64(i))>>shift - first)
		if at > filled {
			s.Counts[at], filled = count, at
			continue
		}
		s.Counts[at] += count
	}
	s.Offset, s.Counts = int32(first), s.Counts[:last-first+1]
}

// add adds the counts of a side that is to be shifted.
func (s *Side) add(other Side, shift uint) {
	if len(other.Counts) == 0 {
		return
	}
	first, last := other.span(shift)
	s.cover(first, last)
	for i, count := range other.Counts {
		s.Counts[(int64(other.Offset)+int64(i))>>shift-int64(s.Offset)] += count
	}
}

// cover makes room for buckets from first to last.
func (s *Side) cover(first, last int64) {
	if len(s.Counts) == 0 {
		s.Offset = int32(first)
	}
	if missing := int(int64(s.Offset) - first); missing > 0 {
		n := len(s.Counts)
		s.extend(n + missing)
		copy(s.Counts[missing:], s.Counts[:n])
		clear(s.Counts[:missing])
		s.Offset = int32(first)
	}
	s.extend(int(last - int64(s.Offset) + 1))
}

// extend appends empty buckets until there are n.
func (s *Side) extend(n int) {
	for len(s.Counts) < n {
		s.Counts = append(s.Counts, 0)
	}
}

// subtract takes the counts of a side that is to be shifted, and reports whether
// all of them were there.
func (s *Side) subtract(other Side, shift uint) bool {
	for i, count := range other.Counts {
		at := (int64(other.Offset)+int64(i))>>shift - int64(s.Offset)
		if count == 0 {
			continue
		}
		if at < 0 || at >= int64(len(s.Counts)) || s.Counts[at] < count {
			return false
		}
		s.Counts[at] -= count
	}
	return true
}
