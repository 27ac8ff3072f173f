package apptuit_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

// The tests of this file are named after the rows of the list of faults. Row 25
// is about the spool.

// passes is what every fault that passes by itself looks like: Export returns
// nil, the state is told when it begins and when it ends, and every point
// arrives once.
func passes(t *testing.T, script ...reply) {
	t.Helper()
	inBubble(t, func(t *testing.T, r *rig) {
		r.Play(script...)
		r.within(0, func() { r.accept(3) })
		if s := r.Stats(); s.QueuedPoints != 3 || s.Failures != 1 {
			t.Errorf("after the first attempt: %+v", s)
		}
		elapse(5 * time.Minute)
		r.wantStored()
		r.wantHeard(begins, ends)
		r.wantStats(nil)
		for i, wait := range r.Waits() {
			if most := time.Second << i; wait > most {
				t.Errorf("wait %d is %v, want at most %v", i+1, wait, most)
			}
		}
	})
}

// isHeld is what every fault looks like that needs a person: Export returns an
// error once, the end is told, and every point arrives once.
func isHeld(t *testing.T, fault reply, text string) {
	t.Helper()
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(fault)
		r.within(0, func() { r.wantKept(r.export(3), 3, text) })
		r.within(0, func() { r.accept(2) })
		elapse(5 * time.Hour)
		r.wantHeard()
		if n := len(r.Requests()); n < 5*12 || n > 5*60 {
			t.Errorf("%d requests in 5 hours", n)
		}
		r.Heal()
		elapse(5 * time.Minute)
		r.wantStored()
		r.wantHeard(ends)
		r.wantStats(nil)
	})
}

func TestFault01RefusedAndDNS(t *testing.T) { passes(t, refused, fails(errDNS), refused, refused) }

func TestFault02ResetAndEOF(t *testing.T) {
	passes(t, reset, fails(io.ErrUnexpectedEOF), fails(io.EOF))
}

// A connection that the server closed meanwhile costs one request, and no time.
func TestFault02StaleConnectionAtOnce(t *testing.T) {
	for name, fault := range map[string]apptuittest.Fault{"reset": apptuittest.Reset(), "EOF": apptuittest.Disconnect()} {
		t.Run(name, func(t *testing.T) {
			r := onLoopback(t)
			r.accept(2)
			stale := r.store.Inject(fault.Times(1))
			r.accept(3)
			r.wantStored() // before Export returned
			r.wantHeard()
			r.wantStats(nil)
			if stale.Fired() != 1 {
				t.Error("the connection was not broken")
			}
		})
	}
}

// onLoopback is a rig with a real connection.
func onLoopback(t *testing.T, opts ...apptuit.Option) *rig {
	t.Helper()
	srv := apptuittest.NewServer()
	t.Cleanup(srv.Close)
	r := newRig(t, newWire(srv), append([]apptuit.Option{apptuit.WithEndpoint(srv.URL)}, opts...)...)
	t.Cleanup(r.end)
	return r
}

func TestFault03CertificateHolds(t *testing.T) {
	isHeld(t, fails(x509.UnknownAuthorityError{}), "check the certificates")
}

func TestFault03TLSIsNotDowngraded(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = silent
	srv.StartTLS()
	defer srv.Close()
	var store apptuittest.Server
	r := newRig(t, newWire(&store), apptuit.WithEndpoint(srv.URL))
	r.wantKept(r.export(2), 2, "check the certificates")
	r.wantDropped(r.shutdown(time.Minute), 2, apptuit.ErrShutdown)
	r.wantStats(dropped{apptuit.ErrShutdown: 2})
}

