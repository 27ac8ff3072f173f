package transport

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// The variables that the client reads where code says nothing.
const (
	envToken       = "APPTUIT_API_TOKEN"
	envOldToken    = "APPTUIT_PY_TOKEN"
	envEndpoint    = "APPTUIT_API_ENDPOINT"
	envCompression = "APPTUIT_COMPRESSION"
	envTimeout     = "APPTUIT_TIMEOUT"
	envInsecure    = "APPTUIT_INSECURE"
)

func (c *config) readEnv() {
	readVariable(c, &c.endpoint, envEndpoint, func(s string) (string, error) { return s, nil })
	readVariable(c, &c.compression, envCompression, parseCompression)
	readVariable(c, &c.timeout, envTimeout, parseMilliseconds)
	readVariable(c, &c.insecure, envInsecure, ParseBool)
	if c.noToken || c.tokenSource.set() {
		return
	}
	readVariable(c, &c.token, envToken, parseToken)
	if !c.token.set() && readVariable(c, &c.token, envOldToken, parseToken) && c.warn != nil {
		c.warn(errors.New("apptuit: " + envOldToken + " is deprecated: use " + envToken))
	}
}

// readVariable fills what code left open, and tells whether the variable did.
// An empty variable is not set. One that does not parse still counts as given,
// so that it is the only complaint.
func readVariable[T any](c *config, s *setting[T], name string, parse func(string) (T, error)) bool {
	if s.set() || c.lookup == nil {
		return false
	}
	text, _ := c.lookup(name)
	if text == "" {
		return false
	}
	value, err := parse(text)
	c.check(name, err)
	*s = given(name, value)
	return true
}

// ParseBool reads y, yes, t, true, on and 1, or n, no, f, false, off and 0, in
// any case.
func ParseBool(s string) (bool, error) {
	switch lower := strings.ToLower(s); {
	case slices.Contains([]string{"y", "yes", "t", "true", "on", "1"}, lower):
		return true, nil
	case slices.Contains([]string{"n", "no", "f", "false", "off", "0"}, lower):
		return false, nil
	}
	return false, errors.New("it is neither true nor false: use one of y yes t true on 1, n no f false off 0")
}

// parseCompression does not repeat what it cannot read, as nothing here does: it
// may be a secret in the wrong place.
func parseCompression(s string) (encoding.Compression, error) {
	c, err := encoding.ParseCompression(s)
	if err != nil {
		return 0, errors.New("it is not a compression: use gzip, deflate or none")
	}
	return c, nil
}

func parseMilliseconds(s string) (time.Duration, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/int64(time.Millisecond) {
		return 0, errors.New("it is not a number of milliseconds above zero")
	}
	return time.Duration(n) * time.Millisecond, nil
}

func parseToken(token string) (tokenSource, error) {
	return func(context.Context) (string, error) { return token, nil }, checkToken(token)
}
