package realserver

import (
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"
)

const (
	maxAnswer = 64 << 20
	maxQuote  = 512 // of an answer, in a failure
)

// client keeps no connection: a test that looks for leaked goroutines finds none
// of ours, and a restarted server meets no stale connection.
var client = &http.Client{
	Transport: &http.Transport{DisableKeepAlives: true},
	Timeout:   10 * time.Second,
}

// post sends form to addr and returns the answer, which has to be a success.
func post(t testing.TB, addr string, form url.Values) []byte {
	t.Helper()
	resp, err := client.PostForm(addr, form)
	if err != nil {
		t.Fatalf("realserver: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		t.Fatalf("realserver: read %s: %v", addr, err)
	}
	if len(body) > maxAnswer {
		t.Fatalf("realserver: %s answers with more than %d bytes", addr, maxAnswer)
	}
	if resp.StatusCode/100 != 2 {
		t.Fatalf("realserver: %s answers %s: %q", addr, resp.Status, quote(body))
	}
	return body
}

// quote cuts an answer to what fits a failure message.
func quote(body []byte) []byte {
	return body[:min(len(body), maxQuote)]
}
