package encoding

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Notation is a way to carry tags inside a metric name, for libraries whose
// metrics have nothing but a name.
type Notation uint8

const (
	// NotationJSON is the Python client's: the name and a JSON object.
	//
	//	node.cpu{"type": "idle", "zone": "a b"}
	NotationJSON Notation = iota
	// NotationBrackets is the Java clients'. A value that could be misread is
	// quoted, and a quote inside it doubled.
	//
	//	node.cpu[type:idle,zone:"a b"]
	NotationBrackets
)

// EncodeMetric returns a metric name that carries its tags, sorted by key;
// without tags it is the name alone. Nothing is sanitised: that is for
// [NewSeries], after [DecodeMetric].
//
// What DecodeMetric would not give back is an error that is [ErrName]: a name
// that is empty, has one of "{}[]" in it, or white space at an end; a key that
// is empty or given twice; text that is not UTF-8. In brackets it is also a key
// with a space, a control character, or one of `",:]`.
func EncodeMetric(n Notation, metric string, tags ...Tag) (string, error) {
	tags = slices.Clone(tags)
	slices.SortFunc(tags, byKey)
	if err := checkEncoded(metric, tags); err != nil {
		return "", err
	}
	switch {
	case n != NotationJSON && n != NotationBrackets:
		return "", fmt.Errorf("%d is not a notation of metric names", n)
	case len(tags) == 0:
		return metric, nil
	case n == NotationBrackets:
		return encodeBrackets(metric, tags)
	}
	return encodeJSON(metric, tags), nil
}

func encodeJSON(metric string, tags []Tag) string {
	dst, before := []byte(metric), "{"
	for _, t := range tags {
		dst = appendString(append(dst, before...), t.Key)
		dst = appendString(append(dst, ": "...), t.Value)
		before = ", "
	}
	return string(append(dst, '}'))
}

func encodeBrackets(metric string, tags []Tag) (string, error) {
	dst, before := []byte(metric), byte('[')
	for _, t := range tags {
		if i := strings.IndexFunc(t.Key, notBare); i >= 0 {
			return "", nameError(metric, fmt.Errorf("brackets cannot hold the key %s, for its byte %d", quote(t.Key), i))
		}
		dst = append(append(dst, before), t.Key...)
		dst = appendBracketValue(append(dst, ':'), t.Value)
		before = ','
	}
	return string(append(dst, ']')), nil
}

func appendBracketValue(dst []byte, value string) []byte {
	if value != "" && strings.IndexFunc(value, notBare) < 0 {
		return append(dst, value...)
	}
	dst = append(dst, '"')
	dst = append(dst, strings.ReplaceAll(value, `"`, `""`)...)
	return append(dst, '"')
}

// notBare reports whether r ends a key or a value that is not quoted.
func notBare(r rune) bool {
	return r <= ' ' || r == 0x7f || strings.ContainsRune(`",:]`, r)
}

// checkEncoded checks what a name of either notation holds; tags are sorted.
func checkEncoded(metric string, tags []Tag) error {
	if err := checkMetric(metric); err != nil {
		return nameError(metric, err)
	}
	for i, t := range tags {
		switch {
		case t.Key == "":
			return nameError(metric, errors.New("a tag has no key"))
		case i > 0 && t.Key == tags[i-1].Key:
			return nameError(metric, fmt.Errorf("the key %s is there twice", quote(t.Key)))
		case !utf8.ValidString(t.Key) || !utf8.ValidString(t.Value):
			return nameError(metric, fmt.Errorf("the tag %s is not UTF-8", quote(t.Key)))
		}
	}
	return nil
}

func checkMetric(metric string) error {
	if metric == "" {
		return errors.New("the name is empty")
	}
	if i := strings.IndexAny(metric, "{}[]"); i >= 0 {
		return fmt.Errorf("the name has a %q at byte %d", metric[i], i)
	}
	if metric != strings.TrimSpace(metric) {
		return errors.New("the name has white space at an end")
	}
	if !utf8.ValidString(metric) {
		return errors.New("the name is not UTF-8")
	}
	return nil
}

func nameError(text string, cause error) error {
	return fmt.Errorf("%w: %s: %w", ErrName, quote(text), cause)
}

