package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/text"
)

// DefaultXCollector is where an XCollector takes points on its own machine.
const DefaultXCollector = "127.0.0.1:8953"

const (
	// burst is how many datagrams go at once. A receiver has room for some
	// hundred KiB, and what comes beyond that is lost without a word.
	burst = 8
	// burstPause is how long the receiver has for a burst, and how long a
	// refusal is waited for. On one machine it comes at once.
	burstPause = 5 * time.Millisecond
)

// An XCollector hands points to an XCollector, an agent that takes them as lines
// of text by UDP and sends them on. It is safe for any number of goroutines, which
// send one after the other.
//
// UDP acknowledges nothing. Delivered means that the datagrams were sent and that
// nobody refused them within some milliseconds: the agent can still lose them,
// and nobody is told. Where no agent listens, its machine mostly says so, and the
// points are tried again; those that an agent took before it stopped can then
// come twice, with the same time and value.
type XCollector struct {
	addr     string
	timeout  time.Duration
	encoding encoding.Config
	turn     chan struct{} // holds one: who sends

	mu   sync.Mutex // guards conn
	conn net.Conn   // nil until it is needed
}

// agent returns the way to the agent at s.XCollector, host:port; empty means
// [DefaultXCollector], and localhost is 127.0.0.1. It does no I/O.
//
// The agent has to be on this machine, for a refusal from elsewhere may come
// late or never, and what is sent is neither encrypted nor whole if a network
// loses a part of it. WithInsecure, or APPTUIT_INSECURE, allows another host
// where that is meant.
//
// The time-out, the compression and the bounds of batches are for it as well, with
// their variables; batches are then of [DefaultXCollectorBatchBytes] unless
// WithMaxBatchBytes says otherwise. No other variable is read, and options of
// HTTP are refused.
func (s *Settings) agent() (*XCollector, error) {
	s.checkOptions()
	s.refuseHTTP()
	s.readCommonEnv()
	addr, err := agentAddr(s.XCollector.Value, s.Insecure.Value)
	s.check("WithXCollector", err)
	if err := errors.Join(s.problems...); err != nil {
		return nil, err
	}
	x := &XCollector{addr: addr, timeout: s.timeout(), encoding: s.encoderConfig(), turn: make(chan struct{}, 1)}
	x.encoding.MaxBytes = s.MaxBytes.Or(DefaultXCollectorBatchBytes)
	return x, nil
}

// DefaultXCollectorBatchBytes bounds the JSON of a batch for an [XCollector] so
// that its lines are one burst of datagrams: what is tried again after a refusal
// is small.
const DefaultXCollectorBatchBytes = burst * maxDatagram

// agentAddr checks where an agent lives.
func agentAddr(addr string, anywhere bool) (string, error) {
	if addr == "" {
		return DefaultXCollector, nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host == "" || port == "" || !validPort(port) || len(host) > maxHost || text.Line(host) != host {
		return "", errors.New("the address is not host:port, such as " + DefaultXCollector)
	}
	host = canonicalHost(host)
	if host == localhost {
		host = "127.0.0.1" // a resolver may say ::1, where no agent listens
	}
	if !anywhere && !(endpoint{name: host}).loopback() {
		return "", errors.New("the address is not of this machine: use WithInsecure (APPTUIT_INSECURE) where that is meant")
	}
	return net.JoinHostPort(host, port), nil
}

// EncoderConfig returns how batches for the agent are made. They are JSON, as
// for a [Client], so that a queue may be emptied by the one or the other.
func (x *XCollector) EncoderConfig() encoding.Config { return x.encoding }

// Endpoint returns where the agent lives, for logs.
func (x *XCollector) Endpoint() string { return "udp://" + x.addr }

// Destination returns where points go, as [Client.Destination] does.
func (x *XCollector) Destination() string { return x.Endpoint() }

// Timeout returns how long one attempt may take.
func (x *XCollector) Timeout() time.Duration { return x.timeout }

// String names the agent by its address. Format and LogValue give
// the same, for whatever prints an XCollector while it works.
func (x *XCollector) String() string { return "xcollector at " + x.addr }

// Format prints what String returns, for each verb.
func (x *XCollector) Format(s fmt.State, verb rune) { text.Format(s, verb, x.String()) }

// LogValue returns what String does.
func (x *XCollector) LogValue() slog.Value { return slog.StringValue(x.String()) }

// Fits returns true: datagrams are cut to size here.
func (x *XCollector) Fits(encoding.Batch) bool { return true }

// Suspect does nothing: no limit is learned.
func (x *XCollector) Suspect(encoding.Batch) {}

// ForgetLimit does nothing: no limit is learned.
func (x *XCollector) ForgetLimit() {}

// TokenRenewed returns false: there is no token.
func (x *XCollector) TokenRenewed(context.Context) bool { return false }

// CloseIdleConnections closes the socket. A further attempt opens another.
func (x *XCollector) CloseIdleConnections() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.conn != nil {
		_ = x.conn.Close() // nothing is buffered
		x.conn = nil
	}
}

