package intake

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/apptuitai/apptuit-go/encoding"
)

// prometheus reads Prometheus' text format. What has no time is of now.
func (c Config) prometheus(input *bufio.Reader) Reader { return &exposition{c: c, input: input} }

// An exposition gives a record for each metric.
type exposition struct {
	c        Config
	input    io.Reader
	read     bool
	families []*dto.MetricFamily
}

// Next returns the next metric; they come in the order of their names.
func (e *exposition) Next() (Record, error) {
	if !e.read {
		parser := expfmt.NewTextParser(model.UTF8Validation)
		byName, err := parser.TextToMetricFamilies(e.input)
		if err != nil {
			return Record{}, expositionError(err)
		}
		for _, name := range slices.Sorted(maps.Keys(byName)) {
			e.families = append(e.families, byName[name])
		}
		e.read = true
	}
	if len(e.families) == 0 {
		return Record{}, io.EOF
	}
	family := e.families[0]
	e.families = e.families[1:]
	r := Record{More: true}
	for _, m := range family.GetMetric() {
		for _, s := range samplesOf(family, m) {
			p, err := e.c.sample(s, m)
			if err != nil {
				r.Err = fmt.Errorf("%.100s: %w", s.name, err)
				continue
			}
			r.Points = append(r.Points, p)
		}
	}
	return r, nil
}

// expositionError keeps the line and leaves out what the parser cites.
func expositionError(err error) error {
	var parse expfmt.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("line %d is not of Prometheus' text format", parse.Line)
	}
	return err
}

// A sample is one line of the text.
type sample struct {
	name       string
	key, value string // of the tag that its kind has
	number     float64
}

func samplesOf(family *dto.MetricFamily, m *dto.Metric) (all []sample) {
	name := family.GetName()
	plain := func(v float64) []sample { return []sample{{name: name, number: v}} }
	switch family.GetType() {
	case dto.MetricType_COUNTER:
		return plain(m.GetCounter().GetValue())
	case dto.MetricType_GAUGE:
		return plain(m.GetGauge().GetValue())
	case dto.MetricType_SUMMARY:
		for _, q := range m.GetSummary().GetQuantile() {
			all = append(all, sample{name, "quantile", decimal(q.GetQuantile()), q.GetValue()})
		}
		return append(all,
			sample{name: name + "_sum", number: m.GetSummary().GetSampleSum()},
			sample{name: name + "_count", number: float64(m.GetSummary().GetSampleCount())})
	case dto.MetricType_HISTOGRAM, dto.MetricType_GAUGE_HISTOGRAM:
		for _, b := range m.GetHistogram().GetBucket() {
			all = append(all, sample{name + "_bucket", "le", decimal(b.GetUpperBound()), float64(b.GetCumulativeCount())})
		}
		return append(all,
			sample{name: name + "_sum", number: m.GetHistogram().GetSampleSum()},
			sample{name: name + "_count", number: float64(m.GetHistogram().GetSampleCount())})
	}
	return plain(m.GetUntyped().GetValue())
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func (c Config) sample(s sample, m *dto.Metric) (encoding.Point, error) {
	value, err := finite(s.number)
	if err != nil {
		return encoding.Point{}, err
	}
	var tags []encoding.Tag
	for _, label := range m.GetLabel() {
		if label.GetValue() != "" {
			tags = append(tags, encoding.Tag{Key: label.GetName(), Value: label.GetValue()})
		}
	}
	if s.key != "" {
		tags = append(tags, encoding.Tag{Key: s.key, Value: s.value})
	}
	var at time.Time
	if m.TimestampMs != nil {
		at = time.UnixMilli(m.GetTimestampMs())
	}
	return c.point(s.name, tags, at, value)
}
