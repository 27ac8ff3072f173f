// Package apptuitexporter is an exporter of the OpenTelemetry Collector for metrics: it
// sends them to Apptuit, or to any store that takes OpenTSDB's put.
//
// It makes points as the exporter of the SDK does, package
// github.com/apptuitai/apptuit-go: the same names, tags, limits and histograms. What a
// push cannot deliver it returns to the Collector, whose queue keeps it: nothing is
// acknowledged that is in the memory of this exporter alone.
//
// Read it in this order.
//
//	factory.go config.go check.go     what the Collector sees
//	exporter.go push.go               from start to shutdown; one push
//	convert.go values.go memo.go      from pdata to metricdata, with what is kept between pushes
//	sink.go rest.go                   which data point a point comes of, and what is left of a push
//	suspects.go                       batches that the store does not take
//	status.go telemetry.go words.go   what an operator sees
package apptuitexporter
