package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// publicParameters are those whose values are no credentials: they say where points
// go, or how they are written.
var publicParameters = []string{"db", "precision", "details", "summary", "sync", "sync_timeout"}

// parseParameters checks what a user adds to the query of puts. The error counts the
// parameters in the order of their names, for a name may be a secret in the wrong place.
func parseParameters(given map[string]string) (url.Values, error) {
	values := url.Values{}
	var problems []error
	for i, name := range slices.Sorted(maps.Keys(given)) {
		if name == "" {
			problems = append(problems, fmt.Errorf("parameter %d of %d, in the order of their names, has no name", i+1, len(given)))
		}
		values.Set(name, given[name])
	}
	return values, errors.Join(problems...)
}

// addParameters adds those of the endpoint, and then those of options, to the
// query of puts.
func (s *Settings) addParameters(e *endpoint) {
	given, err := parseParameters(s.Parameters.Value)
	s.check(s.Parameters.From, err)
	e.parameters = url.Values{}
	if !s.Queries { // which puts nothing
		maps.Copy(e.parameters, e.query)
		maps.Copy(e.parameters, given)
	}
	path := s.PutPath.Or(putPath)
	e.put = e.base + path
	if query := putQuery(s, e.parameters); query != "" {
		e.put += "?" + query
	}
	e.destination = e.base
	if path != putPath {
		e.destination += path
	}
	if len(e.parameters) > 0 {
		sum := sha256.Sum256([]byte(e.parameters.Encode()))
		e.destination += "?" + hex.EncodeToString(sum[:16])
	}
}

// putQuery returns the query of puts: what asks for an answer of use, where the user
// says nothing of it, and what the user gives.
func putQuery(s *Settings, given url.Values) string {
	var parts []string
	ask := func(key, value string) {
		if !given.Has(key) {
			parts = append(parts, key+value)
		}
	}
	if !s.NoDetails {
		ask("details", "")
	}
	if s.Preset().Sync {
		ask("sync", "")
		answered := s.timeout() / 6 * 5 // before the attempt is given up
		ask("sync_timeout", "="+strconv.FormatInt(max(answered.Milliseconds(), 1), 10))
	}
	if len(given) > 0 {
		parts = append(parts, given.Encode())
	}
	return strings.Join(parts, "&")
}

// secretParameters tells whether the query of puts holds what may be a credential.
func (e endpoint) secretParameters() bool {
	for name := range e.parameters {
		if !slices.Contains(publicParameters, name) {
			return true
		}
	}
	return false
}

func checkPutPath(path string) error {
	if path == "" || !ValidPath(path) {
		return errors.New(`it is no path: begin it with one "/", and leave out "?", "#", spaces, and parts that are empty, "." or ".."`)
	}
	return nil
}
