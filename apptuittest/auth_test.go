package apptuittest

import (
	"net/http"
	"strings"
	"testing"
)

func TestAuth(t *testing.T) {
	basic := func(user, password string) string {
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth(user, password)
		return r.Header.Get("Authorization")
	}
	given, none := []Option{WithToken("right")}, []Option{withoutToken()}
	for _, tc := range []struct {
		opts   []Option
		header string
		status int
	}{
		{nil, "", 401}, {nil, "Bearer", 401}, {nil, "Bearer  ", 401}, {nil, "Bearer x", 204}, {nil, "bearer x", 204},
		{nil, "Token x", 401}, {nil, basic("user", "x"), 204}, {nil, basic("user", ""), 401}, {nil, "Basic !", 401},
		{given, "", 401}, {given, "Bearer right", 204}, {given, "Bearer wrong", 401}, {given, "Bearer right ", 204},
		{given, basic("user", "right"), 204}, {given, basic("right", "user"), 401},
		{none, "", 204}, {none, "Bearer x", 204},
	} {
		srv := NewUnstartedServer(tc.opts...)
		r := newPut("/api/put", onePoint)
		r.Header.Set("Authorization", tc.header)
		w := serve(srv, r)
		if w.Code != tc.status {
			t.Errorf("%q answered %d, want %d", tc.header, w.Code, tc.status)
		}
		if w.Code == 401 && (w.Header().Get("WWW-Authenticate") == "" || strings.Contains(w.Body.String(), "wrong")) {
			t.Errorf("%q answered %v %s", tc.header, w.Header(), w.Body)
		}
	}
}
