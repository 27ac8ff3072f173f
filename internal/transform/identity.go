package transform

import "github.com/apptuitai/apptuit-go/encoding"

// A maker makes series. It knows the identities of those that there are.
type maker struct {
	cfg        *Config
	dropped    *dropped
	identities identities
	own        ownAttributes   // of the entry that is being made
	told       map[string]bool // of what names and keys a report said that they lose letters
}

func newMaker(cfg *Config, d *dropped) *maker {
	return &maker{cfg: cfg, dropped: d, identities: newIdentities()}
}

// series makes one series of an entry: that of a part of its metric, with the
// part's own tag or nil. Where it cannot, the entry is refused.
func (m *maker) series(in *instrument, e *entry, part string, tag *encoding.PartTag) encoding.Series {
	if e.refused != nil {
		return encoding.Series{}
	}
	name, err := m.partName(in, part)
	if err == nil {
		var s encoding.Series
		if s, err = e.tags.Series(name, tag); err == nil {
			m.note(e, s)
			return s
		}
	}
	e.refused = err
	return encoding.Series{}
}

// partName returns the name of an instrument's part.
func (m *maker) partName(in *instrument, part string) (encoding.Name, error) {
	if name, known := in.names[part]; known {
		return name, nil
	}
	metric := in.metric
	if part != "" {
		metric += "." + part
	}
	name, err := encoding.NewName(m.cfg.Mode, metric)
	if err == nil {
		in.names[part] = name
	}
	return name, err
}

// note takes the identity of a new series, and reports where another one has it.
func (m *maker) note(e *entry, s encoding.Series) {
	if m.identities.add(s.Hash()) || e.mergedReported {
		return
	}
	e.mergedReported = true
	reported := s // s itself is of no use on the heap
	m.dropped.merged.add("%s", &reported)
}

// forget gives up the identities of an entry's series.
func (m *maker) forget(e *entry) {
	m.identities.remove(&e.value)
	e.dist.each(m.identities.remove)
	e.rates.each(m.identities.remove)
}

// identities are the names and tags of all series, by their hash.
type identities struct {
	held map[uint64]struct{}
	more map[uint64]int // how many more series have an identity, where there are any
}

func newIdentities() identities {
	return identities{held: map[uint64]struct{}{}, more: map[uint64]int{}}
}

// add takes the identity of a series, its hash, and tells whether no other has it.
func (ids *identities) add(h uint64) (alone bool) {
	before := len(ids.held)
	ids.held[h] = struct{}{}
	if len(ids.held) > before {
		return true
	}
	ids.more[h]++
	return false
}

// remove gives up the identity of a series that was made.
func (ids *identities) remove(s *encoding.Series) {
	if s.IsZero() {
		return
	}
	h := s.Hash()
	if len(ids.more) == 0 || ids.more[h] == 0 {
		delete(ids.held, h)
		return
	}
	if ids.more[h]--; ids.more[h] == 0 {
		delete(ids.more, h)
	}
}
