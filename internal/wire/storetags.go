package wire

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

// influxKey returns another key for the one that InfluxDB has for the time of a point.
func influxKey(key string) string {
	if key == "time" {
		return "time_"
	}
	return key
}

// influxValue returns a value without a backslash at its end, which would take the
// comma behind it for a part of the value, and with it the next tag.
func influxValue(value string) string {
	if rest, ok := strings.CutSuffix(value, `\`); ok {
		return rest + "/"
	}
	return value
}

// openTSDBValue returns a value that OpenTSDB takes: letters, digits and "-_./". In
// numbers, such as the bounds of buckets, it leaves out the plus; each other
// character becomes "_".
func openTSDBValue(value string) string {
	if strings.Contains(value, "+") {
		if _, err := strconv.ParseFloat(value, 64); err == nil {
			value = strings.ReplaceAll(value, "+", "")
		}
	}
	return strings.Map(func(r rune) rune {
		if openTSDBTakes(r) {
			return r
		}
		return '_'
	}, value)
}

// openTSDBTakes follows Tags.validateString of OpenTSDB, which looks at UTF-16: a
// letter of two units is none to it.
func openTSDBTakes(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-_./", r):
		return true
	}
	return r > unicode.MaxASCII && r <= math.MaxUint16 && unicode.IsLetter(r)
}
