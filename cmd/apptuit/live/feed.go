package live

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
)

const (
	// period is how often pages hear what has come.
	period = 250 * time.Millisecond
	// maxBacklog bounds the points that a page is sent from before it was opened.
	maxBacklog = 2_000_000
	// maxFrame bounds the points of one event.
	maxFrame = 8_192
	// maxFrames bounds the events that are kept for other pages.
	maxFrames = 64
	// These bound the series that pages hear of, and their names in bytes.
	maxSeries = 20_000
	maxNames  = 16 << 20
	// renewal is after what time the series that pages hear of may be others.
	renewal = 15 * time.Minute
)

// A feed writes what comes to the store once for all pages.
type feed struct {
	store *apptuittest.Server
	pages chan struct{} // has an element for each page

	mu     sync.Mutex
	latest state
	names  *names
	frames []*frame // the newest
}

// A state is what there is at one time.
type state struct {
	at      time.Time
	run     string // another one where the store has forgotten all
	stored  int
	refused []byte // JSON
}

func newFeed(store *apptuittest.Server) *feed {
	return &feed{store: store, pages: make(chan struct{}, maxPages), names: newNames(0)}
}

// now returns the state, the same to all who ask within a period: so their frames
// are the same too.
func (f *feed) now() state {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.latest.run != "" && time.Since(f.latest.at) < period*3/4 {
		return f.latest
	}
	s := state{time.Now(), f.latest.run, f.store.Stored(), refused(f.store.Refusals())}
	if s.run == "" || s.stored < f.latest.stored {
		s.run = rand.Text()[:10]
		f.frames, f.names = nil, newNames(f.names.generation+1)
	}
	f.latest = s
	return s
}

// A frame is the points from one number to before another, as they are sent.
type frame struct {
	from, to   int
	generation int
	names      *names
	ids        []int32 // of the series, each once
	tail       []byte  // of the JSON, behind the series
}

// frame returns the points from a number on, up to before another.
func (f *feed) frame(from, to int) *frame {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, known := range f.frames {
		if known.from == from && known.to <= to && known.generation == f.names.generation {
			return known
		}
	}
	made := f.write(from, min(to, from+maxFrame))
	f.frames = append(f.frames, made)
	if len(f.frames) > maxFrames {
		f.frames = slices.Delete(f.frames, 0, len(f.frames)-maxFrames)
	}
	return made
}

// write is called with mu held.
func (f *feed) write(from, to int) *frame {
	if f.names.worn() {
		f.names = newNames(f.names.generation + 1)
	}
	made := &frame{from: from, to: to, generation: f.names.generation, names: f.names}
	var text []byte
	var base int64
	beyond := 0
	f.names.mu.Lock()
	defer f.names.mu.Unlock()
	f.names.frame++
	for n, p := range f.store.PointsSince(from) {
		if n >= to {
			break
		}
		id, ok := f.names.id(p.Series)
		if !ok {
			beyond++
			continue
		}
		if f.names.marks[id] != f.names.frame {
			f.names.marks[id] = f.names.frame
			made.ids = append(made.ids, id)
		}
		ms := p.Time.UnixMilli()
		if len(text) == 0 {
			base = ms
		}
		text = appendPoint(text, id, ms-base, p.Value)
	}
	made.tail = strconv.AppendInt([]byte(`],"t":`), base, 10)
	made.tail = strconv.AppendInt(append(made.tail, `,"x":`...), int64(beyond), 10)
	made.tail = append(append(made.tail, `,"p":[`...), bytes.TrimSuffix(text, []byte(","))...)
	made.tail = append(made.tail, "]}"...)
	return made
}

func appendPoint(dst []byte, id int32, ms int64, v encoding.Value) []byte {
	dst = append(strconv.AppendInt(dst, int64(id), 10), ',')
	dst = append(strconv.AppendInt(dst, ms, 10), ',')
	return append(appendValue(dst, v), ',')
}

// exact is the largest integer up to which a number of JavaScript has each.
const exact = 1 << 53

func appendValue(dst []byte, v encoding.Value) []byte {
	if !v.IsInt() {
		text, err := json.Marshal(v.Float64())
		if err != nil {
			return append(dst, "null"...) // no number that JSON could bring
		}
		return append(dst, text...)
	}
	n := v.Int64()
	if n > exact || n < -exact {
		return strconv.AppendQuote(dst, strconv.FormatInt(n, 10))
	}
	return strconv.AppendInt(dst, n, 10)
}

// names are the series that pages hear of, by id.
type names struct {
	generation int
	began      time.Time

	mu    sync.Mutex
	ids   map[*encoding.Series]int32
	texts [][]byte
	frame int   // the latest that was written
	marks []int // by id: the frame that had it last
	bytes int
}

func newNames(generation int) *names {
	return &names{generation: generation, began: time.Now(), ids: map[*encoding.Series]int32{}}
}

// worn reports whether no series can be added, and those that there are may be
// long gone.
func (n *names) worn() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.full() && time.Since(n.began) > renewal
}

func (n *names) full() bool { return len(n.texts) >= maxSeries || n.bytes >= maxNames }

// id returns the id of a series, or false where there are too many. It is called
// with mu held.
func (n *names) id(s *encoding.Series) (int32, bool) {
	id, known := n.ids[s]
	if known {
		return id, true
	}
	if n.full() {
		return 0, false
	}
	id = int32(len(n.texts))
	text := nameText(id, s)
	n.ids[s] = id
	n.texts = append(n.texts, text)
	n.marks = append(n.marks, 0)
	n.bytes += len(text)
	return id, true
}

func (n *names) text(id int32) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.texts[id]
}

// nameText returns the JSON that explains an id.
func nameText(id int32, s *encoding.Series) []byte {
	pairs := []string{}
	for _, t := range s.Tags() {
		pairs = append(pairs, t.Key, t.Value)
	}
	text, err := json.Marshal([]any{id, s.Metric(), pairs})
	if err != nil {
		panic("live: a series does not encode: " + err.Error())
	}
	return text
}
