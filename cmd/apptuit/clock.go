package main

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// units are the letters of a duration.
var units = map[byte]time.Duration{
	's': time.Second,
	'm': time.Minute,
	'h': time.Hour,
	'd': 24 * time.Hour,
	'w': 7 * 24 * time.Hour,
}

var errDuration = errors.New("use a duration such as 30s, 5m, 1h30m, 7d or 2w")

var errTime = errors.New("it is no time: use now, today, -30m, -1h, -7d, 2024-05-01, 2024-05-01T12:00:00Z or Unix seconds")

// errNumber is about digits that are most likely meant as a day or a part of one.
var errNumber = errors.New("the number is no day, and too short for Unix seconds: use a day (2024-05-01 or 20240501), " +
	"a day and a time (2024-05-01T12:30), now, -7d, or Unix seconds (1714521600) or milliseconds (1714521600000)")

// parseDuration reads whole numbers, each with a unit.
func parseDuration(s string) (time.Duration, error) {
	var total time.Duration
	for rest := s; rest != "" || s == ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == len(rest) {
			return 0, errDuration
		}
		unit := units[rest[digits]]
		n, err := strconv.ParseInt(rest[:digits], 10, 64)
		if err != nil || unit == 0 {
			return 0, errDuration
		}
		if n > int64((math.MaxInt64-total)/unit) {
			return 0, errors.New("a duration of more than 292 years")
		}
		total += time.Duration(n) * unit
		rest = rest[digits+1:]
	}
	return total, nil
}

// parseTime reads now, a time before now, a day of the zone of now, RFC 3339, and
// Unix seconds; a number that does not fit in 32 bits is milliseconds, as on the
// wire.
func parseTime(s string, now time.Time) (time.Time, error) {
	before, relative := strings.CutPrefix(strings.TrimPrefix(s, "now"), "-")
	if s == "now" {
		return now, nil
	}
	if relative {
		d, err := parseDuration(before)
		if err != nil {
			return time.Time{}, err
		}
		return now.Add(-d), nil
	}
	if t, ok := parseDay(s, now); ok {
		return t, nil
	}
	if t, err := parseUnix(s); !errors.Is(err, errTime) {
		return t, err
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	return time.Time{}, errTime
}

// parseDay reads today, yesterday, 2024-05-01, 20240501, and a day with a time
// without a zone; all in the zone of now.
func parseDay(s string, now time.Time) (time.Time, bool) {
	year, month, day := now.Date()
	switch s {
	case "today":
		return time.Date(year, month, day, 0, 0, 0, 0, now.Location()), true
	case "yesterday":
		return time.Date(year, month, day-1, 0, 0, 0, 0, now.Location()), true
	}
	for _, layout := range []string{time.DateOnly, "20060102", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", time.DateTime} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// minUnix is the least number but zero that is Unix seconds: a shorter one is a
// year, a month, or a day that there is not.
const minUnix = 100_000_000

// parseUnix reads digits, with a fraction perhaps. The error is errTime where the
// text is no such number.
func parseUnix(s string) (time.Time, error) {
	if s == "" || strings.Trim(s, "0123456789.") != "" {
		return time.Time{}, errTime
	}
	n, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil || n > 9_999_999_999_999: // the most that stores read
		return time.Time{}, errTime
	case s != "0" && n < minUnix, minuteLike(s):
		return time.Time{}, errNumber
	case n > math.MaxUint32:
		return time.UnixMilli(int64(n)), nil
	}
	return time.UnixMilli(int64(math.Round(n * 1000))), nil
}

// minuteLike tells whether digits can be read as a day and a time, 202405011230. As
// milliseconds they are of the 1970s.
func minuteLike(s string) bool {
	_, err := time.Parse("200601021504", s)
	return err == nil && (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20"))
}
