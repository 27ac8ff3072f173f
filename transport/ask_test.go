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
func ask(t *testing.T, q *question, opts []Option, replies ...reply) (w *wire, o Outcome) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w = &wire{replies: replies}
		o = dial(t, w, opts...).Ask(t.Context(), q.Request)
	})
	return w, o
}

func TestAskSendsAndReads(t *testing.T) {
	var got *http.Request
	q := newQuestion()
	q.Method, q.Body, q.ContentType = http.MethodPost, []byte("q=up"), "application/x-www-form-urlencoded"
	w, o := ask(t, q, []Option{WithUserAgent("shop/1.2")}, func(r *http.Request) (*http.Response, error) {
		got = r
		return status(200, "answer")(r)
	})
	if o.Verdict != Delivered || o.Err != nil || len(q.got) != 1 || q.got[0] != "answer" || string(w.bodies[0]) != "q=up" {
		t.Fatalf("%+v, read %q, sent %q", o, q.got, w.bodies)
	}
	if got.Method != "POST" || got.URL.String() != "https://store.test/api/query?q=1" || got.ContentLength != 4 || got.GetBody == nil {
		t.Errorf("%s %s of %d bytes", got.Method, got.URL, got.ContentLength)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer " + testToken, "Content-Type": q.ContentType, "Accept": "application/json",
		"Accept-Encoding": "gzip", "User-Agent": userAgent("shop/1.2"), "Content-Encoding": "",
	} {
		if v := got.Header.Get(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
}

func TestAskAgain(t *testing.T) {
	broken := answerBody(200, func(*http.Request) io.ReadCloser {
		return io.NopCloser(io.MultiReader(strings.NewReader("ans"), iotest.ErrReader(syscall.ECONNRESET)))
	})
	for name, tt := range map[string]struct {
		reply    reply
		requests int
	}{
		"refused": {fails(refused), 2}, "time-out": {hangs(true), 2}, "408": {status(408, ""), 2}, "503": {status(503, ""), 2},
		"broken": {broken, 2}, "slow": {answerBody(200, slowly("ans")), 2},
		"400": {status(400, ""), 1}, "404": {status(404, ""), 1}, "302": {status(302, ""), 1}, "501": {status(501, ""), 1},
	} {
		w, o := ask(t, newQuestion(), nil, tt.reply, status(200, "answer"))
		if len(w.bodies) != tt.requests || (o.Verdict == Delivered) != (tt.requests == 2) {
			t.Errorf("%s: %d requests, %v, %v", name, len(w.bodies), o.Verdict, o.Err)
		}
	}
}

func TestAskKeepsTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		c := dial(t, &wire{replies: []reply{status(503, "busy"), hangs(true)}}, WithTimeout(2*time.Hour))
		o := c.Ask(ctx, newQuestion().Request)
		if o.Status != 503 || o.Text != "busy" || !errors.Is(o.Err, context.DeadlineExceeded) || !strings.Contains(o.Err.Error(), "status 503") {
			t.Errorf("%+v: %v", o, o.Err)
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
		w, o := ask(t, q, nil, status(200, "x"))
		if len(w.bodies) != tt.requests || o.Status != 200 || !errors.Is(o.Err, tt.err) || o.Err.Error() != "store.test: "+text {
			t.Errorf("%d requests, %+v", len(w.bodies), o)
		}
	}
}

func TestAskMasksWhatReadSays(t *testing.T) {
	q := newQuestion()
	q.Read = func(io.Reader) error { return errors.New("no number: " + testToken) }
	if _, o := ask(t, q, nil, status(200, "x")); strings.Contains(o.Err.Error(), testToken) {
		t.Error(o.Err)
	}
}

func TestAskBounds(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 1<<20))
	_ = z.Close()
	limit := []Option{WithMaxAnswerBytes(10_000)}
	for name, r := range map[string]reply{
		"plain": status(200, strings.Repeat("x", 10_001)), "gzip": status(200, bomb.String(), "Content-Encoding", "gzip"),
	} {
		q := newQuestion()
		w, o := ask(t, q, limit, r)
		if !errors.Is(o.Err, ErrAnswerTooLarge) || len(w.bodies) != 1 || len(q.got[0]) > 10_000 {
			t.Errorf("%s: %d requests, %v", name, len(w.bodies), o.Err)
		}
	}
	if _, o := ask(t, newQuestion(), limit, status(200, strings.Repeat("x", 10_000))); o.Err != nil {
		t.Errorf("just small enough: %v", o.Err)
	}
}

// What a server says about an error is never more than 1 MiB of memory.
func TestAskBoundsErrors(t *testing.T) {
	giant := strings.NewReader(strings.Repeat("x ", maxBody))
	endless := answerBody(500, func(*http.Request) io.ReadCloser { return io.NopCloser(giant) })
	_, o := ask(t, newQuestion(), []Option{WithMaxAttempts(1)}, endless)
	if read := int(giant.Size()) - giant.Len(); o.Status != 500 || len(o.Text) > maxText || read > maxBody {
		t.Errorf("read %d bytes: %+v", read, o)
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
		if o := c.Ask(t.Context(), q.Request); o.Err != nil {
			t.Fatal(o.Err)
		}
	}
	if requests != 3 || time.Since(began) > 5*time.Second {
		t.Errorf("%d requests in %v", requests, time.Since(began))
	}
}

func TestAskOptions(t *testing.T) {
	c := newClient(t, WithDefaultTimeout(time.Minute))
	if c.Timeout() != time.Minute || c.maxAnswer != DefaultMaxAnswerBytes || c.attempts != 0 {
		t.Errorf("%+v", c)
	}
	if c = newClient(t, WithDefaultTimeout(time.Minute), WithTimeout(time.Second)); c.Timeout() != time.Second {
		t.Errorf("%+v", c)
	}
	_, err := New(WithEnv(nil), WithToken(testToken), WithDefaultTimeout(0), WithMaxAnswerBytes(-1), WithMaxAttempts(0))
	for _, name := range []string{"WithDefaultTimeout", "WithMaxAnswerBytes", "WithMaxAttempts"} {
		if err == nil || !strings.Contains(err.Error(), "apptuit: "+name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
