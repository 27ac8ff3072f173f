package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	for text, want := range map[string]time.Time{
		"now":                       quarterPast,
		"-15m":                      noon,
		"now-15m":                   noon,
		"-0s":                       quarterPast,
		"-1w1d1h1m1s":               quarterPast.Add(-(8*24*time.Hour + time.Hour + time.Minute + time.Second)),
		"2024-05-01T12:00:00Z":      noon,
		"2024-05-01T14:00:00+02:00": noon,
		"2024-05-01T12:00:00.25Z":   noon.Add(250 * time.Millisecond),
		"1714564800":                noon,
		"1714564800.25":             noon.Add(250 * time.Millisecond),
		"1714564800250":             noon.Add(250 * time.Millisecond),
		"0":                         time.Unix(0, 0),
		"123456789":                 time.Unix(123456789, 0),
		"946684800000":              time.UnixMilli(946684800000),
		"today":                     noon.Add(-12 * time.Hour),
		"yesterday":                 noon.Add(-36 * time.Hour),
		"-1w":                       quarterPast.Add(-7 * 24 * time.Hour),
		"2024-05-01":                noon.Add(-12 * time.Hour),
		"20240501":                  noon.Add(-12 * time.Hour),
		"2024-05-01 12:00":          noon,
		"2024-05-01T12:00:00":       noon,
	} {
		got, err := parseTime(text, quarterPast)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func TestNoTime(t *testing.T) {
	for _, text := range []string{
		"", "-", "now-", "1h", "+1h", "now1h", "-1", "-h", "-1x", "--1h", "-1h ", "-1.5h", "-99999999999w", "-9999999999999999999s",
		"-200000d200000d", "tomorrow", "2024-13-01", "2024-05-32", "1e9", "-1e9s", ".", "99999999999999", "1.2.3",
	} {
		if got, err := parseTime(text, quarterPast); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// A number that is no day is not read as seconds of 1970.
func TestNumbersThatAreNoDay(t *testing.T) {
	for _, text := range []string{"20261301", "20261131", "2026", "202611", "12345678", "1", "00", "2026.11", "99999999.5", "202611271230"} {
		if got, err := parseTime(text, quarterPast); !errors.Is(err, errNumber) {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	s := newShell(t, "http://127.0.0.1:1")
	for _, line := range []string{
		"query x --start 20261301", "query x --end 2026", "promql x --at 202611", "promql x --start 20261131", "metrics --start 2026",
		"labels --end 2026", "series x --start 2026", "copy x --to http://127.0.0.1:1 --start 2026", "send x 2026 1 k=v",
	} {
		wantFailure(t, s.run(strings.Fields(line)...), exitUsage, "the number is no day", "2024-05-01", "1714521600", "--help")
	}
}

func TestSteps(t *testing.T) {
	for span, want := range map[time.Duration]time.Duration{
		0: time.Second, time.Minute: time.Second, time.Hour: time.Minute, 6 * time.Hour: 10 * time.Minute,
		24 * time.Hour: 30 * time.Minute, 60 * 24 * time.Hour: 24 * time.Hour, 61 * 24 * time.Hour: 48 * time.Hour,
	} {
		if got := stepOf(0, span); got != want {
			t.Errorf("%v: %v", span, got)
		}
	}
	if stepOf(time.Minute, time.Second) != time.Minute {
		t.Error("a step that is given is not taken")
	}
}

// Days are those of the zone that is printed, whichever flag comes first.
func TestDaysAreOfTheZone(t *testing.T) {
	if _, err := time.LoadLocation("Asia/Tokyo"); err != nil {
		t.Skip(err)
	}
	s, srv := stocked(t)
	for _, args := range [][]string{{"--start", "2024-05-01", "--zone", "Asia/Tokyo"}, {"--zone", "Asia/Tokyo", "--start", "2024-05-01"}} {
		s.mustRun(append([]string{"query", cpuQuery}, args...)...)
		requests := srv.Requests()
		if asked := requests[len(requests)-1].Query; !strings.Contains(asked, "start=1714489200&") {
			t.Errorf("%q: %s", args, asked)
		}
	}
}
