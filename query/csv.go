package query

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"
)

// A CSVOption changes what [Frame.WriteCSV] writes.
type CSVOption func(*csvConfig)

type csvConfig struct{ unix bool }

// WithUnixTimes writes times as seconds since the Unix epoch, with a fraction
// where there is one, instead of RFC 3339.
func WithUnixTimes() CSVOption { return func(c *csvConfig) { c.unix = true } }

// WriteCSV writes the frame as CSV: a header with "time" and the names of the
// columns, and the rows. Times are RFC 3339 in UTC, such as
// 2014-07-31T18:00:00Z, all with three decimals where any has a fraction. A
// missing cell is empty. The error is w's, or [ErrSparse] before anything is
// written.
func (f *Frame) WriteCSV(w io.Writer, opts ...CSVOption) error {
	if err := f.CheckCells(csvCells); err != nil {
		return fmt.Errorf("apptuit: csv: %w", err)
	}
	var cfg csvConfig
	for _, opt := range opts {
		opt(&cfg)
	}
	buffered := bufio.NewWriter(w)
	header := csv.NewWriter(buffered)
	if err := header.Write(append([]string{"time"}, f.Columns()...)); err != nil {
		return err
	}
	header.Flush()
	appendTime := f.timeFormat(cfg)
	var line []byte
	for _, row := range f.Rows() {
		line = row.appendCSV(appendTime(line[:0], f.times[row.index]))
		if _, err := buffered.Write(line); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

// timeFormat returns what writes all times in one form.
func (f *Frame) timeFormat(cfg csvConfig) func(dst []byte, ms int64) []byte {
	if cfg.unix {
		return appendUnix
	}
	layout := "2006-01-02T15:04:05Z"
	if slices.ContainsFunc(f.times, func(ms int64) bool { return ms%1000 != 0 }) {
		layout = "2006-01-02T15:04:05.000Z"
	}
	return func(dst []byte, ms int64) []byte { return time.UnixMilli(ms).UTC().AppendFormat(dst, layout) }
}

func appendUnix(dst []byte, ms int64) []byte {
	if ms%1000 == 0 {
		return strconv.AppendInt(dst, ms/1000, 10)
	}
	return strconv.AppendFloat(dst, float64(ms)/1000, 'f', -1, 64)
}

// appendCSV writes the cells: nothing in them needs a quote.
func (r Row) appendCSV(dst []byte) []byte {
	for i := range r.Len() {
		dst = append(dst, ',')
		if v, ok := r.At(i); ok {
			dst = appendValue(dst, v)
		}
	}
	return append(dst, '\n')
}

// appendValue writes as few digits as give the value back, with an exponent
// only where it would be a long row of zeros.
func appendValue(dst []byte, v float64) []byte {
	if size := math.Abs(v); size == 0 || size >= 1e-6 && size < 1e21 {
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}
