package transport

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// The tests of this file are named after the rows of the list of faults.

var refused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

// deliver delivers n points over a wire, in no time, and returns what was sent.
func deliver(t *testing.T, n int, replies ...reply) (w *wire, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w = &wire{replies: replies}
		err = dial(t, w).Deliver(t.Context(), batch(n))
	})
	return w, err
}

func put(t *testing.T, n int, r reply) Outcome {
	t.Helper()
	return dial(t, &wire{replies: []reply{r}}).Put(t.Context(), batch(n))
}

func wantSent(t *testing.T, w *wire, want ...[]int) {
	t.Helper()
	if got := w.sent(); !reflect.DeepEqual(got, want) {
		t.Errorf("sent %v, want %v", got, want)
	}
}

func wantDropped(t *testing.T, err error, reason encoding.Reason, n, stored int) *SendError {
	t.Helper()
	var e *SendError
	if !errors.As(err, &e) || e.Dropped[reason] != n || e.Stored != stored || e.Unsent != 0 {
		t.Fatalf("got %+v, want %d dropped as %s and %d stored", err, n, string(reason), stored)
	}
	if !errors.Is(err, reason) {
		t.Errorf("errors.Is does not find %q in %v", string(reason), err)
	}
	return e
}

func wantHeld(t *testing.T, err error, n int, text string) {
	t.Helper()
	var e *SendError
	if !errors.As(err, &e) || e.Unsent != n || len(e.Dropped) > 0 {
		t.Fatalf("got %v, want %d points unsent", err, n)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("%q does not say %q", err, text)
	}
}

func TestFault01RefusedAndDNSRetry(t *testing.T) {
	unknown := &net.DNSError{Err: "no such host", Name: "store.test", IsNotFound: true}
	w, err := deliver(t, 2, fails(refused), fails(unknown), status(204, ""))
	if err != nil {
		t.Fatal(err)
	}
	wantSent(t, w, []int{0, 1}, []int{0, 1}, []int{0, 1})
	for _, r := range []reply{fails(refused), fails(unknown)} {
		if o := put(t, 1, r); o.Verdict != Retry || !strings.Contains(o.Err.Error(), "APPTUIT_API_ENDPOINT") {
			t.Errorf("got %v: %v", o.Verdict, o.Err)
		}
	}
}

func TestFault02StaleConnectionAtOnce(t *testing.T) {
	requests := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if requests++; requests == 1 {
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.(*net.TCPConn).SetLinger(0) // close with a reset
		conn.Close()
	})
	if o := c.Put(t.Context(), batch(1)); o.Verdict != Delivered || o.Reused || !o.Wrote || !o.Connected {
		t.Fatalf("first: %+v", o)
	}
	o := c.Put(t.Context(), batch(1))
	if o.Verdict != Retry || !o.Reused || o.Timeout {
		t.Fatalf("second: %+v", o)
	}
	d := NewDelivery(batch(1))
	if step := d.Record(o); step != StepProceed {
		t.Errorf("the first time: step %v", step)
	}
	if step := d.Record(o); step != StepWait {
		t.Errorf("the second time: step %v", step)
	}
}