// DecodeMetric returns the name and the tags, sorted by key, of what
// [EncodeMetric] or an older client wrote; the first "{" or "[" tells the
// notation. A name without tags is returned as it is. White space is allowed
// before the brace and after the tags.
//
// The error is [ErrName], and shows the beginning of s and the byte where
// reading ended. Among its causes are JSON values other than strings, and all
// that EncodeMetric refuses.
func DecodeMetric(s string) (metric string, tags []Tag, err error) {
	if !utf8.ValidString(s) {
		return "", nil, nameError(s, errors.New("not UTF-8"))
	}
	r := &nameReader{text: s}
	metric = s
	if i := strings.IndexAny(s, "{["); i >= 0 {
		metric, r.pos = strings.TrimRightFunc(s[:i], unicode.IsSpace), i
		if err := r.readTags(); err != nil {
			return "", nil, err
		}
	}
	slices.SortFunc(r.tags, byKey)
	if err := checkEncoded(metric, r.tags); err != nil {
		return "", nil, err
	}
	return metric, r.tags, nil
}

// A nameReader reads the tags of an encoded name.
type nameReader struct {
	text string
	pos  int // of the next byte in text
	tags []Tag
}

func (r *nameReader) rest() string { return r.text[r.pos:] }

func (r *nameReader) fail(cause error) error {
	return nameError(r.text, fmt.Errorf("at byte %d: %w", r.pos, cause))
}

func (r *nameReader) readTags() error {
	read := r.readBrackets
	if r.text[r.pos] == '{' {
		read = r.readJSON
	}
	if err := read(); err != nil {
		return err
	}
	if strings.TrimSpace(r.rest()) != "" {
		return r.fail(errors.New("text after the tags"))
	}
	return nil
}

func (r *nameReader) readJSON() error {
	start, dec := r.pos, json.NewDecoder(strings.NewReader(r.rest()))
	dec.UseNumber() // a number is refused as what it is, not for its size

	_, err := r.readToken(start, dec) // the opening brace
	for err == nil && dec.More() {
		var t Tag
		if t.Key, err = r.readString(start, dec); err == nil {
			t.Value, err = r.readString(start, dec)
		}
		r.tags = append(r.tags, t)
	}
	if err != nil {
		return err
	}
	_, err = r.readToken(start, dec) // the closing brace
	return err
}

func (r *nameReader) readString(start int, dec *json.Decoder) (string, error) {
	before := r.pos
	token, err := r.readToken(start, dec)
	if err != nil {
		return "", err
	}
	s, ok := token.(string)
	if !ok {
		r.pos = before
		return "", r.fail(errors.New("what follows is not a string"))
	}
	return s, nil
}

// readToken moves pos behind the next token of JSON that starts at start.
func (r *nameReader) readToken(start int, dec *json.Decoder) (json.Token, error) {
	token, err := dec.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, r.fail(err)
	}
	r.pos = start + int(dec.InputOffset())
	return token, nil
}

func (r *nameReader) readBrackets() error {
	r.pos++ // the opening bracket
	if r.take(']') {
		return nil
	}
	for {
		t := Tag{Key: r.readBare()}
		if !r.take(':') {
			return r.fail(errors.New(`a ":" is missing after a key`))
		}
		var err error
		if t.Value, err = r.readBracketValue(); err != nil {
			return err
		}
		r.tags = append(r.tags, t)
		if r.take(']') {
			return nil
		}
		if !r.take(',') {
			return r.fail(errors.New(`a "," or "]" is missing after a value`))
		}
	}
}

func (r *nameReader) readBracketValue() (string, error) {
	if !r.take('"') {
		return r.readBare(), nil
	}
	var b strings.Builder
	for {
		text, _, found := strings.Cut(r.rest(), `"`)
		if !found {
			return "", r.fail(errors.New("a quote is not closed"))
		}
		b.WriteString(text)
		r.pos += len(text) + 1
		if !r.take('"') { // not doubled
			return b.String(), nil
		}
		b.WriteByte('"')
	}
}

func (r *nameReader) readBare() string {
	rest := r.rest()
	if i := strings.IndexFunc(rest, notBare); i >= 0 {
		rest = rest[:i]
	}
	r.pos += len(rest)
	return rest
}

// take moves over c where it is next.
func (r *nameReader) take(c byte) bool {
	if r.pos == len(r.text) || r.text[r.pos] != c {
		return false
	}
	r.pos++
	return true
}
