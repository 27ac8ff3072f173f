// Package transform turns collections of OpenTelemetry metrics into points, and
// says what it left out. [Transformer.Prepare] and [Transformer.Collect] are its
// door.
//
// Read config.go and walk.go, the way through a collection; histogram.go,
// summary.go and rates.go, for what is more than one point; cache.go and order.go,
// for the series that are known; identity.go, attributes.go, globals.go and
// names.go, for how one is made; and refused.go, for what cannot be sent.
package transform
