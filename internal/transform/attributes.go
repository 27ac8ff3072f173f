package transform

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/text"
	"go.opentelemetry.io/otel/attribute"
)

// maxSchemas bounds the schemas that a scope keeps. A program has a handful.
const maxSchemas = 1000

// A schema is how attribute sets with the same keys become tags: all that does
// not depend on their values is found out once.
type schema struct {
	keys    []attribute.Key
	tags    *encoding.Schema
	values  [][]int  // which attributes make each value of tags; they are joined
	lost    []string // the global tags that found no room
	empty   bool     // an attribute has no key
	refused error    // why no point can have these tags
}

type schemaKey struct {
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
func (m *maker) setTags(in *instrument, e *entry, attrs *attribute.Set) {
	own := &m.own
	own.read(attrs)
	if !in.schema.fits(own.keys) {
		in.schema = m.schema(in, own.keys)
	}
	e.refused = in.schema.refused
	if e.refused != nil {
		return
	}
	m.dropped.tagsOf(in.name, in.schema.lost, m.cfg.MaxTags)
	if in.schema.empty {
		m.dropEmpty(in)
	}
	e.tags = in.schema.tagsOf(own, m.cfg)
}

// dropEmpty counts a tag that has no key, and tells of the first of a scope.
func (m *maker) dropEmpty(in *instrument) {
	m.dropped.total.DroppedTags++
	if !in.scope.toldEmpty {
		in.scope.toldEmpty = true
		m.dropped.warn("%s: an attribute has no key and is left out", text.Line(in.name))
	}
}

// fits reports whether s is for attribute sets with these keys, and still of use.
func (s *schema) fits(keys []attribute.Key) bool {
	return s != nil && slices.Equal(s.keys, keys)
}

// tagsOf returns the tags of attributes that have the schema's keys.
func (s *schema) tagsOf(own *ownAttributes, cfg *Config) encoding.TagSet {
	own.tags = own.tags[:0]
	for _, from := range s.values {
		text := own.values[from[0]]
		for _, i := range from[1:] {
			text += ";" + own.values[i]
		}
		own.tags = append(own.tags, cfg.value(text))
	}
	return s.tags.Tags(own.tags)
}

var schemaSeed = maphash.MakeSeed()

// schema finds or makes the schema of an instrument's attribute sets that have
// these keys.
func (m *maker) schema(in *instrument, keys []attribute.Key) *schema {
	key := schemaKey{reserved: in.reserved}
	for _, k := range keys {
		key.keys = key.keys*31 + maphash.String(schemaSeed, string(k))
	}
	known := in.scope.schemas
	s := known[key]
	if !s.fits(keys) {
		if len(known) == maxSchemas {
			clear(known)
		}
		s = m.newSchema(in, keys)
		known[key] = s
	}
	return s
}

// newSchema finds out what becomes of attributes by cleaning tags of their keys,
// whose values are the attributes' positions.
func (m *maker) newSchema(in *instrument, keys []attribute.Key) *schema {
	s := &schema{keys: slices.Clone(keys)}
	tags := make([]encoding.Tag, 0, len(keys))
	for i, k := range keys {
		if s.empty = s.empty || k == ""; k == "" {
			continue
		}
		m.tellLost("tag key", string(k))
		tags = append(tags, encoding.Tag{Key: string(k), Value: strconv.Itoa(i)})
	}
	own, err := encoding.CleanTags(m.cfg.Mode, tags)
	if n := len(own) + in.reserved; err == nil && n > m.cfg.MaxTags {
		err = fmt.Errorf("%w: %d of its own, and the limit is %d", encoding.ErrTooManyTags, n, m.cfg.MaxTags)
	}
	if err != nil {
		s.refused = err
		return s
	}
	own = m.cfg.fitKeys(own)
	names := make([]string, len(own))
	for i, tag := range own {
		names[i] = tag.Key
		s.values = append(s.values, positionsIn(tag.Value))
	}
	var common []encoding.Tag
	common, s.lost = globalsBeside(own, in.scope.global, m.cfg.MaxTags-in.reserved)
	s.tags = encoding.NewSchema(common, names)
	return s
}

// positionsIn reads what cleaning made of positions: "3", or "0;2" where keys
// became one.
func positionsIn(joined string) (all []int) {
	for text := range strings.SplitSeq(joined, ";") {
		i, _ := strconv.Atoi(text) // it was written by Itoa
		all = append(all, i)
	}
	return all
}