func TestFault04TimeoutBeforeWrittenHalvesAfterTwo(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.Play(times(2, hangs(false))...)
		r.within(30*time.Second, func() { r.accept(8) })
		elapse(5 * time.Minute)
		if want := []int{4, 4}; !slices.Equal(r.sizes(), want) {
			t.Errorf("sent %v, want %v", r.sizes(), want)
		}
		for i, wait := range r.Waits()[:2] {
			if wait < 30*time.Second || wait > 30*time.Second+time.Second<<i {
				t.Errorf("attempt %d came %v after the one before", i+2, wait)
			}
		}
		r.wantStored()
		r.wantHeard(begins, ends)
		r.wantStats(nil)
	})
}

// The store may have taken what it did not answer: the same bytes again do no
// harm to it.
func TestFault05TimeoutAfterWrittenRepeatsTheBytes(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.Play(lost(hangs(true)), lost(hangs(true)))
		r.accept(8)
		elapse(5 * time.Minute)
		sent := r.Requests()
		if len(sent) != 3 || !bytes.Equal(sent[0].Body, sent[1].Body) || !bytes.Equal(sent[0].Body, sent[2].Body) {
			t.Errorf("%d requests, not all of the same bytes", len(sent))
		}
		r.wantStoredTimes(3)
		r.wantHeard(begins, ends)
		r.wantStats(nil)
	})
}

func TestFault06TheStatusAcknowledges(t *testing.T) {
	for _, answer := range []reply{
		status(200, "not JSON"), status(204, ""), status(202, `{"success":0,"failed":0,"errors":[]}`),
	} {
		inBubble(t, func(t *testing.T, r *rig) {
			r.Play(answer)
			r.accept(3)
			r.wantHeard()
			r.wantStats(nil)
		})
	}
}

func TestFault06FailedIn2xxIsReported(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.Play(status(200, `{"success":1,"failed":2,"errors":[]}`))
		r.wantDropped(r.export(3), 2, transport.ErrRejected)
		r.wantHeard()
		r.wantStats(dropped{transport.ErrRejected: 2})
	})
}

// rejecting refuses points by their number.
func rejecting(reason string, numbers ...int64) apptuittest.Fault {
	bad := isOneOf(numbers...)
	return apptuittest.RejectPoints(func(p encoding.Point) string {
		if bad(p) {
			return reason
		}
		return ""
	})
}

func isOneOf(numbers ...int64) func(encoding.Point) bool {
	return func(p encoding.Point) bool {
		return slices.ContainsFunc(numbers, func(n int64) bool { return p.Value == encoding.Int(n) })
	}
}

func TestFault07ListedPointsAreDropped(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.store.Inject(rejecting("Unable to parse value", 1, 4))
		e := r.wantDropped(r.export(6), 2, transport.ErrRejected)
		if len(e.Rejected) != 2 || e.Rejected[0].Reason != "Unable to parse value" || e.Rejected[0].Point.Value != "1" {
			t.Errorf("named %+v", e.Rejected)
		}
		r.wantStored(1, 4)
		r.wantHeard()
		r.wantStats(dropped{transport.ErrRejected: 2})
	})
}

func TestFault07TransientPointsAreSentAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.store.Inject(rejecting("Please throttle", 1, 4).Times(3))
		r.accept(6)
		elapse(time.Minute)
		if want := []int{6, 2, 2, 2}; !slices.Equal(r.sizes(), want) {
			t.Errorf("sent %v, want %v", r.sizes(), want)
		}
		r.wantStored()
		r.wantHeard()
		r.wantStats(nil)
	})
}

// A list that does not add up to what was sent, or names other points, is not
// believed: the point is searched.
func TestFault07ListThatDoesNotAddUp(t *testing.T) {
	for _, list := range []string{
		`{"success":1,"failed":1,"errors":[]}`,
		`{"success":3,"failed":1,"errors":[{"datapoint":{"metric":"other","timestamp":1,"value":1,"tags":{"a":"b"}},"error":"no"}]}`,
	} {
		searched(t, 4, apptuittest.Text(400, list))
	}
}

func TestFault08And09OneBadPointIsSearched(t *testing.T) {
	for _, code := range []int{400, 415, 422} {
		searched(t, 64, apptuittest.Text(code, "bad request"))
	}
}

