package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// What is wrong with an option is told with its name.
func TestOptionsAreNamed(t *testing.T) {
	bad := map[string]Option{
		"WithEndpoint": WithEndpoint("ftp://x"), "WithToken": WithToken(""), "WithTokenSource": WithTokenSource(nil), "WithUserID": WithUserID(":"),
		"WithTimeout": WithTimeout(0), "WithDefaultTimeout": WithDefaultTimeout(0), "WithMaxAnswerBytes": WithMaxAnswerBytes(0), "WithMaxAttempts": WithMaxAttempts(0),
		"WithHTTPClient": WithHTTPClient(nil), "WithTLSConfig": WithTLSConfig(nil), "WithHeaders": WithHeaders(map[string]string{"Host": "x"}),
		"WithCompression": WithCompression(9), "WithMaxBatch": WithMaxBatch(0), "WithMaxBatchBytes": WithMaxBatchBytes(0), "WithUserAgent": WithUserAgent("a\nb"),
		"WithXCollector": WithXCollector("x"),
	}
	for name, opt := range bad {
		if _, err := New(WithEnv(nil), opt); err == nil || !strings.Contains(err.Error(), "apptuit: "+name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(WithEnv(nil), WithoutToken(), WithToken(testToken)); err == nil || !strings.Contains(err.Error(), "WithoutToken") {
		t.Error(err)
	}
}

// Each option sets what it says.
func TestOptionsAreHeeded(t *testing.T) {
	client, config, called := &http.Client{}, &tls.Config{}, false
	s := wire.NewSettings()
	for _, opt := range []Option{
		WithEndpoint("e"), WithToken(testToken), WithTokenSource(func(context.Context) (string, error) { return "source", nil }), WithUserID("u"), WithoutToken(),
		WithInsecure(), WithTimeout(1), WithDefaultTimeout(2), WithMaxAnswerBytes(3), WithMaxAttempts(4), WithHTTPClient(client), WithTLSConfig(config),
		WithHeaders(map[string]string{"k": "v"}), WithCompression(encoding.CompressDeflate), WithBestCompression(), WithMaxBatch(5), WithMaxBatchBytes(6),
		WithMillisecondTimestamps(), WithUserAgent("a"), WithEnv(nil), WithWarningHandler(func(error) { called = true }), WithXCollector("x"),
	} {
		opt(s)
	}
	s.Warn(nil)
	token, _ := s.Token.Value(t.Context())
	source, _ := s.TokenSource.Value(t.Context())
	got := fmt.Sprint(s.Endpoint.Value, token, source, s.UserID.Value, s.NoToken, s.Insecure.Value, s.Timeout.Value, s.DefaultTimeout.Value,
		s.MaxAnswer.Value, s.MaxAttempts.Value, s.HTTPClient.Value == client, s.TLS.Value == config, s.Headers.Value, s.Compression.Value, s.Small,
		s.MaxPoints.Value, s.MaxBytes.Value, s.Milliseconds, s.UserAgent.Value, s.Lookup == nil, called, s.XCollector.Value)
	want := fmt.Sprint("e", testToken, "source", "u", true, true, time.Duration(1), time.Duration(2), 3, 4, true, true, map[string]string{"k": "v"}, encoding.CompressDeflate, true, 5, 6, true, "a", true, true, "x")
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// No way to print what a user holds shows a token.
func TestNothingShowsTheToken(t *testing.T) {
	echo := nettest.Status(401, "you sent Bearer "+testToken)
	opts := []Option{WithToken(testToken), WithMaxAttempts(1), WithHeaders(map[string]string{"X-Key": testToken})}
	c := dial(t, &nettest.Wire{Replies: []nettest.Reply{echo}}, opts...)
	sent := c.Send(t.Context(), nettest.Points(2))
	asked := c.Ask(t.Context(), Request{Path: "/x", Read: func(io.Reader) error { return nil }})
	named := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(400, nettest.Details(1, map[int]string{1: "not " + testToken}))}}, opts...).Send(t.Context(), nettest.Points(2))
	for _, v := range []any{c, opts[0], opts[2], sent, errors.Unwrap(sent), asked, errors.Unwrap(asked), named} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		if text, err := json.Marshal(v); err == nil {
			out.Write(text)
		}
		if strings.Contains(out.String(), testToken) || strings.Contains(out.String(), fmt.Sprintf("%x", testToken)) {
			t.Errorf("%T shows the token: %s", v, &out)
		}
	}
	for _, err := range []error{sent, asked, named} {
		if err == nil {
			t.Error("no error")
		}
	}
	if got := fmt.Sprintf("%v %+v %q", c, c, c); got != `apptuit client of https://store.test apptuit client of https://store.test "apptuit client of https://store.test"` {
		t.Error(got)
	}
}
