package transform

import (
	"slices"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
)

// What the parts of an instrument are called: as OpenTelemetry and Prometheus have
// them, or as the Python reporter sent them.

// valuePart names the value of a gauge or a sum.
func (c *Config) valuePart(k kind) string {
	switch {
	case !c.ReporterNames:
		return ""
	case k == kindGauge:
		return "value"
	}
	return "count"
}

func (c *Config) meanPart() string {
	if c.ReporterNames {
		return "avg"
	}
	return "mean"
}

// quantilePart is that of a quantile: the tag 0.75, or the name 75_percentile; 0.999
// is 999_percentile.
func (c *Config) quantilePart(q float64) part {
	text := formatKey(q)
	if !c.ReporterNames {
		return part{"", encoding.NewPartTag("quantile", c.value(text))}
	}
	digits, isShare := strings.CutPrefix(text, "0.")
	switch {
	case !isShare:
		digits = formatKey(100 * q)
	case len(digits) == 1:
		digits += "0"
	}
	return part{digits + "_percentile", nil}
}

// ratePart is that of the rate i.
func (c *Config) ratePart(i int) part {
	if c.ReporterNames {
		return part{windowTag(i) + "_rate", nil}
	}
	return part{"rate", encoding.NewPartTag("window", windowTag(i))}
}

// rateSeries makes the series of the rate i.
func (m *maker) rateSeries(in *instrument, e *entry, i int) encoding.Series {
	p := m.cfg.ratePart(i)
	return m.series(in, e, p.name, p.tag)
}

// timeUnits are those of an instrument that measures how long something takes, in
// UCUM as OpenTelemetry has units.
var timeUnits = []string{"ns", "us", "ms", "s", "min", "h", "d"}

// rated tells whether an instrument is sent with its rates: where a pattern fits its
// name, or that of its series. The reporter's timers have them without.
func (c *Config) rated(in *instrument) bool {
	switch in.kind {
	case kindHistogram, kindExponential:
		if c.ReporterNames && slices.Contains(timeUnits, in.unit) {
			return true
		}
	case kindCounter:
	default:
		return false
	}
	sent, _ := c.Mode.Name(in.metric) // where it is refused it fits no pattern
	return slices.ContainsFunc(c.Rates, func(pattern string) bool {
		return fits(pattern, in.name) || fits(pattern, sent)
	})
}

// fits tells whether a text is as a pattern says, in which * is any text.
func fits(pattern, s string) bool {
	first, rest, wild := strings.Cut(pattern, "*")
	s, ok := strings.CutPrefix(s, first)
	if !ok || !wild {
		return ok && s == ""
	}
	parts := strings.Split(rest, "*")
	last := len(parts) - 1
	for _, part := range parts[:last] {
		at := strings.Index(s, part)
		if at < 0 {
			return false
		}
		s = s[at+len(part):]
	}
	return strings.HasSuffix(s, parts[last])
}
