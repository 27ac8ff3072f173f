package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/nettest"
)

// A misdeed is what foreign code does instead of its work. It hangs until release
// is closed, whatever its context says.
type misdeed func(release chan struct{})

var misdeeds = map[string]misdeed{
	"hangs":  func(release chan struct{}) { <-release },
	"panics": func(chan struct{}) { panic("boom " + strings.Repeat("x", 1000)) },
	"exits":  func(chan struct{}) { runtime.Goexit() },
}

// wantCost checks what a misdeed costs: one attempt, that says who did what.
func wantCost(t *testing.T, how, who string, o Outcome, took time.Duration) {
	t.Helper()
	want := map[string]string{
		"hangs": who + " has not returned within 30s", "panics": who + " panicked: boom ", "exits": who + " ended its goroutine",
	}[how]
	if o.Verdict != Retry || o.Err == nil || !strings.Contains(o.Err.Error(), want) {
		t.Errorf("%s, %s: %v, %v", who, how, o.Verdict, o.Err)
	}
	if o.Timeout != (how == "hangs") || o.Timeout != (took == defaultTimeout) || took > defaultTimeout {
		t.Errorf("%s, %s: after %v, time-out %t", who, how, took, o.Timeout)
	}
	if n := len([]rune(fmt.Sprint(o.Err))); n > maxText+100 {
		t.Errorf("%s, %s: a text of %d characters", who, how, n)
	}
}

// misbehave runs f for each misdeed in a bubble.
func misbehave(t *testing.T, f func(t *testing.T, how string, do func())) {
	for how, do := range misdeeds {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				defer close(release)
				f(t, how, func() { do(release) })
			})
		})
	}
}

func withSource(t *testing.T, w *nettest.Wire, source func() string) *Client {
	t.Helper()
	c, err := New(WithEnv(nil), WithEndpoint("https://store.test"), WithHTTPClient(&http.Client{Transport: w}),
		WithTokenSource(func(context.Context) (string, error) { return source(), nil }))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTokenSourceMisbehaves(t *testing.T) {
	misbehave(t, func(t *testing.T, how string, do func()) {
		var bad atomic.Bool
		c := withSource(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(204, "")}}, func() string {
			if bad.Load() {
				do()
			}
			return testToken
		})
		if o := c.Put(t.Context(), nettest.Batch(1)); o.Verdict != Delivered {
			t.Fatalf("%+v", o)
		}
		bad.Store(true)
		began := time.Now()
		o := c.Put(t.Context(), nettest.Batch(1))
		wantCost(t, how, "the token source", o, time.Since(began))
		bad.Store(false)
		if o := c.Put(t.Context(), nettest.Batch(1)); o.Verdict != Delivered {
			t.Errorf("the next attempt: %+v", o)
		}
	})
}

func TestTokenRenewedEndsWhateverTheSourceDoes(t *testing.T) {
	misbehave(t, func(t *testing.T, how string, do func()) {
		calls := 0
		c := withSource(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(401, "")}}, func() string {
			if calls++; calls > 1 {
				do()
			}
			return testToken
		})
		if o := c.Put(t.Context(), nettest.Batch(1)); !o.TokenRefused || o.Verdict != Hold {
			t.Fatalf("%+v", o)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		if c.TokenRenewed(ctx) || time.Since(began) > 5*time.Second {
			t.Errorf("%s: renewed, or after %v", how, time.Since(began))
		}
	})
}

func TestRoundTripperMisbehaves(t *testing.T) {
	misbehave(t, func(t *testing.T, how string, do func()) {
		bad := func(r *http.Request) (*http.Response, error) { do(); return nettest.Status(204, "")(r) }
		c := dial(t, &nettest.Wire{Replies: []nettest.Reply{bad, nettest.Status(204, "")}})
		began := time.Now()
		o := c.Put(t.Context(), nettest.Batch(1))
		wantCost(t, how, "the HTTP client", o, time.Since(began))
		if !o.Lent {
			t.Error("the body may be read yet, and is not lent")
		}
		if o := c.Put(t.Context(), nettest.Batch(1)); o.Verdict != Delivered {
			t.Errorf("the next attempt: %+v", o)
		}
	})
}

