// Package query reads series back: from Apptuit in its own language, from what
// answers PromQL, and from OpenTSDB. Each way gives the same [Result], whose series can
// be used as they are, or as a table.
//
//	client, err := query.New() // the token comes from APPTUIT_API_TOKEN
//	if err != nil {
//		log.Fatal(err)
//	}
//	text := query.Fetch("node.cpu").Where("host", query.Equal, "a").Downsample(time.Minute, query.Avg)
//	result, err := client.Query(ctx, text.String(), time.Now().Add(-time.Hour), time.Time{})
//	if err != nil {
//		log.Fatal(err)
//	}
//	for output, series := range result.All() {
//		for at, value := range series.All() {
//			fmt.Println(output, series.Name(), at, value)
//		}
//	}
//
// # Ways to ask
//
// The text of a query is in the store's own language, and is passed on as it is.
//
//	Query      Apptuit's language              GET  /api/query?q=
//	PromQL     PromQL over a time              POST /prometheus/api/v1/query_range
//	PromQLAt   PromQL at one time              POST /prometheus/api/v1/query
//	Raw        the stored points, one series   POST /prometheus/api/v1/export
//	           at a time
//	OpenTSDB   OpenTSDB's own query            POST /api/query
//
// Apptuit answers the first three, VictoriaMetrics and vmauth PromQL and Raw,
// Prometheus, Thanos and Mimir PromQL ([WithPromPath]), OpenTSDB the last. A server that
// takes no POST for PromQL is asked by GET.
//
//	steps := query.Range{Start: time.Now().Add(-time.Hour), Step: time.Minute}
//	result, err := client.PromQL(ctx, `sum by (host) (rate(node_cpu[5m]))`, steps)
//
// [Fetch] and [Outputs] write queries of Apptuit's language in which names and values can
// hold anything. Any other text of the language will do as well. A mistake in a call
// of the builder, such as a downsampling to half a second, is told by Err, and
// by [Client.Query] where nobody asked Err.
//
// A time that is too long for one answer is asked for in pieces ([Client.InPieces]).
// What is larger than memory is read by [Client.Raw], and written as it comes by
// [WriteLongCSV] or by StreamParquet of package arrow.
//
// # Answers
//
// A [Result] has the outputs that have series. A series may be without points;
// a query that finds nothing is a result without outputs, and no error. Points
// before the query's start or after its end are left out, and so are points
// whose value is null.
//
// Times on the wire are in seconds, with a fraction perhaps, or in milliseconds
// where they do not fit in 32 bits; here they are milliseconds ([Point]) and
// [time.Time] in UTC. Values are float64, numbers or numbers in quotes. The strings
// "NaN", "Infinity", "+Inf", "-Inf" and their like are values too, for JSON has no
// numbers for these. Points may be a list or an object of values by time. A
// number beyond float64, a time beyond the year 9999, a field of another type
// than is known or a text that is no JSON is an error that tells the byte.
//
// Answers are decoded as they come: what a query takes of memory is its result
// and about as much again as its longest series. [transport.WithMaxAnswerBytes] bounds both:
// an answer as it comes and decompressed, and the result at four times as much
// memory.
//
// # Tables
//
// A [Frame] is an output, or all outputs of a result, as a table with a row for each time
// and a column for each series; [Frame.WriteCSV] writes it. A table that would be nearly
// empty and huge is refused with [ErrSparse]. [Frame.WriteLongCSV] writes the same points
// in the long form, a row for each point and a column for each tag, which takes what the
// points take:
//
//	time,metric,host,value
//	2024-05-01T12:00:00Z,node.cpu,a,10
//
// # Environment
//
// Code beats environment beats default. A value that does not parse is an error
// of [New] that names the variable.
//
//	APPTUIT_API_TOKEN       the token
//	APPTUIT_API_ENDPOINT    base URL; https://api.apptuit.ai
//	APPTUIT_QUERY_ENDPOINT  base URL of a store that is read at another place than written
//	APPTUIT_TIMEOUT         of one attempt, in milliseconds; 180000
//	APPTUIT_INSECURE        true allows a token over plain http to another host
//
// Nothing here prints a token: not the client, an option, an error or a log
// line, in any format, even where the server repeats it.
package query
