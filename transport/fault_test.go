package transport

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
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
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/internal/text"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// The tests of this file are named after the rows of the list of faults.

var refused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

// deliver delivers n points over a wire, in no time, and returns what was sent.
func deliver(t *testing.T, n int, replies ...nettest.Reply) (w *nettest.Wire, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w = &nettest.Wire{Replies: replies}
		err = deliverBatch(t.Context(), dial(t, w), nettest.Batch(n))
	})
	return w, err
}

func wantSent(t *testing.T, w *nettest.Wire, want ...[]int) {
	t.Helper()
	if got := w.Sent(); !reflect.DeepEqual(got, want) {
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

// bound is how many requests find one bad point among n.
func bound(n int) int { return int(2*math.Log2(float64(n)) + 2) }

func TestFault01RefusedAndDNSRetry(t *testing.T) {
	unknown := &net.DNSError{Err: "no such host", Name: "store.test", IsNotFound: true}
	w, err := deliver(t, 2, nettest.Fails(refused), nettest.Fails(unknown), nettest.Status(204, ""))
	if err != nil {
		t.Fatal(err)
	}
	wantSent(t, w, []int{0, 1}, []int{0, 1}, []int{0, 1})
	for _, r := range []nettest.Reply{nettest.Fails(refused), nettest.Fails(unknown)} {
		if o := put(t, 1, r); o.Verdict != wire.Retry || !strings.Contains(o.Err.Error(), "APPTUIT_API_ENDPOINT") {
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
	if o := c.wire.Put(t.Context(), nettest.Batch(1)); o.Verdict != wire.Delivered || o.Reused || !o.Wrote || !o.Connected {
		t.Fatalf("first: %+v", o)
	}
	o := c.wire.Put(t.Context(), nettest.Batch(1))
	if o.Verdict != wire.Retry || !o.Reused || o.Timeout {
		t.Fatalf("second: %+v", o)
	}
	d := delivery.New(nettest.Batch(1))
	if step := d.Record(o); step != delivery.StepProceed {
		t.Errorf("the first time: step %v", step)
	}
	if step := d.Record(o); step != delivery.StepWait {
		t.Errorf("the second time: step %v", step)
	}
}

func TestFault03TLSHolds(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newClient(t, WithEndpoint(s.URL))
	err := deliverBatch(t.Context(), c, nettest.Batch(2))
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
	wantHeld(t, deliverBatch(t.Context(), c, nettest.Batch(2)), 2, "http://")
}

func TestFault04TwoTimeoutsUnwrittenHalve(t *testing.T) {
	w, err := deliver(t, 4, nettest.Hangs(false), nettest.Hangs(false), nettest.Status(204, ""))
	if err != nil {
		t.Fatal(err)
	}
	wantSent(t, w, []int{0, 1, 2, 3}, []int{0, 1, 2, 3}, []int{0, 1}, []int{2, 3})
}

func TestFault05TimeoutWrittenSameBytes(t *testing.T) {
	w, err := deliver(t, 2, nettest.Hangs(true), nettest.Hangs(true), nettest.Hangs(true), nettest.Status(200, ""))
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Bodies) != 4 || string(w.Bodies[0]) != string(w.Bodies[3]) {
		t.Errorf("%d requests, and not of the same bytes", len(w.Bodies))
	}
	if d := w.At[1].Sub(w.At[0]); d < 30*time.Second || d > 31*time.Second {
		t.Errorf("the first attempt and wait took %v", d)
	}
}

func TestFault06StatusIsTheAcknowledgement(t *testing.T) {
	for _, r := range []nettest.Reply{nettest.Status(204, ""), nettest.Status(200, `{"success":2,"failed":0,"errors":[]}`), nettest.Status(200, "{"), nettest.Status(202, "stored")} {
		if w, err := deliver(t, 2, r); err != nil || len(w.Bodies) != 1 {
			t.Errorf("%d requests, %v", len(w.Bodies), err)
		}
	}
}

func TestFault06FailedIsReported(t *testing.T) {
	_, err := deliver(t, 3, nettest.Status(200, nettest.Details(2, map[int]string{1: "Storage exception: full"})))
	e := wantDropped(t, err, ErrRejected, 1, 2)
	const want = "apptuit: 1 of 3 points dropped (rejected: 1), first: node.cpu{host=\"a\"}: Storage exception: full (status 200)"
	if e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
}

func TestFault07PartialDropsListedOnly(t *testing.T) {
	w, err := deliver(t, 5, nettest.Status(400, nettest.Details(3, map[int]string{1: "Unable to parse value", 4: "Unable to parse value"})))
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
	partly := nettest.Details(1, map[int]string{0: "Invalid metric", 2: "Please throttle writes", 3: "Write timedout"})
	w, err := deliver(t, 4, nettest.Status(400, partly), nettest.Status(200, ""))
	wantDropped(t, err, ErrRejected, 1, 3)
	wantSent(t, w, []int{0, 1, 2, 3}, []int{2, 3})
}

// A point can hold what the token is: it is found all the same.
func TestFault07TokenInAPoint(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(400, nettest.Details(1, map[int]string{1: "bad"}))}}
	err := deliverBatch(t.Context(), dial(t, w, WithToken("node.cpu")), nettest.Batch(2))
	e := wantDropped(t, err, ErrRejected, 1, 1)
	if e.Rejected[0].Point.Metric != "(withheld: it shows a secret)" {
		t.Errorf("%+v", e.Rejected[0].Point)
	}
}

func TestFault07CountsThatDifferBisect(t *testing.T) {
	for name, body := range map[string]string{
		"fewer counted": nettest.Details(1, map[int]string{1: "bad"}),
		"not listed":    `{"success":3,"failed":1,"errors":[]}`,
		"not ours":      nettest.Details(3, map[int]string{9: "bad"}),
		"named twice":   strings.Replace(nettest.Details(2, map[int]string{1: "bad", 2: "bad"}), `"value":"2"`, `"value":"1"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			w, err := deliver(t, 4, nettest.Status(400, body), nettest.Status(204, ""))
			if err != nil {
				t.Fatal(err)
			}
			if want := [][]int{{0, 1, 2, 3}, {0, 1}, {2}, {3}}; !reflect.DeepEqual(w.Sent(), want) {
				t.Errorf("sent %v, want %v", w.Sent(), want)
			}
		})
	}
}

func TestFault08And09OneBadPoint(t *testing.T) {
	w := &nettest.Store{Bad: map[int]bool{5: true}, Status: 400, Text: `{"error":{"code":400,"message":"One or more data points had errors"}}`}
	err := deliverBatch(t.Context(), dial(t, w), nettest.Batch(8))
	e := wantDropped(t, err, ErrRejected, 1, 7)
	if p := e.Rejected[0].Point; p.Timestamp != nettest.Start+5 || p.Metric != "node.cpu" || p.Tags["host"] != "a" {
		t.Errorf("named %+v", p)
	}
	if !strings.Contains(err.Error(), "One or more data points had errors") {
		t.Errorf("the server's words are lost: %v", err)
	}
}

func TestFault09EverythingRefusedHolds(t *testing.T) {
	for _, code := range []int{400, 415, 422} {
		w, err := deliver(t, 8, nettest.Status(code, "no"))
		wantHeld(t, err, 8, `"no"`)
		wantHeld(t, err, 8, "every part of the batch is refused: check the endpoint and the compression")
		if len(w.Bodies) > 8 {
			t.Errorf("%d: %d requests", code, len(w.Bodies))
		}
	}
}

// A batch of one point has no other part that could pass: it may be the store.
func TestFault09SinglePointIsHeld(t *testing.T) {
	w, err := deliver(t, 1, nettest.Status(422, "no"))
	wantHeld(t, err, 1, "every part of the batch is refused")
	if len(w.Bodies) > bound(1) {
		t.Errorf("%d requests", len(w.Bodies))
	}
}

func TestFault31TooLargeAtEverySizeIsHeld(t *testing.T) {
	w, err := deliver(t, 1000, nettest.Status(413, ""))
	wantHeld(t, err, 1000, "even a single point is refused as too large: check the endpoint")
	if len(w.Bodies) > bound(1000) {
		t.Errorf("%d requests", len(w.Bodies))
	}
}

func TestFault10TokenRefusedHolds(t *testing.T) {
	for _, code := range []int{401, 403} {
		w, err := deliver(t, 3, nettest.Status(code, "who are you?"))
		wantHeld(t, err, 3, "APPTUIT_API_TOKEN")
		if len(w.Bodies) != 1 {
			t.Errorf("%d requests", len(w.Bodies))
		}
	}
}

func TestFault10NewTokenAtOnce(t *testing.T) {
	var tokens []string
	w := &nettest.Wire{Replies: []nettest.Reply{func(r *http.Request) (*http.Response, error) {
		tokens = append(tokens, r.Header.Get("Authorization"))
		code := 401
		if len(tokens) > 1 {
			code = 204
		}
		return nettest.Status(code, "")(r)
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
	if err := deliverBatch(t.Context(), c, nettest.Batch(1)); err != nil {
		t.Fatal(err)
	}
	if want := []string{"Bearer old-token", "Bearer new-token"}; !slices.Equal(tokens, want) {
		t.Errorf("sent %v, want %v", tokens, want)
	}
}

func TestFault11WrongPlaceHolds(t *testing.T) {
	for _, code := range []int{404, 405, 410, 501, 505} {
		_, err := deliver(t, 3, nettest.Status(code, ""))
		wantHeld(t, err, 3, "store.test: status ")
	}
}

func TestFault12And14And17Retry(t *testing.T) {
	for _, code := range []int{408, 425, 429, 500, 502, 503, 504, 507} {
		w, err := deliver(t, 3, nettest.Status(code, "later"), nettest.Status(code, "later"), nettest.Status(204, ""))
		if err != nil || len(w.Bodies) != 3 {
			t.Errorf("%d: %d requests, %v", code, len(w.Bodies), err)
		}
	}
}

func TestFault13TooLargeHalves(t *testing.T) {
	for _, tooLarge := range []nettest.Reply{
		nettest.Status(413, ""), nettest.Status(400, "too big packed request"),
		nettest.Status(400, "<html><body>Chunked request not supported.</body></html>"),
	} {
		w, err := deliver(t, 4, tooLarge, nettest.Status(204, ""))
		if err != nil {
			t.Fatal(err)
		}
		wantSent(t, w, []int{0, 1, 2, 3}, []int{0, 1}, []int{2, 3})
	}
}

func TestFault13SinglePointTooLargeIsDropped(t *testing.T) {
	w, err := deliver(t, 2, nettest.Status(413, ""), nettest.Status(413, ""), nettest.Status(204, ""))
	wantDropped(t, err, ErrTooLarge, 1, 1)
	wantSent(t, w, []int{0, 1}, []int{0}, []int{1})
}

func TestFault13LimitIsRemembered(t *testing.T) {
	w := &nettest.Wire{Replies: []nettest.Reply{nettest.Status(413, ""), nettest.Status(204, "")}}
	c := dial(t, w)
	for range 2 {
		if err := deliverBatch(t.Context(), c, nettest.Batch(100)); err != nil {
			t.Fatal(err)
		}
	}
	var sizes []int
	for _, sent := range w.Sent() {
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
		w, err := deliver(t, 1, nettest.Status(503, "", "Retry-After", header), nettest.Status(204, ""))
		if err != nil {
			t.Fatal(err)
		}
		if d := w.At[1].Sub(w.At[0]); d < bounds[0] || d > bounds[1] {
			t.Errorf("Retry-After: %s: waited %v, want %v", header, d, bounds)
		}
	}
}

func TestFault17PoisonIsBisected(t *testing.T) {
	s := &nettest.Store{Bad: map[int]bool{2: true}, Status: 500, Text: "partial write"}
	c := dial(t, s)
	d := delivery.New(nettest.Batch(16))
	d.Bisect()
	for step, i := delivery.StepProceed, 0; step != delivery.StepDone; i++ {
		piece, _ := d.Next()
		if step = d.Record(c.wire.Put(t.Context(), piece)); step == delivery.StepHold || i > 30 {
			t.Fatalf("step %v at request %d", step, i)
		}
	}
	wantDropped(t, FromReport(d.Report(nil)), ErrRejected, 1, 15)
	if s.Met[2] != 2+10 { // in a half and a quarter; the eighth is known by then
		t.Errorf("the bad point was sent %d times", s.Met[2])
	}
}

func TestFault18RedirectIsNotFollowed(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		w, err := deliver(t, 2, nettest.Status(code, "", "Location", "https://elsewhere.test/login?next=secret"))
		wantHeld(t, err, 2, "the endpoint redirects to https://elsewhere.test: set the endpoint to where it lives")
		if len(w.Bodies) != 1 || strings.Contains(err.Error(), "secret") {
			t.Errorf("%d: %d requests, %v", code, len(w.Bodies), err)
		}
	}
}

func TestFault18RedirectReal(t *testing.T) {
	requests := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	wantHeld(t, deliverBatch(t.Context(), c, nettest.Batch(2)), 2, "the endpoint redirects: set")
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
	for _, want := range map[int]wire.Verdict{200: wire.Delivered, 400: wire.Bisect, 503: wire.Retry, 401: wire.Hold} {
		code = map[wire.Verdict]int{wire.Delivered: 200, wire.Bisect: 400, wire.Retry: 503, wire.Hold: 401}[want]
		if o := c.wire.Put(t.Context(), nettest.Batch(2)); o.Verdict != want || o.Status != code {
			t.Errorf("%d: %+v", code, o)
		}
	}
}

func TestFault20GiantAnswer(t *testing.T) {
	read := 0
	giant := func(*http.Request) io.ReadCloser { return nettest.Endless{Count: &read} }
	for code, want := range map[int]wire.Verdict{200: wire.Delivered, 400: wire.Bisect, 503: wire.Retry} {
		read = 0
		o := put(t, 2, nettest.Body(code, giant))
		if o.Verdict != want || read > 1<<20 || len([]rune(o.Text)) > text.Max {
			t.Errorf("%d: %v, %d bytes read, %d characters of text", code, o.Verdict, read, len([]rune(o.Text)))
		}
	}
}

func TestFault21SlowBodyAfter2xx(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		o := put(t, 2, nettest.Body(200, nettest.Slowly(`{"succ`)))
		if took := time.Since(began); o.Verdict != wire.Delivered || took != time.Second {
			t.Errorf("%v after %v", o.Verdict, took)
		}
	})
}

func TestFault21SlowBodyCountsToTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		o := put(t, 2, nettest.Body(503, nettest.Slowly("over")))
		if took := time.Since(began); o.Verdict != wire.Retry || o.Text != "over" || took != 30*time.Second {
			t.Errorf("%+v after %v", o, took)
		}
	})
}

