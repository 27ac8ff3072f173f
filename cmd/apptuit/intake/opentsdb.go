package intake

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// openTSDB reads the lines of OpenTSDB's import, with or without the word put in
// front, or the JSON of its /api/put: objects, in arrays or alone.
func (c Config) openTSDB(input *bufio.Reader) Reader {
	if first := firstByte(input); first == '{' || first == '[' {
		return &puts{c: c, in: newJSONStream(input), inArray: first == '['}
	}
	return &lines{input: input, parse: c.putLine}
}

// firstByte returns the first that is no space, without reading it.
func firstByte(input *bufio.Reader) byte {
	for n := 1; n <= maxLine; n++ {
		head, err := input.Peek(n)
		if err != nil {
			return 0
		}
		if last := head[n-1]; !strings.ContainsRune(" \t\r\n", rune(last)) {
			return last
		}
	}
	return 0
}

func (c Config) putLine(line string) ([]encoding.Point, error) {
	words := strings.Fields(line)
	if words[0] == "put" {
		words = words[1:]
	}
	if len(words) < 3 {
		return nil, errors.New("it is not METRIC TIMESTAMP VALUE KEY=VALUE")
	}
	at, err := parseTimestamp(words[1])
	if err != nil {
		return nil, err
	}
	value, err := parseValue(words[2])
	if err != nil {
		return nil, err
	}
	tags, err := ParseTags(words[3:])
	if err != nil {
		return nil, err
	}
	return one(c.point(words[0], tags, at, value))
}

func parseTimestamp(s string) (time.Time, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return time.Time{}, fmt.Errorf("the timestamp %.40q is not seconds or milliseconds since 1970", s)
	}
	return fromUnix(n), nil
}

// A putPoint is a point of /api/put. Its value may be a string.
type putPoint struct {
	Metric    string            `json:"metric"`
	Timestamp json.Number       `json:"timestamp"`
	Value     json.RawMessage   `json:"value"`
	Tags      map[string]string `json:"tags"`
}

// puts reads points of /api/put: the elements of an array, or one object after
// the other.
type puts struct {
	c       Config
	in      *jsonStream
	opened  bool // the array is entered
	inArray bool
}

// Next returns the next object.
func (p *puts) Next() (Record, error) {
	if err := p.walk(); err != nil {
		return Record{}, err
	}
	var point putPoint
	err := p.in.dec.Decode(&point)
	r := Record{Line: p.in.line(), More: true}
	if err != nil {
		var mismatch *json.UnmarshalTypeError
		if !errors.As(err, &mismatch) {
			return Record{}, err
		}
		r.Err = errors.New("it is no point: a point has metric, timestamp, value and tags")
		return r, nil
	}
	r.Points, r.Err = p.c.putPoint(point)
	return r, nil
}

// walk goes to the next object, into the next array where that is needed. It
// returns io.EOF behind the last.
func (p *puts) walk() error {
	for !p.opened || !p.in.dec.More() {
		if !p.in.dec.More() && !p.opened {
			return p.in.end()
		}
		if !p.inArray {
			return nil
		}
		if err := p.bracket(); err != nil {
			return err
		}
	}
	return nil
}

// bracket reads the one that opens or closes an array.
func (p *puts) bracket() error {
	want := json.Delim('[')
	if p.opened {
		want = ']'
	}
	if err := p.in.delimiter(want); err != nil {
		return err
	}
	p.opened = !p.opened
	return nil
}

func (c Config) putPoint(p putPoint) ([]encoding.Point, error) {
	at, err := parseTimestamp(p.Timestamp.String())
	if err != nil {
		return nil, err
	}
	value, err := parseValue(strings.Trim(string(p.Value), `"`))
	if err != nil {
		return nil, err
	}
	return one(c.point(p.Metric, SortedTags(p.Tags), at, value))
}
