package apptuittest

import (
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"time"
)

// missing is how many bytes a truncated answer is short of its Content-Length.
const missing = 1 << 10

// Hang never answers: it holds the request until the client gives up or the
// server closes.
func Hang() Fault { return Fault{act: (*exchange).hang} }

// hangBody answers with a status and the header of an answer whose body never
// comes.
func hangBody(code int) Fault {
	return Fault{act: func(x *exchange) {
		x.Header().Set("Content-Length", strconv.Itoa(missing))
		x.WriteHeader(code)
		http.NewResponseController(x).Flush() // an answer that cannot be flushed hangs all the same
		x.hang()
	}}
}

// Truncate answers with a status and body, and ends the connection 1 KiB
// before the Content-Length it gave.
func Truncate(code int, body string) Fault {
	return Fault{act: func(x *exchange) {
		x.Header().Set("Content-Length", strconv.Itoa(len(body)+missing))
		x.WriteHeader(code)
		x.Write([]byte(body)) // net/http ends the connection of a short answer
	}}
}

// Disconnect closes the connection without an answer: the client reads EOF.
func Disconnect() Fault { return Fault{act: (*exchange).abort} }

// Reset breaks the connection without an answer: the client of a TCP
// connection reads "connection reset by peer". Where the connection cannot be
// had, as over HTTP/2 or in process, it acts as [Disconnect].
func Reset() Fault { return Fault{act: (*exchange).reset} }

// abort ends the connection, or the stream of HTTP/2.
func (x *exchange) abort() {
	x.record(0)
	panic(http.ErrAbortHandler)
}

func (x *exchange) hang() {
	x.record(0)
	x.r.Body = http.NoBody
	x.end()
	select {
	case <-x.r.Context().Done():
	case <-x.srv.closed:
	}
	x.abort()
}

// pause waits for d, or aborts when nobody waits for the answer any more.
func (x *exchange) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	x.forget()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.r.Context().Done():
		x.abort()
	case <-x.srv.closed:
		x.abort()
	}
}

func (x *exchange) reset() {
	x.record(0)
	conn, _, err := http.NewResponseController(x).Hijack()
	if err != nil {
		x.abort()
	}
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn() // without the goodbye of TLS
	}
	defer conn.Close()
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) // Close then sends RST, and what is unsent is lost
	}
}
