package wire

import (
	"context"
	"maps"
	"net/http"
	"sync/atomic"
)

// requests makes the requests of a client. What puts have in common is made once.
type requests struct {
	scheme, host string   // of all of them
	userAgent    []string // one, as a header has it
	shared       bool     // net/http alone sees them, and only reads what they share
	last         atomic.Pointer[putForm]
}

// A putForm is what puts of one kind under one grant have in common. It is only read.
type putForm struct {
	kind          *http.Header
	grant         *grant
	*http.Request // without a body and a context
}

// make returns the request of an exchange.
func (r *requests) make(ctx context.Context, x exchange, sent *payload, g *grant) (*http.Request, error) {
	req, err := r.withHeaders(ctx, x, g)
	if err != nil {
		return nil, err
	}
	sent.attach(req)
	return req, nil
}

// withHeaders returns a request without its body. Foreign code may do what it likes
// with its URL and headers.
func (r *requests) withHeaders(ctx context.Context, x exchange, g *grant) (*http.Request, error) {
	if x.put == nil {
		return r.fresh(ctx, x, x.headers, g)
	}
	form, err := r.putForm(x, g)
	if err != nil {
		return nil, err
	}
	req := form.WithContext(ctx)
	if !r.shared {
		url := *form.URL
		req.URL, req.Header = &url, form.Header.Clone()
	}
	return req, nil
}

// putForm returns that of a put, which is mostly that of the last one.
func (r *requests) putForm(x exchange, g *grant) (*putForm, error) {
	if last := r.last.Load(); last != nil && last.kind == x.put && last.grant == g {
		return last, nil
	}
	req, err := r.fresh(context.Background(), x, *x.put, g)
	if err != nil {
		return nil, err
	}
	form := &putForm{x.put, g, req}
	r.last.Store(form)
	return form, nil
}

// fresh returns a request that shares nothing, without its body. own are the headers
// that not every request has.
func (r *requests) fresh(ctx context.Context, x exchange, own http.Header, g *grant) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, x.method, x.url, nil)
	if err != nil || req.URL.Scheme != r.scheme || req.URL.Host != r.host {
		return nil, errBadRequest
	}
	maps.Copy(req.Header, g.headers.Clone())
	maps.Copy(req.Header, own)
	req.Header["User-Agent"] = r.userAgent
	return req, nil
}
