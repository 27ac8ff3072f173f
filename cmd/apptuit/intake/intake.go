package intake

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// The forms, as --from names them.
const (
	Lines      = "lines"
	CSV        = "csv"
	Long       = "long"
	JSON       = "json"
	Influx     = "influx"
	OpenTSDB   = "opentsdb"
	Prometheus = "prometheus"
)

// Forms are the names of all forms.
var Forms = []string{Lines, CSV, Long, JSON, Influx, OpenTSDB, Prometheus}

// Config says how points are made of what is read.
type Config struct {
	Mode encoding.SanitizeMode
	// Tags are added to points that have no tag of that key.
	Tags []encoding.Tag
	// Now is the time of points that have none.
	Now func() time.Time
	// ParseTime reads a time as a person writes it.
	ParseTime func(string) (time.Time, error)
}

// A Record is what was read at once.
type Record struct {
	// Line is the one on which it ends, counted from 1; 0 where it is not known.
	Line   int
	Points []encoding.Point
	// Err says what is wrong with it. Points that are right are there all the
	// same.
	Err error
	// More tells that another record can be had without waiting for it.
	More bool
}

// A Reader gives records until io.EOF. Another error ends it too.
type Reader interface {
	Next() (Record, error)
}

// maxLine bounds a line, in bytes.
const maxLine = 64 << 10

// Open reads one of the forms.
func Open(form string, r io.Reader, c Config) (Reader, error) {
	input := bufio.NewReaderSize(r, maxLine)
	switch form {
	case Lines:
		return &lines{input: input, parse: c.words}, nil
	case Influx:
		return &lines{input: input, parse: c.influx}, nil
	case OpenTSDB:
		return c.openTSDB(input), nil
	case JSON:
		return c.json(input), nil
	case CSV:
		return c.csv(input), nil
	case Long:
		return c.long(input), nil
	case Prometheus:
		return c.prometheus(input), nil
	}
	return nil, fmt.Errorf("there is no form %.40q", form)
}

// point makes a point. The zero time means now.
func (c Config) point(metric string, tags []encoding.Tag, at time.Time, value encoding.Value) (p encoding.Point, err error) {
	if at.IsZero() {
		at = c.Now()
	}
	p.Time, p.Value = at, value
	p.Series, err = c.Series(metric, tags)
	return p, err
}

// Series makes a series with the tags of all points.
func (c Config) Series(metric string, tags []encoding.Tag) (*encoding.Series, error) {
	for _, tag := range c.Tags {
		if !slices.ContainsFunc(tags, func(t encoding.Tag) bool { return t.Key == tag.Key }) {
			tags = append(slices.Clip(tags), tag)
		}
	}
	if len(tags) == 0 {
		return nil, errors.New("it has no tag: add at least one KEY=VALUE, or --tag KEY=VALUE for all")
	}
	return encoding.NewSeries(c.Mode, metric, tags...)
}

// A gathered is the points of a record that has several.
type gathered struct {
	points []encoding.Point
	wrong  error // of the first that is none
	others int   // that are none, beside it
}

func (g *gathered) take(p encoding.Point, err error) {
	switch {
	case err == nil:
		g.points = append(g.points, p)
	case g.wrong == nil:
		g.wrong = err
	default:
		g.others++
	}
}

func (g *gathered) err() error {
	if g.others == 0 {
		return g.wrong
	}
	return fmt.Errorf("%w, and %d more of its points cannot be sent", g.wrong, g.others)
}

// parseValue keeps integers exact.
func parseValue(s string) (encoding.Value, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return encoding.Int(n), nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return encoding.Value{}, fmt.Errorf("the value %.40q is no finite number", s)
	}
	return finite(v)
}

// finite refuses what no put can carry.
func finite(v float64) (encoding.Value, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return encoding.Value{}, fmt.Errorf("the value %v is no finite number", v)
	}
	return encoding.Float(v), nil
}

// SortedTags returns tags in the order of their keys, without empty values.
func SortedTags(m map[string]string) []encoding.Tag {
	tags := make([]encoding.Tag, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if m[key] != "" {
			tags = append(tags, encoding.Tag{Key: key, Value: m[key]})
		}
	}
	return tags
}

// fromUnix reads seconds, or milliseconds where they do not fit in 32 bits, as
// on the wire.
func fromUnix(n int64) time.Time {
	if n > math.MaxUint32 {
		return time.UnixMilli(n)
	}
	return time.Unix(n, 0)
}
