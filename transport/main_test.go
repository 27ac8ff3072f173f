package transport

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/goleak"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testToken = "token-for-tests"

// dial returns a client of a network.
func dial(t testing.TB, w http.RoundTripper, opts ...Option) *Client {
	t.Helper()
	return newClient(t, append([]Option{
		WithEndpoint("https://store.test"), WithHTTPClient(&http.Client{Transport: w}),
	}, opts...)...)
}

// newClient returns a client that reads no environment.
func newClient(t testing.TB, opts ...Option) *Client {
	t.Helper()
	c, err := New(append([]Option{
		WithEnv(nil), WithToken(testToken), WithCompression(encoding.CompressNone),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// serve returns a client of a server over loopback.
func serve(t testing.TB, h http.HandlerFunc, opts ...Option) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return newClient(t, append([]Option{WithEndpoint(s.URL)}, opts...)...)
}

// put makes one attempt that meets r.
func put(t *testing.T, n int, r nettest.Reply) wire.Outcome {
	t.Helper()
	return dial(t, &nettest.Wire{Replies: []nettest.Reply{r}}).wire.Put(t.Context(), nettest.Batch(n))
}

// deliverBatch sends one batch.
func deliverBatch(ctx context.Context, c *Client, b encoding.Batch) error {
	report := c.deliver(ctx, b)
	if report.AllStored() {
		return nil
	}
	return FromReport(report)
}
