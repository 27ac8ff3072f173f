package wire

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

func TestEnvironment(t *testing.T) {
	all := map[string]string{
		"APPTUIT_API_TOKEN": testToken, "APPTUIT_API_ENDPOINT": "http://store.test/x/", "APPTUIT_COMPRESSION": "deflate",
		"APPTUIT_TIMEOUT": "1500", "APPTUIT_INSECURE": "Yes", "APPTUIT_PY_TOKEN": "old-token",
	}
	c, err := New(variables(all), WithWarningHandler(func(err error) { t.Error(err) }))
	if err != nil {
		t.Fatal(err)
	}
	g, err := c.credential.grant(t.Context())
	if err != nil || g.token != testToken || c.Endpoint() != "http://store.test/x" || c.timeout != 1500*time.Millisecond || c.encoding.Compression != encoding.CompressDeflate {
		t.Errorf("%v, %v", c, err)
	}
}

func TestCodeBeatsEnvironment(t *testing.T) {
	broken := map[string]string{
		"APPTUIT_API_TOKEN": "a b", "APPTUIT_API_ENDPOINT": "ftp://x", "APPTUIT_COMPRESSION": "lzw",
		"APPTUIT_TIMEOUT": "soon", "APPTUIT_INSECURE": "maybe",
	}
	_, err := New(variables(broken), WithToken(testToken), WithEndpoint("http://store.test"), WithCompression(encoding.CompressGzip),
		WithTimeout(time.Second), WithInsecure())
	if err != nil {
		t.Error(err)
	}
}

func TestEnvironmentErrors(t *testing.T) {
	for name, value := range map[string]string{
		"APPTUIT_API_TOKEN": secret + " x", "APPTUIT_PY_TOKEN": secret + "\nx", "APPTUIT_API_ENDPOINT": "https://u:" + secret + "@h",
		"APPTUIT_COMPRESSION": "lzw", "APPTUIT_TIMEOUT": "0", "APPTUIT_INSECURE": "maybe",
	} {
		opts := []Option{variables(map[string]string{name: value}), WithWarningHandler(nil)}
		if !strings.HasSuffix(name, "TOKEN") {
			opts = append(opts, WithToken(testToken))
		}
		_, err := New(opts...)
		if err == nil || !strings.HasPrefix(err.Error(), "apptuit: "+name+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want one problem that names it", name, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error shows the value: %v", name, err)
		}
	}
}

func TestEmptyVariableIsNotSet(t *testing.T) {
	empty := map[string]string{"APPTUIT_API_ENDPOINT": "", "APPTUIT_TIMEOUT": "", "APPTUIT_INSECURE": "", "APPTUIT_COMPRESSION": "", "APPTUIT_API_TOKEN": ""}
	if _, err := New(variables(empty)); err == nil || !strings.Contains(err.Error(), "no token") {
		t.Errorf("an empty token is taken: %v", err)
	}
	if _, err := New(variables(empty), WithToken(testToken)); err != nil {
		t.Error(err)
	}
}

func TestDeprecatedTokenWarns(t *testing.T) {
	var warnings []error
	warn := WithWarningHandler(func(err error) { warnings = append(warnings, err) })
	if _, err := New(variables(map[string]string{"APPTUIT_PY_TOKEN": "old-token"}), warn); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(warnings...); len(warnings) != 1 || !strings.Contains(err.Error(), "APPTUIT_PY_TOKEN is deprecated") {
		t.Errorf("warned %v", err)
	}
}

func TestWithoutTokenReadsNone(t *testing.T) {
	c, err := New(variables(map[string]string{"APPTUIT_API_TOKEN": testToken}), WithoutToken())
	if err != nil || c.credential.source != nil {
		t.Errorf("a token is read: %v", err)
	}
}
