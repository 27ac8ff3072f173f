package text

import (
	"fmt"
	"io"
	"strconv"
)

// Format prints what a value shows of itself, the same for each verb, but quoted for
// %q: for values that are printed while they work.
func Format(s fmt.State, verb rune, shown string) {
	if verb == 'q' {
		shown = strconv.Quote(shown)
	}
	_, _ = io.WriteString(s, shown) // fmt keeps it in memory
}
