package intake

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A table is CSV whose first row names the columns.
type table struct {
	c      Config
	in     *csv.Reader
	header []string
	// start reads the header, and row a row of cells.
	start func(header []string) error
	row   func(cells []string) ([]encoding.Point, error)
}

func newTable(c Config, input *bufio.Reader) *table {
	t := &table{c: c, in: csv.NewReader(input)}
	t.in.ReuseRecord, t.in.FieldsPerRecord = true, -1
	return t
}

// Next reads a row.
func (t *table) Next() (Record, error) {
	if t.header == nil {
		header, err := t.in.Read()
		if err != nil {
			return Record{}, err
		}
		t.header = slices.Clone(header)
		if err := t.start(t.header); err != nil {
			return Record{}, fmt.Errorf("the first line: %w", err)
		}
	}
	cells, err := t.in.Read()
	if errors.Is(err, io.EOF) {
		return Record{}, err
	}
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return Record{Line: syntax.Line, Err: fmt.Errorf("column %d: %w", syntax.Column, syntax.Err), More: true}, nil
	}
	if err != nil {
		return Record{}, err
	}
	line, _ := t.in.FieldPos(0)
	r := Record{Line: line, More: true}
	if len(cells) != len(t.header) {
		r.Err = fmt.Errorf("it has %d cells, and the first line %d", len(cells), len(t.header))
		return r, nil
	}
	r.Points, r.Err = t.row(cells)
	return r, nil
}

// long reads a row for each point: time, metric, a column for each tag key, value.
// What is called output is not of the point.
func (c Config) long(input *bufio.Reader) Reader {
	t := newTable(c, input)
	var at, metric, value int
	var keys []string // empty: the column is no tag
	t.start = func(header []string) error {
		at, metric, value = slices.Index(header, "time"), slices.Index(header, "metric"), slices.Index(header, "value")
		if at < 0 || metric < 0 || value < 0 {
			return errors.New("it names no columns time, metric and value")
		}
		keys = tagKeys(header)
		return nil
	}
	t.row = func(cells []string) ([]encoding.Point, error) {
		when, err := c.cellTime(cells[at])
		if err != nil {
			return nil, err
		}
		v, err := parseValue(cells[value])
		if err != nil {
			return nil, err
		}
		var tags []encoding.Tag
		for i, key := range keys {
			if key != "" && cells[i] != "" {
				tags = append(tags, encoding.Tag{Key: key, Value: cells[i]})
			}
		}
		return one(c.point(cells[metric], tags, when, v))
	}
	return t
}

// longColumns are those of a long table that are no tags.
var longColumns = []string{"time", "output", "metric", "value"}

const tagPrefix = "tag_"

// tagKeys returns the keys that the columns of a long table stand for: it is the
// inverse of query.LongColumns.
func tagKeys(header []string) []string {
	keys := make([]string, len(header))
	for i, name := range header {
		if !slices.Contains(longColumns, name) {
			keys[i] = tagKey(name, header)
		}
	}
	return keys
}

// tagKey takes the prefix off where the key itself would have been the name of
// another column.
func tagKey(name string, header []string) string {
	key, prefixed := strings.CutPrefix(name, tagPrefix)
	if !prefixed {
		return name
	}
	bare := key
	for strings.HasPrefix(bare, tagPrefix) {
		bare = bare[len(tagPrefix):]
	}
	other := func(column string) bool { return column != bare && strings.EqualFold(column, bare) }
	fixed := func(column string) bool { return strings.EqualFold(column, bare) }
	if slices.ContainsFunc(longColumns, fixed) || slices.ContainsFunc(header, other) {
		return key
	}
	return name
}

func (c Config) cellTime(cell string) (time.Time, error) {
	at, err := c.ParseTime(cell)
	if err != nil {
		return at, fmt.Errorf("%.40q: %w", cell, err)
	}
	return at, nil
}