// searched wants the one bad point of n to be found in 2·log2(n)+2 requests and
// to cost itself only.
func searched(t *testing.T, n int, fault apptuittest.Fault) {
	t.Helper()
	inBubble(t, func(t *testing.T, r *rig) {
		bad := int64(n / 3)
		r.store.Inject(fault.OnPoint(isOneOf(bad)))
		r.within(0, func() { r.wantDropped(r.export(n), 1, transport.ErrRejected) })
		most := 2
		for i := n; i > 1; i /= 2 {
			most += 2
		}
		if len(r.sizes()) > most {
			t.Errorf("%d requests for one bad point of %d, want at most %d", len(r.sizes()), n, most)
		}
		r.wantStored(bad)
		r.wantHeard()
		r.wantStats(dropped{transport.ErrRejected: 1})
	})
}

// badRequestOn refuses, without saying why, each put that holds one of the
// points.
func badRequestOn(numbers ...int64) apptuittest.Fault {
	return apptuittest.IgnoreDetails().OnPoint(isOneOf(numbers...))
}

// Where no part of a batch passes, nothing is dropped for an hour, and the
// batches behind it go on.
func TestFault09RefusedAsAWholeIsHeld(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		refusal := r.store.Inject(badRequestOn(0, 1, 2, 3))
		r.wantKept(r.export(4), 4, `"Bad Request"`)
		r.within(0, func() { r.accept(2) })
		r.wantStored(0, 1, 2, 3)
		elapse(50 * time.Minute)
		refusal.Remove()
		elapse(5 * time.Minute)
		r.wantStored()
		r.wantHeard(ends)
		r.wantStats(nil)
	})
}

func TestFault09AndRejectedAfterAnHour(t *testing.T) {
	t.Parallel()
	otherPoints := `{"success":3,"failed":1,"errors":[{"datapoint":{"metric":"other","timestamp":1,"value":1,"tags":{"a":"b"}},"error":"no"}]}`
	for name, fault := range map[string]apptuittest.Fault{
		"text":                 badRequestOn(0, 1, 2, 3),
		"list of other points": apptuittest.Answer(listAnother).OnPoint(isOneOf(0, 1, 2, 3)),
		"list that never fits": apptuittest.Text(400, otherPoints).OnPoint(isOneOf(0, 1, 2, 3)),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.store.Inject(fault)
				r.wantKept(r.export(4), 4, "400 Bad Request")
				elapse(55 * time.Minute)
				r.wantHeard()
				elapse(15 * time.Minute)
				r.wantHeard("4 of 4 points dropped (rejected: 4)")
				r.wantStats(dropped{transport.ErrRejected: 4})
			})
		})
	}
}

// listAnother refuses one point of each put and names one that was not sent.
func listAnother(w http.ResponseWriter, req *http.Request) {
	recorder := httptest.NewRecorder()
	w.WriteHeader(400)
	apptuittest.NewUnstartedServer().ServeHTTP(recorder, req)
	var success int
	_, _ = fmt.Sscanf(recorder.Body.String(), `{"success":%d`, &success)
	fmt.Fprintf(w, `{"success":%d,"failed":1,"errors":[{"datapoint":{"metric":"other","value":1},"error":"no"}]}`, success-1)
}

// A point that is too large does not take along one that is under suspicion.
func TestFault09And13InOneBatch(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.Play(status(400, "?"), status(400, "?"), status(413, ""))
		_ = r.export(2)
		s := r.Stats()
		if n := s.Sent + sum64(s.Dropped) + uint64(s.QueuedPoints); n != 2 {
			t.Errorf("%d of 2 points are accounted for: %+v", n, s)
		}
	})
}

func TestFault10TokenRefusedHolds(t *testing.T) {
	t.Parallel()
	isHeld(t, status(401, "who are you?"), "check the token")
	isHeld(t, status(403, "not you"), "check what the token may do")
}

