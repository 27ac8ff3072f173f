package query

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/transport"
)

func wantHidden(t *testing.T, v any, secrets ...string) {
	t.Helper()
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %q %x\n", v, v, v, v, v, v)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	if text, err := json.Marshal(v); err == nil {
		out.Write(text)
	}
	for _, s := range secrets {
		if strings.Contains(out.String(), s) || strings.Contains(out.String(), fmt.Sprintf("%x", s)) {
			t.Fatalf("%T shows a secret:\n%s", v, out.String())
		}
	}
}

func TestLeak(t *testing.T) {
	token, key := "tok"+rand.Text(), "key"+rand.Text()
	opts := []Option{
		transport.WithToken(token), transport.WithUserID("ann"), transport.WithHeaders(map[string]string{"X-Key": key}), transport.WithMaxAttempts(1),
		transport.WithTokenSource(func(context.Context) (string, error) { return token, nil }),
	}
	for _, opt := range opts {
		wantHidden(t, opt, token, key)
	}
	echo := token + " " + key
	for _, r := range []reply{
		status(401, "bad token "+echo), status(400, `{"error":{"message":"`+echo+`"}}`), status(503, echo),
		status(200, echo), status(200, `{"`+echo+`":1}`), status(200, `{"outputs":"`+echo+`"}`), status(200, oneSeries(`[[1,"`+echo+`"]]`)),
		status(200, "", "Content-Encoding", echo), status(302, "", "Location", "https://"+token+".test/?"+key),
		fails(errors.New("malformed answer " + echo)),
	} {
		c := dial(t, &wire{replies: []reply{r}}, opts[:4]...)
		wantHidden(t, c, token, key)
		_, err := c.Query(t.Context(), "fetch('"+token+"')", noon, noon)
		if err == nil {
			t.Fatal("no error")
		}
		wantHidden(t, err, token, key)
	}
	if _, err := New(transport.WithEnv(nil), transport.WithToken(token+"\nx")); err == nil || strings.Contains(err.Error(), token) {
		t.Error(err)
	}
}
