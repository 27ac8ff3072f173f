// Package apptuittest is a fake Apptuit for tests: a server that takes puts
// with the checks of the real one, answers queries, and fails when it is told
// to.
//
//	srv := apptuittest.NewServer()
//	defer srv.Close()
//	// let the program under test send to srv.URL, with any token, then
//	points, err := srv.WaitPoints(ctx, 3)
//
// # Puts
//
// POST /api/put takes a JSON array of points, or one point, plain or
// compressed with gzip or deflate (which is zlib), with a Content-Length.
//
//	[{"metric": "node.cpu", "timestamp": 1406829600, "value": 12.5, "tags": {"host": "a"}}]
//
// A point has 1 to 25 tags. Its name and its tag keys hold Unicode letters,
// digits and ".-_/" only, its tag values are strings that are not empty, its
// value is a number, and its timestamp is in seconds, or in milliseconds where
// it does not fit in 32 bits. Fields of other names are ignored. The good
// points of a put are stored, whatever becomes of the others. The answers are
//
//	200, 204   all points are stored: 204 unless ?details or ?summary asks for JSON
//	400        some are not: ?details lists them as {"success", "failed", "errors"};
//	           or the body as a whole is no put
//	401        the token is missing or wrong
//	413, 415   the body is too large, holds more than 100,000 points or more
//	           than all of the store; or is of another type or compression
//	421        the Host is not this machine: see [WithHosts]
//	503        too many large requests came at one time
//
// With [WithOpenTSDB] the server takes what a stock OpenTSDB takes, and refuses the
// rest in its words.
//
// A point of more than 64 KiB is refused, and a list of errors ends at 4 MiB;
// "failed" counts those beyond it too.
//
// # Queries
//
// GET /api/query?start=S&end=E&q=TEXT, in seconds, both included, answers from
// the stored points. The language is the part of Apptuit's that its clients
// show:
//
//	query      = statement { ";" statement } [ ";" ]
//	statement  = fetch | name "=" fetch | "output" "(" name { "," name } ")"
//	fetch      = "fetch" "(" string { "," filter } ")" { "." downsample }
//	filter     = string ( "=" | "!=" | "=~" | "!~" ) string
//	downsample = "downsample" "(" string "," string ")"
//	name       = ASCII letters, digits and "_", no digit first
//	string     = text in ' or ", where \' \" \\ \n stand for ' " \ and a new line
//
// An example:
//
//	cpu = fetch('node.cpu', 'host'='a').downsample('1m', 'avg');
//	err = fetch('http.count', 'code'=~'5..'); output(cpu, err)
//
// Filters are this package's own: no document known to its authors shows how
// Apptuit writes them. They compare the tag called by the first string with
// the second; =~ and !~ take a regular expression of Go's syntax that has to
// match the whole value, and a missing tag is an empty one.
//
// A downsample has a width, such as 30s, 1m, 6h or 1d, and one of avg, sum,
// min, max, count, first and last. Buckets are counted from the Unix epoch and
// stamped with their start, so that the first can lie before S, as it can with
// Apptuit.
//
// Each fetch is an output, called by its name or else by its metric; with an
// output statement only those that it names are, in its order. The series of
// an output are sorted, their points are in order of time, and of two with one
// time the last to arrive is answered. Times are in seconds, with a fraction
// where a point was put with milliseconds. An output without series is
// answered with an empty result. A query that cannot be read is answered 400,
// with a message that tells the byte, counted from 0.
//
// A query is at most 16 KiB long, with 64 outputs, 256 filters and 64
// downsamples. It looks at 2,000,000 points at most, and an answer holds at most
// 1,000,000 points and 16 MiB of names and tags; what is larger is answered 400.
//
// # OpenTSDB's queries
//
// POST /api/query answers OpenTSDB's own query, a JSON object of at most 16 KiB:
//
//	{"start": 1406829600, "end": 1406833200, "msResolution": true, "queries": [
//	  {"aggregator": "none", "metric": "node.cpu", "tags": {"host": "a|b"}, "downsample": "1m-avg"}]}
//
// The answer is a list of series, whose points are an object of values by time, or a
// list under ?arrays. Of the aggregators there is none, which leaves each series by
// itself; a tag is *, a value, or several with | between. There is no rate, and no time
// such as 1h-ago.
//
// # Bounds
//
// A server can be left alone with whoever reaches it: what it stores, logs and
// works with is bounded in bytes, some 600 MiB at the most, and a connection
// that is slow is closed. It stores 256 MiB, some 8 million points of few series,
// and then lets the oldest go for those that come; it takes a body of 32 MiB,
// compressed or not. With a listener it answers only for localhost, loopback
// addresses and its own address, so that no page in a browser can have a name of
// its own lead to it.
//
// # To watch it
//
// [Server.PointsSince] reads on from where one was, [Server.Refusals] has what was
// not stored and why, and [Server.SetFront] puts a handler in front, as
// cmd/apptuit/live does with a page for a browser.
//
// # Faults
//
// [Server.Inject] makes requests fail: by a status, by a broken connection, by
// no answer at all, before or after the points are stored, a number of times
// or for ever. See [Fault].
package apptuittest