// A refusal that does not come to its end is told when the attempt is over: nothing is
// asked again piece by piece, a time-out for each.
func TestFault21RefusalsThatDoNotEnd(t *testing.T) {
	for code, want := range map[int]struct {
		verdict wire.Verdict
		after   time.Duration
	}{
		400: {wire.Retry, 30 * time.Second}, 415: {wire.Retry, 30 * time.Second}, 422: {wire.Retry, 30 * time.Second}, 413: {wire.Halve, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			o := put(t, 2, nettest.Body(code, nettest.Slowly("bad")))
			took := time.Since(began)
			told := strings.Contains(o.Err.Error(), "the answer was not read to its end in time")
			if o.Verdict != want.verdict || o.Text != "bad" || took != want.after || told != (want.verdict == wire.Retry) {
				t.Errorf("%d: %+v after %v", code, o, took)
			}
		})
	}
}

func TestFault22BodyCanBeReplayed(t *testing.T) {
	put(t, 2, func(r *http.Request) (*http.Response, error) {
		body, err := r.GetBody()
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(body)
		if int64(len(text)) != r.ContentLength || string(text) != string(nettest.Batch(2).Body) {
			t.Errorf("GetBody gives %q, Content-Length %d", text, r.ContentLength)
		}
		return nettest.Status(204, "")(r)
	})
}

func TestFault23ContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Hour, cancel)
		err := deliverBatch(ctx, dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Status(503, "busy")}}), nettest.Batch(2))
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
		w := &nettest.Wire{Replies: []nettest.Reply{nettest.Fails(refused), nettest.Status(503, "", "Retry-After", "90")}}
		err := deliverBatch(ctx, dial(t, w), nettest.Batch(2))
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
		err := deliverBatch(ctx, dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Fails(refused), nettest.Hangs(true)}}), nettest.Batch(2))
		if !errors.Is(err, syscall.ECONNREFUSED) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// Where all points are refused one by one each is counted, and ten are named.
func TestFault07ManyRejectedPoints(t *testing.T) {
	const n = 2000
	named := map[int]string{}
	for i := range n {
		named[i] = fmt.Sprintf("bad point of a kind of its own, number %d", i)
	}
	w, err := deliver(t, n, nettest.Status(400, nettest.Details(0, named)))
	if e := wantDropped(t, err, ErrRejected, n, 0); len(w.Bodies) != 1 || len(e.Rejected) != 10 {
		t.Errorf("%d requests, %d named", len(w.Bodies), len(e.Rejected))
	}
}
