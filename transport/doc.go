// Package transport carries points to Apptuit, or to any store that takes OpenTSDB's
// put, and says what became of each of them.
//
// A [Client] has one endpoint and one credential. [Client.Send] stores points: it
// encodes them, splits what is too large, and tries again until all is stored, until
// its context ends, or until a cause appears that only a person can remove.
// [Client.Ask] makes every other request, such as a query, over the same connection
// and with the same patience, and bounds its answer.
//
// A point is given up only where the store says 2xx to its batch, where the
// store names it as bad, or where it alone is what the store refuses. Time
// spent on retries is never a reason. What was given up, what was stored and
// what the caller still has is counted in a [SendError].
//
// With [WithXCollector] points go to an agent on this machine by UDP, which
// acknowledges nothing.
//
// Nothing here prints a token: not the client, an option, an error or a log line, in
// any format, even where the server repeats it. A text from outside that shows a part
// of a secret is withheld as a whole. What it is that failed can be asked for by
// errors.Is, and by errors.As for the errors of context, net, os, syscall, tls and
// x509; errors.Unwrap leads to no foreign text.
//
// Read client.go, options.go, send.go and ask.go, retry.go, error.go. One attempt is
// made by internal/wire, and what an outcome means for a batch is in internal/delivery.
package transport
