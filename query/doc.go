// Package query reads series back from Apptuit: it runs a text in Apptuit's
// query language over a span of time, and gives the answer as series, as points
// or as a table.
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
// # Queries
//
// [Fetch] and [Outputs] write queries in which names and values can hold
// anything. Any other text of the language will do as well. A mistake in a call
// of the builder, such as a downsampling to half a second, is told by Err, and
// by [Client.Query] where nobody asked Err.
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
// [time.Time] in UTC. Values are float64. Beside numbers the strings "NaN",
// "Infinity" and "-Infinity" are values, for JSON has no numbers for these. A
// number beyond float64, a time beyond the year 9999, a field of another type
// than is known or a text that is no JSON is an error that tells the byte.
//
// Answers are decoded as they come: what a query takes of memory is its result
// and about as much again as its longest series. [transport.WithMaxAnswerBytes] bounds both:
// an answer as it comes and decompressed, and the result at four times as much
// memory.
//
// A [Frame] is an output as a table, with a row for each time and a column for
// each series; [Frame.WriteCSV] writes it. A table that would be nearly empty and
// huge is refused with [ErrSparse].
//
// # Environment
//
// Code beats environment beats default. A value that does not parse is an error
// of [New] that names the variable.
//
//	APPTUIT_API_TOKEN     the token
//	APPTUIT_API_ENDPOINT  base URL; https://api.apptuit.ai
//	APPTUIT_TIMEOUT       of one attempt, in milliseconds; 180000
//	APPTUIT_INSECURE      true allows a token over plain http to another host
//
// Nothing here prints a token: not the client, an option, an error or a log
// line, in any format, even where the server repeats it.
package query