func TestFault10NewTokenAtOnce(t *testing.T) {
	tokens := []string{"old-token", "new-token"}
	source := func() string {
		token := tokens[0]
		tokens = tokens[min(1, len(tokens)-1):]
		return token
	}
	inBubble(t, func(t *testing.T, r *rig) {
		r.Play(status(401, ""))
		r.within(0, func() { r.accept(3) })
		r.wantStored()
		r.wantHeard()
		if sent := r.Requests(); len(sent) != 2 || sent[1].Token != "Bearer new-token" {
			t.Errorf("%d requests", len(sent))
		}
	}, withTokens(source))
}

// A source that gives another token each time does not hurry a store that takes
// none of them.
func TestFault10EverNewTokens(t *testing.T) {
	n := 0
	source := func() string { n++; return "token-" + strconv.Itoa(n) }
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(status(401, ""))
		r.wantKept(r.export(3), 3, "check the token")
		elapse(10 * time.Hour)
		if n := len(r.Requests()); n > 2*10*60 {
			t.Errorf("%d requests in 10 hours", n)
		}
		r.Heal()
		elapse(5 * time.Minute)
		r.wantStored()
		r.wantHeard(ends)
	}, withTokens(source))
}

func TestFault11WrongPlaceHolds(t *testing.T) {
	t.Parallel()
	for _, code := range []int{404, 405, 410, 501, 505} {
		isHeld(t, status(code, ""), fmt.Sprintf("status %d", code))
	}
}

func TestFault12And14And17Pass(t *testing.T) {
	t.Parallel()
	for _, code := range []int{408, 425, 429, 500, 502, 503, 504} {
		passes(t, times(6, status(code, "later"))...)
	}
}

func TestFault13TooLargeIsHalvedAndRemembered(t *testing.T) {
	for _, answer := range []reply{
		status(413, ""), status(400, "too big packed request"), status(400, "<html>Chunked request not supported.</html>"),
	} {
		inBubble(t, func(t *testing.T, r *rig) {
			r.Play(answer)
			r.within(0, func() { r.accept(200); r.accept(200) })
			if want := []int{100, 100, 100, 100}; !slices.Equal(r.sizes(), want) || len(r.Requests()) != 5 {
				t.Errorf("sent %v with %d requests, want %v with 5", r.sizes(), len(r.Requests()), want)
			}
			r.wantStored()
			r.wantHeard()
			r.wantStats(nil)
		}, apptuit.WithCompression(encoding.CompressNone))
	}
}

func TestFault13SinglePointTooLargeIsDropped(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.store.Inject(apptuittest.Status(413).OnPoint(isOneOf(5)))
		r.wantDropped(r.export(8), 1, transport.ErrTooLarge)
		r.wantStored(5)
		r.wantHeard()
		r.wantStats(dropped{transport.ErrTooLarge: 1})
	})
}

func TestFault15And16RetryAfter(t *testing.T) {
	t.Parallel()
	const date, minuteLater = "Tue, 10 Nov 2009 23:00:00 GMT", "Tue, 10 Nov 2009 23:01:00 GMT"
	for name, c := range map[string]struct {
		headers []string
		least   time.Duration
		most    time.Duration
	}{
		"seconds":      {[]string{"Retry-After", "120"}, 2 * time.Minute, 132 * time.Second},
		"a day":        {[]string{"Retry-After", "86400"}, 10 * time.Minute, 11 * time.Minute},
		"0":            {[]string{"Retry-After", "0"}, 0, time.Second},
		"garbage":      {[]string{"Retry-After", "soon"}, 0, time.Second},
		"date":         {[]string{"Retry-After", minuteLater, "Date", date}, time.Minute, 66 * time.Second},
		"in the past":  {[]string{"Retry-After", date, "Date", minuteLater}, 0, time.Second},
		"without Date": {[]string{"Retry-After", minuteLater}, 0, time.Second},
	} {
		for _, code := range []int{429, 503} {
			t.Run(fmt.Sprint(name, " ", code), func(t *testing.T) {
				inBubble(t, func(t *testing.T, r *rig) {
					r.Play(status(code, "", c.headers...))
					r.accept(3)
					elapse(15 * time.Minute)
					if wait := r.Waits()[0]; wait < c.least || wait > c.most {
						t.Errorf("waited %v, want %v to %v", wait, c.least, c.most)
					}
					r.wantStored()
					r.wantHeard(begins, ends)
				})
			})
		}
	}
}

