package realserver

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"
)

const (
	readyLimit = 10 * time.Second
	readyPoll  = 5 * time.Millisecond
)

// waitReady returns when the server listens on all its ports and answers.
func (p *Process) waitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), readyLimit)
	defer cancel()
	for !p.isReady(ctx) {
		select {
		case <-p.done:
			return fmt.Errorf("%s ended at its start (%v):\n%s", p.name, p.cmd.ProcessState, p.tail())
		case <-ctx.Done():
			_ = p.kill()
			return fmt.Errorf("%s is not ready after %v:\n%s", p.name, readyLimit, p.tail())
		case <-time.After(readyPoll):
		}
	}
	return nil
}

// isReady tells whether this server, and not another that was faster to take the
// port, is ready for everything.
func (p *Process) isReady(ctx context.Context) bool {
	if !strings.Contains(get(ctx, p.ready), p.home+string(filepath.Separator)) {
		return false
	}
	for _, addr := range p.addrs {
		if !accepts(ctx, addr) {
			return false
		}
	}
	return true
}

// accepts tells whether somebody listens on addr.
func accepts(ctx context.Context, addr string) bool {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// get returns the answer of addr, which is empty as long as there is none.
func get(ctx context.Context, addr string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, addr, nil)
	if err != nil {
		return ""
	}
	resp, err := client.Do(req)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return ""
	}
	return string(body)
}
