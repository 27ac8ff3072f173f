package encoding

// A Reason says why a point or a tag was left out. It is an error, so that
// errors.Is finds it in what Export and Send return, and its text is short
// enough to be an attribute of a metric.
type Reason string

// Why points are refused before they reach the wire.
const (
	ErrNotFinite     Reason = "not_finite"      // JSON has no NaN and no infinity
	ErrName          Reason = "invalid_name"    // empty, or refused by SanitizeNone
	ErrNoTags        Reason = "no_tags"         // the protocol wants at least one
	ErrTooManyTags   Reason = "too_many_tags"   // more own tags than the store takes
	ErrTimestamp     Reason = "bad_timestamp"   // not in the range of the protocol
	ErrPointTooLarge Reason = "point_too_large" // larger than a whole batch may be
	ErrNoSeries      Reason = "no_series"       // Point.Series is nil or zero
)

var reasonTexts = map[Reason]string{
	ErrNotFinite:     "the value is NaN or infinite, which JSON cannot hold",
	ErrName:          "not a valid name",
	ErrNoTags:        "the point has no tag, and the protocol wants at least one",
	ErrTooManyTags:   "the point has more tags than the store takes",
	ErrTimestamp:     "the time is outside what the protocol can write",
	ErrPointTooLarge: "the point is larger than a batch may be",
	ErrNoSeries:      "the point has no series",
}

// Error returns the reason as a sentence.
func (r Reason) Error() string {
	if text, ok := reasonTexts[r]; ok {
		return text
	}
	return string(r)
}
