package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/internal/text"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// question is a request, and what came of its answers.
type question struct {
	Request
	got []string
}

func newQuestion() *question {
	q := &question{Request: Request{Path: "/api/query", Query: "q=1"}}
	q.Read = func(body io.Reader) error {
		text, err := io.ReadAll(body)
		q.got = append(q.got, string(text))
		return err
	}
	return q
}

// ask asks over a wire, in no time.
func ask(t *testing.T, q *question, opts []Option, replies ...nettest.Reply) (w *nettest.Wire, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w = &nettest.Wire{Replies: replies}
		err = dial(t, w, opts...).Ask(t.Context(), q.Request)
	})
	return w, err
}

// failedWith returns the error of a request without an answer, which has a status.
func failedWith(t *testing.T, err error, status int) *AskError {
	t.Helper()
	var e *AskError
	if !errors.As(err, &e) || e.Status != status {
		t.Fatalf("%+v, want status %d", err, status)
	}
	return e
}

func TestAskSendsAndReads(t *testing.T) {
	var got *http.Request
	q := newQuestion()
	q.Method, q.Body, q.ContentType = http.MethodPost, []byte("q=up"), "application/x-www-form-urlencoded"
	w, err := ask(t, q, []Option{WithUserAgent("shop/1.2")}, func(r *http.Request) (*http.Response, error) {
		got = r
		return nettest.Status(200, "answer")(r)
	})
	if err != nil || len(q.got) != 1 || q.got[0] != "answer" || string(w.Bodies[0]) != "q=up" {
		t.Fatalf("%+v, read %q, sent %q", err, q.got, w.Bodies)
	}
	if got.Method != "POST" || got.URL.String() != "https://store.test/api/query?q=1" || got.ContentLength != 4 || got.GetBody == nil {
		t.Errorf("%s %s of %d bytes", got.Method, got.URL, got.ContentLength)
	}
	if ua := got.Header.Get("User-Agent"); !strings.HasPrefix(ua, "shop/1.2 apptuit-go/"+Version+" (go") {
		t.Error(ua)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer " + testToken, "Content-Type": q.ContentType, "Accept": "application/json",
		"Accept-Encoding": "gzip", "Content-Encoding": "",
	} {
		if v := got.Header.Get(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
}

func TestAskAgain(t *testing.T) {
	broken := nettest.Body(200, func(*http.Request) io.ReadCloser {
		return io.NopCloser(io.MultiReader(strings.NewReader("ans"), iotest.ErrReader(syscall.ECONNRESET)))
	})
	for name, tt := range map[string]struct {
		reply    nettest.Reply
		requests int
	}{
		"refused": {nettest.Fails(refused), 2}, "time-out": {nettest.Hangs(true), 2}, "408": {nettest.Status(408, ""), 2}, "503": {nettest.Status(503, ""), 2},
		"broken": {broken, 2}, "slow": {nettest.Body(200, nettest.Slowly("ans")), 2},
		"400": {nettest.Status(400, ""), 1}, "404": {nettest.Status(404, ""), 1}, "302": {nettest.Status(302, ""), 1}, "501": {nettest.Status(501, ""), 1},
	} {
		w, err := ask(t, newQuestion(), nil, tt.reply, nettest.Status(200, "answer"))
		if len(w.Bodies) != tt.requests || (err == nil) != (tt.requests == 2) {
			t.Errorf("%s: %d requests, %v", name, len(w.Bodies), err)
		}
	}
}

func TestAskKeepsTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		c := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(503, "busy"), nettest.Hangs(true)}}, WithTimeout(2*time.Hour))
		e := failedWith(t, c.Ask(ctx, newQuestion().Request), 503)
		if e.Text != "busy" || !errors.Is(e, context.DeadlineExceeded) || !strings.Contains(e.Error(), "status 503") {
			t.Errorf("%+v", e)
		}
	})
}

// A reader that finds fault is final, unless the answer was cut off.
func TestAskJudgesWhatReadSays(t *testing.T) {
	for text, tt := range map[string]struct {
		err      error
		requests int
	}{
		"the answer cannot be read: bad shape at byte 7": {errors.New("bad shape at byte 7"), 1},
		"the answer was cut off: unexpected EOF":         {io.ErrUnexpectedEOF, 5},
	} {
		q := newQuestion()
		q.Read = func(io.Reader) error { return tt.err }
		w, err := ask(t, q, nil, nettest.Status(200, "x"))
		e := failedWith(t, err, 200)
		if len(w.Bodies) != tt.requests || !errors.Is(e, tt.err) || e.Error() != "apptuit: store.test: "+text {
			t.Errorf("%d requests, %+v", len(w.Bodies), e)
		}
	}
}

func TestAskMasksWhatReadSays(t *testing.T) {
	q := newQuestion()
	q.Read = func(io.Reader) error { return errors.New("no number: " + testToken) }
	if _, err := ask(t, q, nil, nettest.Status(200, "x")); err == nil || strings.Contains(err.Error(), testToken) {
		t.Error(err)
	}
}

