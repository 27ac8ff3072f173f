package transform

import (
	"fmt"

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
