package encoding

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	foreign "github.com/apptuitai/apptuit-go/internal/text"
)

// A Tag is one dimension of a series.
type Tag struct{ Key, Value string }

// A Series is the identity of a time series: a metric name and its tags. It is
// made once, kept, and used for any number of points; it never changes, so
// goroutines may share it.
//
// [NewSeries] makes one of all that it is made of. Who has many makes their
// parts once, a [Name], a [Schema] and its sets of tags, and of these series that
// share them: they take a tenth of the memory, and points of them the least
// time.
type Series struct {
	// These are the point's JSON up to its time, behind the separator from the
	// point before. The size is that of all of it; so are the sums, with room for
	// a stamp behind it.
	name Name
	tags *TagSet
	part *PartTag // nil for none
	sums sums
	size int
}

// NewSeries checks and renders an identity. The metric name and the keys are
// written as mode says; keys are sorted, and le, quantile or window, in which the
// parts of a metric differ, stands last. A tag with an empty value is left out,
// as every store does or demands. Keys that become one under sanitising are
// joined: their values with ";" between, in the order of the original keys. A
// key given twice keeps its last value.
//
// The error is [ErrName] for a name or key that is empty or refused by the
// mode, and [ErrNoTags] where no tag is left.
func NewSeries(mode SanitizeMode, metric string, tags ...Tag) (*Series, error) {
	name, err := mode.Name(metric)
	if err != nil {
		return nil, metricError(err)
	}
	var room [32]Tag
	clean, err := appendCleanTags(room[:0], mode, tags)
	if err != nil {
		return nil, err
	}
	clean, part := cutPart(clean)
	s, err := tagSetOf(clean).Series(renderName(name), part)
	if err != nil {
		return nil, err
	}
	return &s, nil
}

// cutPart takes the first tag away in which the parts of a metric differ; the
// part is nil where there is none.
func cutPart(tags []Tag) (rest []Tag, part *PartTag) {
	for i, t := range tags {
		if t.Key == "le" || t.Key == "quantile" || t.Key == "window" {
			return slices.Delete(tags, i, i+1), NewPartTag(t.Key, t.Value)
		}
	}
	return tags, nil
}

func metricError(err error) error { return fmt.Errorf("metric name: %w", err) }

func tagSetOf(clean []Tag) *TagSet {
	var room [32]string
	values := room[:0]
	for _, t := range clean {
		values = append(values, t.Value)
	}
	return schemaOf(clean).current().set(values)
}

// Series returns the series of a metric with these tags and, where it is not
// nil, that of a part, which stands behind the others and takes the place of one
// with its key. The error is [ErrName] for the zero Name, and [ErrNoTags] where
// there is no tag at all.
func (t *TagSet) Series(name Name, part *PartTag) (Series, error) {
	switch {
	case name.text == nil:
		return Series{}, metricError(ErrName)
	case part != nil && (t.size == 0 || t.layout.holds(part.tag.Key)):
		return t.override(name, part)
	case t.size == 0:
		return Series{}, fmt.Errorf("metric %s: %w", quote(decodeName(name)), ErrNoTags)
	}
	return join(name, t, part), nil
}

// override returns the series where the part's tag is the only one, and so has no
// comma before it, or where another one has its key.
func (t *TagSet) override(name Name, part *PartTag) (Series, error) {
	tags := slices.DeleteFunc(t.tags(), func(tag Tag) bool { return tag.Key == part.tag.Key })
	if len(tags) == 0 {
		tags, part = []Tag{part.tag}, nil
	}
	return join(name, tagSetOf(tags), part), nil
}

// tags returns the tags, sorted by key.
func (t *TagSet) tags() []Tag {
	return decodeHead(t.append([]byte(nameBegin[len(separator):] + `""` + nameEnd))).tags()
}

func join(name Name, tags *TagSet, part *PartTag) Series {
	s := Series{name: name, tags: tags, part: part, size: len(name.text.string) + tags.size}
	s.sums = name.text.sums.then(tags.sums, tags.size)
	if part != nil {
		n := len(part.text.string)
		s.size += n
		s.sums = s.sums.then(part.text.sums, n)
	}
	s.sums = s.sums.then(sums{}, stampSize)
	return s
}

// appendHead appends the point's JSON up to its time.
func (s *Series) appendHead(dst []byte) []byte {
	dst = append(dst, s.name.text.string[len(separator):]...)
	return s.appendPart(s.tags.append(dst))
}

func (s *Series) appendPart(dst []byte) []byte {
	if s.part == nil {
		return dst
	}
	return append(dst, s.part.text.string...)
}

// Metric returns the name as it is sent.
func (s *Series) Metric() string { return s.decode().Metric }

// Tags returns the tags as they are sent, sorted by key.
func (s *Series) Tags() []Tag { return s.decode().tags() }

// Tag returns the value of one tag, and whether the series has it.
func (s *Series) Tag(key string) (string, bool) {
	v, ok := s.decode().Tags[key]
	return v, ok
}

// Equal reports whether both have the same name and tags.
func (s *Series) Equal(other *Series) bool {
	if s == other || s.IsZero() || other.IsZero() {
		return s == other || s != nil && other != nil && s.size == other.size
	}
	if s.Hash() != other.Hash() {
		return false
	}
	a, b := s.decode(), other.decode()
	return a.Metric == b.Metric && maps.Equal(a.Tags, b.Tags)
}

// Hash returns a number that equal series share, for as long as the process
// runs.
func (s *Series) Hash() uint64 {
	if s.IsZero() {
		return 0
	}
	tags := s.tags.hash
	if s.part != nil {
		tags += s.part.hash
	}
	return tagHash(s.name.text.hash, tags)
}

// maxSeries bounds what is shown of a series before its last tag, in bytes.
const maxSeries = 2048

// String returns the series for people: metric{key="value",...}. What is long is
// cut off, each name and value behind 256 characters, and what cannot be printed
// is escaped.
func (s *Series) String() string {
	if s.IsZero() {
		return "<no series>"
	}
	var b strings.Builder
	id := s.decode()
	b.WriteString(foreign.Field(id.Metric))
	for i, t := range id.tags() {
		b.WriteByte("{,"[min(i, 1)])
		if b.Len() > maxSeries {
			b.WriteString("...")
			break
		}
		b.WriteString(foreign.Field(t.Key) + "=" + foreign.Quoted(t.Value, foreign.Max))
	}
	b.WriteByte('}')
	return b.String()
}

// IsZero reports whether s is nil or the zero Series, which is none.
func (s *Series) IsZero() bool { return s == nil || s.size == 0 }

type identity struct {
	Metric string
	Tags   map[string]string
}

func (id identity) tags() []Tag {
	tags := make([]Tag, 0, len(id.Tags))
	for k, v := range id.Tags {
		tags = append(tags, Tag{k, v})
	}
	slices.SortFunc(tags, byKey)
	return tags
}

// decode reads the identity back from its rendering: it is asked for in tests
// and errors only, and a second copy would double what a series weighs.
func (s *Series) decode() identity {
	if s.IsZero() {
		return identity{}
	}
	return decodeHead(s.appendHead(nil))
}

func decodeName(n Name) string { return decodeHead([]byte(n.text.string[len(separator):])).Metric }

func decodeHead(head []byte) (id identity) {
	if err := json.Unmarshal(append(head, "}}"...), &id); err != nil {
		panic("encoding: a series does not decode: " + err.Error()) // it was rendered as valid JSON
	}
	return id
}
