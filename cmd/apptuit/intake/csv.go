package intake

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
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
func (c Config) long(input *bufio.Reader) Reader {
	t := newTable(c, input)
	var at, metric, value int
	t.start = func(header []string) error {
		at, metric, value = slices.Index(header, "time"), slices.Index(header, "metric"), slices.Index(header, "value")
		if at < 0 || metric < 0 || value < 0 {
			return errors.New("it names no columns time, metric and value")
		}
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
		for i, key := range t.header {
			if i != at && i != metric && i != value && cells[i] != "" {
				tags = append(tags, encoding.Tag{Key: key, Value: cells[i]})
			}
		}
		return one(c.point(cells[metric], tags, when, v))
	}
	return t
}

func (c Config) cellTime(cell string) (time.Time, error) {
	at, err := c.ParseTime(cell)
	if err != nil {
		return at, fmt.Errorf("%.40q: %w", cell, err)
	}
	return at, nil
}
