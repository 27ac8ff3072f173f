package apptuittest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
)

// maxTimestamp has 13 digits, the most that stores read as milliseconds.
const maxTimestamp = 9_999_999_999_999

// A sentPoint is one point of a put as it was sent, and as it is stored.
type sentPoint struct {
	text json.RawMessage // a part of the body
	id   identity
	sample
	err error // why it cannot be stored
}

// point returns the point as the exporter has it, of one without err.
func (p sentPoint) point() encoding.Point {
	return entry{p.id.series(), p.sample}.point()
}

// reason returns why the point is not stored, or nothing.
func (p sentPoint) reason(reject func(encoding.Point) string) string {
	if p.err != nil {
		return p.err.Error()
	}
	if reject == nil {
		return ""
	}
	return reject(p.point())
}

// readPoint reads one element of a put; an error is about what is not even an
// object. The fields go by their exact names: into a struct encoding/json
// would take "Metric" too.
func readPoint(text json.RawMessage, maxTags int) (p sentPoint, err error) {
	p.text = text
	if text[0] != '{' {
		return p, errors.New("not an object")
	}
	if len(text) > maxPointBytes {
		p.err = fmt.Errorf("the point is larger than %d bytes", maxPointBytes)
		return p, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return p, errors.New("not an object")
	}
	p.err = p.readFields(fields, maxTags)
	return p, nil
}

func (p *sentPoint) readFields(fields map[string]json.RawMessage, maxTags int) (err error) {
	if p.id, err = readIdentity(fields["metric"], fields["tags"], maxTags); err != nil {
		return err
	}
	if p.ms, err = readTime(fields["timestamp"]); err != nil {
		return fmt.Errorf("timestamp: %w", err)
	}
	if p.value, err = readValue(fields["value"]); err != nil {
		return fmt.Errorf("value: %w", err)
	}
	return nil
}

func readIdentity(metric, tags json.RawMessage, maxTags int) (identity, error) {
	name, err := readString(metric)
	if err != nil {
		return "", fmt.Errorf("metric: %w", err)
	}
	if _, err := encoding.SanitizeNone.Name(name); err != nil {
		return "", fmt.Errorf("metric: %w", err)
	}
	pairs, err := readTags(tags, maxTags)
	if err != nil {
		return "", fmt.Errorf("tags: %w", err)
	}
	return newIdentity(name, pairs), nil
}

// readTags returns the tags sorted by key, so that of several bad ones the
// error is always about the same.
func readTags(text json.RawMessage, maxTags int) ([]encoding.Tag, error) {
	var values map[string]json.RawMessage
	if len(text) > 0 && json.Unmarshal(text, &values) != nil {
		return nil, errors.New("not an object of strings")
	}
	if len(values) == 0 {
		return nil, errors.New("at least one is needed")
	}
	if len(values) > maxTags {
		return nil, fmt.Errorf("there are %d, and at most %d are taken", len(values), maxTags)
	}
	tags := make([]encoding.Tag, 0, len(values))
	for _, key := range sortedKeys(values) {
		value, err := readTag(key, values[key])
		if err != nil {
			return nil, err
		}
		tags = append(tags, encoding.Tag{Key: key, Value: value})
	}
	return tags, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// maxShown is how much of a key an error shows.
const maxShown = 64

func readTag(key string, text json.RawMessage) (string, error) {
	if _, err := encoding.SanitizeNone.Name(key); err != nil {
		return "", fmt.Errorf("key: %w", err)
	}
	value, err := readString(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w", cut(key, maxShown), err)
	}
	if value == "" {
		return "", fmt.Errorf("%s: the value is empty", cut(key, maxShown))
	}
	return value, nil
}

func readString(text json.RawMessage) (string, error) {
	if len(text) == 0 {
		return "", errors.New("missing")
	}
	var s *string // null leaves it nil
	if json.Unmarshal(text, &s) != nil || s == nil {
		return "", errors.New("not a string")
	}
	return *s, nil
}

// readTime returns milliseconds. It takes what fits in 32 bits for seconds,
// and all above for milliseconds.
func readTime(text json.RawMessage) (int64, error) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n <= 0 || n > maxTimestamp {
		return 0, errors.New("not a positive integer of at most 13 digits")
	}
	if n <= math.MaxUint32 {
		return n * 1000, nil
	}
	return n, nil
}

// readValue takes a JSON number. One without fraction and exponent stays an
// integer where int64 can hold it.
func readValue(text json.RawMessage) (encoding.Value, error) {
	if !isNumber(text) {
		return encoding.Value{}, errors.New("not a JSON number")
	}
	number := string(text)
	if !strings.ContainsAny(number, ".eE") {
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			return encoding.Int(n), nil
		}
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return encoding.Value{}, errors.New("too large for a float64")
	}
	return encoding.Float(f), nil
}

// isNumber tells a number from the other kinds of JSON value, which the
// decoder found to be valid before.
func isNumber(text json.RawMessage) bool {
	return len(text) > 0 && bytes.IndexByte([]byte("-0123456789"), text[0]) >= 0
}
