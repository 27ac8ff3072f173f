// Package transform turns collections of OpenTelemetry metrics into points, and
// says what it left out. [Transformer.Prepare] and [Transformer.Collect] are its
// door.
//
// Read config.go and walk.go, the way through a collection; histogram.go, past.go,
// summary.go, rates.go and amount.go, for what is more than one point; idle.go, for
// what a collection of changes does not have; cache.go, forget.go and order.go, for
// the series that are known; identity.go, attributes.go, globals.go, names.go and
// reporter.go, for how one is made; and refused.go, for what cannot be sent.
package transform
