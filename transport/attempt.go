package transport

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// An attempt gathers the facts of one POST that its error does not tell.
// net/http calls the hooks from its own goroutines, and may do so late.
type attempt struct {
	hooks                    httptrace.ClientTrace
	connected, reused, wrote atomic.Bool
}

func (a *attempt) trace(ctx context.Context) context.Context {
	a.hooks = httptrace.ClientTrace{GotConn: a.gotConn, WroteRequest: a.wroteRequest}
	return httptrace.WithClientTrace(ctx, &a.hooks)
}

func (a *attempt) gotConn(info httptrace.GotConnInfo) {
	a.connected.Store(true)
	a.reused.Store(info.Reused)
	a.wrote.Store(false) // net/http tries again by itself where nothing was written
}

func (a *attempt) wroteRequest(info httptrace.WroteRequestInfo) { a.wrote.Store(info.Err == nil) }

func (a *attempt) facts(o *Outcome) {
	o.Connected, o.Reused, o.Wrote = a.connected.Load(), a.reused.Load(), a.wrote.Load()
}