func TestFault03TLSHolds(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newClient(t, WithEndpoint(s.URL))
	err := c.Deliver(t.Context(), batch(2))
	wantHeld(t, err, 2, "check the certificates")
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestFault03PlainServerBehindHTTPSHolds(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	c := newClient(t, WithEndpoint(strings.Replace(s.URL, "http:", "https:", 1)))
	wantHeld(t, c.Deliver(t.Context(), batch(2)), 2, "http://")
}

func TestFault04TwoTimeoutsUnwrittenHalve(t *testing.T) {
	w, err := deliver(t, 4, hangs(false), hangs(false), status(204, ""))
	if err != nil {
		t.Fatal(err)
	}
	wantSent(t, w, []int{0, 1, 2, 3}, []int{0, 1, 2, 3}, []int{0, 1}, []int{2, 3})
}

func TestFault05TimeoutWrittenSameBytes(t *testing.T) {
	w, err := deliver(t, 2, hangs(true), hangs(true), hangs(true), status(200, ""))
	if err != nil {
		t.Fatal(err)
	}
	if len(w.bodies) != 4 || string(w.bodies[0]) != string(w.bodies[3]) {
		t.Errorf("%d requests, and not of the same bytes", len(w.bodies))
	}
	if d := w.at[1].Sub(w.at[0]); d < 30*time.Second || d > 31*time.Second {
		t.Errorf("the first attempt and wait took %v", d)
	}
}

func TestFault06StatusIsTheAcknowledgement(t *testing.T) {
	for _, r := range []reply{status(204, ""), status(200, `{"success":2,"failed":0,"errors":[]}`), status(200, "{"), status(202, "<html>")} {
		if w, err := deliver(t, 2, r); err != nil || len(w.bodies) != 1 {
			t.Errorf("%d requests, %v", len(w.bodies), err)
		}
	}
}

func TestFault06FailedIsReported(t *testing.T) {
	_, err := deliver(t, 3, status(200, detailsOf(2, map[int]string{1: "Storage exception: full"})))
	e := wantDropped(t, err, ErrRejected, 1, 2)
	const want = "apptuit: 1 of 3 points dropped (rejected: 1), first: node.cpu{host=\"a\"}: Storage exception: full (status 200)"
	if e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
}

func TestFault07PartialDropsListedOnly(t *testing.T) {
	w, err := deliver(t, 5, status(400, detailsOf(3, map[int]string{1: "Unable to parse value", 4: "Unable to parse value"})))
	e := wantDropped(t, err, ErrRejected, 2, 3)
	wantSent(t, w, []int{0, 1, 2, 3, 4})
	const want = "apptuit: 2 of 5 points dropped (rejected: 2), first: node.cpu{host=\"a\"}: Unable to parse value: store.test: status 400 Bad Request"
	if e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
	if len(e.Rejected) != 2 || e.Status != 400 {
		t.Errorf("%+v", e)
	}
}

func TestFault07TransientAgain(t *testing.T) {
	partly := detailsOf(1, map[int]string{0: "Invalid metric", 2: "Please throttle writes", 3: "Write timedout"})
	w, err := deliver(t, 4, status(400, partly), status(200, ""))
	wantDropped(t, err, ErrRejected, 1, 3)
	wantSent(t, w, []int{0, 1, 2, 3}, []int{2, 3})
}

// A point can hold what the token is: it is found all the same.
func TestFault07TokenInAPoint(t *testing.T) {
	w := &wire{replies: []reply{status(400, detailsOf(1, map[int]string{1: "bad"}))}}
	err := dial(t, w, WithToken("node.cpu")).Deliver(t.Context(), batch(2))
	e := wantDropped(t, err, ErrRejected, 1, 1)
	if e.Rejected[0].Point.Metric != withheld {
		t.Errorf("%+v", e.Rejected[0].Point)
	}
}

func TestFault07CountsThatDifferBisect(t *testing.T) {
	for name, body := range map[string]string{
		"fewer counted": detailsOf(1, map[int]string{1: "bad"}),
		"not listed":    `{"success":3,"failed":1,"errors":[]}`,
		"not ours":      detailsOf(3, map[int]string{9: "bad"}),
		"named twice":   strings.Replace(detailsOf(2, map[int]string{1: "bad", 2: "bad"}), `"value":"2"`, `"value":"1"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			w, err := deliver(t, 4, status(400, body), status(204, ""))
			if err != nil {
				t.Fatal(err)
			}
			if want := [][]int{{0, 1, 2, 3}, {0, 1}, {2}, {3}}; !reflect.DeepEqual(w.sent(), want) {
				t.Errorf("sent %v, want %v", w.sent(), want)
			}
		})
	}
}

func TestFault08And09OneBadPoint(t *testing.T) {
	w := &store{bad: map[int]bool{5: true}, status: 400, text: `{"error":{"code":400,"message":"One or more data points had errors"}}`}
	err := dial(t, w).Deliver(t.Context(), batch(8))
	e := wantDropped(t, err, ErrRejected, 1, 7)
	if p := e.Rejected[0].Point; p.Timestamp != start+5 || p.Metric != "node.cpu" || p.Tags["host"] != "a" {
		t.Errorf("named %+v", p)
	}
	if !strings.Contains(err.Error(), "One or more data points had errors") {
		t.Errorf("the server's words are lost: %v", err)
	}
}

func TestFault09EverythingRefusedHolds(t *testing.T) {
	for _, code := range []int{400, 415, 422} {
		w, err := deliver(t, 8, status(code, "no"))
		wantHeld(t, err, 8, `"no"`)
		wantHeld(t, err, 8, "every part of the batch is refused: check the endpoint and the compression")
		if len(w.bodies) > 8 {
			t.Errorf("%d: %d requests", code, len(w.bodies))
		}
	}
}

// A batch of one point has no other part that could pass: it may be the store.
func TestFault09SinglePointIsHeld(t *testing.T) {
	w, err := deliver(t, 1, status(422, "no"))
	wantHeld(t, err, 1, "every part of the batch is refused")
	if len(w.bodies) > bound(1) {
		t.Errorf("%d requests", len(w.bodies))
	}
}

func TestFault31TooLargeAtEverySizeIsHeld(t *testing.T) {
	w, err := deliver(t, 1000, status(413, ""))
	wantHeld(t, err, 1000, "even a single point is refused as too large: check the endpoint")
	if len(w.bodies) > bound(1000) {
		t.Errorf("%d requests", len(w.bodies))
	}
}

func TestFault10TokenRefusedHolds(t *testing.T) {
	for _, code := range []int{401, 403} {
		w, err := deliver(t, 3, status(code, "who are you?"))
		wantHeld(t, err, 3, "APPTUIT_API_TOKEN")
		if len(w.bodies) != 1 {
			t.Errorf("%d requests", len(w.bodies))
		}
	}
}

func TestFault10NewTokenAtOnce(t *testing.T) {
	var tokens []string
	w := &wire{replies: []reply{func(r *http.Request) (*http.Response, error) {
		tokens = append(tokens, r.Header.Get("Authorization"))
		code := 401
		if len(tokens) > 1 {
			code = 204
		}
		return status(code, "")(r)
	}}}
	calls := 0
	source := func(context.Context) (string, error) {
		calls++
		return []string{"old-token", "new-token"}[min(calls-1, 1)], nil
	}
	c, err := New(WithEnv(nil), WithEndpoint("https://store.test"), WithTokenSource(source), WithHTTPClient(&http.Client{Transport: w}))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Deliver(t.Context(), batch(1)); err != nil {
		t.Fatal(err)
	}
	if want := []string{"Bearer old-token", "Bearer new-token"}; !slices.Equal(tokens, want) {
		t.Errorf("sent %v, want %v", tokens, want)
	}
}

func TestFault11WrongPlaceHolds(t *testing.T) {
	for _, code := range []int{404, 405, 410, 501, 505} {
		_, err := deliver(t, 3, status(code, ""))
		wantHeld(t, err, 3, "store.test: status ")
	}
}

func TestFault12And14And17Retry(t *testing.T) {
	for _, code := range []int{408, 425, 429, 500, 502, 503, 504, 507} {
		w, err := deliver(t, 3, status(code, "later"), status(code, "later"), status(204, ""))
		if err != nil || len(w.bodies) != 3 {
			t.Errorf("%d: %d requests, %v", code, len(w.bodies), err)
		}
	}
}

func TestFault13TooLargeHalves(t *testing.T) {
	for _, tooLarge := range []reply{
		status(413, ""), status(400, "too big packed request"),
		status(400, "<html><body>Chunked request not supported.</body></html>"),
	} {
		w, err := deliver(t, 4, tooLarge, status(204, ""))
		if err != nil {
			t.Fatal(err)
		}
		wantSent(t, w, []int{0, 1, 2, 3}, []int{0, 1}, []int{2, 3})
	}
}

func TestFault13SinglePointTooLargeIsDropped(t *testing.T) {
	w, err := deliver(t, 2, status(413, ""), status(413, ""), status(204, ""))
	wantDropped(t, err, ErrTooLarge, 1, 1)
	wantSent(t, w, []int{0, 1}, []int{0}, []int{1})
}

func TestFault13LimitIsRemembered(t *testing.T) {
	w := &wire{replies: []reply{status(413, ""), status(204, "")}}
	c := dial(t, w)
	for range 2 {
		if err := c.Deliver(t.Context(), batch(100)); err != nil {
			t.Fatal(err)
		}
	}
	var sizes []int
	for _, sent := range w.sent() {
		sizes = append(sizes, len(sent))
	}
	if want := []int{100, 50, 50, 50, 50}; !slices.Equal(sizes, want) {
		t.Errorf("sent batches of %v, want %v", sizes, want)
	}
}

func TestFault15RetryAfterSeconds(t *testing.T) {
	for header, bounds := range map[string][2]time.Duration{
		"120":                   {2 * time.Minute, 132 * time.Second},
		"86400":                 {10 * time.Minute, 11 * time.Minute},
		"999999999999999999999": {10 * time.Minute, 11 * time.Minute},
		"0":                     {0, time.Second},
		"-5":                    {0, time.Second},
		"soon":                  {0, time.Second},
	} {
		w, err := deliver(t, 1, status(503, "", "Retry-After", header), status(204, ""))
		if err != nil {
			t.Fatal(err)
		}
		if d := w.at[1].Sub(w.at[0]); d < bounds[0] || d > bounds[1] {
			t.Errorf("Retry-After: %s: waited %v, want %v", header, d, bounds)
		}
	}
}

func TestFault17PoisonIsBisected(t *testing.T) {
	s := &store{bad: map[int]bool{2: true}, status: 500, text: "partial write"}
	c := dial(t, s)
	d := NewDelivery(batch(16))
	d.Bisect()
	for step, i := StepProceed, 0; step != StepDone; i++ {
		piece, _ := d.Next()
		if step = d.Record(c.Put(t.Context(), piece)); step == StepHold || i > 30 {
			t.Fatalf("step %v at request %d", step, i)
		}
	}
	wantDropped(t, d.Err(), ErrRejected, 1, 15)
	if s.met[2] != 2+maxTries { // in a half and a quarter; the eighth is known by then
		t.Errorf("the bad point was sent %d times", s.met[2])
	}
}

func TestFault18RedirectIsNotFollowed(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		w, err := deliver(t, 2, status(code, "", "Location", "https://elsewhere.test/login?next=secret"))
		wantHeld(t, err, 2, "the endpoint redirects to https://elsewhere.test: set the endpoint to where it lives")
		if len(w.bodies) != 1 || strings.Contains(err.Error(), "secret") {
			t.Errorf("%d: %d requests, %v", code, len(w.bodies), err)
		}
	}
}

func TestFault18RedirectReal(t *testing.T) {
	requests := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	wantHeld(t, c.Deliver(t.Context(), batch(2)), 2, "the endpoint redirects: set")
	if requests != 1 {
		t.Errorf("%d requests", requests)
	}
}

func TestFault19TruncatedAnswer(t *testing.T) {
	code := 200
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"success":`)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	for _, want := range map[int]Verdict{200: Delivered, 400: Bisect, 503: Retry, 401: Hold} {
		code = map[Verdict]int{Delivered: 200, Bisect: 400, Retry: 503, Hold: 401}[want]
		if o := c.Put(t.Context(), batch(2)); o.Verdict != want || o.Status != code {
			t.Errorf("%d: %+v", code, o)
		}
	}
}

func TestFault20GiantAnswer(t *testing.T) {
	read := 0
	giant := func(*http.Request) io.ReadCloser { return endless{&read} }
	for code, want := range map[int]Verdict{200: Delivered, 400: Bisect, 503: Retry} {
		read = 0
		o := put(t, 2, answerBody(code, giant))
		if o.Verdict != want || read > maxBody || len([]rune(o.Text)) > maxText {
			t.Errorf("%d: %v, %d bytes read, %d characters of text", code, o.Verdict, read, len([]rune(o.Text)))
		}
	}
}

type endless struct{ read *int }

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\x01'
	}
	*e.read += len(p)
	return len(p), nil
}

