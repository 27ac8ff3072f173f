package wire

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/heaptest"
)

// newQuietStore returns the address of a store that takes everything and allocates
// nothing for it: what is left is the client's.
func newQuietStore(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answerQuietly(c)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

func answerQuietly(c net.Conn) {
	defer c.Close()
	r, answer, room := bufio.NewReaderSize(c, 64<<10), []byte("HTTP/1.1 204 No Content\r\n\r\n"), make([]byte, 64<<10)
	length := []byte("Content-Length: ")
	left := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return
		}
		if digits, found := bytes.CutPrefix(line, length); found {
			left, _ = strconv.Atoi(string(bytes.TrimSpace(digits)))
		}
		if len(line) > len("\r\n") {
			continue
		}
		for left > 0 {
			n, err := r.Read(room[:min(left, len(room))])
			if err != nil {
				return
			}
			left -= n
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

// putters are ways to send a body: ours, ours by a client that was given, and
// net/http alone.
func putters(t testing.TB) map[string]func(encoding.Batch) {
	host := newQuietStore(t)
	put := func(c *Client) func(encoding.Batch) {
		t.Cleanup(c.CloseIdleConnections)
		return func(b encoding.Batch) {
			if o := c.Put(context.Background(), b); o.Verdict != Delivered {
				t.Fatal(o.Err)
			}
		}
	}
	given := &http.Transport{}
	t.Cleanup(given.CloseIdleConnections)
	bare := &http.Transport{}
	t.Cleanup(bare.CloseIdleConnections)
	return map[string]func(encoding.Batch){
		"ours":  put(newClient(t, WithEndpoint("http://"+host))),
		"given": put(newClient(t, WithEndpoint("http://"+host), WithInsecure(), WithHTTPClient(&http.Client{Transport: given}))),
		"bare": func(b encoding.Batch) {
			req, err := http.NewRequest(http.MethodPost, "http://"+host+putPath, bytes.NewReader(b.Body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Content-Encoding", "gzip")
			req.Header.Set("Authorization", "Bearer "+testToken)
			resp, err := (&http.Client{Transport: bare, Timeout: defaultTimeout}).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		},
	}
}

// A request allocates less than one that net/http alone makes, and nothing that
// grows with its points.
func TestPutAllocations(t *testing.T) {
	heaptest.SkipUnderRace(t) // which throws away what is to be used again
	small := encoding.Batch{Body: make([]byte, 1<<10), Points: 2}
	large := encoding.Batch{Body: make([]byte, 1<<20), Points: 2000}
	all := putters(t)
	bare := testing.AllocsPerRun(100, func() { all["bare"](large) })
	for name, most := range map[string]float64{"ours": 45, "given": bare} {
		few, many := testing.AllocsPerRun(100, func() { all[name](small) }), testing.AllocsPerRun(100, func() { all[name](large) })
		t.Logf("%s: %.0f allocations, %.0f for a large body; net/http alone: %.0f", name, few, many, bare)
		if max(few, many) > most {
			t.Errorf("%s: %.0f allocations, %.0f for a large body; at most %.0f are wanted", name, few, many, most)
		}
	}
}

// BenchmarkPut sends a body of 2,000 points as they are compressed.
func BenchmarkPut(b *testing.B) {
	batch := encoding.Batch{Body: make([]byte, 32<<10), Points: 2000}
	for name, put := range putters(b) {
		b.Run(name, func(b *testing.B) {
			put(batch)
			b.ReportAllocs()
			for b.Loop() {
				put(batch)
			}
		})
	}
}
