package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/apptuitai/apptuit-go/query"
)

// The formats.
const (
	formatTable = "table"
	formatCSV   = "csv"
	formatJSON  = "json"
	formatChart = "chart"
)

var formatNames = []string{formatTable, formatCSV, formatJSON, formatChart}

// print writes a result in one of the formats.
func (a *app) print(result *query.Result, format string, v view) error {
	w := bufio.NewWriter(a.out)
	var err error
	switch format {
	case formatCSV:
		err = writeCSV(w, result, a.width > 0)
	case formatJSON:
		err = writeJSON(a.jsonWriter(w), result)
	case formatChart:
		err = a.canvas(v).write(w, result)
	default:
		err = tabulator{a.width, v}.write(w, result)
	}
	if err != nil {
		return err
	}
	return w.Flush()
}

// writeCSV writes one table. A column of several outputs says whose it is. On
// a terminal names are escaped.
func writeCSV(w io.Writer, result *query.Result, terminal bool) error {
	var all query.Output
	for id, series := range result.All() {
		if len(result.Outputs) > 1 {
			series.Metric = id + "=" + series.Metric
		}
		if terminal {
			series = printableSeries(series)
		}
		all.Series = append(all.Series, series)
	}
	if err := checkCells(all.Series); err != nil {
		return err
	}
	return all.Frame().WriteCSV(w)
}

func printableSeries(s query.Series) query.Series {
	tags := make(map[string]string, len(s.Tags))
	for key, value := range s.Tags {
		tags[printable(key)] = printable(value)
	}
	s.Metric, s.Tags = printable(s.Metric), tags
	return s
}

// jsonWriter returns what JSON is written to: on a terminal, escapes in place
// of what could steer it.
func (a *app) jsonWriter(w io.Writer) io.Writer {
	if a.width > 0 {
		return escaper{w}
	}
	return w
}

// An escaper writes JSON. It is given whole texts, each in one piece.
type escaper struct{ w io.Writer }

// Write writes characters that could steer a terminal as JSON's escapes. Such
// characters stand in strings only, but for the line feed at the end.
func (e escaper) Write(p []byte) (int, error) {
	if bytes.IndexFunc(bytes.TrimSuffix(p, []byte("\n")), steers) < 0 {
		return e.w.Write(p)
	}
	var room []byte
	for _, r := range string(p) {
		if r == '\n' || !steers(r) {
			room = utf8.AppendRune(room, r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			room = fmt.Appendf(room, "\\u%04x", unit)
		}
	}
	_, err := e.w.Write(room)
	return len(p), err
}

const (
	// freeCells is how many cells a table may always have, and cellsPerPoint how
	// many for each of its points.
	freeCells     = 100_000
	cellsPerPoint = 50
)

// sparse reports whether a table would have much more cells than points.
func sparse(series []query.Series) bool {
	cells, points := tableSize(series)
	return cells > freeCells && cells/cellsPerPoint > points
}

func tableSize(series []query.Series) (cells, points int) {
	times := map[int64]bool{}
	for _, s := range series {
		points += len(s.Points)
		for _, p := range s.Points {
			times[p.UnixMilli] = true
		}
	}
	return len(times) * len(series), points
}

func checkCells(series []query.Series) error {
	if !sparse(series) {
		return nil
	}
	cells, points := tableSize(series)
	return fmt.Errorf("the series have times of their own: a table has %d points in %d cells: ask for fewer series or less time, downsample, or use --format long or json", points, cells)
}
