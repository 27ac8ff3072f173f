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
// Points are compressed by what the encoder knows of them: what a series shares
// with the one before is found by address, not by searching text. So points cost
// least where series share what they are made of. A program that has many makes a
// [Name] for each metric and a [Schema] for tags with the same keys; each set of
// values is then a [TagSet], and the parts of a histogram are series of one set:
//
//	name, err := encoding.NewName(encoding.SanitizePrometheus, "shop.latency.bucket")
//	schema := encoding.NewSchema([]encoding.Tag{{"host", "a"}}, []string{"page"})
//	set := schema.Tags([]string{"cart"})
//	series, err := set.Series(name, encoding.NewPartTag("le", "0.5"))
//
// [EncodeMetric] and [DecodeMetric] read and write names that carry their tags
// inside, as the older Apptuit clients wrote them.
package encoding
