package env

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The variables of the connection.
const (
	Token       = "APPTUIT_API_TOKEN"
	OldToken    = "APPTUIT_PY_TOKEN" // deprecated
	Endpoint    = "APPTUIT_API_ENDPOINT"
	Compression = "APPTUIT_COMPRESSION"
	Timeout     = "APPTUIT_TIMEOUT"
	Insecure    = "APPTUIT_INSECURE"
)

// QueryEndpoint is where a store is read that is written at another place.
const QueryEndpoint = "APPTUIT_QUERY_ENDPOINT"

// The variables of the exporter.
const (
	Tags           = "APPTUIT_TAGS"
	OldTags        = "APPTUIT_PY_TAGS" // deprecated
	DisableHostTag = "APPTUIT_DISABLE_HOST_TAG"
	SanitizeMode   = "APPTUIT_SANITIZE_MODE"
	SpoolDir       = "APPTUIT_SPOOL_DIR"
)

// A Lookup finds variables, as os.LookupEnv does. The nil Lookup finds none.
type Lookup func(name string) (value string, ok bool)

// Get returns the value of a variable. An empty one is not set, as OpenTelemetry
// has it.
func (l Lookup) Get(name string) (value string, ok bool) {
	if l == nil {
		return "", false
	}
	value, ok = l(name)
	return value, ok && value != ""
}

// Bool reads y, yes, t, true, on and 1, or n, no, f, false, off and 0, in any case.
func Bool(s string) (bool, error) {
	switch lower := strings.ToLower(s); {
	case slices.Contains([]string{"y", "yes", "t", "true", "on", "1"}, lower):
		return true, nil
	case slices.Contains([]string{"n", "no", "f", "false", "off", "0"}, lower):
		return false, nil
	}
	return false, errors.New("it is neither true nor false: use one of y yes t true on 1, n no f false off 0")
}

// Milliseconds reads a whole number of milliseconds above zero.
func Milliseconds(s string) (time.Duration, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/int64(time.Millisecond) {
		return 0, errors.New("it is not a number of milliseconds above zero")
	}
	return time.Duration(n) * time.Millisecond, nil
}
