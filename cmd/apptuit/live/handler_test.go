package live

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/apptuittest"
)

func get(h http.Handler, method, target, host string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	r.Host = host
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPaths(t *testing.T) {
	h := Handler(apptuittest.NewUnstartedServer())
	for _, tt := range []struct {
		method, target, host string
		status               int
		holds                string
	}{
		{"GET", "/", "localhost:4242", 200, "<!doctype html>"},
		{"GET", "/", "127.0.0.1", 200, "<!doctype html>"},
		{"HEAD", "/", "localhost", 200, ""},
		{"GET", "/page/page.js", "localhost", 200, "import"},
		{"GET", "/page/uplot/uPlot.iife.min.js", "localhost", 200, "leeoniya/uPlot"},
		{"GET", "/page/uplot/LICENSE", "localhost", 200, "The MIT License"},
		{"GET", "/page/", "localhost", 404, ""},
		{"GET", "/page/uplot", "localhost", 404, ""},
		{"GET", "/page/../page.js", "localhost", 200, "import"}, // it is cleaned, and stays inside
		{"GET", "/page/../../handler.go", "localhost", 404, ""},
		{"GET", "/", "evil.example", 421, "Host"},
		{"GET", "/events", "evil.example:4242", 421, "Host"},
		{"GET", "/page/page.js", "evil.example", 421, "Host"},
		{"POST", "/", "localhost", 405, "only reads"},
		{"DELETE", "/events", "localhost", 405, "only reads"},
		{"GET", "/api/query", "localhost", 401, "token"}, // the store's
		{"GET", "/none", "localhost", 404, "/api/put"},   // the store's
	} {
		w := get(h, tt.method, tt.target, tt.host)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.holds) {
			t.Errorf("%s %s for %s: %d %.80q, want %d %q", tt.method, tt.target, tt.host, w.Code, w.Body, tt.status, tt.holds)
		}
	}
}

func TestAllowedHostMayWatch(t *testing.T) {
	h := Handler(apptuittest.NewUnstartedServer(apptuittest.WithHosts("laptop.example")))
	if w := get(h, "GET", "/", "laptop.example:4242"); w.Code != 200 {
		t.Errorf("%d", w.Code)
	}
}

// All that the page is made of comes from here, and its texts are never markup.
func TestPageIsClosed(t *testing.T) {
	w := get(Handler(apptuittest.NewUnstartedServer()), "GET", "/", "localhost")
	policy := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "require-trusted-types-for 'script'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", w.Header())
	}
	for _, name := range []string{"index.html", "page.css", "page.js", "data.js", "chart.js", "wrong.js", "text.js", "connection.js"} {
		content, err := embedded.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, never := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "https://", "//cdn", " style=", "onclick="} {
			if strings.Contains(string(content), never) {
				t.Errorf("%s has %s", name, never)
			}
		}
	}
}

func TestPageUnderAPrefix(t *testing.T) {
	store := apptuittest.NewUnstartedServer()
	srv := httptest.NewServer(http.StripPrefix("/metrics", Handler(store)))
	defer srv.Close()
	for _, path := range []string{"/metrics/", "/metrics/page/page.css"} {
		resp, err := srv.Client().Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}
