package wire

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
)

func TestPayloadIsLentUntilAllReadersAreClosed(t *testing.T) {
	p := payload{body: []byte("the body")}
	req, err := http.NewRequest(http.MethodPost, "http://127.0.0.1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	p.attach(req)
	if req.ContentLength != int64(len(p.body)) || !p.lent() {
		t.Errorf("%d bytes, lent: %t", req.ContentLength, p.lent())
	}
	again, err := req.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []io.ReadCloser{req.Body, again} {
		if got, err := io.ReadAll(r); string(got) != "the body" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	req.Body.Close()
	req.Body.Close() // counts once
	if !p.lent() {
		t.Error("one of two readers is open, and the body is not lent")
	}
	again.Close()
	if p.lent() {
		t.Error("all readers are closed, and the body is lent")
	}
	if n, err := again.Read(make([]byte, 8)); n != 0 || err != http.ErrBodyReadAfterClose {
		t.Errorf("%d bytes are read after Close, %v", n, err)
	}
}

func TestEmptyPayload(t *testing.T) {
	req, err := http.NewRequest(http.MethodGet, "http://127.0.0.1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	var p payload
	if p.attach(req); req.Body != http.NoBody || req.ContentLength != 0 || p.lent() {
		t.Errorf("the body is %v", req.Body)
	}
}

// A keeper is a RoundTripper that reads the body when the request is over.
type keeper struct{ body io.ReadCloser }

func (k *keeper) RoundTrip(req *http.Request) (*http.Response, error) {
	k.body = req.Body
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: req}, nil
}

func TestOutcomeSaysThatABodyIsLent(t *testing.T) {
	k := &keeper{}
	c, err := New(WithEnv(func(string) (string, bool) { return "", false }), WithToken(testToken), WithHTTPClient(&http.Client{Transport: k}))
	if err != nil {
		t.Fatal(err)
	}
	b := encoding.Batch{Body: []byte("[]"), Compression: encoding.CompressNone, Points: 1}
	if o := c.Put(context.Background(), b); o.Verdict != Delivered || !o.Lent {
		t.Errorf("%s, lent: %t", o.Verdict, o.Lent)
	}
	if late, err := io.ReadAll(k.body); !bytes.Equal(late, b.Body) || err != nil {
		t.Errorf("%q, %v", late, err)
	}
}