type jar struct{ do func() }

func (j jar) SetCookies(*url.URL, []*http.Cookie) { j.do() }
func (j jar) Cookies(*url.URL) []*http.Cookie     { j.do(); return nil }

func TestJarMisbehaves(t *testing.T) {
	misbehave(t, func(t *testing.T, how string, do func()) {
		client := &http.Client{Transport: &nettest.Wire{Replies: []nettest.Reply{nettest.Status(204, "")}}, Jar: jar{do}}
		began := time.Now()
		o := newClient(t, WithEndpoint("https://store.test"), WithHTTPClient(client)).Put(t.Context(), nettest.Batch(1))
		wantCost(t, how, "the HTTP client", o, time.Since(began))
	})
}

func TestPanicsHideTheToken(t *testing.T) {
	panics := func(*http.Request) (*http.Response, error) { panic(errors.New("sent Bearer " + testToken)) }
	if o := put(t, 1, panics); !strings.Contains(o.Err.Error(), "the HTTP client panicked: "+withheld) || strings.Contains(fmt.Sprintf("%+v", o), testToken) {
		t.Error(o.Err)
	}
	c := withSource(t, &nettest.Wire{}, func() string { panic(testToken) })
	c.credential.latest.Store(new(testToken))
	if o := c.Put(t.Context(), nettest.Batch(1)); o.Verdict != Retry || strings.Contains(fmt.Sprintf("%+v", o), testToken) {
		t.Error(o.Err)
	}
}

// A badBody begins with a text, and then misbehaves in Read, in Close or in both.
type badBody struct {
	io.Reader
	read, close func()
}

func (b badBody) Read(p []byte) (int, error) {
	if n, err := b.Reader.Read(p); err == nil {
		return n, nil
	}
	if b.read != nil {
		b.read()
	}
	return 0, io.EOF
}

func (b badBody) Close() error {
	if b.close != nil {
		b.close()
	}
	return nil
}

// After a 2xx the body is waited for a second, and after any other status as long
// as the attempt may take. The status counts, and what came of the body.
func TestBodyMisbehaves(t *testing.T) {
	for _, where := range []string{"read", "close", "both"} {
		for code, tt := range map[int]struct {
			verdict Verdict
			limit   time.Duration
		}{200: {Delivered, bodyGrace}, 503: {Retry, defaultTimeout}, 401: {Hold, defaultTimeout}} {
			misbehave(t, func(t *testing.T, how string, do func()) {
				bad := badBody{Reader: strings.NewReader("so far")}
				if where != "close" {
					bad.read = do
				}
				if where != "read" {
					bad.close = do
				}
				c := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Body(code, func(*http.Request) io.ReadCloser { return bad })}})
				began := time.Now()
				o := c.Put(t.Context(), nettest.Batch(1))
				took := time.Since(began)
				if o.Verdict != tt.verdict || o.Status != code || o.Text != "so far" || took > tt.limit || how != "hangs" && took > 0 {
					t.Errorf("%s %s at %d: %+v after %v", where, how, code, o, took)
				}
			})
		}
	}
}

func TestReaderMisbehaves(t *testing.T) {
	misbehave(t, func(t *testing.T, how string, do func()) {
		q := newQuestion()
		q.Read = func(io.Reader) error { do(); return nil }
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, "x")}}
		began := time.Now()
		o := dial(t, w).Do(t.Context(), q.Request)
		want := map[string]string{
			"hangs": "the answer was not read to its end within 30s", "panics": "the reader of answers panicked: boom ", "exits": "the reader of answers ended its goroutine",
		}[how]
		if o.Verdict != Retry || o.Err == nil || !strings.Contains(o.Err.Error(), want) {
			t.Errorf("%+v", o)
		}
		if took := time.Since(began); took > defaultTimeout || q.Busy() != (how == "hangs") {
			t.Errorf("after %v, busy: %t", took, q.Busy())
		}
	})
}

