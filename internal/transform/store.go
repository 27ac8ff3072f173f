package transform

import (
	"slices"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
)

// value returns the value of a tag as the store takes it.
func (c *Config) value(value string) string {
	if c.TagValue == nil {
		return value
	}
	return c.TagValue(value)
}

// fit returns the tags of one source, which are clean, as the store takes them. A key
// that another tag has already gets a "_" more.
func (c *Config) fit(tags []encoding.Tag) []encoding.Tag {
	if c.TagKey == nil && c.TagValue == nil {
		return tags
	}
	fit := slices.Clone(tags)
	for i, tag := range tags {
		fit[i].Value = c.value(tag.Value)
	}
	return c.fitKeys(fit)
}

// fitKeys changes the keys of tags, which are sorted by them, to those that the store
// takes, and sorts them again.
func (c *Config) fitKeys(tags []encoding.Tag) []encoding.Tag {
	if c.TagKey == nil {
		return tags
	}
	changed := false
	for i := range tags {
		key := c.TagKey(tags[i].Key)
		if key == tags[i].Key {
			continue
		}
		for slices.ContainsFunc(tags, func(t encoding.Tag) bool { return t.Key == key }) {
			key += "_"
		}
		tags[i].Key, changed = key, true
	}
	if changed {
		slices.SortFunc(tags, func(a, b encoding.Tag) int { return strings.Compare(a.Key, b.Key) })
	}
	return tags
}
