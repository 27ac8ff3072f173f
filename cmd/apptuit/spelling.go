package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
)

// maxSpellings bounds the names that are told.
const maxSpellings = 3

// queriedName finds the names of a query in Apptuit's language: a metric behind
// fetch, and a tag key before an operator.
var queriedName = regexp.MustCompile(`fetch\s*\(\s*(?:'([^'\\]+)'|"([^"\\]+)")|(?:'([^'\\]+)'|"([^"\\]+)")\s*(?:!=|=~|!~|=)`)

// spellings says which names of a query the exporter writes otherwise, unless the
// environment has it write them so.
func (a *app) spellings(query string) string {
	if mode := a.getenv("APPTUIT_SANITIZE_MODE"); mode != "" && mode != encoding.SanitizePrometheus.String() {
		return ""
	}
	var found []string
	for _, groups := range queriedName.FindAllStringSubmatch(query, -1) {
		name := strings.Join(groups[1:], "") // one of them is not empty
		stored, err := encoding.SanitizePrometheus.Name(name)
		if err != nil || stored == name {
			continue
		}
		if text := short(name) + " as " + short(stored); !slices.Contains(found, text) {
			found = append(found, text)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return "; the exporter writes " + strings.Join(found[:min(len(found), maxSpellings)], ", ")
}
