// Package answer reads what stores answer: JSON, token by token as it comes, in a
// bounded memory.
//
// A [Decoder] takes values off a stream in their order: what is not taken is skipped, and
// an answer is never held as a whole. All that is kept of it is paid for before it is made,
// out of a budget that follows from how long an answer may be ([Most]). The points of series,
// which are nearly all of an answer, have a way of their own: numbers are read without
// strconv (decimal.go), and points become any type without another copy ([Points]).
//
// The field names that answers have are known here, in token.go; which of them make a
// result is known to the packages that read one: query for all its languages, promapi for
// client_golang's values.
package answer
