package wire

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

func sized(bytes int) encoding.Batch { return encoding.Batch{Body: make([]byte, bytes), Points: 2} }

// What did not get through is kept smaller for an hour; what the store called too
// large, until a body of that size passes.
func TestSuspicionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l sizeLimit
		l.suspect(sized(100_000))
		if l.fits(sized(100_000)) || !l.fits(sized(99_999)) {
			t.Error("the size that did not get through is not remembered")
		}
		time.Sleep(suspicion + time.Second)
		if !l.fits(sized(100_000)) {
			t.Error("a suspicion lasts for ever")
		}
		l.suspect(sized(100_000))
		l.tooLarge(sized(50_000))
		time.Sleep(suspicion + time.Second)
		if l.fits(sized(50_000)) {
			t.Error("what the store said is forgotten")
		}
	})
}
