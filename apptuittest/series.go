package apptuittest

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"weak"

	"github.com/apptuitai/apptuit-go/encoding"
)

// What a series takes in memory beside its text, and each of its tags.
const (
	seriesBytes = 150
	tagBytes    = 32
)

// An identity is a metric name and tags, sorted by key, in one text. It is all
// that is kept of a point's names: many points that differ in them take little
// more than their texts.
type identity string

// newIdentity writes the metric and then each key and value, each behind its
// length.
func newIdentity(metric string, tags []encoding.Tag) identity {
	var text []byte
	add := func(s string) { text = append(binary.AppendUvarint(text, uint64(len(s))), s...) }
	add(metric)
	for _, t := range tags {
		add(t.Key)
		add(t.Value)
	}
	return identity(text)
}

func (id identity) series() *series {
	metric, rest := id.next()
	s := &series{id: id, metric: metric, tags: make([]encoding.Tag, 0, id.tags())}
	for rest != "" {
		var t encoding.Tag
		t.Key, rest = rest.next()
		t.Value, rest = rest.next()
		s.tags = append(s.tags, t)
	}
	return s
}

// next returns the first text, which shares the identity's memory, and what
// comes behind it.
func (id identity) next() (text string, rest identity) {
	var head [binary.MaxVarintLen64]byte
	n, size := binary.Uvarint(head[:copy(head[:], id)])
	end := size + int(n)
	return string(id[size:end]), id[end:]
}

// tags returns how many there are.
func (id identity) tags() int {
	n := 0
	for rest := id; rest != ""; n++ {
		_, rest = rest.next()
	}
	return n / 2
}

// bytes returns what a store takes for a series of this identity.
func (id identity) bytes() int { return seriesBytes + id.tags()*tagBytes + len(id) }

// A series is one of the store's. What it is never changes.
type series struct {
	id     identity
	points int // that are held; the mutex of the store guards it
	metric string
	tags   []encoding.Tag

	mu   sync.Mutex
	made weak.Pointer[encoding.Series] // for as long as somebody has points of it
}

// encoded returns the series as the exporter has it: always the same, as long as
// somebody has it. It may take many times the memory that the store has for it.
func (s *series) encoded() *encoding.Series {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := s.made.Value()
	if made == nil {
		made = s.encode()
		s.made = weak.Make(made)
	}
	return made
}

func (s *series) encode() *encoding.Series {
	made, err := encoding.NewSeries(encoding.SanitizeNone, s.metric, s.tags...)
	if err != nil {
		panic("apptuittest: a series that was checked is not good: " + err.Error())
	}
	return made
}

func (s *series) tag(key string) string {
	for _, t := range s.tags {
		if t.Key == key {
			return t.Value
		}
	}
	return ""
}

// compare orders series by name and then by tags.
func (s *series) compare(other *series) int {
	return cmp.Or(strings.Compare(s.metric, other.metric), slices.CompareFunc(s.tags, other.tags, compareTags))
}

func compareTags(a, b encoding.Tag) int {
	return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(a.Value, b.Value))
}
