package encoding

import (
	"bytes"
	"cmp"
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
	clean, err := CleanTags(mode, tags)
	if err != nil {
		return nil, err
	}
	if len(clean) == 0 {
		return nil, fmt.Errorf("metric %s: %w", quote(name), ErrNoTags)
	}
	return renderSeries(name, clean), nil
}

// CleanTags returns the tags as one source of a series' tags gives them: keys
// sanitised, sorted and unique, empty values left out. See [NewSeries] for the
// rules; tags itself is not changed.
func CleanTags(mode SanitizeMode, tags []Tag) ([]Tag, error) {
	clean := make([]Tag, 0, len(tags))
	for _, t := range tags {
		if t.Value != "" {
			clean = append(clean, t)
		}
	}
	slices.SortStableFunc(clean, byKey)
	clean = lastOfEachKey(clean)
	for i := range clean {
		key, err := mode.Name(clean[i].Key)
		if err != nil {
			return nil, fmt.Errorf("tag key: %w", err)
		}
		clean[i].Key = key
	}
	slices.SortStableFunc(clean, byKey) // stable: values join in the order of the original keys
	return joinEqualKeys(clean), nil
}

func byKey(a, b Tag) int { return cmp.Compare(a.Key, b.Key) }

func lastOfEachKey(sorted []Tag) []Tag {
	kept := sorted[:0]
	for i, t := range sorted {
		if i+1 == len(sorted) || sorted[i+1].Key != t.Key {
			kept = append(kept, t)
		}
	}
	return kept
}

func joinEqualKeys(sorted []Tag) []Tag {
	kept := sorted[:0]
	for _, t := range sorted {
		if n := len(kept); n > 0 && kept[n-1].Key == t.Key {
			kept[n-1].Value += ";" + t.Value
			continue
		}
		kept = append(kept, t)
	}
	return kept
}

func renderSeries(metric string, tags []Tag) *Series {
	var buf [1 << 10]byte // most heads fit, and only their own length is kept
	head := append(buf[:0], `{"metric":`...)
	head = appendString(head, metric)
	head = append(head, `,"tags":{`...)
	for i, t := range tags {
		if i > 0 {
			head = append(head, ',')
		}
		head = appendString(head, t.Key)
		head = append(head, ':')
		head = appendString(head, t.Value)
	}
	head = append(head, `},"timestamp":`...)
	return &Series{head: bytes.Clone(head)}
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
func (s *Series) isZero() bool { return s == nil || len(s.head) == 0 }

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
