package promapi

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"go.uber.org/goleak"

	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testToken = "token-for-tests"

// noon is where most tests begin.
var noon = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)

// packed answers with a compressed body.
func packed(body string) nettest.Reply {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, body) // a buffer takes everything
	_ = w.Close()
	return nettest.Status(200, b.String(), "Content-Encoding", "gzip")
}

// dial returns the API of a wire. It reads no environment.
func dial(t *testing.T, w http.RoundTripper, opts ...query.Option) v1.API {
	t.Helper()
	prom, err := New(append([]query.Option{
		transport.WithEnv(nil), transport.WithToken(testToken), transport.WithEndpoint("https://api.test"),
		transport.WithHTTPClient(&http.Client{Transport: w}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return prom
}
