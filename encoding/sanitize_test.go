package encoding

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

var modes = []SanitizeMode{SanitizePrometheus, SanitizeApptuit, SanitizeNone}

func mustName(t testing.TB, m SanitizeMode, s string) string {
	t.Helper()
	name, err := m.Name(s)
	if err != nil {
		t.Fatalf("%s: Name(%q): %v", m, s, err)
	}
	return name
}

// names holds a name and what the two modes that change names make of it.
var names = []struct{ in, prometheus, apptuit string }{
	{"7&&cpu-time/seconds", "_7_cpu_time_seconds", "7_cpu-time/seconds"}, // this and the next are PROTOCOL's
	{"日本語.abc", "_abc", "日本語.abc"},
	{"http.server.duration", "http_server_duration", "http.server.duration"},
	{"clean_name", "clean_name", "clean_name"},
	{"A9z", "A9z", "A9z"},
	{"a__b", "a_b", "a_b"},
	{"__a__", "_a_", "_a_"},
	{"a_&_b", "a_b", "a_b"},
	{"_", "_", "_"},
	{"&", "_", "_"},
	{"&&& &", "_", "_"},
	{"7", "_7", "7"},
	{"7_", "_7_", "7_"},
	{"_7", "_7", "_7"},
	{"&7", "_7", "_7"},
	{"a b\tc\nd", "a_b_c_d", "a_b_c_d"},
	{`a"b\c`, "a_b_c", "a_b_c"},
	{"größe", "gr_e", "größe"},
	{"٣x", "_x", "٣x"}, // an Arabic digit
	{"a\xffb", "a_b", "a_b"},
	{"\ufffd", "_", "_"},
	{"a😀b", "a_b", "a_b"},
	{"a\x00", "a_", "a_"},
	{"-._/", "_", "-._/"},
}

func TestName(t *testing.T) {
	for _, n := range names {
		if got := mustName(t, SanitizePrometheus, n.in); got != n.prometheus {
			t.Errorf("prometheus: %q becomes %q, want %q", n.in, got, n.prometheus)
		}
		if got := mustName(t, SanitizeApptuit, n.in); got != n.apptuit {
			t.Errorf("apptuit: %q becomes %q, want %q", n.in, got, n.apptuit)
		}
	}
}

func TestNameNone(t *testing.T) {
	for _, s := range []string{"a", "7", "a.b-c_d/e", "__", "日本語.abc", "größe", "٣"} {
		if got := mustName(t, SanitizeNone, s); got != s {
			t.Errorf("%q becomes %q", s, got)
		}
	}
	for _, s := range []string{"a b", "a&", "&", "a\n", "a\xff", "\ufffd", "a😀", "a{b}"} {
		if _, err := SanitizeNone.Name(s); !errors.Is(err, ErrName) {
			t.Errorf("%q: %v, want ErrName", s, err)
		}
	}
}

func TestNameEmpty(t *testing.T) {
	for _, m := range modes {
		if _, err := m.Name(""); !errors.Is(err, ErrName) {
			t.Errorf("%s: %v, want ErrName", m, err)
		}
	}
	if err := checkName(""); !errors.Is(err, ErrName) {
		t.Errorf("checkName: %v, want ErrName", err)
	}
}

func TestNameOfCleanNameAllocatesNothing(t *testing.T) {
	for _, m := range modes {
		if n := testing.AllocsPerRun(100, func() { _, _ = m.Name("http_server_duration") }); n != 0 {
			t.Errorf("%s: %v allocations", m, n)
		}
	}
}

func TestCheckNameShowsNameAndPlace(t *testing.T) {
	err := checkName("cpu time")
	for _, part := range []string{`"cpu time"`, "' '", "byte 3"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not show %s", err, part)
		}
	}
	if err := checkName(strings.Repeat("x", 10_000) + "&"); len(err.Error()) > 300 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
}

func TestParseSanitizeMode(t *testing.T) {
	for _, m := range modes {
		if got, err := ParseSanitizeMode(m.String()); got != m || err != nil || !m.Valid() {
			t.Errorf("%s is read as %s, %v", m, got, err)
		}
	}
	if _, err := ParseSanitizeMode("Apptuit"); err == nil || !strings.Contains(err.Error(), `"Apptuit"`) {
		t.Errorf("the error is %v", err)
	}
	if m := SanitizeMode(3); m.Valid() || m.String() != "SanitizeMode(3)" {
		t.Errorf("%s is valid: %t", m, m.Valid())
	}
}

var prometheusName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

func FuzzName(f *testing.F) {
	for _, n := range names {
		f.Add(n.in)
	}
	for _, s := range hardStrings {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" {
			return
		}
		prometheus := mustName(t, SanitizePrometheus, s)
		if !prometheusName.MatchString(prometheus) {
			t.Errorf("prometheus: %q becomes %q", s, prometheus)
		}
		apptuit := mustName(t, SanitizeApptuit, s)
		if err := checkName(apptuit); err != nil {
			t.Errorf("apptuit: %q becomes %q: %v", s, apptuit, err)
		}
		checkSettled(t, SanitizePrometheus, prometheus)
		checkSettled(t, SanitizeApptuit, apptuit)
		// A name that is allowed changes in its runs of "_" only.
		if checkName(s) == nil && !strings.Contains(s, "__") && apptuit != s {
			t.Errorf("apptuit: %q becomes %q", s, apptuit)
		}
		if got := mustName(t, SanitizePrometheus, apptuit); got != prometheus {
			t.Errorf("%q is %q, but %q after the other mode", s, prometheus, got)
		}
	})
}

func checkSettled(t *testing.T, m SanitizeMode, name string) {
	t.Helper()
	if strings.Contains(name, "__") {
		t.Errorf("%s: two _ in a row in %q", m, name)
	}
	if again := mustName(t, m, name); again != name {
		t.Errorf("%s: %q becomes %q", m, name, again)
	}
}
