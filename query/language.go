package query

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/internal/text"
)

// invalidMark begins the text of what could not be built. No query begins so.
const invalidMark = "%!query("

// maxQuoted is how much of a name an error shows.
const maxQuoted = 40

func invalid(err error) string { return invalidMark + err.Error() + ")" }

var escaper = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`)

// quote writes a string of the language; nothing in s can end it.
func quote(s string) string { return "'" + escaper.Replace(s) + "'" }

const (
	day = 24 * time.Hour
	// maxWidth is the most that the language is known to take.
	maxWidth = 100 * 365 * day
)

// units are those of durations, the longest first.
var units = []struct {
	length time.Duration
	letter string
}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}}

// duration writes a duration in the longest unit that it is a multiple of.
func duration(d time.Duration) (string, error) {
	switch {
	case d <= 0:
		return "", fmt.Errorf("Downsample: %v is not above zero", d)
	case d > maxWidth:
		return "", fmt.Errorf("Downsample: %v is more than 100 years", d)
	}
	for _, u := range units {
		if d%u.length == 0 {
			return strconv.FormatInt(int64(d/u.length), 10) + u.letter, nil
		}
	}
	return "", fmt.Errorf("Downsample: %v is not in whole seconds", d)
}

// words of the language, which would be hard to tell from names.
var words = []string{"fetch", "output"}

func checkName(name string) error {
	if slices.Contains(words, name) {
		return errors.New("As: " + name + " is a word of the language")
	}
	if name == "" || name[0] >= '0' && name[0] <= '9' || strings.ContainsFunc(name, notName) {
		return fmt.Errorf("As: %s is not ASCII letters, digits and _, no digit first", text.Quoted(name, maxQuoted))
	}
	return nil
}

func notName(r rune) bool {
	letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return !letter && (r < '0' || r > '9')
}