func (endless) Close() error { return nil }

func TestFault21SlowBodyAfter2xx(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		o := put(t, 2, answerBody(200, slowly(`{"succ`)))
		if took := time.Since(began); o.Verdict != Delivered || took != bodyGrace {
			t.Errorf("%v after %v", o.Verdict, took)
		}
	})
}

func TestFault21SlowBodyCountsToTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		o := put(t, 2, answerBody(503, slowly("over")))
		if took := time.Since(began); o.Verdict != Retry || o.Text != "over" || took != defaultTimeout {
			t.Errorf("%+v after %v", o, took)
		}
	})
}

func TestFault22BodyCanBeReplayed(t *testing.T) {
	put(t, 2, func(r *http.Request) (*http.Response, error) {
		body, err := r.GetBody()
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(body)
		if int64(len(text)) != r.ContentLength || string(text) != string(batch(2).Body) {
			t.Errorf("GetBody gives %q, Content-Length %d", text, r.ContentLength)
		}
		return status(204, "")(r)
	})
}

func TestFault23ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Hour, cancel)
		err := dial(t, &wire{replies: []reply{status(503, "busy")}}).Deliver(ctx, batch(2))
		wantHeld(t, err, 2, `store.test: status 503 Service Unavailable: "busy" (context canceled)`)
		if !errors.Is(err, context.Canceled) {
			t.Error("errors.Is does not find context.Canceled")
		}
	})
}

func TestFault23DeadlineBeforeTheNextAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		w := &wire{replies: []reply{fails(refused), status(503, "", "Retry-After", "90")}}
		err := dial(t, w).Deliver(ctx, batch(2))
		if time.Since(began) > time.Second {
			t.Errorf("returned after %v", time.Since(began))
		}
		wantHeld(t, err, 2, "status 503")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error("errors.Is does not find context.DeadlineExceeded")
		}
	})
}

func TestFault23CauseOutlivesTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		err := dial(t, &wire{replies: []reply{fails(refused), hangs(true)}}).Deliver(ctx, batch(2))
		if !errors.Is(err, syscall.ECONNREFUSED) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
