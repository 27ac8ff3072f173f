package wire

import (
	"context"
	"net"
	"net/http/httptrace"
	"sync/atomic"
)

// An attempt gathers the facts of one request that its error does not tell.
// net/http calls the hooks from its own goroutines, and may do so late.
type attempt struct {
	sent                     payload
	answer                   answer
	hooks                    httptrace.ClientTrace
	connected, reused, wrote atomic.Bool
	conn                     atomic.Pointer[pooledConn] // the latest; nil where it was not made here
}

func (a *attempt) trace(ctx context.Context) context.Context {
	a.hooks = httptrace.ClientTrace{GotConn: a.gotConn, WroteRequest: a.wroteRequest}
	return httptrace.WithClientTrace(ctx, &a.hooks)
}

func (a *attempt) gotConn(info httptrace.GotConnInfo) {
	a.connected.Store(true)
	a.reused.Store(info.Reused)
	a.wrote.Store(false) // net/http tries again by itself where nothing was written
	a.onto(pooledIn(info.Conn))
}

func (a *attempt) wroteRequest(info httptrace.WroteRequestInfo) { a.wrote.Store(info.Err == nil) }

func (a *attempt) facts(o *Outcome) {
	o.Connected, o.Reused, o.Wrote = a.connected.Load(), a.reused.Load(), a.wrote.Load()
}

// onto moves the attempt to a connection.
func (a *attempt) onto(c *pooledConn) {
	if c != nil {
		c.users.Add(1)
	}
	if before := a.conn.Swap(c); before != nil {
		before.leave()
	}
}

// over ends the attempt. A connection on which it ran out of time is not used
// again.
func (a *attempt) over(late bool) {
	if c := a.conn.Load(); c != nil && late {
		c.late.Store(true)
	}
	a.onto(nil)
}

// pooledIn returns the connection made here that conn runs over, nil for none.
func pooledIn(conn net.Conn) *pooledConn {
	for {
		switch c := conn.(type) {
		case *pooledConn:
			return c
		case interface{ NetConn() net.Conn }: // as TLS has it
			conn = c.NetConn()
		default:
			return nil
		}
	}
}
