package apptuit

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
)

// bodies counts what is sent.
type bodies struct {
	discard
	bytes atomic.Int64
}

func (b *bodies) RoundTrip(req *http.Request) (*http.Response, error) {
	b.bytes.Add(req.ContentLength)
	return b.discard.RoundTrip(req)
}

func TestWithBestCompression(t *testing.T) {
	rm := workload(t, 1000)
	size := func(opts ...Option) int64 {
		sent := &bodies{}
		e, err := New(append(opts, env(nil), WithToken("test-token"), WithHTTPClient(&http.Client{Transport: sent}))...)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Shutdown(context.Background())
		if err := e.Export(t.Context(), rm); err != nil {
			t.Fatal(err)
		}
		return sent.bytes.Load()
	}
	if fast, best := size(), size(WithBestCompression()); best >= fast {
		t.Errorf("%d bytes with best compression, %d without", best, fast)
	}
}
