package apptuit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

// The variables that this package reads itself; those of the connection are
// read by transport.
const (
	envTags           = "APPTUIT_TAGS"
	envTagsDeprecated = "APPTUIT_PY_TAGS"
	envDisableHostTag = "APPTUIT_DISABLE_HOST_TAG"
	envSanitizeMode   = "APPTUIT_SANITIZE_MODE"
)

// env returns the value of a variable; an empty one counts as not set, as
// OpenTelemetry has it.
func (c *config) env(name string) (string, bool) {
	value, ok := c.lookup(name)
	return value, ok && value != ""
}

func (c *config) readEnv() {
	c.readSanitizeMode()
	c.readHostTag()
	c.readSpoolDir()
	if !c.ignoreEnvTags {
		c.readTags()
	}
}

func (c *config) readSanitizeMode() {
	value, ok := c.env(envSanitizeMode)
	if !ok || c.modeSet {
		return
	}
	mode, err := encoding.ParseSanitizeMode(value)
	if err != nil { // err repeats the value, which may be a secret in the wrong place
		c.fail("%s: it is not a sanitise mode: use prometheus, apptuit or none", envSanitizeMode)
	}
	c.mode = mode
}

func (c *config) readHostTag() {
	value, ok := c.env(envDisableHostTag)
	if !ok || c.noHostTag {
		return
	}
	disabled, err := transport.ParseBool(value)
	if err != nil {
		c.fail("%s: %w", envDisableHostTag, err)
	}
	c.noHostTag = disabled
}

func (c *config) readTags() {
	name := envTags
	value, ok := c.env(name)
	if !ok {
		name = envTagsDeprecated
		if value, ok = c.env(name); !ok {
			return
		}
		c.handle(fmt.Errorf("apptuit: %s is deprecated: use %s", envTagsDeprecated, envTags))
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
