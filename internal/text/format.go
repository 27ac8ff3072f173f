package text

import (
	"fmt"
	"io"
	"log/slog"
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

// Printed is what a value is printed as that embeds it: by each verb, by slog, and as
// text of encodings. Only a pointer to that value has these methods, so that nothing
// copies the value to print it.
type Printed struct{ shown string }

// NewPrinted returns what is printed as this text.
func NewPrinted(shown string) Printed { return Printed{shown} }

// String returns the text.
func (p *Printed) String() string { return p.shown }

// Format prints the text, quoted for %q.
func (p *Printed) Format(s fmt.State, verb rune) { Format(s, verb, p.shown) }

// LogValue returns the text.
func (p *Printed) LogValue() slog.Value { return slog.StringValue(p.shown) }

// MarshalText returns the text.
func (p *Printed) MarshalText() ([]byte, error) { return []byte(p.shown), nil }
