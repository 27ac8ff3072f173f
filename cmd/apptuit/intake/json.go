package intake

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A jsonStream walks over JSON and counts its lines.
type jsonStream struct {
	dec  *json.Decoder
	read *lineCounter
}

func newJSONStream(r io.Reader) *jsonStream {
	counter := &lineCounter{r: r}
	dec := json.NewDecoder(counter)
	dec.UseNumber()
	return &jsonStream{dec, counter}
}

// line returns where the last value ended.
func (s *jsonStream) line() int { return s.read.line(s.dec.InputOffset()) }

// delimiter reads a bracket.
func (s *jsonStream) delimiter(want json.Delim) error {
	token, err := s.dec.Token()
	if err != nil {
		return s.unexpected(err)
	}
	if token != want {
		return fmt.Errorf("line %d: %s is expected", s.line(), want)
	}
	return nil
}

// end reads the brackets that close and returns io.EOF behind the last.
func (s *jsonStream) end() error {
	for {
		if _, err := s.dec.Token(); err != nil {
			return err
		}
	}
}

// unexpected tells of an end where there should be more; other errors, and none, stay.
func (s *jsonStream) unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// A lineCounter remembers where lines end.
type lineCounter struct {
	r    io.Reader
	at   int64
	ends []int64 // of lines beyond the one that was asked for last
	n    int     // lines that ended before
}

// Read reads on.
func (l *lineCounter) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for i, b := range p[:n] {
		if b == '\n' {
			l.ends = append(l.ends, l.at+int64(i))
		}
	}
	l.at += int64(n)
	return n, err
}

// line returns the line of an offset. Offsets only grow.
func (l *lineCounter) line(offset int64) int {
	for len(l.ends) > 0 && l.ends[0] < offset {
		l.ends = l.ends[1:]
		l.n++
	}
	return l.n + 1
}

// json reads what apptuit query writes as JSON, which is an answer of the query
// API: {"outputs": [{"result": [series, ...]}, ...]}.
func (c Config) json(input *bufio.Reader) Reader {
	return &answer{c: c, in: newJSONStream(input)}
}

// An answer gives a record for each series. It knows in which of the brackets
// around them it is.
type answer struct {
	c      Config
	in     *jsonStream
	inside []json.Delim
	found  [len(brackets)]bool // the key of each bracket
}

type jsonSeries struct {
	Metric string               `json:"metric"`
	Tags   map[string]string    `json:"tags"`
	Points [][2]json.RawMessage `json:"dps"`
}

// The brackets around series: the answer, its outputs, one of them, its result.
var brackets = [...]struct {
	open json.Delim
	key  string // under which the next bracket stands
}{{'{', "outputs"}, {'[', ""}, {'{', "result"}, {'[', ""}}

// Next walks to the next series.
func (a *answer) Next() (Record, error) {
	for len(a.inside) < len(brackets) || !a.in.dec.More() {
		if err := a.step(); err != nil {
			return Record{}, err
		}
	}
	var s jsonSeries
	err := a.in.dec.Decode(&s)
	r := Record{Line: a.in.line(), More: true}
	var mismatch *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &mismatch) {
		return Record{}, a.in.unexpected(err)
	}
	if err != nil || s.Points == nil {
		r.Err = errors.New("it is no series: a series has metric, tags and dps, [[SECONDS, VALUE], ...]")
		return r, nil
	}
	r.Points, r.Err = a.c.series(s)
	return r, nil
}

// step enters a bracket, leaves one, or skips what holds no series.
func (a *answer) step() error {
	depth := len(a.inside)
	if depth == 0 {
		if !a.in.dec.More() {
			return a.in.end()
		}
		return a.enter()
	}
	if !a.in.dec.More() {
		return a.leave()
	}
	if brackets[depth-1].open == '[' {
		return a.enter()
	}
	key, err := a.in.dec.Token()
	if err != nil {
		return a.in.unexpected(err)
	}
	if key == brackets[depth-1].key {
		a.found[depth-1] = true
		return a.enter()
	}
	var other json.RawMessage
	return a.in.unexpected(a.in.dec.Decode(&other))
}

// enter reads the bracket that opens. A list may be null: it is empty.
func (a *answer) enter() error {
	depth := len(a.inside)
	want := brackets[depth].open
	token, err := a.in.dec.Token()
	switch {
	case err != nil:
		return a.in.unexpected(err)
	case token == nil && want == '[':
		return nil
	case token != want:
		return a.misshapen()
	}
	a.found[depth] = false
	a.inside = append(a.inside, want)
	return nil
}

// leave reads the bracket that closes.
func (a *answer) leave() error {
	if _, err := a.in.dec.Token(); err != nil {
		return a.in.unexpected(err)
	}
	last := len(a.inside) - 1
	a.inside = a.inside[:last]
	if brackets[last].key != "" && !a.found[last] {
		return a.misshapen()
	}
	return nil
}

// misshapen tells of JSON of another form.
func (a *answer) misshapen() error {
	return fmt.Errorf(`line %d: it is not what query --format json writes, {"outputs": [{"result": [SERIES, ...]}]}; `+
		`points of /api/put are read by --from opentsdb`, a.in.line())
}

// series makes the points that are right; the error tells of the others.
func (c Config) series(s jsonSeries) ([]encoding.Point, error) {
	var all gathered
	tags := SortedTags(s.Tags)
	for _, pair := range s.Points {
		all.take(c.pair(s.Metric, tags, string(pair[0]), string(pair[1])))
	}
	return all.points, all.err()
}

func (c Config) pair(metric string, tags []encoding.Tag, at, value string) (p encoding.Point, err error) {
	when, err := parseSeconds(at)
	if err != nil {
		return p, err
	}
	v, err := parseValue(strings.Trim(value, `"`))
	if err != nil {
		return p, err
	}
	return c.point(metric, tags, when, v)
}

// parseSeconds reads seconds with a fraction.
func parseSeconds(s string) (time.Time, error) {
	var seconds json.Number
	if err := json.Unmarshal([]byte(s), &seconds); err != nil {
		return time.Time{}, fmt.Errorf("the time %.40q is no number", s)
	}
	v, err := seconds.Float64()
	if err != nil || v < 0 || v > math.MaxUint32 {
		return time.Time{}, fmt.Errorf("the time %.40q is not seconds since 1970", s)
	}
	return time.UnixMilli(int64(math.Round(v * 1000))), nil
}
