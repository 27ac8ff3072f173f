package query

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A CSVOption changes what [Frame.WriteCSV], [Frame.WriteLongCSV] and [WriteLongCSV]
// write.
type CSVOption func(*csvConfig)

type csvConfig struct {
	unix   bool
	zone   *time.Location
	layout string // empty: RFC 3339
	day    int64  // the last that was written in UTC, counted from the epoch
	date   []byte // it as text, with a T behind it
}

func newCSVConfig(opts []CSVOption) csvConfig {
	cfg := csvConfig{zone: time.UTC}
	for _, opt := range opts {
		opt(&cfg)
	}
	return cfg
}

// WithUnixTimes writes times as seconds since the Unix epoch, with a fraction
// where there is one, instead of RFC 3339.
func WithUnixTimes() CSVOption { return func(c *csvConfig) { c.unix = true } }

// WithTimeZone writes times as they are in a zone; default UTC.
func WithTimeZone(zone *time.Location) CSVOption {
	return func(c *csvConfig) {
		if zone != nil {
			c.zone = zone
		}
	}
}

// WithTimeLayout writes times in a layout of package time, such as [time.DateTime],
// instead of RFC 3339.
func WithTimeLayout(layout string) CSVOption { return func(c *csvConfig) { c.layout = layout } }

// WriteCSV writes the frame as CSV: a header with "time" and the names of the
// columns, and the rows. Times are RFC 3339 in UTC, such as
// 2014-07-31T18:00:00Z, all with three decimals where any has a fraction, unless
// options say otherwise. A missing cell is empty. The values that no number stands for
// are NaN, Infinity and -Infinity, as most readers have them. The error is w's, or
// [ErrSparse] before anything is written.
func (f *Frame) WriteCSV(w io.Writer, opts ...CSVOption) error {
	if err := f.CheckCells(csvCells); err != nil {
		return fmt.Errorf("apptuit: csv: %w", err)
	}
	cfg := newCSVConfig(opts)
	fraction := slices.ContainsFunc(f.times, hasFraction)
	buffered := bufio.NewWriter(w)
	line := []byte("time")
	for _, c := range f.columns {
		line = appendCell(append(line, ','), string(f.appendName(nil, c)))
	}
	if _, err := buffered.Write(append(line, '\n')); err != nil {
		return err
	}
	for _, row := range f.Rows() {
		line = row.appendCSV(cfg.appendTime(line[:0], f.times[row.index], fraction))
		if _, err := buffered.Write(line); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

func hasFraction(ms int64) bool { return ms%1000 != 0 }

// appendTime writes a time. Those with a fraction, and all beside them, have three
// decimals.
func (c *csvConfig) appendTime(dst []byte, ms int64, fraction bool) []byte {
	t := time.UnixMilli(ms).In(c.zone)
	switch {
	case c.unix:
		return appendUnix(dst, ms)
	case c.layout == "" && c.zone == time.UTC:
		return c.appendUTC(dst, ms, fraction)
	case c.layout != "":
		begin := len(dst)
		dst = t.AppendFormat(dst, c.layout)
		if needsQuotes(string(dst[begin:])) {
			return appendQuoted(dst[:begin], string(dst[begin:]))
		}
		return dst
	case fraction:
		return t.AppendFormat(dst, "2006-01-02T15:04:05.000Z07:00")
	}
	return t.AppendFormat(dst, time.RFC3339)
}

// appendUTC writes a time as RFC 3339, and works out a date once for all times of it.
func (c *csvConfig) appendUTC(dst []byte, ms int64, fraction bool) []byte {
	const daily = 24 * 60 * 60 * 1000
	day := floorDiv(ms, daily)
	if c.date == nil || day != c.day {
		c.day, c.date = day, time.UnixMilli(ms).UTC().AppendFormat(c.date[:0], "2006-01-02T")
	}
	rest := int(ms - day*daily)
	dst = append(dst, c.date...)
	dst = append(appendTwo(dst, rest/3_600_000), ':')
	dst = append(appendTwo(dst, rest/60_000%60), ':')
	dst = appendTwo(dst, rest/1000%60)
	if fraction {
		dst = append(dst, '.', '0'+byte(rest/100%10))
		dst = appendTwo(dst, rest%100)
	}
	return append(dst, 'Z')
}

// appendTwo writes a number of two digits.
func appendTwo(dst []byte, n int) []byte { return append(dst, '0'+byte(n/10), '0'+byte(n%10)) }

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
	switch size := math.Abs(v); {
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	case size == 0 || size >= 1e-6 && size < 1e21:
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

// appendCell writes a text, in quotes where it needs them. An empty one has them too:
// without, it would be a cell that is missing.
func appendCell(dst []byte, s string) []byte {
	if needsQuotes(s) {
		return appendQuoted(dst, s)
	}
	return append(dst, s...)
}

func needsQuotes(s string) bool {
	return s == "" || strings.ContainsAny(s, "\",\r\n") || s[0] == ' ' || s[len(s)-1] == ' '
}

func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = append(dst, strings.ReplaceAll(s, `"`, `""`)...)
	return append(dst, '"')
}
