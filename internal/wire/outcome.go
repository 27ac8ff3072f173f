package wire

import (
	"strconv"
	"time"
)

// A Verdict says what to do with a batch after one attempt. The zero Verdict is
// none of them, and is handled as Retry.
type Verdict uint8

const (
	// Delivered: the store has the batch.
	Delivered Verdict = iota + 1
	// DropListed: the store has the batch but for the points it named.
	DropListed
	// Bisect: something in the batch is refused, and the store does not say what.
	Bisect
	// Halve: the batch is too large.
	Halve
	// Retry: the same bytes may pass later.
	Retry
	// Hold: a person has to change something first, such as the token.
	Hold
)

var verdictNames = [...]string{Delivered: "delivered", DropListed: "drop listed", Bisect: "bisect", Halve: "halve", Retry: "retry", Hold: "hold"}

// String returns the verdict in lower case, for logs.
func (v Verdict) String() string {
	if v == 0 || int(v) >= len(verdictNames) {
		return "Verdict(" + strconv.Itoa(int(v)) + ")"
	}
	return verdictNames[v]
}

// An Outcome is what came of one attempt: to put a batch, or to ask for something.
type Outcome struct {
	// Verdict is what to do now.
	Verdict Verdict
	// Status is the HTTP status, 0 where no answer came.
	Status int
	// Bytes is the length of the body that was to be sent.
	Bytes int
	// Lent is set where net/http may yet read the body that was to be sent, so
	// that its memory is not to be used again.
	Lent bool
	// Stored and Failed count points as the server counted them; both are 0
	// where it did not.
	Stored, Failed int
	// Unsure is how many points from the beginning of the batch may be missing
	// though the server counts them as stored: put them again.
	Unsure int
	// Rejected are the points that the server named. For DropListed these are all
	// that it did not store.
	Rejected []Rejected
	// Text is what the server said, on one line, at most 256 characters and
	// without any secret.
	Text string
	// RetryAfter is how long the server wants to be left alone: at most 10
	// minutes, 0 where it did not say.
	RetryAfter time.Duration
	// Timeout: the attempt took longer than it may. The end of the caller's
	// context is no time-out.
	Timeout bool
	// NoRequest: nothing was sent. It is no attempt, and says nothing of the store.
	// DropListed: Rejected are points that this wire cannot send, each with its
	// Code, and the others are to be put again. Bisect: the body cannot be read.
	NoRequest bool
	// TokenRefused: the store does not take the token. [Wire.TokenRenewed] tells
	// whether there is another one.
	TokenRefused bool
	// Connected: there was a connection. Reused: it had carried a request before.
	Connected, Reused bool
	// Wrote: the request was written whole.
	Wrote bool
	// Err is the cause, with the endpoint's host in front. It is nil when delivered,
	// unless the store refused some of the points and said so by an error.
	Err error
}

// Stale tells whether the attempt failed because it took a connection that the
// server was closing, and may pass on another at once.
func (o Outcome) Stale() bool { return o.Status == 0 && o.Reused && !o.Timeout }
