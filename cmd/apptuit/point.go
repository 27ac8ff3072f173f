package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A pointReader makes points of words.
type pointReader struct {
	mode encoding.SanitizeMode
	now  func() time.Time
}

// read reads metric [time] value key=value ...
func (r pointReader) read(words []string) (p encoding.Point, err error) {
	numbers, pairs := split(words)
	if len(numbers) < 1 || len(numbers) > 2 {
		return p, errors.New("it is not METRIC [TIME] VALUE KEY=VALUE")
	}
	tags, err := readTags(pairs)
	if err != nil {
		return p, err
	}
	if p.Value, err = readValue(numbers[len(numbers)-1]); err != nil {
		return p, err
	}
	if p.Time, err = r.readTime(numbers[:len(numbers)-1]); err != nil {
		return p, err
	}
	p.Series, err = encoding.NewSeries(r.mode, words[0], tags...)
	return p, err
}

// split returns what stands between the metric and the tags, and the tags.
func split(words []string) (numbers, pairs []string) {
	if len(words) == 0 {
		return nil, nil
	}
	rest := words[1:]
	first := slices.IndexFunc(rest, func(s string) bool { return strings.Contains(s, "=") })
	if first < 0 {
		return rest, nil
	}
	return rest[:first], rest[first:]
}

func readTags(pairs []string) ([]encoding.Tag, error) {
	if len(pairs) == 0 {
		return nil, errors.New("it has no tag: add at least one KEY=VALUE")
	}
	var tags []encoding.Tag
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" || value == "" {
			return nil, fmt.Errorf("%.40q is no tag: write KEY=VALUE", pair)
		}
		if slices.ContainsFunc(tags, func(t encoding.Tag) bool { return t.Key == key }) {
			return nil, fmt.Errorf("there are two tags %.40q", key)
		}
		tags = append(tags, encoding.Tag{Key: key, Value: value})
	}
	return tags, nil
}

// readValue keeps integers exact.
func readValue(s string) (encoding.Value, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return encoding.Int(n), nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return encoding.Value{}, fmt.Errorf("the value %.40q is no finite number", s)
	}
	return encoding.Float(v), nil
}

// readTime reads the one time that there may be.
func (r pointReader) readTime(words []string) (time.Time, error) {
	if len(words) == 0 {
		return r.now(), nil
	}
	t, err := parseTime(words[0], r.now())
	if err != nil {
		return t, fmt.Errorf("%.40q: %w", words[0], err)
	}
	return t, nil
}
