package main

import (
	"maps"

	"github.com/apptuitai/apptuit-go/query"
)

// A naming says what the series of an output have in common, so that it is
// told once, and each series by what is left.
type naming struct {
	metric    string            // empty: they differ, or have none
	tags      map[string]string // those that all have
	sameNames bool
}

func newNaming(series []query.Series) naming {
	n := naming{metric: series[0].Metric, tags: maps.Clone(series[0].Tags), sameNames: true}
	for _, s := range series[1:] {
		if s.Metric != n.metric {
			n.metric, n.sameNames = "", false
		}
		maps.DeleteFunc(n.tags, func(key, value string) bool {
			own, ok := s.Tags[key]
			return !ok || own != value
		})
	}
	return n
}

// title returns what is common, behind the name of the output where that says
// more.
func (n naming) title(id string) string {
	common := query.Series{Metric: n.metric, Tags: n.tags}.Name()
	switch {
	case common == "{}":
		return short(id)
	case len(n.tags) == 0:
		common = n.metric
	}
	if id == n.metric {
		return short(common)
	}
	return short(id + " = " + common)
}

// label returns what tells a series from the others; it may be nothing.
func (n naming) label(s query.Series) string {
	own := query.Series{Tags: maps.Clone(s.Tags)}
	maps.DeleteFunc(own.Tags, func(key, _ string) bool {
		_, common := n.tags[key]
		return common
	})
	if !n.sameNames {
		own.Metric = s.Metric
	}
	if len(own.Tags) == 0 {
		return short(own.Metric)
	}
	name := own.Name()
	if n.sameNames {
		name = name[1 : len(name)-1] // without the braces
	}
	return short(name)
}
