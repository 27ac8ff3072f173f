package nettest

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// An Agent is an XCollector on loopback.
type Agent struct {
	net.PacketConn
	Addr string
	done chan struct{} // closed when it reads no more

	mu        sync.Mutex
	datagrams []string
}

// NewAgent returns an agent that reads at addr until the test ends.
func NewAgent(t testing.TB, addr string) *Agent {
	t.Helper()
	conn, err := net.ListenPacket("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.(*net.UDPConn).SetReadBuffer(1 << 20) // or as much as the system allows
	a := &Agent{PacketConn: conn, Addr: conn.LocalAddr().String(), done: make(chan struct{})}
	go a.read()
	t.Cleanup(a.Stop)
	return a
}

func (a *Agent) read() {
	defer close(a.done)
	buf := make([]byte, 64<<10)
	for {
		n, _, err := a.ReadFrom(buf)
		if err != nil {
			return
		}
		a.mu.Lock()
		a.datagrams = append(a.datagrams, string(buf[:n]))
		a.mu.Unlock()
	}
}

// Stop ends the agent.
func (a *Agent) Stop() {
	_ = a.Close()
	<-a.done
}

// All returns the datagrams that came.
func (a *Agent) All() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.datagrams)
}

// Await waits for n lines and returns the points in all that came.
func (a *Agent) Await(t testing.TB, n int) []Line {
	t.Helper()
	a.CatchUp(n)
	return ParseLines(t, strings.Join(a.All(), ""))
}

// CatchUp waits for n lines, for 5 seconds at most.
func (a *Agent) CatchUp(n int) {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		lines := 0
		for _, datagram := range a.All() {
			lines += strings.Count(datagram, "\n")
		}
		if lines >= n {
			return
		}
	}
}

// ParseLines reads lines as an agent does.
func ParseLines(t testing.TB, text string) []Line {
	t.Helper()
	var out []Line
	for line := range strings.Lines(text) {
		p, err := parseLine(line)
		if err != nil {
			t.Fatalf("line %.200q: %v", line, err)
		}
		out = append(out, p)
	}
	return out
}

// parseLine reads a line by its spaces.
func parseLine(line string) (Line, error) {
	line, found := strings.CutSuffix(line, "\n")
	words := strings.Split(line, " ")
	if !found || len(words) < 3 {
		return Line{}, errors.New("it is not whole")
	}
	p := Line{Metric: words[0], Value: words[2], Tags: map[string]string{}}
	var err error
	if p.Timestamp, err = strconv.ParseInt(words[1], 10, 64); err != nil {
		return p, err
	}
	if _, err := strconv.ParseFloat(p.Value, 64); err != nil {
		return p, err
	}
	for _, word := range words[3:] {
		key, value, found := strings.Cut(word, "=")
		if !found || key == "" || value == "" {
			return p, fmt.Errorf("tag %.80q", word)
		}
		p.Tags[key] = value
	}
	return p, nil
}

// A Line is a point as a line of text has it.
type Line struct {
	Metric    string
	Tags      map[string]string
	Timestamp int64
	Value     string
}
