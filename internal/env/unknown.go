package env

import (
	"slices"
	"strings"
)

const prefix = "APPTUIT_"

// Unknown returns the names in an environment, as os.Environ has it, that look like
// variables of this module and are none.
func Unknown(environ []string) (names []string) {
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, prefix) && value != "" && !known(name) {
			names = append(names, name)
		}
	}
	return names
}

func known(name string) bool {
	return slices.Contains(deprecated, name) || slices.ContainsFunc(Variables, func(v Variable) bool { return v.Name == name })
}

// Nearest returns the variable that a name is most like. A word that both
// have, or the beginning of one, counts for as much as a few letters that differ.
func Nearest(name string) string {
	best, least := "", 0
	for _, v := range Variables {
		if d := unlikeness(name, v.Name); best == "" || d < least {
			best, least = v.Name, d
		}
	}
	return best
}

const wordWorth = 4

// begins tells whether a word is the beginning of another one, or all of it.
func begins(word, start string) bool { return len(start) >= 3 && strings.HasPrefix(word, start) }

func unlikeness(a, b string) int {
	d := distance(a, b)
	words := strings.Split(b, "_")
	for word := range strings.SplitSeq(strings.TrimPrefix(a, prefix), "_") {
		if slices.ContainsFunc(words, func(w string) bool { return begins(w, word) || begins(word, w) }) {
			d -= wordWorth
		}
	}
	return d
}

// maxCompared bounds what is compared of a name.
const maxCompared = 64

// distance returns how many letters have to be added, left out or changed to make
// one text of the other (Levenshtein).
func distance(a, b string) int {
	a = a[:min(len(a), maxCompared)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
