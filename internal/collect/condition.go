package collect

import (
	"fmt"
	"strings"
	"time"
)

// A Condition tells of something that goes on: when it begins, when it becomes
// something else, when it ends.
type Condition struct {
	kind  string // what is so, without its numbers; empty for nothing
	since time.Time
}

// Next takes what is so now, and returns what is to be told.
func (c *Condition) Next(err error, now time.Time) error {
	kind := ""
	if err != nil {
		kind = withoutNumbers(err.Error())
	}
	if kind == c.kind {
		return nil
	}
	began := c.since
	if c.kind == "" {
		began = now
	}
	*c = Condition{kind, began}
	if err == nil {
		return fmt.Errorf("apptuit: callbacks and producers work again, after %s", now.Sub(began).Round(time.Second))
	}
	return err
}

// withoutNumbers makes one of texts that differ by a port, a time or a count.
func withoutNumbers(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, s)
}
