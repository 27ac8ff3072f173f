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

	"github.com/apptuitai/apptuit-go/internal/nettest"
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
	for _, r := range []nettest.Reply{
		nettest.Status(401, "bad token "+echo), nettest.Status(400, `{"error":{"message":"`+echo+`"}}`), nettest.Status(503, echo),
		nettest.Status(200, echo), nettest.Status(200, `{"`+echo+`":1}`), nettest.Status(200, `{"outputs":"`+echo+`"}`), nettest.Status(200, oneSeries(`[[1,"`+echo+`"]]`)),
		nettest.Status(200, "", "Content-Encoding", echo), nettest.Status(302, "", "Location", "https://"+token+".test/?"+key),
		nettest.Fails(errors.New("malformed answer " + echo)),
	} {
		c := dial(t, &nettest.Wire{Replies: []nettest.Reply{r}}, opts[:4]...)
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
