package apptuit

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
)

// maxShapes bounds the shapes that a scope keeps. A program has a handful.
const maxShapes = 1000

// A shape is how attribute sets with the same keys become tags: all that does
// not depend on their values is found out once.
type shape struct {
	keys    []attribute.Key
	tags    *encoding.Schema
	values  [][]int  // which attributes make each value of tags; they are joined
	left    []string // the global tags that found no room
	refused error    // why no point can have these tags
}

type shapeKey struct {
	reserved int
	keys     uint64 // a hash of them
}

// ownAttributes are those of an attribute set that have a value, as text.
type ownAttributes struct {
	keys   []attribute.Key
	values []string
	tags   []string // as they are handed on
}

// read takes the attributes of a set. Values are written as attribute.Value
// prints them.
func (o *ownAttributes) read(set *attribute.Set) {
	o.keys, o.values = o.keys[:0], o.values[:0]
	for iter := set.Iter(); iter.Next(); {
		kv := iter.Attribute()
		if text := kv.Value.String(); text != "" {
			o.keys, o.values = append(o.keys, kv.Key), append(o.values, text)
		}
	}
}

// setTags gathers the tags of an entry; where it cannot, the entry is refused.
func (t *transformer) setTags(in *instrument, e *entry, attrs *attribute.Set) {
	own := &t.attrs
	own.read(attrs)
	if !in.shape.fits(own.keys) {
		in.shape = t.shape(in, own.keys)
	}
	e.refused = in.shape.refused
	if e.refused != nil {
		return
	}
	t.drops.tagsOf(in.name, in.shape.left, t.cfg.maxTags)
	e.tags = in.shape.tagsOf(own)
}

// fits reports whether s is for attribute sets with these keys.
func (s *shape) fits(keys []attribute.Key) bool {
	return s != nil && slices.Equal(s.keys, keys)
}

// tagsOf returns the tags of attributes that have the shape's keys.
func (s *shape) tagsOf(own *ownAttributes) encoding.TagSet {
	own.tags = own.tags[:0]
	for _, from := range s.values {
		text := own.values[from[0]]
		for _, i := range from[1:] {
			text += ";" + own.values[i]
		}
		own.tags = append(own.tags, text)
	}
	return s.tags.Tags(own.tags)
}

var shapeSeed = maphash.MakeSeed()

// shape finds or makes the shape of an instrument's attribute sets that have
// these keys.
func (t *transformer) shape(in *instrument, keys []attribute.Key) *shape {
	key := shapeKey{reserved: in.reserved}
	for _, k := range keys {
		key.keys = key.keys*31 + maphash.String(shapeSeed, string(k))
	}
	known := in.scope.shapes
	s := known[key]
	if !s.fits(keys) {
		if len(known) == maxShapes {
			clear(known)
		}
		s = t.newShape(in, keys)
		known[key] = s
	}
	return s
}

// newShape finds out what becomes of attributes by cleaning tags of their keys,
// whose values are the attributes' places.
func (t *transformer) newShape(in *instrument, keys []attribute.Key) *shape {
	s := &shape{keys: slices.Clone(keys)}
	tags := make([]encoding.Tag, len(keys))
	for i, k := range keys {
		tags[i] = encoding.Tag{Key: string(k), Value: strconv.Itoa(i)}
	}
	own, err := encoding.CleanTags(t.cfg.mode, tags)
	if n := len(own) + in.reserved; err == nil && n > t.cfg.maxTags {
		err = fmt.Errorf("%w: %d of its own, and the limit is %d", encoding.ErrTooManyTags, n, t.cfg.maxTags)
	}
	if err != nil {
		s.refused = err
		return s
	}
	names := make([]string, len(own))
	for i, tag := range own {
		names[i] = tag.Key
		s.values = append(s.values, places(tag.Value))
	}
	var common []encoding.Tag
	common, s.left = globalsBeside(own, in.scope.global, t.cfg.maxTags-in.reserved)
	s.tags = encoding.NewSchema(common, names)
	return s
}

// places reads what cleaning made of places: "3", or "0;2" where keys became one.
func places(joined string) (all []int) {
	for text := range strings.SplitSeq(joined, ";") {
		i, _ := strconv.Atoi(text) // it was written by Itoa
		all = append(all, i)
	}
	return all
}

// series makes one series of an entry: that of a part of its metric, with the
// part's own tag or nil. Where it cannot, the entry is refused.
func (t *transformer) series(in *instrument, e *entry, part string, tag *encoding.PartTag) encoding.Series {
	if e.refused != nil {
		return encoding.Series{}
	}
	name, err := t.partName(in, part)
	if err == nil {
		var s encoding.Series
		if s, err = e.tags.Series(name, tag); err == nil {
			t.own(e, &s)
			return s
		}
	}
	e.refused = err
	return encoding.Series{}
}

// partName returns the name of an instrument's part.
func (t *transformer) partName(in *instrument, part string) (encoding.Name, error) {
	if name, known := in.names[part]; known {
		return name, nil
	}
	metric := in.metric
	if part != "" {
		metric += "." + part
	}
	name, err := encoding.NewName(t.cfg.mode, metric)
	if err == nil {
		in.names[part] = name
	}
	return name, err
}
