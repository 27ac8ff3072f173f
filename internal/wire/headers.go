package wire

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// reserved are the headers that the client, net/http or the connection owns.
var reserved = []string{
	"Authorization", "Connection", "Content-Encoding", "Content-Length", "Content-Type",
	"Host", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent",
}

// parseHeaders checks headers given by the user. The error counts the headers in
// the order of their names, for the name may be a secret in the wrong place.
func parseHeaders(headers map[string]string, authorization bool) (http.Header, error) {
	out := make(http.Header, len(headers))
	var problems []error
	for i, name := range slices.Sorted(maps.Keys(headers)) {
		key := http.CanonicalHeaderKey(name)
		_, twice := out[key]
		switch problem := headerProblem(key, headers[name], twice); {
		case slices.Contains(reserved, key) && !(key == "Authorization" && authorization):
			problems = append(problems, fmt.Errorf("header %s is none to be given: the client writes it", key))
		case problem != "":
			problems = append(problems, fmt.Errorf("header %d of %d, in the order of their names, %s", i+1, len(headers), problem))
		}
		out[key] = []string{headers[name]}
	}
	return out, errors.Join(problems...)
}

func headerProblem(key, value string, twice bool) string {
	switch {
	case twice:
		return "is given twice"
	case key == "" || strings.ContainsFunc(key, notToken):
		return "has a name that no header can have"
	case strings.ContainsFunc(value, notValue):
		return "has a value with a control character"
	}
	return ""
}

// notToken follows RFC 9110's token, which header names are.
func notToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

func notValue(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

func checkProduct(product string) error {
	if strings.ContainsFunc(product, func(r rune) bool { return r < ' ' || r > '~' }) {
		return errors.New("the product holds a character other than visible ASCII")
	}
	return nil
}
