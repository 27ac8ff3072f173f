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
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// maxTimestamp has 13 digits, the most that stores read as milliseconds.
const maxTimestamp = 9_999_999_999_999

// A sentPoint is one point of a put as it was sent, and as it is stored.
type sentPoint struct {
	text  json.RawMessage
	point encoding.Point
	err   error // why point cannot be stored
}

// reason returns why the point is not stored, or nothing.
func (p sentPoint) reason(reject func(encoding.Point) string) string {
	if p.err != nil {
		return p.err.Error()
	}
	if reject == nil {
		return ""
	}
	return reject(p.point)
}

// readPoint reads one element of a put; an error is about what is not even an
// object. The fields go by their exact names: into a struct encoding/json
// would take "Metric" too.
func readPoint(text json.RawMessage, maxTags int) (sentPoint, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil || fields == nil {
		return sentPoint{}, errors.New("not an object")
	}
	p := sentPoint{text: text}
	p.point, p.err = readFields(fields, maxTags)
	return p, nil
}

func readFields(fields map[string]json.RawMessage, maxTags int) (p encoding.Point, err error) {
	if p.Series, err = readSeries(fields["metric"], fields["tags"], maxTags); err != nil {
		return p, err
	}
	if p.Time, err = readTime(fields["timestamp"]); err != nil {
		return p, fmt.Errorf("timestamp: %w", err)
	}
	if p.Value, err = readValue(fields["value"]); err != nil {
		return p, fmt.Errorf("value: %w", err)
	}
	return p, nil
}

func readSeries(metric, tags json.RawMessage, maxTags int) (*encoding.Series, error) {
	name, err := readString(metric)
	if err != nil {
		return nil, fmt.Errorf("metric: %w", err)
	}
	if err := encoding.CheckName(name); err != nil {
		return nil, fmt.Errorf("metric: %w", err)
	}
	pairs, err := readTags(tags, maxTags)
	if err != nil {
		return nil, fmt.Errorf("tags: %w", err)
	}
	return encoding.NewSeries(encoding.SanitizeNone, name, pairs...)
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
	for _, key := range slices.Sorted(maps.Keys(values)) {
		value, err := readTag(key, values[key])
		if err != nil {
			return nil, err
		}
		tags = append(tags, encoding.Tag{Key: key, Value: value})
	}
	return tags, nil
}

func readTag(key string, text json.RawMessage) (string, error) {
	if err := encoding.CheckName(key); err != nil {
		return "", fmt.Errorf("key: %w", err)
	}
	value, err := readString(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	if value == "" {
		return "", fmt.Errorf("%s: the value is empty", key)
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

// readTime takes what fits in 32 bits for seconds, and all above for
// milliseconds.
func readTime(text json.RawMessage) (time.Time, error) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n <= 0 || n > maxTimestamp {
		return time.Time{}, errors.New("not a positive integer of at most 13 digits")
	}
	if n <= math.MaxUint32 {
		return time.Unix(n, 0).UTC(), nil
	}
	return time.UnixMilli(n).UTC(), nil
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
