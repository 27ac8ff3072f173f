package apptuittest

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"sync"

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
	s := &series{metric: metric, tags: make([]encoding.Tag, 0, id.tags())}
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

// A series is one of the store's. It never changes.
type series struct {
	metric string
	tags   []encoding.Tag

	once sync.Once
	made *encoding.Series // once a test has asked for points
}

// encoded returns the series as the exporter has it, always the same.
func (s *series) encoded() *encoding.Series {
	s.once.Do(func() { s.made = s.encode() })
	return s.made
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
