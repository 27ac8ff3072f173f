package transport

import (
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
)

const masked = "***"

// minSecret is where a text is long enough to be a secret: masking every "1"
// would leave nothing to read.
const minSecret = 4

// minTail is how much of a secret is masked where a text was cut inside it.
const minTail = 8

// headerSecrets returns what a header's value should not show: itself, and its
// words, for "Bearer x" is as secret as x.
func headerSecrets(value string) []string {
	return append(strings.Fields(value), value)
}

// masker returns a func that hides secrets, however a server may have quoted
// them. What it needs is made when it has something to hide them in: most answers
// say nothing. It is for one goroutine.
func masker(secrets []string) func(string) string {
	var mask func(string) string
	return func(text string) string {
		if text == "" {
			return ""
		}
		if mask == nil {
			mask = newMask(secrets)
		}
		return mask(text)
	}
}

func newMask(secrets []string) func(string) string {
	var all []string
	for _, s := range secrets {
		if len(s) >= minSecret {
			all = append(all, quotations(s)...)
		}
	}
	// Where one holds another, the longer has to be found first.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, s := range all {
		pairs = append(pairs, s, masked)
	}
	replacer := strings.NewReplacer(pairs...)
	return func(text string) string { return maskTail(replacer.Replace(text), all) }
}

func quotations(s string) []string {
	quoted, _ := json.Marshal(s) // a string cannot fail
	inner := string(quoted[1 : len(quoted)-1])
	simple := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
	return []string{s, inner, simple, html.EscapeString(s), url.QueryEscape(s), url.PathEscape(s)}
}

// maskTail hides the beginning of a secret at the end of a text.
func maskTail(text string, secrets []string) string {
	for _, s := range secrets {
		for n := len(s) - 1; n >= minTail; n-- {
			if strings.HasSuffix(text, s[:n]) {
				return text[:len(text)-n] + masked
			}
		}
	}
	return text
}
