package transform

import (
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
)

// An identity is forgotten when the last of its series is.
func TestSeriesThatAreOne(t *testing.T) {
	m := newMaker(&Config{}, &dropped{})
	s, err := encoding.NewSeries(encoding.SanitizePrometheus, "m", encoding.Tag{Key: "k", Value: "v"})
	if err != nil {
		t.Fatal(err)
	}
	var entries [3]entry
	for i := range entries {
		if m.note(&entries[i], *s); entries[i].mergedReported != (i > 0) {
			t.Errorf("series %d is another one: %t", i, entries[i].mergedReported)
		}
	}
	for left := 2; left >= 0; left-- {
		if m.identities.remove(s); len(m.identities.held) != min(left, 1) || m.identities.more[s.Hash()] != max(left-1, 0) {
			t.Errorf("%d left: %d identities, %d more series", left, len(m.identities.held), m.identities.more[s.Hash()])
		}
	}
	if len(m.identities.more) != 0 {
		t.Errorf("%d identities are held", len(m.identities.more))
	}
}
