package query

import (
	"io"
	"maps"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testToken = "token-for-tests"

// maxAnswer is the default bound of an answer.
const maxAnswer = 64 << 20

// noon is where most tests begin.
var noon = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)

// body answers with what a reader gives.
func body(code int, open func(*http.Request) io.Reader) nettest.Reply {
	return nettest.Body(code, func(r *http.Request) io.ReadCloser { return io.NopCloser(open(r)) })
}

// dial returns a client of a wire.
func dial(t testing.TB, w http.RoundTripper, opts ...Option) *Client {
	t.Helper()
	return newClient(t, append([]Option{
		transport.WithEndpoint("https://api.test"), transport.WithHTTPClient(&http.Client{Transport: w}),
	}, opts...)...)
}

// newClient returns a client that reads no environment.
func newClient(t testing.TB, opts ...Option) *Client {
	t.Helper()
	c, err := New(append([]Option{transport.WithEnv(nil), transport.WithToken(testToken)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// stock returns a server that stores these points.
func stock(t testing.TB, points ...encoding.Point) *apptuittest.Server {
	t.Helper()
	srv := apptuittest.NewServer()
	t.Cleanup(srv.Close)
	c, err := transport.New(transport.WithEnv(nil), transport.WithToken(testToken),
		transport.WithEndpoint(srv.URL), transport.WithMillisecondTimestamps())
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	if err := c.Send(t.Context(), points); err != nil {
		t.Fatal(err)
	}
	return srv
}

func sent(t testing.TB, metric string, tags map[string]string, at time.Time, v encoding.Value) encoding.Point {
	t.Helper()
	var list []encoding.Tag
	for k, v := range maps.All(tags) {
		list = append(list, encoding.Tag{Key: k, Value: v})
	}
	s, err := encoding.NewSeries(encoding.SanitizeNone, metric, list...)
	if err != nil {
		t.Fatal(err)
	}
	return encoding.Point{Series: s, Time: at, Value: v}
}

// oneSeries is an answer of one output with one series of these points, in JSON.
func oneSeries(dps string) string {
	return `{"outputs":[{"id":"cpu","result":[{"metric":"cpu","tags":{"host":"a"},"dps":` + dps + `}]}]}`
}

func environment(pairs map[string]string) Option {
	pairs = maps.Clone(pairs)
	return transport.WithEnv(func(name string) (string, bool) {
		v, ok := pairs[name]
		return v, ok
	})
}