// A reader that has returned is not at the answer any more, whatever it says: what it
// was given may have been left by itself.
func TestReaderThatHasReturnedIsNotBusy(t *testing.T) {
	q := newQuestion()
	q.Read = func(io.Reader) error { return fmt.Errorf("body: %w", errNotReturned) }
	o := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, "x")}}).Do(t.Context(), q.Request)
	if o.Err == nil || q.Busy() {
		t.Errorf("busy: %t, %v", q.Busy(), o.Err)
	}
}

// What hangs is bounded: further attempts fail at once, until something returns.
func TestHangingCallsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		release := make(chan struct{})
		c := dial(t, &nettest.Wire{Replies: []nettest.Reply{func(r *http.Request) (*http.Response, error) {
			if calls.Add(1) <= maxHanging {
				<-release
			}
			return nettest.Status(204, "")(r)
		}}})
		for range maxHanging {
			if o := c.Put(t.Context(), nettest.Batch(1)); !o.Timeout {
				t.Fatalf("%+v", o)
			}
		}
		began := time.Now()
		o := c.Put(t.Context(), nettest.Batch(1))
		if o.Verdict != Retry || time.Since(began) > 0 || !strings.Contains(o.Err.Error(), "the HTTP client hangs: 4 calls of it have not returned") {
			t.Errorf("%v after %v: %v", o.Verdict, time.Since(began), o.Err)
		}
		close(release)
		synctest.Wait()
		if o := c.Put(t.Context(), nettest.Batch(1)); o.Verdict != Delivered || c.foreign.hanging.Load() != 0 {
			t.Errorf("once they have returned: %+v", o)
		}
	})
}

// An answer that comes when nobody waits for it is closed.
func TestLateAnswerIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, closed := make(chan struct{}), false
		body := badBody{Reader: strings.NewReader(""), close: func() { closed = true }}
		c := dial(t, &nettest.Wire{Replies: []nettest.Reply{func(r *http.Request) (*http.Response, error) {
			<-release
			return nettest.Body(200, func(*http.Request) io.ReadCloser { return body })(r)
		}}})
		c.Put(t.Context(), nettest.Batch(1))
		close(release)
		synctest.Wait()
		if !closed {
			t.Error("its body is open")
		}
	})
}

// The context of the caller ends an attempt too, and is its error.
func TestForeignCodeDoesNotOutlastTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		hangs := func(*http.Request) (*http.Response, error) { <-release; return nil, io.EOF }
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began := time.Now()
		o := dial(t, &nettest.Wire{Replies: []nettest.Reply{hangs}}).Put(ctx, nettest.Batch(1))
		if took := time.Since(began); took != 2*time.Second || o.Verdict != Retry || o.Timeout || !errors.Is(o.Err, context.DeadlineExceeded) {
			t.Errorf("%+v after %v", o, took)
		}
	})
}

// A client with a token of its own and its own HTTP client runs no goroutine for
// an attempt.
func TestGuardIsForForeignCodeAlone(t *testing.T) {
	c := newClient(t)
	body := &badBody{}
	if got := c.guardBody(t.Context(), &http.Response{StatusCode: 200, Body: body}); got != io.ReadCloser(body) {
		t.Errorf("the body is read by %T", got)
	}
	before := runtime.NumGoroutine()
	token, err := c.credential.source(t.Context())
	if token != testToken || err != nil || runtime.NumGoroutine() > before {
		t.Errorf("%v, %d goroutines more", err, runtime.NumGoroutine()-before)
	}
}

// Where there is nothing to send, no request was made.
func TestNoRequest(t *testing.T) {
	c := dial(t, &nettest.Wire{})
	if o := c.Put(t.Context(), encoding.Batch{}); !o.NoRequest || o.Verdict != Delivered {
		t.Errorf("%+v", o)
	}
	if o := put(t, 1, nettest.Status(503, "")); o.NoRequest {
		t.Errorf("%+v", o)
	}
}
