package transform

import (
	"fmt"
	"unicode"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/text"
	"github.com/prometheus/otlptranslator"
)

// A kind is what an instrument's data is, as far as its name and its points
// depend on it.
type kind uint8

const (
	kindUnknown kind = iota
	kindGauge
	kindCounter // a monotonic sum
	kindUpDown  // any other sum
	kindHistogram
	kindExponential
	kindSummary
)

// name sets what the series of a new instrument are called, and what depends on it.
func (m *maker) name(in *instrument) {
	in.metric, in.refused = m.cfg.metricName(in.instrumentKey)
	in.rated = m.cfg.rated(in)
	in.reserved = m.cfg.reservedTags(in)
	m.tellLost("metric", in.metric)
}

// manyTold bounds the names that a report has told of.
const manyTold = 1000

// tellLost tells once of a name that loses letters, or all there is to read: others
// may become the same.
func (m *maker) tellLost(what, name string) {
	if m.told[name] || len(m.told) == manyTold || !m.cfg.losesLetters(name) {
		return
	}
	if m.told == nil {
		m.told = map[string]bool{}
	}
	m.told[name] = true
	sent, _ := m.cfg.Mode.Name(name) // no mode that changes names refuses one
	m.dropped.unreadable.add("%s %s is sent as %s", what, text.Quoted(name, mostShown), text.Line(sent))
}

// mostShown bounds what is shown of a name.
const mostShown = 100

// losesLetters reports whether a name is sent without some of its letters and
// digits, or without any.
func (c *Config) losesLetters(name string) bool {
	if name == "" || c.Mode == encoding.SanitizeNone {
		return false
	}
	readable, changed := false, false
	for _, r := range name {
		known := unicode.IsLetter(r) || unicode.IsDigit(r)
		if known && r > unicode.MaxASCII && c.Mode == encoding.SanitizePrometheus {
			return true
		}
		readable, changed = readable || known, changed || r != '_'
	}
	return !readable && changed
}

// translated are the kinds in the words of the OTel-Prometheus rules.
var translated = map[kind]otlptranslator.MetricType{
	kindGauge:       otlptranslator.MetricTypeGauge,
	kindCounter:     otlptranslator.MetricTypeMonotonicCounter,
	kindUpDown:      otlptranslator.MetricTypeNonMonotonicCounter,
	kindHistogram:   otlptranslator.MetricTypeHistogram,
	kindExponential: otlptranslator.MetricTypeHistogram, // the rules know no difference
	kindSummary:     otlptranslator.MetricTypeSummary,
}

// metricName returns what the series of an instrument are called, before the
// part and the sanitise mode: the prefix, the name, and the suffixes of unit and
// kind where they are wanted.
func (c *Config) metricName(key instrumentKey) (string, error) {
	if key.name == "" {
		return "", fmt.Errorf("metric name: %w: it is empty", encoding.ErrName)
	}
	if !c.UnitSuffixes {
		return c.Prefix + key.name, nil
	}
	namer := otlptranslator.MetricNamer{WithMetricSuffixes: true, UTF8Allowed: c.Mode != encoding.SanitizePrometheus}
	name, err := namer.Build(otlptranslator.Metric{Name: key.name, Unit: key.unit, Type: translated[key.kind]})
	if err != nil {
		return "", fmt.Errorf("metric name: %w: %s", encoding.ErrName, text.Line(err.Error()))
	}
	return c.Prefix + name, nil
}
