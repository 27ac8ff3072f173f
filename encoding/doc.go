// Package encoding turns points into the bodies of OpenTSDB's put: a JSON
// array of {"metric", "tags", "timestamp", "value"} objects, compressed and cut
// into batches bounded by points and by bytes.
//
// A [Series] is the identity of a time series, checked, sanitised and rendered
// once; a [Point] adds a time and a [Value] to it. Programs that send points at
// an interval make their series once and keep them: a point then costs little
// more than the formatting of two numbers.
//
// An [Encoder] takes points and gives batches:
//
//	series, err := encoding.NewSeries(encoding.SanitizePrometheus, "proc.cpu.percent",
//		encoding.Tag{Key: "host", Value: "a"})
//	e := encoding.NewEncoder(encoding.Config{})
//	err = e.Append(encoding.Point{Series: series, Time: time.Now(), Value: encoding.Float(12.5)})
//	batches := e.Flush()
//
// Points are compressed by what the encoder knows of them: a series that was in
// the last round, behind the same others, is not even looked at. So an encoder is
// fastest, and its bodies smallest, where it is kept, and rounds have the same
// series in the same order; any others are as right, at a general compressor's
// cost.
//
// [EncodeMetric] and [DecodeMetric] read and write names that carry their tags
// inside, as the older Apptuit clients wrote them.
package encoding
