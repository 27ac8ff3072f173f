// Package promapi asks Apptuit by PromQL: [New] gives client_golang's API over
// the credentials, the retries and the bounds of package query.
//
//	prom, err := promapi.New() // the token comes from APPTUIT_API_TOKEN
//	if err != nil {
//		log.Fatal(err)
//	}
//	value, _, _, err := prom.Query(ctx, `sum by (host) (node_cpu)`, time.Now())
//	if err != nil {
//		log.Fatal(err)
//	}
//	fmt.Println(value)
//
// The options and the environment are those of package query. Requests go to
// {endpoint}/prometheus/api/v1/, long ones as POST, and as GET where the server
// does not take that. [query.WithPromPath] says where the API is below the endpoint.
//
// package query asks by PromQL too ([query.Client.PromQL]), and gives what can be made a
// table of. [Result] makes the same of client_golang's values.
//
// Query and QueryRange read answers as package query does, in a tenth of the time and
// memory that client_golang's own decoder takes: the values are the same, and a string is
// one too. What else the API has is decoded by client_golang.
//
// # Retries and bounds
//
// What can pass is tried again as [query.Client.Query] does it: until ctx ends,
// or 5 times where ctx has no deadline. That holds for Snapshot, DeleteSeries and
// CleanTombstones too, which a server may so do twice.
//
// [transport.WithMaxAnswerBytes] bounds an answer, as it comes and decompressed, and what
// it may take of memory once it is decoded, at four times as much. Answers to other than
// Query and QueryRange are held whole while they are decoded, so that six times the bound
// is what such a request may take.
//
// # Errors
//
// errors.As finds a [*query.Error] in each error of a request, with the status
// and what the server said, and beside it a [*v1.Error] where the server answered:
// bad_data for 400, execution for 422, client_error and server_error for the rest
// of their classes, and bad_response where the answer cannot be read. No error
// shows a token, even where the server repeats it; but data is what the server
// says it is.
//
// It is a module of its own, so that the Prometheus client is nobody else's
// dependency.
package promapi
