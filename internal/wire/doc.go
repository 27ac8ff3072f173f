// Package wire makes one attempt: to put a batch into a store, or to ask it for
// something. What came of it is an [Outcome]. Who calls it decides what to do next,
// and when.
//
// A [Wire] is a way for batches. A [Client] is one by HTTP, an [XCollector] one by UDP
// to an agent on this machine, which acknowledges nothing. Both are made of
// [Settings], which hold what options and environment say.
//
// Read it in this order.
//
//	wire.go outcome.go rejected.go datapoint.go    what goes in and what comes out
//	settings.go check.go env.go endpoint.go headers.go parameters.go    what a wire is made of
//	store.go storetags.go                          what a store brings with it
//	files.go tlsfiles.go                           tokens and certificates in files
//	client.go put.go request.go exchange.go        one request and its answer
//	answer.go classify.go says.go failure.go retryafter.go    what an answer means
//	limit.go backoff.go                            what a store takes, how long to wait
//	payload.go attempt.go httpclient.go local.go proxy.go body.go    the HTTP below
//	udp.go datagram.go                             the other wire
//	credential.go guard.go                         tokens, and code of others
//	redact.go secret.go notation.go headersecret.go foreign.go    what may be shown
//
// Nothing here prints a token: not a wire, an error or a log line, in any format, even
// where the server repeats it. A text from outside is compared with the tokens of the
// whole process, those that were replaced too (the last 128), with header values, with those of the parameters of puts and
// with the passwords of proxies, on letters and digits alone, with JSON, percent and
// entity escapes undone, in base64 and in hexadecimal. Where it holds one of them, half
// of one, or 16 characters in a row of a longer one, the whole text is withheld. What
// it is that failed can be asked for by errors.Is, and by errors.As for the errors of
// context, net, os, syscall, tls and x509; errors.Unwrap leads to no foreign text.
package wire
