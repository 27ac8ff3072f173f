package intake

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

var errLongLine = errors.New("it is longer than 64 KiB")

// lines are records of one line each.
type lines struct {
	input *bufio.Reader
	parse func(line string) ([]encoding.Point, error)
	line  int
}

// Next skips empty lines and those that begin with #.
func (l *lines) Next() (Record, error) {
	for {
		text, err := readLine(l.input)
		if err != nil && !errors.Is(err, errLongLine) {
			return Record{}, err
		}
		l.line++
		text = strings.TrimSpace(text)
		if err == nil && (text == "" || text[0] == '#') {
			continue
		}
		r := Record{Line: l.line, Err: err}
		if err == nil {
			r.Points, r.Err = l.parse(text)
		}
		r.More = atHand(l.input)
		return r, nil
	}
}

// atHand reports whether a whole line can be had without waiting for it.
func atHand(r *bufio.Reader) bool {
	held, _ := r.Peek(r.Buffered()) // cannot fail
	return bytes.IndexByte(held, '\n') >= 0
}

// readLine returns a line. A last one without an end counts; one that is too
// long is skipped.
func readLine(r *bufio.Reader) (string, error) {
	text, err := r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", skipLine(r)
	case errors.Is(err, io.EOF) && len(text) > 0:
		return string(text), nil
	}
	return string(text), err
}

func skipLine(r *bufio.Reader) error {
	for {
		_, err := r.ReadSlice('\n')
		if err == nil || errors.Is(err, io.EOF) {
			return errLongLine
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// words reads metric [time] value key=value ...
func (c Config) words(line string) ([]encoding.Point, error) { return c.Words(strings.Fields(line)) }

// Words reads the words of one line of the form Lines.
func (c Config) Words(words []string) ([]encoding.Point, error) {
	numbers, pairs := split(words)
	if len(numbers) < 1 || len(numbers) > 2 {
		return nil, errors.New("it is not METRIC [TIME] VALUE KEY=VALUE")
	}
	tags, err := ParseTags(pairs)
	if err != nil {
		return nil, err
	}
	value, err := parseValue(numbers[len(numbers)-1])
	if err != nil {
		return nil, err
	}
	var at time.Time
	if len(numbers) == 2 {
		if at, err = c.ParseTime(numbers[0]); err != nil {
			return nil, fmt.Errorf("%.40q: %w", numbers[0], err)
		}
	}
	return one(c.point(words[0], tags, at, value))
}

func one(p encoding.Point, err error) ([]encoding.Point, error) {
	if err != nil {
		return nil, err
	}
	return []encoding.Point{p}, nil
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

// ParseTags reads key=value, each key once.
func ParseTags(pairs []string) ([]encoding.Tag, error) {
	var tags []encoding.Tag
	for _, pair := range pairs {
		tag, err := parseTag(pair)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(tags, func(t encoding.Tag) bool { return t.Key == tag.Key }) {
			return nil, fmt.Errorf("there are two tags %.40q", tag.Key)
		}
		tags = append(tags, tag)
	}
	return tags, nil
}

// parseTag reads key=value.
func parseTag(pair string) (encoding.Tag, error) {
	key, value, ok := strings.Cut(pair, "=")
	if !ok || key == "" || value == "" {
		return encoding.Tag{}, fmt.Errorf("%.40q is no tag: write KEY=VALUE", pair)
	}
	return encoding.Tag{Key: key, Value: value}, nil
}