// A store that asks for ten minutes each time is asked for ever.
func TestFault15RetryAfterNeverGivesUp(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(status(429, "", "Retry-After", "600"))
		r.accept(3)
		elapse(7 * 24 * time.Hour)
		if n := len(r.Requests()); n > 7*24*6+1 {
			t.Errorf("%d requests in a week", n)
		}
		r.Heal()
		elapse(11 * time.Minute)
		r.wantStored()
		r.wantHeard(begins, ends)
	})
}

// A batch that meets 500 while others pass steps aside, is cut down to the point
// at fault, and that is dropped after ten tries.
func TestFault17PoisonStepsAside(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		poison := r.store.Inject(apptuittest.Status(500).OnPoint(isOneOf(3)))
		r.accept(8)
		elapse(time.Minute)
		r.accept(2)
		elapse(time.Minute)
		if n := len(r.store.Points()); n < 2 {
			t.Errorf("the batch behind the poison is not stored, only %d points are", n)
		}
		elapse(20 * time.Minute)
		r.wantStored(3)
		r.wantHeard(begins, ends, "1 of 8 points dropped (rejected: 1)")
		r.wantStats(dropped{transport.ErrRejected: 1})
		if n := poison.Fired(); n > 3+5+10+6 {
			t.Errorf("the store met the poison %d times", n)
		}
	})
}

func TestFault18RedirectHolds(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 303, 307, 308} {
		isHeld(t, status(code, "", "Location", "https://elsewhere.test/login?next=x"),
			"the endpoint redirects to https://elsewhere.test: ")
	}
}

func TestFault19TruncatedAnswer(t *testing.T) {
	r := onLoopback(t)
	r.store.Inject(apptuittest.Truncate(200, `{"success":`).AfterStoring().Times(1))
	r.accept(3)
	r.wantStored()
	r.wantStats(nil)
	r.store.Inject(apptuittest.Truncate(403, `{"error":{"message":"not y`).Times(1))
	r.wantKept(r.export(2), 2, "status 403")
}

func TestFault20GiantAnswer(t *testing.T) {
	r := onLoopback(t)
	r.store.Inject(apptuittest.Text(403, strings.Repeat("☃\n", 3<<20)).Times(1))
	err := r.export(2)
	r.wantKept(err, 2, "status 403")
	if text := err.Error(); len([]rune(text)) > 256+200 || strings.Contains(text, "\n") {
		t.Errorf("%d characters of error text: %.400q", len([]rune(text)), text)
	}
}

func TestFault21TheBodyOfASuccessIsNotAwaited(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.Play(lost(slowBody(200, `{"succ`)))
		r.within(time.Second, func() { r.accept(3) })
		r.wantStored()
		r.wantHeard()
		r.wantStats(nil)
	})
}

func TestFault21AnAttemptTakesHalfAMinute(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.Play(slowBody(503, "over"), hangs(true))
		r.within(30*time.Second, func() { r.accept(3) })
		elapse(time.Minute)
		r.wantStored()
		r.wantHeard(begins, ends)
		for _, wait := range r.Waits() {
			if wait < 30*time.Second || wait > 32*time.Second {
				t.Errorf("the next attempt came after %v", wait)
			}
		}
	})
}

