package encoding

// keepLayouts is for how many rounds a layout is known that is not in them.
const keepLayouts = 16

// lastLayouts are the layouts of the last rounds.
type lastLayouts struct {
	last  *lastWritten // that of the last point
	round uint32
	known map[*layout]*lastWritten
	spare []*lastWritten // of layouts that were forgotten
}

// of returns what is known of a layout, which becomes the last one.
func (k *lastLayouts) of(l *layout) *lastWritten {
	if k.last != nil && k.last.layout == l {
		return k.last
	}
	s := k.known[l]
	if s == nil {
		s = k.take()
		s.begin(l)
		k.known[l] = s
	}
	s.round = k.round
	k.last = s
	return s
}

// endRound forgets the layouts that were not in the last rounds.
func (k *lastLayouts) endRound() {
	k.round++
	if k.round%keepLayouts > 0 {
		return
	}
	for l, s := range k.known {
		if k.round-s.round > keepLayouts {
			delete(k.known, l)
			k.give(s)
		}
	}
	k.last = nil
}

// maxSpare bounds what is kept of layouts that were forgotten.
const maxSpare = 64

func (k *lastLayouts) give(s *lastWritten) {
	if len(k.spare) < maxSpare {
		s.end()
		k.spare = append(k.spare, s)
	}
}

func (k *lastLayouts) take() *lastWritten {
	n := len(k.spare)
	if n == 0 {
		return &lastWritten{}
	}
	s := k.spare[n-1]
	k.spare = k.spare[:n-1]
	return s
}
