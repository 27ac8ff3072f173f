// Package transport carries points over HTTP to Apptuit, or to any store that
// takes OpenTSDB's put, and says what became of each of them.
//
// A [Client] has one endpoint, one credential and one http.Client. Its three
// calls stand on each other's shoulders:
//
//	Send     points: encodes them, then Delivers each batch
//	Deliver  one batch: Puts it, waits and Puts again until it is stored, or until
//	         its context ends, or a cause appears that only a person can remove
//	Put      one POST and its verdict
//
// [Client.Ask] makes every other request, such as a query, over the same
// connection and with the same patience, and bounds its answer.
//
// A point is given up only where the store says 2xx to its batch, where the
// store names it as bad, or where it alone is what the store refuses. Time
// spent on retries is never a reason. What was given up, what was stored and
// what the caller still has is counted in a [SendError].
//
// Programs that queue batches and own their loop use a [Delivery], which holds
// the way of one batch through splits, partial answers and retries, and does no
// I/O, with [Client.Attempt] and a [Backoff].
//
// An [XCollector] stands in the place of a Client there, and hands the points to
// an agent on this machine by UDP, which acknowledges nothing.
//
// Nothing here prints a token: not the client, an option, an error or a log
// line, in any format, even where the server repeats it. A text from outside is
// compared with the tokens of the whole process, those that were replaced too
// (the last 128), with header values and with the passwords of proxies, on
// letters and digits alone, with JSON, percent and entity escapes undone, in
// base64 and in hexadecimal. Where it holds one of them, half of one, or 16
// characters in a row of a longer one, the whole text is withheld. What it is that
// failed can be asked for by errors.Is, and by errors.As for the errors of
// context, net, os, syscall, tls and x509; errors.Unwrap leads to no foreign text.
package transport