// Put sends a batch once, within the time-out and ctx. Where it holds points that
// have no line, or whose line alone is larger than a datagram may be, 8 KiB, nothing
// is sent, and the outcome names them: see [Outcome.NoRequest]. What is refused, and
// any error of the network, is a [Retry]; the whole batch is then to be sent again.
func (x *XCollector) Put(ctx context.Context, b encoding.Batch) Outcome {
	if b.Points == 0 {
		return Outcome{Verdict: Delivered, NoRequest: true}
	}
	p, err := pack(b)
	if err != nil {
		o := x.outcome(Bisect, 0, err)
		o.NoRequest = true
		return o
	}
	if len(p.refused) > 0 {
		return Outcome{Verdict: DropListed, NoRequest: true, Failed: len(p.refused), Rejected: p.refused}
	}
	return x.put(ctx, p)
}

// put sends datagrams once, within the time-out and ctx.
func (x *XCollector) put(ctx context.Context, p packed) Outcome {
	limited, cancel := context.WithTimeout(ctx, x.timeout)
	defer cancel()
	err := x.send(limited, p.datagrams)
	if err == nil {
		return x.outcome(Delivered, p.size, nil)
	}
	x.CloseIdleConnections() // another socket has no errors of this one to tell
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case limited.Err() != nil:
		err = &timeoutError{after: x.timeout, missing: "the datagrams were not sent"}
	}
	o := x.outcome(Retry, p.size, err)
	o.Timeout = isTimeoutWithin(ctx, err)
	return o
}

func (x *XCollector) outcome(v Verdict, size int, err error) Outcome {
	o := Outcome{Verdict: v, Bytes: size}
	if err != nil {
		o.Err = fmt.Errorf("%s: %w", x.addr, explainUDP(err))
	}
	return o
}

// explainUDP makes an error of net short, and of use.
func explainUDP(err error) error {
	if isRefused(err) {
		return newForeign("connection refused: check that the XCollector is up (WithXCollector)", err)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return newForeign(outside.foreign(op.Err).text, err)
	}
	return explain(err, outside)
}

func (x *XCollector) send(ctx context.Context, datagrams [][]byte) error {
	select {
	case x.turn <- struct{}{}:
		defer func() { <-x.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	conn, err := x.dial(ctx)
	if err != nil {
		return err
	}
	deadline, _ := ctx.Deadline()
	if err := conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetWriteDeadline(past) })() // or it is closed
	for len(datagrams) > 0 {
		n := min(burst, len(datagrams))
		if err := sendBurst(conn, datagrams[:n]); err != nil {
			return err
		}
		datagrams = datagrams[n:]
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// past is a deadline that ends what waits.
var past = time.Unix(1, 0)

// dial opens the socket where there is none. No datagram is sent for that, but
// resolving a name takes time: mu is not held meanwhile.
func (x *XCollector) dial(ctx context.Context) (net.Conn, error) {
	x.mu.Lock()
	conn := x.conn
	x.mu.Unlock()
	if conn != nil {
		return conn, nil
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", x.addr)
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.conn = conn
	return conn, nil
}

func sendBurst(conn net.Conn, datagrams [][]byte) error {
	for _, datagram := range datagrams {
		if _, err := conn.Write(datagram); err != nil {
			return err
		}
	}
	return refusal(conn)
}

// refusal waits for what the other side has against the datagrams: an ICMP
// message, which is an error of the socket. An agent says nothing else.
func refusal(conn net.Conn) error {
	if err := conn.SetReadDeadline(time.Now().Add(burstPause)); err != nil {
		return err
	}
	var answer [1]byte
	_, err := conn.Read(answer[:])
	if isTimeout(err) {
		return nil
	}
	return err
}
