package transport

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

// parseHeaders checks headers given by the user. The error names a header,
// never its value.
func parseHeaders(headers map[string]string, authorization bool) (http.Header, error) {
	out := make(http.Header, len(headers))
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		key := http.CanonicalHeaderKey(name)
		if err := checkHeader(key, headers[name], authorization); err != nil {
			problems = append(problems, err)
		}
		if _, twice := out[key]; twice {
			problems = append(problems, fmt.Errorf("header %.40q is given twice", key))
		}
		out[key] = []string{headers[name]}
	}
	return out, errors.Join(problems...)
}

func checkHeader(key, value string, authorization bool) error {
	switch {
	case key == "" || strings.ContainsFunc(key, notToken):
		return fmt.Errorf("%.40q is not the name of a header", key)
	case key == "Authorization" && authorization:
	case slices.Contains(reserved, key):
		return fmt.Errorf("header %s is not for WithHeaders: the client writes it", key)
	}
	if strings.ContainsFunc(value, notValue) {
		return fmt.Errorf("header %s has a value with a control character", key)
	}
	return nil
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
