package apptuittest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

const (
	putPath   = "/api/put"
	queryPath = "/api/query"
)

// An exchange is one request and its answer. As an [http.ResponseWriter] it
// logs the request just before the answer leaves, so that a client that has
// the answer finds the request in the log.
type exchange struct {
	http.ResponseWriter
	srv    *Server
	r      *http.Request
	entry  Request
	logged bool
	body   []byte                      // of a put, as it came
	wire   *lease                      // of body; nil until it was read
	read   *put                        // nil until the body was looked into
	lease  *lease                      // of read, or of an answer
	reject func(encoding.Point) string // nil, or a further check of points
}

func newExchange(s *Server, w http.ResponseWriter, r *http.Request) *exchange {
	// A shallow copy: the body is replaced once it was read, and in process
	// the request is the client's own.
	return &exchange{ResponseWriter: w, srv: s, r: r.WithContext(r.Context()), entry: newRequest(r)}
}

// Unwrap lets an [http.ResponseController] reach the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

func (x *exchange) WriteHeader(status int) {
	x.record(status)
	x.ResponseWriter.WriteHeader(status)
}

func (x *exchange) Write(p []byte) (int, error) {
	x.record(http.StatusOK) // what a Write without a WriteHeader means
	return x.ResponseWriter.Write(p)
}

// forget gives back the memory of what the body held, before a wait. It can be
// looked into again, unless that failed.
func (x *exchange) forget() {
	if x.read != nil && x.read.err == nil {
		x.read = nil
	}
	x.lease.release()
	x.lease = nil
}

// end gives all memory back.
func (x *exchange) end() {
	x.forget()
	x.body = nil
	x.wire.release()
}

// record logs the request, the first time it is called: the answer begins, or
// there will be none.
func (x *exchange) record(status int) {
	if x.logged {
		return
	}
	x.logged = true
	x.deadline((*http.ResponseController).SetWriteDeadline, time.Now().Add(writeTimeout))
	x.entry.Status = status
	x.srv.log.add(x.entry)
}

// deadline sets one of the connection, where the request came over one.
func (x *exchange) deadline(set func(*http.ResponseController, time.Time) error, at time.Time) {
	_ = set(http.NewResponseController(x.ResponseWriter), at) // in process there is none
}

func (x *exchange) route() {
	switch x.r.URL.Path {
	case putPath:
		x.allow(x.servePut, http.MethodPost)
	case queryPath:
		x.allow(func() { serveAnyQuery(x) }, http.MethodGet, http.MethodPost)
	default:
		x.refuse(refusef(http.StatusNotFound, "no such path: puts go to %s, queries to %s", putPath, queryPath))
	}
}

// allow calls serve where the method and the credentials permit it.
func (x *exchange) allow(serve func(), methods ...string) {
	if !slices.Contains(methods, x.r.Method) {
		x.Header().Set("Allow", strings.Join(methods, ", "))
		x.refuse(refusef(http.StatusMethodNotAllowed, "the method is not allowed here"))
		return
	}
	if !x.srv.cfg.auth.allows(x.r) {
		x.Header().Set("WWW-Authenticate", "Bearer")
		x.refuse(refusef(http.StatusUnauthorized, "the token is missing or not valid"))
		return
	}
	serve()
}

// A refusal is the answer to a request that cannot be served. No text of it
// shows what was sent in headers.
type refusal struct {
	status  int
	message string
}

func (e *refusal) Error() string { return e.message }

func refusef(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// refuse answers with OpenTSDB's form of an error. An error that is no refusal
// is the client's fault.
func (x *exchange) refuse(err error) {
	status := http.StatusBadRequest
	if r, ok := errors.AsType[*refusal](err); ok {
		status = r.status
	}
	if x.r.URL.Path == putPath {
		x.srv.refused.add(status, err.Error(), nil)
	}
	writeError(x, status, err.Error())
}

func writeError(w http.ResponseWriter, status int, message string) {
	type body struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	writeJSON(w, status, map[string]body{"error": {status, message}})
}
