package realserver

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A Sample is one stored point, as the server gave it back.
type Sample struct {
	Metric    string
	Tags      map[string]string // without empty values; shared by the samples of one series
	UnixMilli int64
	Value     float64
}

// A series is what an answer holds for one metric and its tags, or a part of it.
type series struct {
	metric string
	tags   map[string]string
	points []point
}

// A point is a time in milliseconds and a value. A null in an answer becomes an
// empty Number, which is an error, where a float would quietly become 0.
type point [2]json.Number

// keyed is a Sample with the text that orders its tags, made once per series.
type keyed struct {
	Sample
	key string
}

// samples returns the points of all series by metric, tags, time and value.
func samples(t testing.TB, all []series) []Sample {
	t.Helper()
	var found []keyed
	for _, s := range all {
		key := sortKey(s.tags)
		for _, p := range s.points {
			found = append(found, keyed{s.sample(t, p), key})
		}
	}
	slices.SortFunc(found, keyed.compare)
	var out []Sample
	for _, k := range found {
		out = append(out, k.Sample)
	}
	return out
}

// sortKey leans on fmt, which prints the keys of a map in order. Without the last
// bracket a set of tags comes before those that extend it.
func sortKey(tags map[string]string) string {
	return strings.TrimSuffix(fmt.Sprintf("%q", tags), "]")
}

func (s series) sample(t testing.TB, p point) Sample {
	t.Helper()
	ms, err := p[0].Int64()
	if err != nil {
		t.Fatalf("realserver: time of %s%q: %v", s.metric, s.tags, err)
	}
	value, err := p[1].Float64()
	if err != nil {
		t.Fatalf("realserver: value of %s%q: %v", s.metric, s.tags, err)
	}
	return Sample{s.metric, s.tags, ms, value}
}

func (k keyed) compare(other keyed) int {
	return cmp.Or(
		cmp.Compare(k.Metric, other.Metric),
		cmp.Compare(k.key, other.key),
		cmp.Compare(k.UnixMilli, other.UnixMilli),
		cmp.Compare(k.Value, other.Value),
	)
}
