package wire

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"unicode"
)

// publicHeaders are those whose values are no secrets: they say what a client
// takes or wants.
var publicHeaders = []string{
	"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Language",
	"Date", "Expect", "Origin", "Pragma", "Prefer", "Referer", "Via",
}

// commonWords are values of headers that are no secrets, wherever they stand.
var commonWords = []string{
	"true", "false", "none", "null", "bearer", "basic", "digest", "token", "apikey", "negotiate",
	"gzip", "deflate", "identity", "text/plain", "application/json",
}

// newRedactor returns the redactor of a client that sends these headers, and these
// parameters of its own.
func newRedactor(headers http.Header, parameters url.Values) *redactor {
	r := &redactor{tokens: memory{max: maxOwnSecrets}}
	for name, values := range headers {
		if !slices.Contains(publicHeaders, name) {
			r.addHeader(name, values[0])
		}
	}
	for _, values := range parameters {
		for _, value := range values {
			r.addHeader("", value)
		}
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		r.addProxy(os.Getenv(name))
	}
	for _, s := range r.fixed {
		remember(s)
	}
	return r
}

// addHeader makes a value a secret, and each part of it that may be one: of an
// Authorization all that follows the scheme, else what is long or has a digit.
//
// Values differ: a key is as secret as a token, and "1" or "production" say
// nothing. So a part of eight letters and digits that has a digit is a secret as
// a token is; what is shorter counts where it stands as a word, what has no digit
// as a whole, and what has fewer than four letters and digits not at all.
func (r *redactor) addHeader(name, value string) {
	r.addValue(value)
	parts := strings.FieldsFunc(value, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune(",;=", c) })
	for _, part := range append(parts, strings.Fields(value)...) {
		credential := strings.HasSuffix(name, "Authorization")
		if credential || len(part) >= maxPiece || strings.ContainsAny(part, "0123456789") {
			r.addValue(part)
		}
		if _, password, ok := strings.Cut(fromBase64(part), ":"); ok && credential {
			r.addValue(password)
		}
	}
}

func (r *redactor) addValue(value string) {
	n := len(letters(value, true))
	switch {
	case n < minSecret || slices.Contains(commonWords, strings.ToLower(value)):
	case n < minPiece:
		r.words = append(r.words, strings.ToLower(value))
	default:
		r.fixed = append(r.fixed, newHidden(value, !strings.ContainsAny(value, "0123456789")))
	}
}

// addProxy makes the password of a proxy a secret.
func (r *redactor) addProxy(variable string) {
	u, err := url.Parse(variable)
	if err != nil || u.User == nil {
		return
	}
	if password, ok := u.User.Password(); ok {
		r.addValue(password)
		r.addValue(base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password)))
	}
}

func fromBase64(s string) string {
	text, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(text)
}

// showsWord tells whether a text has one of the words in it, in any case.
func showsWord(s string, words []string) bool {
	if len(words) == 0 {
		return false
	}
	s = strings.ToLower(s)
	for _, w := range words {
		if hasWord(s, w) {
			return true
		}
	}
	return false
}

func hasWord(s, word string) bool {
	for {
		before, after, found := strings.Cut(s, word)
		if !found {
			return false
		}
		if !endsInLetter(before) && !beginsWithLetter(after) {
			return true
		}
		s = s[len(before)+1:]
	}
}

func endsInLetter(s string) bool { return s != "" && letters(s[len(s)-1:], true) != "" }

func beginsWithLetter(s string) bool { return s != "" && letters(s[:1], true) != "" }
