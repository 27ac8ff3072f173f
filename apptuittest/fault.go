package apptuittest

import (
	"cmp"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A Fault is a way to fail: which requests it is for, how often, and what they
// get in place of the ordinary answer. Faults are values: each method returns
// a changed copy, and one fault may be injected many times.
//
//	srv.Inject(apptuittest.Status(503).Times(2))
//
// A fault comes before every check, that of the token too. As it stands it is
// for puts, fires for ever, reads the request whole before it acts, and stores
// nothing. The zero Fault answers as if there were none.
type Fault struct {
	match        func(*http.Request) bool  // nil is puts
	point        func(encoding.Point) bool // nil for any body
	times        int                       // below 1 for ever
	delay        time.Duration
	unread       bool
	afterStoring bool

	act    func(*exchange)             // nil for the ordinary answer,
	reject func(encoding.Point) string // with this further check of points
}

// Answer fails with what h answers. h may read the body, as it was on the
// wire.
func Answer(h http.HandlerFunc) Fault {
	return Fault{act: func(x *exchange) { h(x, x.r) }}
}

// Status fails with a status, and a body of OpenTSDB's form of an error from
// 300 on. Status(204) tells of success where nothing was stored.
func Status(code int) Fault {
	return Answer(func(w http.ResponseWriter, _ *http.Request) {
		if code < http.StatusMultipleChoices {
			w.WriteHeader(code)
			return
		}
		writeError(w, code, cmp.Or(http.StatusText(code), "a fault was injected"))
	})
}

// RetryAfter is [Status] with a Retry-After header of whole seconds, d rounded
// up.
func RetryAfter(code int, d time.Duration) Fault {
	seconds := strconv.Itoa(int(math.Ceil(d.Seconds())))
	return withHeader("Retry-After", seconds, code)
}

// redirect fails with status 302 and this Location.
func redirect(url string) Fault { return withHeader("Location", url, http.StatusFound) }

func withHeader(key, value string, code int) Fault {
	status := Status(code)
	return Fault{act: func(x *exchange) {
		x.Header().Set(key, value)
		status.act(x)
	}}
}

// Text fails with a status and a body of plain text.
func Text(code int, body string) Fault {
	return Answer(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(code)
		w.Write([]byte(body))
	})
}

// IgnoreDetails fails with a status 400 of plain text, as stores do that do
// not say which point they mind. With [Fault.OnPoint] it minds some points
// only, for the client to find.
func IgnoreDetails() Fault { return Text(http.StatusBadRequest, "Bad Request\n") }

// RejectPoints refuses, with an error of its own, each point for which f
// returns a text, and stores the others; f is asked about the points that pass
// all checks. The answer is that of any put of which some points fail. It
// fires for every put, whether f refuses a point of it or not.
func RejectPoints(f func(encoding.Point) (errText string)) Fault { return Fault{reject: f} }

// Slow gives the ordinary answer after d; nothing is stored before.
func Slow(d time.Duration) Fault { return Fault{}.delayed(d) }

// isPut matches the requests that put points; it is the match of a fault
// without [Fault.On].
func isPut(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Path == putPath }

// Queries matches the requests that query.
func Queries(r *http.Request) bool { return r.URL.Path == queryPath }

// On makes the fault one for the requests that match returns true for; it must
// not read their bodies. Nil means puts.
func (f Fault) On(match func(*http.Request) bool) Fault {
	f.match = match
	return f
}

// OnPoint narrows the fault to puts that hold a point, good by all checks, for
// which hit returns true. The body is then read even with beforeReading.
func (f Fault) OnPoint(hit func(encoding.Point) bool) Fault {
	f.point = hit
	return f
}

// Times gives the fault a budget: it fires n times and then no more. Below 1
// it fires for ever, which is the default.
func (f Fault) Times(n int) Fault {
	f.times = n
	return f
}

// delayed makes the fault wait before it acts, once the request was read. The
// wait ends without an answer when the client gives up or the server closes.
func (f Fault) delayed(d time.Duration) Fault {
	f.delay = d
	return f
}

// AfterStoring serves the request first, good points are stored, and then
// fails: the answer is lost, not the points. It changes nothing in a fault
// that gives the ordinary answer, such as Slow.
func (f Fault) AfterStoring() Fault {
	f.afterStoring = true
	return f
}

// beforeReading makes the fault act while the body of the request is unread,
// and perhaps unsent. A client that leaves is not noticed then: what hangs,
// hangs until the server closes.
func (f Fault) beforeReading() Fault {
	f.unread = true
	return f
}
