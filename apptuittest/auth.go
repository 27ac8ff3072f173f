package apptuittest

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// auth is who may talk to the server; its zero value is everybody.
type auth struct {
	required bool
	token    string // empty takes any token that is not empty
}

func (a auth) allows(r *http.Request) bool {
	if !a.required {
		return true
	}
	token := credential(r)
	if a.token == "" {
		return token != ""
	}
	return subtle.ConstantTimeCompare([]byte(token), []byte(a.token)) == 1
}

// credential returns the token of a request: a bearer token, or the password
// beside a user id. It is empty where there is none.
func credential(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
