package transport

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/url"
	"strings"
	"testing"
)

// randomToken holds what quoting changes, as tokens in base64 do.
func randomToken() string { return `=/+"\<&` + rand.Text() + "==" }

// shown returns v in every format that could end in a log.
func shown(t *testing.T, v any) string {
	t.Helper()
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %q\n", v, v, v, v, v)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	if text, err := json.Marshal(v); err == nil {
		out.Write(text)
	}
	return out.String()
}

func wantHidden(t *testing.T, v any, secrets ...string) {
	t.Helper()
	out := shown(t, v)
	for _, s := range secrets {
		quoted, _ := json.Marshal(s)
		for _, form := range []string{s, string(quoted[1 : len(quoted)-1]), url.QueryEscape(s), html.EscapeString(s)} {
			if strings.Contains(out, form) {
				t.Fatalf("%T shows %q:\n%s", v, form, out)
			}
		}
	}
}

func TestLeakOfValues(t *testing.T) {
	token, key := randomToken(), rand.Text()
	basic := base64.StdEncoding.EncodeToString([]byte("ann:" + token))
	opts := []Option{
		WithToken(token), WithUserID("ann"), WithHeaders(map[string]string{"X-Key": key}),
		WithTokenSource(func(context.Context) (string, error) { return token, nil }),
	}
	for _, opt := range opts {
		wantHidden(t, opt, token, key, basic)
	}
	w := &wire{replies: []reply{status(401, "no")}}
	c := dial(t, w, opts[0], opts[1], opts[2])
	err := c.Send(t.Context(), points(2))
	for _, v := range []any{c, c.credential, c.http, opts, err, errors.Unwrap(err)} {
		wantHidden(t, v, token, key, basic)
	}
}

func TestLeakByServerEcho(t *testing.T) {
	token, key := randomToken(), rand.Text()
	basic := base64.StdEncoding.EncodeToString([]byte("ann:" + token))
	quoted, _ := json.Marshal(token)
	java := strings.NewReplacer("=", `\u003d`, "<", `\u003c`, "&", `\u0026`, `"`, `\"`, `\`, `\\`, "/", `\/`).Replace(token)
	bodies := []string{
		"bad token " + token, "bad " + basic, "key " + key, "header Basic " + basic + ".",
		"<html><title>" + html.EscapeString(token) + "</title>", "/api?token=" + url.QueryEscape(token),
		`{"error":{"code":401,"message":` + string(quoted) + `}}`, `{"error":` + string(quoted) + `}`,
		`{"message":"` + java + `"}`, `{"error":{"message":"` + java + `"}}`,
		`{"success":1,"failed":1,"errors":[{"datapoint":{"metric":"` + java + `","value":"` + java + `","timestamp":1,"tags":{"a":"` + java + `","` + java + `":"b"}},"error":"` + java + `"}]}`,
		strings.Repeat("x", 240) + token, strings.Repeat("x", 230) + token[:20],
	}
	for _, code := range []int{200, 400, 401, 503} {
		for _, body := range bodies {
			w := &wire{replies: []reply{status(code, body)}}
			c := dial(t, w, WithToken(token), WithUserID("ann"), WithHeaders(map[string]string{"X-Key": key}))
			o := c.Put(t.Context(), batch(2))
			wantHidden(t, o, token, key, basic, token[:12])
			d := NewDelivery(batch(2))
			d.Record(o)
			wantHidden(t, d.Stop(o.Err), token, key, basic, token[:12])
		}
	}
}

func TestLeakByNetworkAndRedirect(t *testing.T) {
	token := "T" + rand.Text()
	for _, r := range []reply{
		fails(errors.New("malformed HTTP response \"" + token + "\"")),
		status(302, "", "Location", "https://"+token+".test/?t="+token),
		status(302, "", "Location", "%zz"+token),
	} {
		c := dial(t, &wire{replies: []reply{r}}, WithToken(token))
		o := c.Put(t.Context(), batch(1))
		if o.Err == nil || strings.Contains(fmt.Sprintf("%v %+v %s", o, o, o.Err), token) {
			t.Errorf("%+v", o)
		}
	}
}

func TestTextIsOneBoundedLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		" a \r\n\t b ":              "a b",
		"a\x00b\x1b[31m\u202e\xff":  `a\x00b\x1b[31m\u202e` + `\ufffd`,
		strings.Repeat("é", 300):    strings.Repeat("é", 253) + "...",
		strings.Repeat("\x01", 300): strings.Repeat(`\x01`, 63) + "...",
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestTextOfPages(t *testing.T) {
	for in, want := range map[string]string{
		"<html><head><title>502 Bad Gateway</title></head><body><h1>x</h1></body></html>": "502 Bad Gateway",
		" <p>Chunked <b>request</b> not supported</p>":                                    "Chunked request not supported",
		"a < b": "a < b",
	} {
		if got := printable(plainText(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