// The server says GOAWAY to the first connection, as one does that restarts:
// the request is sent again on another, at once.
func TestFault22GoAway(t *testing.T) {
	store := apptuittest.NewUnstartedServer()
	srv := httptest.NewUnstartedServer(store)
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = silent
	leaving := &leavingListener{Listener: srv.Listener, config: func() *tls.Config { return srv.TLS }}
	srv.Listener = leaving
	srv.StartTLS()
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	r := newRig(t, newWire(store), apptuit.WithEndpoint(srv.URL), apptuit.WithTLSConfig(&tls.Config{RootCAs: roots}))
	defer r.end()
	r.accept(3)
	r.wantStored()
	r.wantHeard()
	r.wantStats(nil)
	if !leaving.left.Load() {
		t.Error("there was no GOAWAY")
	}
}

// A leavingListener answers the first request of the first connection by GOAWAY.
type leavingListener struct {
	net.Listener
	config func() *tls.Config
	left   atomic.Bool
}

func (l *leavingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil || l.left.Swap(true) {
		return conn, err
	}
	go goAway(tls.Server(conn, l.config()))
	return l.Listener.Accept()
}

// goAway speaks as much of RFC 9113 as it takes: no stream was processed.
func goAway(conn *tls.Conn) {
	defer conn.Close()
	const settings, headers, goaway = 4, 1, 7
	conn.Write([]byte{0, 0, 0, settings, 0, 0, 0, 0, 0})
	io.CopyN(io.Discard, conn, int64(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")))
	for frame := [9]byte{}; frame[3] != headers; {
		if _, err := io.ReadFull(conn, frame[:]); err != nil {
			return
		}
		io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint16(frame[1:3])))
	}
	conn.Write(append([]byte{0, 0, 8, goaway, 0, 0, 0, 0, 0}, make([]byte, 8)...))
	io.Copy(io.Discard, conn)
}

func TestFault23ContextOfExportEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.Play(hangs(true))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		r.within(5*time.Second, func() {
			if err := r.Export(ctx, r.points(3)); err != nil {
				t.Errorf("Export: %v", err)
			}
		})
		if s := r.Stats(); s.QueuedPoints != 3 {
			t.Errorf("%d points kept, want 3", s.QueuedPoints)
		}
		elapse(time.Minute)
		r.wantStored()
		r.wantHeard(begins, ends)
	})
}

func TestFault24ShutdownTriesOnAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(refused)
		r.accept(3)
		elapse(time.Hour)
		r.Play(refused, refused)
		r.within(3*time.Second, func() {
			if err := r.shutdown(time.Minute); err != nil {
				t.Errorf("Shutdown: %v", err)
			}
		})
		r.wantStored()
		r.wantHeard(begins, ends)
		r.wantStats(nil)
	})
}

func TestFault24ShutdownSaysWhatIsLost(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(refused)
		r.accept(3)
		r.accept(4)
		err := r.shutdown(20 * time.Second)
		r.wantDropped(err, 7, apptuit.ErrShutdown)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errRefused.Err) {
			t.Errorf("the causes are not in %v", err)
		}
		r.wantHeard(begins, "7 of 7 points dropped (shutdown: 7): store.test: ")
		r.wantStats(dropped{apptuit.ErrShutdown: 7})
	})
}

func TestFault26QueueFullDropsTheOldest(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.BreakDown(refused)
		for range 10 {
			r.accept(1)
			elapse(time.Second)
		}
		if s := r.Stats(); s.QueuedBatches != 3 || s.QueuedBytes > 300 || s.Dropped[apptuit.ErrQueueFull] != 7 {
			t.Errorf("while it is full: %+v", s)
		}
		r.wantHeard(begins, "the queue is full")
		r.Heal()
		elapse(time.Minute)
		r.wantStored(0, 1, 2, 3, 4, 5, 6)
		r.wantHeard(begins, "the queue is full", ends, "7 of 7 points dropped (queue_full: 7)")
		r.wantStats(dropped{apptuit.ErrQueueFull: 7})
		r.accept(1)
		r.wantHeard(begins, "the queue is full", ends, "empty again")
	}, apptuit.WithQueueSize(300), apptuit.WithCompression(encoding.CompressNone))
}
