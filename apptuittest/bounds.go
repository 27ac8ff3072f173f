package apptuittest

import "time"

// What a request may hold.
const (
	// maxPutPoints bounds the points of one put.
	maxPutPoints = 100_000
	// maxPointBytes bounds the JSON of one point.
	maxPointBytes = 64 << 10
	// maxErrorBytes bounds the list of errors in an answer. Beyond it points
	// that failed are counted and not listed.
	maxErrorBytes = 4 << 20
	// maxDrain bounds what is read and thrown away of a body that is too large,
	// so that the client hears 413 rather than a connection that breaks.
	maxDrain = 256 << 20
	// These bound a query, maxSteps the program of a regular expression in it,
	// and maxAnswerNames the names and tags in the answer, in bytes.
	maxQueryText   = 16 << 10
	maxOutputs     = 64
	maxFilters     = 256
	maxDownsamples = 64
	maxSteps       = 1_000
	maxAnswerNames = 16 << 20
	// maxFound bounds the points that a query takes from the store before it
	// downsamples them.
	maxFound = 2_000_000
	// maxQueryTime bounds the work for one query.
	maxQueryTime = 10 * time.Second
)

// What all requests of a server may hold together.
const (
	// maxWireBytes bounds the bodies as they came.
	maxWireBytes = 128 << 20
	// maxWorkBytes bounds what is made of bodies and for answers. One put or
	// query of the largest size fits.
	maxWorkBytes = 192 << 20
)

// What the log keeps.
const (
	maxRequests    = 10_000
	maxLogBytes    = 16 << 20 // of all requests
	maxHeaderBytes = 16 << 10 // of one
	maxTextBytes   = 16 << 10 // of one path or query
)

// What a server with a listener allows its connections.
const (
	maxConnections    = 1_024
	maxRequestHeader  = 64 << 10
	readHeaderTimeout = 10 * time.Second
	readTimeout       = time.Minute
	writeTimeout      = time.Minute // from the first byte of the answer
	idleTimeout       = time.Minute
)
