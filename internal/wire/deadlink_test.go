package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/internal/nettest"
)

// Time is real in these tests: they are about real connections, with HTTP/2 and
// its own timers, which no bubble holds.

// A link forwards connections to a server. What it has forwarded so far can be
// made to go silent: nothing that is written to it arrives any more, both ways,
// and nobody is told.
type link struct {
	net.Listener
	to string

	mu    sync.Mutex
	dead  []*atomic.Bool
	conns int
}

func newLink(t *testing.T, to string) *link {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &link{Listener: l, to: to}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(func() { cancel(); l.Close() })
	go k.accept(ctx)
	return k
}

func (k *link) accept(ctx context.Context) {
	for {
		near, err := k.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", k.to)
		if err != nil {
			near.Close()
			return
		}
		context.AfterFunc(ctx, func() { near.Close(); far.Close() })
		dead := &atomic.Bool{}
		k.mu.Lock()
		k.dead = append(k.dead, dead)
		k.conns++
		k.mu.Unlock()
		go forward(near, far, dead)
		go forward(far, near, dead)
	}
}

// forward copies until the connection is dead: then it reads, and says nothing.
func forward(to, from net.Conn, dead *atomic.Bool) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if dead.Load() {
			if err != nil {
				return
			}
			continue
		}
		if err != nil {
			to.Close()
			return
		}
		_, _ = to.Write(buffer[:n])
	}
}

// silence makes all connections so far go silent.
func (k *link) silence() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, dead := range k.dead {
		dead.Store(true)
	}
	k.dead = nil
}

func (k *link) dialled() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.conns
}

