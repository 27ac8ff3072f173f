package apptuit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
	environ "github.com/apptuitai/apptuit-go/internal/env"
)

func (c *config) readEnv() {
	c.readSanitizeMode()
	c.readHostTag()
	c.readSpoolDir()
	if !c.ignoreEnvTags {
		c.readTags()
	}
}

func (c *config) readSanitizeMode() {
	value, ok := c.lookup.Get(environ.SanitizeMode)
	if !ok || c.modeSet {
		return
	}
	mode, err := encoding.ParseSanitizeMode(value)
	if err != nil { // err repeats the value, which may be a secret in the wrong place
		c.fail("%s: it is not a sanitise mode: use prometheus, apptuit or none", environ.SanitizeMode)
	}
	c.mode = mode
}

func (c *config) readHostTag() {
	value, ok := c.lookup.Get(environ.DisableHostTag)
	if !ok || c.noHostTag {
		return
	}
	disabled, err := environ.Bool(value)
	if err != nil {
		c.fail("%s: %w", environ.DisableHostTag, err)
	}
	c.noHostTag = disabled
}

func (c *config) readTags() {
	name := environ.Tags
	value, ok := c.lookup.Get(name)
	if !ok {
		name = environ.OldTags
		if value, ok = c.lookup.Get(name); !ok {
			return
		}
		c.handle(fmt.Errorf("apptuit: %s is deprecated: use %s", environ.OldTags, environ.Tags))
	}
	tags, err := parseTags(value)
	if err != nil {
		c.fail("%s: %w", name, err)
		return
	}
	c.envTags = c.cleanTags(name, tags)
}

// parseTags reads "k1: v1, k2: v2". An item is cut at its first colon; empty
// items are skipped. The error counts the items and does not repeat them: they
// may be a secret in the wrong place.
func parseTags(s string) ([]encoding.Tag, error) {
	var tags []encoding.Tag
	for i, item := range strings.Split(s, ",") {
		if strings.TrimSpace(item) == "" {
			continue
		}
		tag, err := parseTag(item)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i+1, err)
		}
		tags = append(tags, tag)
	}
	return tags, nil
}

func parseTag(item string) (encoding.Tag, error) {
	key, value, found := strings.Cut(item, ":")
	if !found {
		return encoding.Tag{}, errors.New("write it as key: value")
	}
	tag := encoding.Tag{Key: strings.TrimSpace(key), Value: strings.TrimSpace(value)}
	return tag, checkTag(tag)
}
