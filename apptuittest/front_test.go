package apptuittest

import (
	"io"
	"net/http"
	"testing"
)

func TestFront(t *testing.T) {
	srv := NewUnstartedServer()
	srv.SetFront(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/page" {
			srv.ServeHTTP(w, r)
			return
		}
		http.NewResponseController(w).Flush()
		<-r.Context().Done() // as long as the server is there
	}))
	srv.Start()
	if status, text, err := post(srv, onePoint); status != 200 {
		t.Error(status, text, err)
	}
	wantMetrics(t, srv, "node.cpu")

	get := func(host string) *http.Response {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/page", nil)
		r.Host = host
		resp, err := srv.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	if resp := get("evil.example"); resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a foreign host: %s", resp.Status)
	}
	resp := get("localhost")
	defer resp.Body.Close()
	srv.Close() // does not wait for ever
	io.Copy(io.Discard, resp.Body)
}
