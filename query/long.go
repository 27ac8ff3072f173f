package query

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/apptuitai/apptuit-go/internal/text"
)

// The columns of a long table that every row has.
const (
	timeColumn   = "time"
	outputColumn = "output"
	metricColumn = "metric"
	valueColumn  = "value"
)

// tagPrefix stands in front of the name of a tag's column that would be another's.
const tagPrefix = "tag_"

// LongColumns returns the names of the columns that a long table has for tags of these
// keys: the key itself, but for those that another column has in any case, such as time
// and Value, which get "tag_" in front. So does tag_time, which could not be told from
// the column of a tag time.
func LongColumns(keys []string) []string {
	wanted, names := make([]string, len(keys)), make([]string, 0, len(keys))
	for i, key := range keys {
		wanted[i] = beside(key)
	}
	for i, name := range wanted {
		for named(name, names) || name != wanted[i] && named(name, wanted[i+1:]) {
			name = tagPrefix + name
		}
		names = append(names, name)
	}
	return names
}

// beside returns a name for the column of a tag that none of the columns has which
// every row has.
func beside(key string) string {
	bare := key
	for strings.HasPrefix(bare, tagPrefix) {
		bare = bare[len(tagPrefix):]
	}
	if named(bare, []string{timeColumn, outputColumn, metricColumn, valueColumn}) {
		return tagPrefix + key
	}
	return key
}

// named tells whether a name is one of others, as most databases have it: without
// regard to case.
func named(name string, others []string) bool {
	return slices.ContainsFunc(others, func(other string) bool { return strings.EqualFold(name, other) })
}

// TagKeys returns the keys of the tags of all series, sorted.
func (f *Frame) TagKeys() []string {
	keys := map[string]bool{}
	for _, c := range f.columns {
		for key := range c.series.Tags {
			keys[key] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// Series returns the series of the frame with the id of the output that each is of, and
// with their points in order of time, one for each time.
func (f *Frame) Series() iter.Seq2[string, Series] {
	return func(yield func(string, Series) bool) {
		for _, c := range f.columns {
			s := *c.series
			s.Points = c.points
			if !yield(c.output, s) {
				return
			}
		}
	}
}

// Outputs returns how many outputs of a result the frame has series of.
func (f *Frame) Outputs() int { return f.outputs }

// WriteLongCSV writes the frame with a row for each point: the time, the metric, a
// column for each tag key, sorted, and the value, under a header of these names
// ([LongColumns]). A frame of several outputs has the output behind the time. A tag that
// a series does not have is an empty cell. The rows of a series follow one another, in
// order of time.
//
// It is the form that DuckDB, pandas and spreadsheets group and filter by tag, and takes
// what its points take, whatever their times.
func (f *Frame) WriteLongCSV(w io.Writer, opts ...CSVOption) error {
	l := newLongCSV(w, f.TagKeys(), opts)
	l.fraction = slices.ContainsFunc(f.times, hasFraction)
	l.outputs = f.outputs > 1
	l.header()
	for output, s := range f.Series() {
		if err := l.write(output, s); err != nil {
			return err
		}
	}
	return l.Flush()
}

// WriteLongCSV writes series as they come, such as those of [Client.Raw], in the form of
// [Frame.WriteLongCSV]. keys are the keys of all tags ([Client.TagKeys]); a series with
// another one is an error. All times have three decimals. The error is that of the
// series, or w's.
func WriteLongCSV(w io.Writer, series iter.Seq2[Series, error], keys []string, opts ...CSVOption) error {
	l := newLongCSV(w, keys, opts)
	l.fraction = true
	l.header()
	for s, err := range series {
		if err != nil {
			return err
		}
		if err := CheckKeys(s, keys); err != nil {
			return fmt.Errorf("apptuit: csv: %w", err)
		}
		if err := l.write("", s); err != nil {
			return err
		}
	}
	return l.Flush()
}

// CheckKeys tells whether a series has a tag that is none of these keys.
func CheckKeys(s Series, keys []string) error {
	for key := range s.Tags {
		if !slices.Contains(keys, key) {
			return fmt.Errorf("a series has the tag %s, which is not among the keys that were given (TagKeys)", text.Quoted(key, maxQuoted))
		}
	}
	return nil
}

type longCSV struct {
	*bufio.Writer
	cfg               csvConfig
	keys              []string
	fraction, outputs bool
	line              []byte
}

func newLongCSV(w io.Writer, keys []string, opts []CSVOption) *longCSV {
	return &longCSV{Writer: bufio.NewWriterSize(w, 64<<10), cfg: newCSVConfig(opts), keys: keys}
}

// header writes the names of the columns. An error of the writer comes back from write.
func (l *longCSV) header() {
	line := []byte(timeColumn)
	if l.outputs {
		line = append(line, ","+outputColumn...)
	}
	line = append(line, ","+metricColumn...)
	for _, name := range LongColumns(l.keys) {
		line = appendCell(append(line, ','), name)
	}
	_, _ = l.Write(append(line, ","+valueColumn+"\n"...))
}

// write writes the rows of a series, which have all but time and value in common.
func (l *longCSV) write(output string, s Series) error {
	var middle []byte
	if l.outputs {
		middle = appendCell(append(middle, ','), output)
	}
	middle = appendCell(append(middle, ','), s.Metric)
	for _, key := range l.keys {
		middle = append(middle, ',')
		if value, ok := s.Tags[key]; ok {
			middle = appendCell(middle, value)
		}
	}
	middle = append(middle, ',')
	for _, p := range s.Points {
		line := append(l.cfg.appendTime(l.line[:0], p.UnixMilli, l.fraction), middle...)
		l.line = append(appendValue(line, p.Value), '\n')
		if _, err := l.Write(l.line); err != nil {
			return err
		}
	}
	return nil
}
