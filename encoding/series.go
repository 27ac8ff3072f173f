package encoding

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
)

// A Tag is one dimension of a series.
type Tag struct{ Key, Value string }

// A Series is the identity of a time series: a metric name and its tags. It is
// made once by [NewSeries], kept, and used for any number of points; it never
// changes, so goroutines may share it.
type Series struct {
	// head is the point's JSON up to its time:
	// {"metric":"m","tags":{"k":"v"},"timestamp":
	head []byte
	// marks are the ends of the head's segments: up to the brace that opens the
	// tags, then each tag. Where points are compressed they tell what to compare.
	// A head with too much of them has none.
	marks []mark
}

// A mark is where a segment of a head ends, and a hash of the segment.
type mark struct{ end, hash uint16 }

// begin returns where a segment begins.
func (s *Series) begin(i int) int {
	if i == 0 {
		return 0
	}
	return int(s.marks[i-1].end)
}

// NewSeries checks and renders an identity. The metric name and the keys are
// written as mode says; keys are sorted. A tag with an empty value is left out,
// as every store does or demands. Keys that become one under sanitising are
// joined: their values with ";" between, in the order of the original keys. A
// key given twice keeps its last value.
//
// The error is [ErrName] for a name or key that is empty or refused by the
// mode, and [ErrNoTags] where no tag is left.
func NewSeries(mode SanitizeMode, metric string, tags ...Tag) (*Series, error) {
	name, err := mode.Name(metric)
	if err != nil {
		return nil, fmt.Errorf("metric name: %w", err)
	}
	var room [32]Tag
	clean, err := appendCleanTags(room[:0], mode, tags)
	if err != nil {
		return nil, err
	}
	if len(clean) == 0 {
		return nil, fmt.Errorf("metric %s: %w", quote(name), ErrNoTags)
	}
	return renderSeries(name, clean), nil
}

func renderSeries(metric string, tags []Tag) *Series {
	var text [1 << 10]byte // most heads fit, and only their own length is kept
	var marks [32]mark     // the same
	head, ends := text[:0], marks[:0]
	mark := func(begin int) int {
		ends = append(ends, markOf(head, begin))
		return len(head)
	}
	head = append(head, `{"metric":`...)
	head = appendString(head, metric)
	head = append(head, `,"tags":{`...)
	begin := mark(0)
	for i, t := range tags {
		if i > 0 {
			head = append(head, ',')
		}
		head = appendString(head, t.Key)
		head = append(head, ':')
		head = appendString(head, t.Value)
		begin = mark(begin)
	}
	head = append(head, `},"timestamp":`...)
	s := &Series{head: bytes.Clone(head)}
	if len(head) <= maxHead && len(ends) <= maxSegments {
		s.marks = slices.Clone(ends)
	}
	return s
}

// markOf marks the segment of head from begin to its end so far. Of a head that
// is too long no marks are kept.
func markOf(head []byte, begin int) mark {
	const odd = 0x9e3779b97f4a7c15 // any odd number without a pattern
	text := head[begin:]
	h := uint64(len(text))
	for ; len(text) >= 8; text = text[8:] {
		h = (h ^ binary.LittleEndian.Uint64(text)) * odd
		h ^= h >> 32
	}
	for _, c := range text {
		h = (h ^ uint64(c)) * odd
	}
	return mark{end: uint16(len(head)), hash: uint16(h >> 48)}
}

// Metric returns the name as it is sent.
func (s *Series) Metric() string { return s.decode().Metric }

// Tags returns the tags as they are sent, sorted by key.
func (s *Series) Tags() []Tag {
	m := s.decode().Tags
	tags := make([]Tag, 0, len(m))
	for k, v := range m {
		tags = append(tags, Tag{k, v})
	}
	slices.SortFunc(tags, byKey)
	return tags
}

// Tag returns the value of one tag, and whether the series has it.
func (s *Series) Tag(key string) (string, bool) {
	v, ok := s.decode().Tags[key]
	return v, ok
}

// Equal reports whether both have the same name and tags.
func (s *Series) Equal(other *Series) bool {
	return s == other || s != nil && other != nil && string(s.head) == string(other.head)
}

// String returns the series for people: metric{key="value",...}.
func (s *Series) String() string {
	if s.isZero() {
		return "<no series>"
	}
	var b strings.Builder
	b.WriteString(s.Metric())
	for i, t := range s.Tags() {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(t.Key)
		b.WriteByte('=')
		b.Write(appendString(nil, t.Value))
	}
	b.WriteByte('}')
	return b.String()
}

// isZero reports whether the series was not made by [NewSeries].
func (s *Series) isZero() bool { return s.headLen() == 0 }

func (s *Series) headLen() int {
	if s == nil {
		return 0
	}
	return len(s.head)
}

type identity struct {
	Metric string
	Tags   map[string]string
}

// decode reads the identity back from its rendering: it is asked for in tests
// and errors only, and a second copy would double what a series weighs.
func (s *Series) decode() identity {
	var id identity
	if s.isZero() {
		return id
	}
	if err := json.Unmarshal(append(slices.Clip(s.head), `0}`...), &id); err != nil {
		panic("encoding: a series does not decode: " + err.Error()) // renderSeries writes valid JSON
	}
	return id
}

var hashSeed = maphash.MakeSeed()

// Hash returns a number that equal series share, for as long as the process
// runs.
func (s *Series) Hash() uint64 { return maphash.Bytes(hashSeed, s.head) }
