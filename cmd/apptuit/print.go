package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/query/arrow"
)

// The formats.
const (
	formatTable   = "table"
	formatCSV     = "csv"
	formatLong    = "long"
	formatJSON    = "json"
	formatChart   = "chart"
	formatParquet = "parquet"
	formatArrow   = "arrow"
)

var formatNames = []string{formatTable, formatCSV, formatLong, formatJSON, formatChart, formatParquet, formatArrow}

// checkFormat keeps bytes that are no text from a terminal.
func (a *app) checkFormat(cmd *cobra.Command, format string) error {
	if a.width > 0 && binary(format) {
		return usagef(cmd, "--format %s is no text for a terminal: write it to a file by >", format)
	}
	return nil
}

// binary tells whether a format is no text.
func binary(format string) bool { return format == formatParquet || format == formatArrow }

// A printer writes results.
type printer struct{ *app }

// print writes a result in one of the formats.
func (a printer) print(result *query.Result, format string, v view) error {
	w := bufio.NewWriter(a.out)
	if err := a.write(w, result, format, v); err != nil {
		return err
	}
	return w.Flush()
}

func (a printer) write(w io.Writer, result *query.Result, format string, v view) error {
	if result.Text != "" && format != formatJSON {
		_, err := fmt.Fprintln(w, printable(result.Text))
		return err
	}
	switch format {
	case formatCSV:
		return a.frame(result).WriteCSV(w, query.WithTimeZone(v.zone))
	case formatLong:
		return a.frame(result).WriteLongCSV(w, query.WithTimeZone(v.zone))
	case formatParquet:
		return arrow.WriteParquet(w, result.Frame(), arrow.Long())
	case formatArrow:
		return arrow.WriteIPC(w, result.Frame(), arrow.Long())
	case formatJSON:
		return writeJSON(a.jsonWriter(w), result)
	case formatChart:
		return a.canvas(v).write(w, result)
	}
	return tabulator{a.width, v}.write(w, result)
}

// frame returns one table of all outputs. On a terminal names are escaped.
func (a printer) frame(result *query.Result) *query.Frame {
	if a.width == 0 {
		return result.Frame()
	}
	safe := &query.Result{}
	for _, o := range result.Outputs {
		shown := query.Output{ID: printable(o.ID)}
		for _, s := range o.Series {
			shown.Series = append(shown.Series, printableSeries(s))
		}
		safe.Outputs = append(safe.Outputs, shown)
	}
	return safe.Frame()
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
func (a printer) jsonWriter(w io.Writer) io.Writer {
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
	times, points := map[int64]bool{}, 0
	for _, s := range series {
		points += len(s.Points)
		for _, p := range s.Points {
			times[p.UnixMilli] = true
		}
	}
	cells := len(times) * len(series)
	return cells > freeCells && cells/cellsPerPoint > points
}
