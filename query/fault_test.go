package query

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"

	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/transport"
)

var good = nettest.Status(200, oneSeries("[[1714564800,1]]"))

// ask runs a query over a wire, in no time, for at most limit (0 for no
// deadline).
func ask(t *testing.T, limit time.Duration, opts []Option, replies ...nettest.Reply) (w *nettest.Wire, result *Result, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		if limit > 0 {
			var cancel func()
			ctx, cancel = context.WithTimeout(ctx, limit)
			defer cancel()
		}
		w = &nettest.Wire{Replies: replies}
		result, err = dial(t, w, opts...).Query(ctx, "fetch('cpu')", noon, noon)
	})
	return w, result, err
}

func TestQueryTriesAgainWhatCanPass(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	broken := func(*http.Request) io.Reader {
		return io.MultiReader(strings.NewReader(`{"outputs":[`), iotest.ErrReader(syscall.ECONNRESET))
	}
	for name, r := range map[string]nettest.Reply{
		"refused": nettest.Fails(refused), "reset": nettest.Fails(syscall.ECONNRESET), "EOF": nettest.Fails(io.EOF), "time-out": nettest.Hangs(true),
		"408": nettest.Status(408, ""), "425": nettest.Status(425, ""), "429": nettest.Status(429, ""),
		"500": nettest.Status(500, ""), "502": nettest.Status(502, "<html>"), "503": nettest.Status(503, ""), "504": nettest.Status(504, ""),
		"broken body": body(200, broken), "short body": nettest.Status(200, `{"outputs":[`), "no body": nettest.Status(200, ""),
		"short gzip": nettest.Status(200, "\x1f\x8b\x08", "Content-Encoding", "gzip"), "no gzip": nettest.Status(200, "", "Content-Encoding", "gzip"),
	} {
		w, result, err := ask(t, 0, nil, r, r, good)
		if err != nil || len(w.Asked()) != 3 || len(result.Outputs) != 1 {
			t.Errorf("%s: %d requests, %v, %v", name, len(w.Asked()), result, err)
		}
	}
}

func TestQueryDoesNotRepeatWhatCannotPass(t *testing.T) {
	for _, code := range []int{300, 302, 307, 308, 400, 401, 403, 404, 405, 410, 413, 414, 415, 422, 451, 501, 505, 511} {
		w, _, err := ask(t, time.Hour, nil, nettest.Status(code, `{"error":{"code":1,"message":"it is\nso"}}`, "Location", "https://elsewhere.test/x"), good)
		var e *Error
		if !errors.As(err, &e) || e.Status != code || e.Message != "it is so" || len(w.Asked()) != 1 {
			t.Errorf("%d: %d requests, %v", code, len(w.Asked()), err)
		}
		if strings.Contains(err.Error(), "WithMaxBatch") || strings.Contains(err.Error(), "WithCompression") {
			t.Errorf("%d: the hint is about puts: %v", code, err)
		}
	}
}

func TestQueryErrors(t *testing.T) {
	for want, r := range map[string]nettest.Reply{
		`apptuit: query: api.test: status 400 Bad Request: "no such function at byte 3"`:                                             nettest.Status(400, `{"error":{"message":"no such function at byte 3"}}`),
		`apptuit: query: api.test: status 401 Unauthorized: "no": check the token (WithToken, APPTUIT_API_TOKEN)`:                    nettest.Status(401, "no"),
		`apptuit: query: api.test: status 422 Unprocessable Entity: "bad"`:                                                           nettest.Status(422, `{"status":"error","errorType":"execution","error":"bad"}`),
		`apptuit: query: api.test: the answer cannot be read: an object was expected at byte 0`:                                      nettest.Status(200, "<html>"),
		`apptuit: query: api.test: the answer cannot be read: an object with "outputs" was expected at byte 2`:                       nettest.Status(200, "{}"),
		`apptuit: query: api.test: the answer cannot be read: it is compressed by something other than gzip`:                         nettest.Status(200, "", "Content-Encoding", "br"),
		`apptuit: query: api.test: the answer cannot be read: gzip: invalid header`:                                                  nettest.Status(200, "no gzip at all", "Content-Encoding", "gzip"),
		`apptuit: query: api.test: status 302 Found: the endpoint redirects to https://elsewhere.test: set the endpoint to where it`: nettest.Status(302, "", "Location", "https://elsewhere.test/x"),
	} {
		w, _, err := ask(t, 0, nil, r)
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(w.Asked()) != 1 {
			t.Errorf("got  %v after %d requests\nwant %s", err, len(w.Asked()), want)
		}
	}
}

func TestQueryWaits(t *testing.T) {
	after := nettest.Status(429, "", "Retry-After", "90")
	w, _, err := ask(t, 0, nil, after, good)
	if err != nil {
		t.Fatal(err)
	}
	if d := w.At[1].Sub(w.At[0]); d < 90*time.Second || d > 100*time.Second {
		t.Errorf("waited %v", d)
	}
	w, _, err = ask(t, time.Minute, nil, after, good)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "status 429") || len(w.Asked()) != 1 {
		t.Errorf("%d requests, %v", len(w.Asked()), err)
	}
}

