// Package delivery holds the way of one batch to the store, through splits, partial
// answers and refusals. It knows what of the batch is still to be sent, and counts what
// became of the rest. It has no clock, and does no I/O but by a wire.
//
// Read delivery.go (what a [Delivery] is, and its calls), attempt.go (one attempt),
// verdict.go (what each verdict means for the batch), bisect.go (the search for points
// at fault), cutshort.go (what seems too large), pieces.go, match.go (the points that a
// store named), report.go.
package delivery
