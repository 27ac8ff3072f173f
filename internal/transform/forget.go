package transform

import (
	"slices"
	"time"
)

// sweep forgets what the collections have not had for some time, now and then, and
// what is too much at once.
func (c *cache) sweep() {
	if c.now.Before(c.nextSweep) && c.held <= c.most {
		return
	}
	keep := keepFor
	most := fewHeld + 2*c.forgetUnseen(keep)
	for c.held > most && keep > time.Second {
		keep /= 2
		c.forgetUnseen(keep)
	}
	c.nextSweep, c.most = c.now.Add(sweepEvery), max(most, c.held+c.held/8)
}

// forgetUnseen forgets what was not seen for so long, and returns how many entries
// are left that the last collection of their instrument had.
func (c *cache) forgetUnseen(keep time.Duration) (present int) {
	for key, o := range c.origins {
		if c.now.Sub(o.lastSeen) > keep {
			for _, sc := range o.scopes {
				c.forgetScope(sc)
			}
			delete(c.origins, key)
			continue
		}
		present += c.forgetScopes(o, keep)
		o.deltas = slices.DeleteFunc(o.deltas, (*instrument).gone)
	}
	return present
}

func (c *cache) forgetScopes(o *origin, keep time.Duration) (present int) {
	for key, sc := range o.scopes {
		if c.now.Sub(sc.lastSeen) > keep {
			c.forgetScope(sc)
			delete(o.scopes, key)
			o.forgot = true
			continue
		}
		unlink := false
		for key, in := range sc.instruments {
			if c.now.Sub(in.lastSeen) > keep {
				c.forgetEntries(in)
				delete(sc.instruments, key)
				if in.stream == 0 {
					delete(sc.streams, key)
				}
				sc.forgot = true
				unlink = true
				continue
			}
			c.forgetAbsent(in, keep)
			present += len(in.order.old)
		}
		if unlink {
			sc.unlink()
		}
	}
	return present
}

// forgetAbsent forgets the entries of an instrument that are absent for long. Those
// that are sent all the same go when they are too many.
func (c *cache) forgetAbsent(in *instrument, keep time.Duration) {
	in.absent = slices.DeleteFunc(in.absent, absence.over)
	n := 0
	for n < len(in.absent) && in.absent[n].mayGo(in, keep, len(in.absent)-n, c.now) {
		e := in.absent[n].entry
		c.forgetEntry(e)
		delete(in.entries, e.key)
		in.forgot = true
		n++
	}
	in.absent = slices.Delete(in.absent, 0, n)
}

func (a absence) mayGo(in *instrument, keep time.Duration, absent int, now time.Time) bool {
	if in.idles {
		return absent > maxIdle
	}
	return now.Sub(a.since) > keep
}

// unlink forgets how the instruments follow each other, lest one that is forgotten be
// held.
func (sc *scope) unlink() {
	sc.first, sc.last = nil, nil
	for _, in := range sc.instruments {
		in.following = nil
	}
}

func (c *cache) forgetScope(sc *scope) {
	for _, in := range sc.instruments {
		c.forgetEntries(in)
	}
}

func (c *cache) forgetEntries(in *instrument) {
	for _, e := range in.entries {
		c.forgetEntry(e)
	}
	in.entries = nil
}

func (c *cache) forgetEntry(e *entry) {
	c.maker.forget(e)
	c.held--
}

// gone reports whether an instrument was forgotten.
func (in *instrument) gone() bool { return in.entries == nil }
