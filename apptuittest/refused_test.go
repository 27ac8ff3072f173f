package apptuittest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestRefusals(t *testing.T) {
	srv := NewUnstartedServer(WithToken("secret"))
	put := func(body string) {
		r := newPut("/api/put?details", body)
		r.Header.Set("Authorization", "Bearer secret")
		serve(srv, r)
	}
	nameless := `{"metric":"a b","timestamp":1,"value":1,"tags":{"k":"v"}}`
	put("[" + nameless + "," + nameless + "," + strings.Trim(onePoint, "[]") + "]")
	put(`[{"metric":"m","timestamp":1,"value":NaN,"tags":{"k":"v"}}]`)
	serve(srv, newPut("/api/put", onePoint)) // another token
	serve(srv, newQueryOf(nil))              // no put

	got := srv.Refusals()
	if len(got) != 3 {
		t.Fatalf("%d refusals: %+v", len(got), got)
	}
	for i, want := range []struct {
		status, count int
		reason, point string
	}{
		{http.StatusUnauthorized, 1, "the token is missing", ""},
		{http.StatusBadRequest, 1, "invalid character 'N'", ""},
		{http.StatusBadRequest, 2, "metric: ", nameless},
	} {
		r := got[i]
		if r.Status != want.status || r.Count != want.count || !strings.Contains(r.Reason, want.reason) || r.Point != want.point || r.Last.Before(r.First) || r.First.IsZero() {
			t.Errorf("%+v, want %+v", r, want)
		}
	}
	srv.Reset()
	if len(srv.Refusals()) != 0 {
		t.Error("they outlive Reset")
	}
}

func TestRefusalsAreBounded(t *testing.T) {
	srv := NewUnstartedServer()
	long := strings.Repeat("k", 10_000)
	for i := range 300 {
		serve(srv, newPut("/api/put", fmt.Sprintf(`{"metric":"m","timestamp":1,"value":1,"tags":{"key%d":"","%s":"v"}}`, i, long)))
	}
	got := srv.Refusals()
	if len(got) != 2*maxRefusals && len(got) != maxRefusals {
		t.Fatalf("%d refusals", len(got))
	}
	for _, r := range got {
		if len(r.Reason)+len(r.Point) > 2*(maxRefusalText+3) {
			t.Errorf("%d and %d bytes", len(r.Reason), len(r.Point))
		}
	}
	newest := false
	for _, r := range got {
		newest = newest || strings.Contains(r.Reason, "key299")
	}
	if !newest {
		t.Error("the newest reason is not there")
	}
}