// serveTLS returns a server of HTTP/2, or of HTTP/1.1 alone.
func serveTLS(t *testing.T, http2 bool, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func trusting(s *httptest.Server) Option {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return WithTLSConfig(&tls.Config{RootCAs: pool})
}

// protocols runs f for both, with the major version of each.
func protocols(t *testing.T, f func(t *testing.T, major int)) {
	for _, major := range []int{1, 2} {
		t.Run("HTTP "+strconv.Itoa(major), func(t *testing.T) { f(t, major) })
	}
}

// linked returns a client of a server over a link, which has answered once.
func linked(t *testing.T, major int, timeout time.Duration) (*Client, *link) {
	t.Helper()
	s := serveTLS(t, major == 2, func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != major {
			t.Errorf("the request came by %s", r.Proto)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"success":1,"failed":0,"errors":[]}`)
	})
	k := newLink(t, s.Listener.Addr().String())
	c := newClient(t, WithEndpoint("https://"+k.Addr().String()), WithTimeout(timeout), trusting(s))
	if o := c.Put(t.Context(), nettest.Batch(1)); o.Verdict != Delivered {
		t.Fatalf("before: %+v", o)
	}
	return c, k
}

// again makes attempts until one passes, five at most.
func again(attempt func() Outcome) (o Outcome) {
	for range 5 {
		if o = attempt(); o.Verdict == Delivered {
			break
		}
	}
	return o
}

func TestFault33TimeoutClosesTheConnection(t *testing.T) {
	protocols(t, func(t *testing.T, major int) {
		const timeout = 1500 * time.Millisecond // shorter than what finds it by pings
		c, k := linked(t, major, timeout)
		for range 2 {
			k.silence()
			began := time.Now()
			o := c.Put(t.Context(), nettest.Batch(1))
			if !o.Timeout || !o.Reused || o.Verdict != Retry {
				t.Errorf("on the dead connection: %+v", o)
			}
			if o := c.Put(t.Context(), nettest.Batch(1)); o.Verdict != Delivered || time.Since(began) > 2*timeout {
				t.Errorf("after %v: %+v", time.Since(began), o)
			}
		}
		if n := k.dialled(); n != 3 {
			t.Errorf("%d connections, want 3", n)
		}
	})
}

func TestFault33DoRecovers(t *testing.T) {
	protocols(t, func(t *testing.T, major int) {
		c, k := linked(t, major, time.Second)
		k.silence()
		began := time.Now()
		q := newQuestion()
		if o := again(func() Outcome { return c.Do(t.Context(), q.Request) }); o.Verdict != Delivered || time.Since(began) > 4*time.Second {
			t.Errorf("after %v: %+v", time.Since(began), o)
		}
		// So it does where not the time-out but the caller's context ends an attempt.
		c, k = linked(t, major, time.Minute)
		k.silence()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if o := c.Do(ctx, q.Request); o.Verdict != Retry || o.Timeout {
			t.Errorf("%+v", o)
		}
		ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began = time.Now()
		if o := again(func() Outcome { return c.Do(ctx, q.Request) }); o.Verdict != Delivered || time.Since(began) > 5*time.Second {
			t.Errorf("after %v: %+v", time.Since(began), o)
		}
	})
}

// A ping finds a dead connection before the attempt runs out of time.
func TestFault33PingsFindADeadConnection(t *testing.T) {
	c, k := linked(t, 2, 6*time.Second)
	k.silence()
	began := time.Now()
	if o := again(func() Outcome { return c.Put(t.Context(), nettest.Batch(1)) }); o.Verdict != Delivered || time.Since(began) > 5500*time.Millisecond {
		t.Errorf("after %v: %+v", time.Since(began), o)
	}
}

// A connection that others are on is closed when the last of them has left.
func TestFault33OtherAttemptsAreLeftInPeace(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	s := serveTLS(t, true, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if len(body) > len(nettest.Batch(1).Body) {
			close(arrived)
			<-release
			return
		}
		<-r.Context().Done()
	})
	c := newClient(t, WithEndpoint(s.URL), trusting(s))
	slow := make(chan Outcome)
	go func() { slow <- c.Put(context.Background(), nettest.Batch(9)) }()
	<-arrived
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if o := c.Put(ctx, nettest.Batch(1)); o.Verdict != Retry || !o.Reused {
		t.Fatalf("%+v", o)
	}
	close(release)
	if o := <-slow; o.Verdict != Delivered {
		t.Errorf("the other one: %+v", o)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	for o := c.Put(ctx, nettest.Batch(1)); o.Reused; o = c.Put(ctx, nettest.Batch(1)) { // net/http may not know yet that it is closed
		if ctx.Err() != nil {
			t.Fatal("the connection is used for ever")
		}
	}
}

// A reset while a large body is written is told apart from all that a time-out or
// a refusal is.
func TestFault36ResetWhileWriting(t *testing.T) {
	protocols(t, func(t *testing.T, major int) {
		var requests atomic.Int32
		s := serveTLS(t, major == 2, func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) == 1 {
				_, _ = io.Copy(io.Discard, r.Body)
				return
			}
			_, _ = io.CopyN(io.Discard, r.Body, 64<<10)
			panic(http.ErrAbortHandler)
		})
		c := newClient(t, WithEndpoint(s.URL), trusting(s))
		large := nettest.Batch(1)
		if o := c.Put(t.Context(), large); o.Verdict != Delivered {
			t.Fatalf("%+v", o)
		}
		large.Body, large.Points = make([]byte, 16<<20), 100
		for n := range 3 {
			o := c.Put(t.Context(), large)
			if o.Verdict != Retry || o.Status != 0 || o.Timeout || !o.Connected || o.Wrote || o.NoRequest {
				t.Errorf("%d: %+v", n, o)
			}
			if n == 0 && !o.Reused {
				t.Errorf("the first was not on the connection of before: %+v", o)
			}
		}
	})
}

// A plain connection that is reset within a large body, with and without bytes of
// it unread.
func TestFault36ResetOfThePeer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.CopyN(io.Discard, conn, 64<<10)
			_ = conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
	}()
	c := newClient(t, WithEndpoint("http://"+l.Addr().String()))
	large := nettest.Batch(1)
	large.Body, large.Points = make([]byte, 16<<20), 100
	for range 3 {
		if o := c.Put(t.Context(), large); o.Verdict != Retry || o.Status != 0 || o.Timeout || !o.Connected || o.Reused || o.Wrote {
			t.Errorf("%+v", o)
		}
	}
}
