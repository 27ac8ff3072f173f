package intake

import (
	"bufio"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A column is a series of a wide table.
type column struct {
	metric string
	tags   []encoding.Tag
}

// csv reads a row for each time and a column for each series, called
// metric{key:value, ...}, or output=metric{...} where a table has several outputs.
func (c Config) csv(input *bufio.Reader) Reader {
	t := newTable(c, input)
	var columns []column
	t.start = func(header []string) error {
		if header[0] != "time" {
			return errors.New("the first column is not called time")
		}
		for _, name := range header[1:] {
			col, err := parseColumn(name)
			if err != nil {
				return fmt.Errorf("column %.60q: %w", name, err)
			}
			columns = append(columns, col)
		}
		return nil
	}
	t.row = func(cells []string) ([]encoding.Point, error) {
		if len(columns) == 0 {
			return nil, errors.New("the first line names no series: a column is metric{key:value, ...}")
		}
		at, err := c.cellTime(cells[0])
		if err != nil {
			return nil, err
		}
		var all gathered
		for i, col := range columns {
			if cell := cells[i+1]; cell != "" {
				all.take(c.cell(col, at, cell))
			}
		}
		return all.points, all.err()
	}
	return t
}

func (c Config) cell(col column, at time.Time, cell string) (p encoding.Point, err error) {
	value, err := parseValue(cell)
	if err != nil {
		return p, err
	}
	return c.point(col.metric, col.tags, at, value)
}

var errColumn = errors.New("it is not metric{key:value, ...}")

// parseColumn reads query.Series.Name, with an output in front or a number behind.
func parseColumn(name string) (c column, err error) {
	first, rest, err := field(name, "={")
	if err != nil {
		return c, err
	}
	c.metric = first
	if output, ok := strings.CutPrefix(rest, "="); ok {
		if c.metric, rest, err = field(output, "{"); err != nil {
			return c, err
		}
	}
	rest, ok := strings.CutPrefix(rest, "{")
	if !ok {
		return c, errColumn
	}
	for rest != "" && rest[0] != '}' {
		var tag encoding.Tag
		if tag.Key, rest, err = field(rest, ":"); err != nil || rest == "" {
			return c, errColumn
		}
		if tag.Value, rest, err = field(rest[1:], ",}"); err != nil {
			return c, errColumn
		}
		rest = strings.TrimPrefix(rest, ", ")
		if tag.Value != "" {
			c.tags = append(c.tags, tag)
		}
	}
	behind, ok := strings.CutPrefix(rest, "}")
	number, numbered := strings.CutPrefix(behind, "#")
	if _, err := strconv.Atoi(number); !ok || behind != "" && (!numbered || err != nil) {
		return c, errColumn
	}
	return c, nil
}

// field reads a text up to one of the signs, which stays, or a quoted one.
func field(s, signs string) (text, rest string, err error) {
	if quoted, err := strconv.QuotedPrefix(s); err == nil {
		text, err = strconv.Unquote(quoted)
		return text, s[len(quoted):], err
	}
	end := strings.IndexAny(s, signs)
	if end < 0 {
		return "", "", errColumn
	}
	return s[:end], s[end:], nil
}
