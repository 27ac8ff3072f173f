package opentsdbreceiver

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"
)

// A point is what a client puts.
type point struct {
	metric  string
	at      time.Time
	tags    map[string]string
	integer int64
	float   float64
	isFloat bool
}

// A sentPoint is a point as JSON has it. Numbers may be text.
type sentPoint struct {
	Metric    string            `json:"metric"`
	Timestamp looseText         `json:"timestamp"`
	Value     looseText         `json:"value"`
	Tags      map[string]string `json:"tags"`
}

// A looseText is a JSON string or number.
type looseText string

// UnmarshalJSON takes the text of a string or a number.
func (t *looseText) UnmarshalJSON(text []byte) error {
	switch text[0] {
	case '"':
		return json.Unmarshal(text, (*string)(t))
	case '{', '[', 't', 'f', 'n':
		return errors.New("a number is wanted")
	}
	*t = looseText(text)
	return nil
}

// A reason says why a point is refused, in the words of OpenTSDB where it has some.
type reason string

func (r reason) Error() string { return string(r) }

const (
	errNoPoint   reason = "Unable to parse the point"
	errNoMetric  reason = "Metric name was empty"
	errTimestamp reason = "Invalid timestamp"
	errNoValue   reason = "Empty value"
	errValue     reason = "Unable to parse value to a number"
	errNoTags    reason = "Missing tags"
	errTag       reason = "A tag has an empty name or value"
)

func readPoint(text []byte) (point, error) {
	var sent sentPoint
	if err := json.Unmarshal(text, &sent); err != nil {
		return point{}, errNoPoint
	}
	p := point{metric: sent.Metric, tags: sent.Tags}
	if p.metric == "" {
		return p, errNoMetric
	}
	if len(p.tags) == 0 {
		return p, errNoTags
	}
	for key, value := range p.tags {
		if key == "" || value == "" {
			return p, errTag
		}
	}
	var err error
	if p.at, err = timeOf(string(sent.Timestamp)); err != nil {
		return p, err
	}
	return p, p.setValue(string(sent.Value))
}

// timeOf reads a number of seconds, or of milliseconds where it does not fit in 32 bits.
func timeOf(text string) (time.Time, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/int64(time.Millisecond) {
		return time.Time{}, errTimestamp
	}
	if n > math.MaxUint32 {
		return time.UnixMilli(n), nil
	}
	return time.Unix(n, 0), nil
}

func (p *point) setValue(text string) error {
	if text == "" {
		return errNoValue
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil {
		p.integer = n
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return errValue
	}
	p.float, p.isFloat = f, true
	return nil
}
