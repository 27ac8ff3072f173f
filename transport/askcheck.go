package transport

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// errBadRequest marks a request that is never sent.
var errBadRequest = errors.New("the request cannot be made: its method, path, query or content type is not valid")

// checkRequest refuses what would lead to another place than below the endpoint,
// or add to the request.
func checkRequest(r Request) error {
	switch {
	case strings.ContainsFunc(r.Method, notToken):
		return refusedPart("method", "is a word")
	case !validPath(r.Path):
		return refusedPart("path", `is empty, or begins with one "/" and holds no other before a part, no part that is "." or "..", and no "?", "#", "\" or control character`)
	case strings.ContainsFunc(r.Query, func(c rune) bool { return c <= ' ' || c == '#' || c == 0x7f }):
		return refusedPart("query", `holds no "#", space or control character`)
	case strings.ContainsFunc(r.ContentType, notValue):
		return refusedPart("content type", "holds no control character")
	}
	return nil
}

func refusedPart(part, is string) error {
	return fmt.Errorf("%w: the %s %s", errBadRequest, part, is)
}

func validPath(path string) bool {
	if path == "" {
		return true
	}
	plain, err := url.PathUnescape(path)
	if err != nil || path[0] != '/' || strings.ContainsFunc(path, notInPath) || strings.Contains(path, "//") {
		return false
	}
	for part := range strings.FieldsFuncSeq(plain, func(c rune) bool { return c == '/' || c == '\\' }) {
		if part == "." || part == ".." {
			return false
		}
	}
	return true
}

func notInPath(c rune) bool { return c <= ' ' || c == 0x7f || strings.ContainsRune(`?#\`, c) }