func TestQueryGivesUp(t *testing.T) {
	w, _, err := ask(t, 0, nil, nettest.Status(503, "busy"))
	var e *Error
	if len(w.Asked()) != 5 || !errors.As(err, &e) || e.Status != 503 || e.Message != "busy" || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without a deadline: %d requests, %v", len(w.Asked()), err)
	}
	if w, _, err = ask(t, 0, []Option{transport.WithMaxAttempts(2)}, nettest.Status(503, "")); len(w.Asked()) != 2 || err == nil {
		t.Errorf("of two: %d requests, %v", len(w.Asked()), err)
	}
	w, _, err = ask(t, time.Hour, nil, nettest.Status(503, ""))
	if len(w.Asked()) < 60 || !errors.As(err, &e) || e.Status != 503 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("in an hour: %d requests, %v", len(w.Asked()), err)
	}
}

func TestQueryTimesOut(t *testing.T) {
	w, _, err := ask(t, 0, []Option{transport.WithMaxAttempts(1)}, nettest.Hangs(true))
	if err == nil || !strings.Contains(err.Error(), "no answer within 3m0s") || len(w.Asked()) != 1 {
		t.Errorf("%d requests, %v", len(w.Asked()), err)
	}
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("not a time-out of its own: %v", err)
	}
	slow := body(200, func(r *http.Request) io.Reader {
		return io.MultiReader(strings.NewReader(`{"outputs":[`), untilDone{r.Context()})
	})
	if _, _, err = ask(t, 0, []Option{transport.WithMaxAttempts(1)}, slow); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("a slow body: %v", err)
	}
}

// untilDone gives nothing until its context ends.
type untilDone struct{ ctx context.Context }

func (u untilDone) Read([]byte) (int, error) {
	<-u.ctx.Done()
	return 0, u.ctx.Err()
}

func TestQueryEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := dial(t, &nettest.Wire{Replies: []nettest.Reply{nettest.Hangs(true)}}).Query(ctx, "fetch('cpu')", noon, noon)
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestQueryTakesGzip(t *testing.T) {
	text := gzipped(t, oneSeries("[[1714564800,2.5]]"))
	_, result, err := ask(t, 0, nil, nettest.Status(200, text, "Content-Encoding", "gzip"))
	if err != nil || result.Outputs[0].Series[0].Points[0].Value != 2.5 {
		t.Errorf("%+v, %v", result, err)
	}
	_, _, err = ask(t, 0, nil, nettest.Status(400, gzipped(t, "plain words"), "Content-Encoding", "gzip"))
	var e *Error
	if !errors.As(err, &e) || e.Message != "plain words" {
		t.Errorf("an error in gzip: %v", err)
	}
	damaged := []byte(text)
	damaged[len(damaged)-8] ^= 1 // of the checksum
	if _, _, err = ask(t, 0, nil, nettest.Status(200, string(damaged), "Content-Encoding", "gzip")); err == nil || !strings.Contains(err.Error(), "the answer is damaged") {
		t.Errorf("a damaged answer: %v", err)
	}
}

func TestQueryBoundsAnswers(t *testing.T) {
	long := oneSeries("[[1714564800,1]" + strings.Repeat(",[1714564800,1]", 10_000) + "]")
	bomb := gzipped(t, oneSeries("["+strings.Repeat(" ", 2<<20)+"]"))
	for name, r := range map[string]nettest.Reply{
		"plain": nettest.Status(200, long),
		"gzip":  nettest.Status(200, bomb, "Content-Encoding", "gzip"),
		"told": func(r *http.Request) (*http.Response, error) {
			resp, err := good(r)
			resp.ContentLength = 1 << 40
			return resp, err
		},
	} {
		w, _, err := ask(t, time.Hour, []Option{transport.WithMaxAnswerBytes(100_000)}, r)
		if !errors.Is(err, ErrTooLarge) || len(w.Asked()) != 1 {
			t.Errorf("%s: %d requests, %v", name, len(w.Asked()), err)
		}
	}
	fits := oneSeries("[]")
	for _, n := range []int{len(fits), len(fits) - 1} {
		_, _, err := ask(t, 0, []Option{transport.WithMaxAnswerBytes(int64(n))}, nettest.Status(200, fits))
		if (err == nil) != (n == len(fits)) {
			t.Errorf("bound of %d for %d bytes: %v", n, len(fits), err)
		}
	}
}

// A store in process stands at the other end of a wire.
func inProcess(srv *apptuittest.Server) nettest.Reply {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, r)
		return w.Result(), nil
	}
}

func TestQueryOutlivesFaults(t *testing.T) {
	srv := stock(t, sent(t, "cpu", map[string]string{"host": "a"}, noon, encoding.Int(1)))
	fault := srv.Inject(apptuittest.Status(503).On(apptuittest.Queries).Times(3))
	w, result, err := ask(t, 0, nil, inProcess(srv))
	if err != nil || len(result.Outputs) != 1 || fault.Fired() != 3 || len(w.Asked()) != 4 {
		t.Errorf("%+v, %v", result, err)
	}
}
