package wire

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apptuitai/apptuit-go/internal/nettest"
)

// givenClients are ways to give the same transport: alone, which is called without
// http.Client, and with what only http.Client does.
func givenClients(transport http.RoundTripper) map[string]*http.Client {
	jar, _ := cookiejar.New(nil) // it never errs
	return map[string]*http.Client{
		"alone":         {Transport: transport},
		"with a jar":    {Transport: transport, Jar: jar},
		"with Timeout":  {Transport: transport, Timeout: time.Hour},
		"with redirect": {Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { panic("it is asked") }},
	}
}

// A countedBody counts how often it is closed.
type countedBody struct {
	io.Reader
	closed int
}

func (b *countedBody) Close() error { b.closed++; return nil }

// A given client makes one request for a put and follows nothing, whatever it is: what
// it answers means the same.
func TestGivenClientsAreAlike(t *testing.T) {
	redirect := func(status int, location string) nettest.Reply {
		return nettest.Status(status, "", "Location", location)
	}
	for name, c := range map[string]struct {
		reply   nettest.Reply
		verdict Verdict
		status  int
	}{
		"stored":             {nettest.Status(204, ""), Delivered, 204},
		"a redirect":         {redirect(302, "https://elsewhere.test/"), Hold, 302},
		"one that keeps":     {redirect(307, "https://elsewhere.test/"), Hold, 307},
		"one to nowhere":     {nettest.Status(308, ""), Hold, 308},
		"refused":            {nettest.Status(400, "no"), Bisect, 400},
		"no answer":          {func(*http.Request) (*http.Response, error) { return nil, nil }, Retry, 0},
		"an error":           {nettest.Fails(io.ErrUnexpectedEOF), Retry, 0},
		"without a body":     {func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 204}, nil }, Delivered, 204},
		"an answer and more": {func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 204}, io.EOF }, Retry, 0},
	} {
		w := &nettest.Wire{Replies: []nettest.Reply{c.reply}}
		for kind, given := range givenClients(w) {
			if name == "no answer" && given.Timeout > 0 { // then http.Client leaves a goroutine behind
				continue
			}
			before := len(w.At)
			o := newClient(t, WithEndpoint("https://store.test"), WithHTTPClient(given)).Put(t.Context(), nettest.Batch(1))
			if o.Verdict != c.verdict || o.Status != c.status || (o.Err == nil) != (c.verdict == Delivered) {
				t.Errorf("%s, %s: %v, %d, %v", name, kind, o.Verdict, o.Status, o.Err)
			}
			if sent := len(w.At) - before; sent != 1 {
				t.Errorf("%s, %s: %d requests", name, kind, sent)
			}
		}
	}
}

// The body of an answer is closed, once, whatever gave it.
func TestGivenClientsCloseAnswers(t *testing.T) {
	for _, status := range []int{204, 302, 307, 400, 500} {
		var body *countedBody
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Body(status, func(*http.Request) io.ReadCloser {
			body = &countedBody{Reader: strings.NewReader("an answer")}
			return body
		}, "Location", "https://elsewhere.test/")}}
		for kind, given := range givenClients(w) {
			newClient(t, WithEndpoint("https://store.test"), WithHTTPClient(given)).Put(t.Context(), nettest.Batch(1))
			if body.closed == 0 {
				t.Errorf("%d, %s: the answer is not closed", status, kind)
			}
		}
	}
}

// What a client has beside its transport is used: cookies, and its time-out where that
// is the shorter one.
func TestGivenClientsKeepWhatTheyHave(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(204, "", "Set-Cookie", "session=7; Path=/")}}
	given := givenClients(w)
	c := newClient(t, WithEndpoint("https://store.test"), WithHTTPClient(given["with a jar"]))
	for range 2 {
		if o := c.Put(t.Context(), nettest.Batch(1)); o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	if got := w.Asked()[1].Header.Get("Cookie"); got != "session=7" {
		t.Errorf("the second request has the cookie %q", got)
	}
	if n := len(given["with a jar"].Jar.Cookies(&url.URL{Scheme: "https", Host: "store.test"})); n != 1 {
		t.Errorf("%d cookies", n)
	}
	for kind, most := range map[string]time.Duration{"alone": defaultTimeout, "with Timeout": time.Second} {
		synctest.Test(t, func(t *testing.T) {
			given := givenClients(&nettest.Wire{Replies: []nettest.Reply{nettest.Hangs(true)}})[kind]
			given.Timeout = min(given.Timeout, time.Second)
			begun := time.Now()
			o := newClient(t, WithEndpoint("https://store.test"), WithHTTPClient(given)).Put(t.Context(), nettest.Batch(1))
			if took := time.Since(begun); o.Verdict != Retry || !o.Timeout || took != most {
				t.Errorf("%s: %v after %v, %v", kind, o.Verdict, took, o.Err)
			}
		})
	}
}

// A given client that gets HTTP where TLS was asked for says the same by either way.
func TestGivenClientsMeetPlainHTTP(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	for kind, given := range givenClients(&http.Transport{DisableKeepAlives: true}) {
		o := newClient(t, WithEndpoint("https://"+s.Listener.Addr().String()), WithHTTPClient(given)).Put(t.Context(), nettest.Batch(1))
		if o.Verdict == Delivered || !errors.Is(o.Err, http.ErrSchemeMismatch) {
			t.Errorf("%s: %v, %v", kind, o.Verdict, o.Err)
		}
	}
}
