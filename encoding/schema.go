package encoding

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// A Schema is what the tags of many series have in common: their keys, and the
// tags that are the same in all of them. It is made once, and with it each
// series' own values become a [TagSet]. Goroutines may share it.
type Schema struct{ latest atomic.Pointer[layout] }

// A layout is how the text of such tags stands, and the values that came again.
type layout struct {
	keys []string // of the values
	all  []string // these and those of the common tags, sorted
	// pieces are the text before each value, and behind the last. A value's
	// closing quote is its own.
	pieces []*text
	hashes []uint64 // of the keys
	hash   uint64   // of the common tags
	size   int      // of all pieces

	worn atomic.Bool // it learned other values than those that come now

	mu     sync.Mutex // guards what follows, but for the texts of slots
	slots  []slot     // one for each key
	last   *TagSet    // the one that set returned last
	lastOf []string   // its values
}

// NewSchema returns the schema of tags that have these keys, beside the common
// ones. Both are as [CleanTags] leaves them, sorted and with no key twice.
func NewSchema(common []Tag, keys []string) *Schema {
	s := &Schema{}
	s.latest.Store(newLayout(common, keys))
	return s
}

func newLayout(common []Tag, keys []string) *layout {
	l := &layout{keys: slices.Clone(keys)}
	var room [1 << 9]byte
	b := room[:0]
	sep := ""
	for len(common)+len(keys) > 0 {
		b = append(b, sep...)
		sep = ","
		if len(keys) == 0 || len(common) > 0 && common[0].Key < keys[0] {
			b = l.appendCommon(b, common[0])
			l.all, common = append(l.all, common[0].Key), common[1:]
			continue
		}
		l.all = append(l.all, keys[0])
		b = append(appendString(b, keys[0]), `:"`...)
		l.add(b)
		l.hashes = append(l.hashes, maphash.String(hashSeed, keys[0]))
		b, keys = b[:0], keys[1:]
	}
	l.add(b)
	l.slots = make([]slot, len(l.keys))
	return l
}

func (l *layout) appendCommon(b []byte, tag Tag) []byte {
	b = append(appendString(b, tag.Key), ':')
	begin := len(b)
	b = appendString(b, tag.Value)
	l.hash += tagHash(maphash.String(hashSeed, tag.Key), maphash.Bytes(hashSeed, b[begin+1:]))
	return b
}

func (l *layout) add(piece []byte) {
	l.pieces = append(l.pieces, shared(piece))
	l.size += len(piece)
}

// current returns the layout for the values that come now. Where the latest one is
// worn another one, made like it, will do better. Sets of both may be used together.
func (s *Schema) current() *layout {
	l := s.latest.Load()
	if !l.worn.Load() {
		return l
	}
	s.latest.CompareAndSwap(l, l.again())
	return s.latest.Load()
}

// again returns a layout like l that has learned nothing.
func (l *layout) again() *layout {
	return &layout{
		keys: l.keys, all: l.all, pieces: l.pieces, hashes: l.hashes, hash: l.hash, size: l.size,
		slots: make([]slot, len(l.keys)),
	}
}

// schemas holds those without common tags that were made lately.
var schemas = newLately[Schema](1 << 8)

// schemaOf returns the schema of tags that have no more in common than their keys.
func schemaOf(tags []Tag) *Schema {
	h := uint64(0)
	for _, t := range tags {
		h = tagHash(h, maphash.String(hashSeed, t.Key))
	}
	if s := schemas.find(h, func(s *Schema) bool { return s.latest.Load().has(tags) }); s != nil {
		return s
	}
	keys := make([]string, len(tags))
	for i, t := range tags {
		keys[i] = t.Key
	}
	s := NewSchema(nil, keys)
	schemas.add(h, s)
	return s
}

func (l *layout) has(tags []Tag) bool {
	return slices.EqualFunc(l.keys, tags, func(key string, t Tag) bool { return key == t.Key })
}

// A TagSet is the tags that several series share, checked and rendered once. It
// never changes.
type TagSet struct {
	layout *layout
	// values has one for each key of the layout: the number it has in its slot, or
	// unnumbered and then the value, as JSON with its closing quote, behind its
	// length.
	values string
	hash   uint64
	sums   sums
	size   int
}