func TestAskBounds(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 1<<20))
	_ = z.Close()
	limit := []Option{WithMaxAnswerBytes(10_000)}
	for name, r := range map[string]nettest.Reply{
		"plain": nettest.Status(200, strings.Repeat("x", 10_001)), "gzip": nettest.Status(200, bomb.String(), "Content-Encoding", "gzip"),
	} {
		q := newQuestion()
		w, err := ask(t, q, limit, r)
		if !errors.Is(err, ErrAnswerTooLarge) || len(w.Bodies) != 1 || len(q.got[0]) > 10_000 {
			t.Errorf("%s: %d requests, %v", name, len(w.Bodies), err)
		}
	}
	if _, err := ask(t, newQuestion(), limit, nettest.Status(200, strings.Repeat("x", 10_000))); err != nil {
		t.Errorf("just small enough: %v", err)
	}
}

// What a server says about an error is never more than 1 MiB of memory.
func TestAskBoundsErrors(t *testing.T) {
	giant := strings.NewReader(strings.Repeat("x ", 1<<20))
	endless := nettest.Body(500, func(*http.Request) io.ReadCloser { return io.NopCloser(giant) })
	_, err := ask(t, newQuestion(), []Option{WithMaxAttempts(1)}, endless)
	e := failedWith(t, err, 500)
	if read := int(giant.Size()) - giant.Len(); len(e.Text) > text.Max || read > 1<<20 {
		t.Errorf("read %d bytes: %+v", read, e)
	}
}

// A connection that the server was closing costs no wait.
func TestAskStaleConnectionAtOnce(t *testing.T) {
	requests := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if requests++; requests != 2 {
			_, _ = io.WriteString(w, "answer")
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
	})
	q := newQuestion()
	q.Method = http.MethodPost // net/http repeats a GET by itself
	began := time.Now()
	for range 2 {
		if err := c.Ask(t.Context(), q.Request); err != nil {
			t.Fatal(err)
		}
	}
	if requests != 3 || time.Since(began) > 5*time.Second {
		t.Errorf("%d requests in %v", requests, time.Since(began))
	}
}

func TestAskOptions(t *testing.T) {
	c := newClient(t, WithDefaultTimeout(time.Minute))
	if c.wire.Timeout() != time.Minute || c.MaxAnswerBytes() != 64<<20 || c.attempts != 0 {
		t.Errorf("%+v", c)
	}
	if c = newClient(t, WithDefaultTimeout(time.Minute), WithTimeout(time.Second)); c.wire.Timeout() != time.Second {
		t.Errorf("%+v", c)
	}
	_, err := New(WithEnv(nil), WithToken(testToken), WithDefaultTimeout(0), WithMaxAnswerBytes(-1), WithMaxAttempts(0))
	for _, name := range []string{"WithDefaultTimeout", "WithMaxAnswerBytes", "WithMaxAttempts"} {
		if err == nil || !strings.Contains(err.Error(), "apptuit: "+name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A reader that hangs may be at the first answer yet: there is no second one for it.
func TestReaderThatHangsIsNotAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		q := newQuestion()
		q.Read = func(io.Reader) error { <-release; return nil }
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, "x")}}
		began := time.Now()
		e := failedWith(t, dial(t, w, WithMaxAttempts(2)).Ask(t.Context(), q.Request), 200)
		if !strings.Contains(e.Error(), "the answer was not read to its end within 30s") || len(w.Bodies) != 1 || time.Since(began) > 31*time.Second {
			t.Errorf("%d requests in %v: %v", len(w.Bodies), time.Since(began), e)
		}
	})
}

func TestReaderThatReturnsLateIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, calls := newQuestion(), 0
		q.Read = func(io.Reader) error {
			if calls++; calls == 1 {
				time.Sleep(30*time.Second + 1)
			}
			return nil
		}
		if err := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(200, "x")}}).Ask(t.Context(), q.Request); err != nil || calls != 2 {
			t.Errorf("%d calls, %v", calls, err)
		}
	})
}

// What came is what counts, though the context ended meanwhile.
func TestRetryKeepsAnAnswerAtTheEnd(t *testing.T) {
	for _, answer := range []wire.Outcome{{Verdict: wire.Delivered}, {Verdict: wire.Hold, Err: errors.New("no token")}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			attempts := 0
			o := new(Client).retry(ctx, func() (wire.Outcome, delivery.Step) {
				if attempts++; attempts == 1 {
					return wire.Outcome{Verdict: wire.Retry, Err: errors.New("busy")}, delivery.StepWait
				}
				cancel()
				return answer, delivery.StepDone
			})
			if o.Verdict != answer.Verdict || o.Err != answer.Err {
				t.Errorf("%+v, want %+v", o, answer)
			}
		})
	}
}
