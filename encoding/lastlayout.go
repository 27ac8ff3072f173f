package encoding

// keepLayouts is for how many rounds a layout is known that is not in them.
const keepLayouts = 16

// lastLayouts are the layouts of the last rounds.
type lastLayouts struct {
	last  *lastWritten // that of the last point
	round uint32
	known map[*layout]*lastWritten
}

// of returns what is known of a layout, which becomes the last one.
func (k *lastLayouts) of(l *layout) *lastWritten {
	if k.last != nil && k.last.layout == l {
		return k.last
	}
	s := k.known[l]
	if s == nil {
		s = newLastWritten(l)
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
		}
	}
	k.last = nil
}