// Tags returns the set with these values, one for each key of the schema, in
// their order. None is empty. Another number of values is a panic.
func (s *Schema) Tags(values []string) TagSet {
	l := s.current()
	if len(values) != len(l.keys) {
		panic(fmt.Sprintf("encoding: %d values for %d keys", len(values), len(l.keys)))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.make(values)
}

// set returns the set with these values: the same as last time where they are.
// The parts of a metric follow each other.
func (l *layout) set(values []string) *TagSet {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil || !slices.Equal(values, l.lastOf) {
		t := l.make(values)
		l.last, l.lastOf = &t, append(l.lastOf[:0], values...)
	}
	return l.last
}

// make makes a set. mu is held.
func (l *layout) make(values []string) TagSet {
	t := TagSet{layout: l, hash: l.hash, size: l.size}
	var room [1 << 8]byte
	all := room[:0]
	for i, v := range values {
		piece := l.pieces[i]
		t.sums = t.sums.then(piece.sums, len(piece.string))
		n, known := l.slots[i].number(v)
		if known != nil {
			all = append(all, n)
			t.hash += tagHash(l.hashes[i], known.hash)
			t.size += len(known.string)
			t.sums = t.sums.then(known.sums, len(known.string))
			continue
		}
		if l.slots[i].full > unnumbered {
			l.worn.Store(true)
		}
		all = append(all, unnumbered)
		begin := len(all)
		all = appendSized(all, v)
		text, _ := cutSized(all[begin:])
		t.hash += tagHash(l.hashes[i], maphash.Bytes(hashSeed, text))
		t.size += len(text)
		t.sums = t.sums.thenText(text)
	}
	last := l.pieces[len(values)]
	t.sums = t.sums.then(last.sums, len(last.string))
	t.values = string(all)
	return t
}

// holds reports whether a tag has that key.
func (l *layout) holds(key string) bool {
	_, found := slices.BinarySearch(l.all, key)
	return found
}

// cutValue returns the value of a slot that values begin with, and what follows.
func (l *layout) cutValue(slot int, values string) (value, rest string) {
	if n := values[0]; n != unnumbered {
		return l.slots[slot].text(n).string, values[1:]
	}
	return cutSized(values[1:])
}

// value returns the value of one slot.
func (t *TagSet) value(slot int) string {
	value, rest := "", t.values
	for i := range slot + 1 {
		value, rest = t.layout.cutValue(i, rest)
	}
	return value
}

func (t *TagSet) append(dst []byte) []byte {
	value, rest := "", t.values
	for i := range t.layout.slots {
		value, rest = t.layout.cutValue(i, rest)
		dst = append(append(dst, t.layout.pieces[i].string...), value...)
	}
	return append(dst, t.layout.pieces[len(t.layout.slots)].string...)
}

// appendSized appends a value behind its length, which is seven bits to a byte,
// the lowest first; all but the last have the eighth set.
func appendSized(dst []byte, value string) []byte {
	begin := len(dst)
	dst = appendString(append(dst, 0), value) // the opening quote is not wanted
	size := len(dst) - begin - 2
	if size < 0x80 {
		copy(dst[begin+1:], dst[begin+2:])
		dst[begin] = byte(size)
		return dst[:len(dst)-1]
	}
	var room [binary.MaxVarintLen64]byte
	return slices.Replace(dst, begin, begin+2, room[:binary.PutUvarint(room[:], uint64(size))]...)
}

// cutSized returns the value that sized ones begin with, and what follows.
func cutSized[S string | []byte](values S) (value, rest S) {
	size, at := int(values[0]), 1
	if size >= 0x80 {
		size &= 0x7f
		for shift := 7; ; shift += 7 {
			c := values[at]
			at++
			size |= int(c&0x7f) << shift
			if c < 0x80 {
				break
			}
		}
	}
	return values[at : at+size], values[at+size:]
}

// A Name is a metric's name, checked and rendered once. It never changes.
type Name struct{ text *text }

const (
	separator = "}," // between two points
	nameBegin = separator + `{"metric":`
	nameEnd   = `,"tags":{`
)

// NewName returns the name as mode writes it, or an error that is [ErrName].
func NewName(mode SanitizeMode, metric string) (Name, error) {
	name, err := mode.Name(metric)
	if err != nil {
		return Name{}, metricError(err)
	}
	return renderName(name), nil
}

func renderName(name string) Name {
	var room [1 << 8]byte
	b := append(appendString(append(room[:0], nameBegin...), name), nameEnd...)
	return Name{text: shared(b)}
}

// A PartTag is the tag in which the parts of one metric differ, as le in the
// buckets of a histogram. It never changes.
type PartTag struct {
	tag  Tag
	text text  // ,"le":"0.5"
	key  *text // ,"le":"
	hash uint64

	number uint64 // the value, where it is one of eight bytes at the most, else 0
}

// partTags holds those made lately.
var partTags = newLately[PartTag](1 << 12)

// NewPartTag returns the tag; its key is a valid name, and its value is not
// empty.
func NewPartTag(key, value string) *PartTag {
	tag := Tag{key, value}
	h := tagHash(maphash.String(hashSeed, key), maphash.String(hashSeed, value))
	if p := partTags.find(h, func(p *PartTag) bool { return p.tag == tag }); p != nil {
		return p
	}
	p := &PartTag{tag: tag}
	b := append(appendString([]byte{','}, key), `:"`...)
	begin := len(b)
	p.key = shared(b)
	b = append(b, appendString(nil, value)[1:]...)
	p.text = makeText(b)
	p.hash = tagHash(maphash.String(hashSeed, key), maphash.Bytes(hashSeed, b[begin:]))
	if len(value) <= 8 && strings.Trim(value, "0123456789.-+e") == "" {
		var room [8]byte
		copy(room[:], value)
		p.number = binary.LittleEndian.Uint64(room[:])
	}
	partTags.add(h, p)
	return p
}
