package env

import (
	"strings"
	"testing"
)

func TestBool(t *testing.T) {
	for _, s := range strings.Fields("y yes t true on 1 Y YES True oN") {
		if v, err := Bool(s); !v || err != nil {
			t.Errorf("%s: %v, %v", s, v, err)
		}
	}
	for _, s := range strings.Fields("n no f false off 0 N No FALSE OFF") {
		if v, err := Bool(s); v || err != nil {
			t.Errorf("%s: %v, %v", s, v, err)
		}
	}
	for _, s := range []string{"", " yes", "2", "tru"} {
		if _, err := Bool(s); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}

func TestGet(t *testing.T) {
	all := Lookup(func(name string) (string, bool) { return map[string]string{Token: "t"}[name], name != Endpoint })
	if v, ok := all.Get(Token); v != "t" || !ok {
		t.Errorf("%q, %t", v, ok)
	}
	for _, name := range []string{Timeout, Endpoint} { // empty, and not set
		if v, ok := all.Get(name); v != "" || ok {
			t.Errorf("%s: %q, %t", name, v, ok)
		}
	}
	if _, ok := Lookup(nil).Get(Token); ok {
		t.Error("nil finds something")
	}
}

func TestNearest(t *testing.T) {
	for name, want := range map[string]string{
		"APPTUIT_ENDPOINT": Endpoint, "APPTUIT_TOKEN": Token, "APPTUIT_API_KEY": Token, "APPTUIT_TOKEN_FILE": TokenFile,
		"APPTUIT_SPOOL_DIRECTORY": SpoolDir, "APPTUIT_TAG": Tags, "APPTUIT_MAXTAGS": MaxTags, "APPTUIT_QUERY_URL": QueryEndpoint,
		"APPTUIT_HISTOGRAM": Histograms, "APPTUIT_API_ENDPONT": Endpoint, "APPTUIT_HEADER": Headers, "APPTUIT_CLIENT_CERT": ClientCertificate,
		"APPTUIT_USER": User, "APPTUIT_STORES": Store, "apptuit_store": Store,
	} {
		if got := Nearest(strings.ToUpper(name)); got != want {
			t.Errorf("%s is nearest to %s, want %s", name, got, want)
		}
	}
	for _, v := range Variables {
		if got := Nearest(v.Name); got != v.Name {
			t.Errorf("%s is nearest to %s", v.Name, got)
		}
	}
}

func TestUnknown(t *testing.T) {
	environ := []string{"PATH=/bin", Token + "=a", OldToken + "=b", "APPTUIT_ENDPOINT=c", "APPTUIT_EMPTY=", "MY_APPTUIT_X=1", "APPTUIT_X"}
	if got := Unknown(environ); len(got) != 1 || got[0] != "APPTUIT_ENDPOINT" {
		t.Errorf("%q", got)
	}
}

// No parser repeats what it cannot read.
func TestParsersKeepValuesToThemselves(t *testing.T) {
	const value = "5ecret-value"
	for name, parse := range map[string]func(string) error{
		"Bool":         func(s string) error { _, err := Bool(s); return err },
		"Milliseconds": func(s string) error { _, err := Milliseconds(s); return err },
		"Number":       func(s string) error { _, err := Number(s); return err },
		"Bytes":        func(s string) error { _, err := Bytes(s); return err },
		"Fractions":    func(s string) error { _, err := Fractions(s); return err },
		"Pairs":        func(s string) error { _, err := Pairs(s); return err },
		"Choice":       func(s string) error { _, err := Choice(s, "a", "b"); return err },
	} {
		for _, s := range []string{value, " " + value, value + "%zz=%zz", "," + value} {
			if err := parse(s); err == nil || strings.Contains(err.Error(), value) {
				t.Errorf("%s of %q: %v", name, s, err)
			}
		}
	}
	for _, s := range []string{"0", "-1", "99999999999999999999", "1.5", ""} {
		if _, err := Number(s); err == nil {
			t.Errorf("Number takes %q", s)
		}
		if _, err := Bytes(s); err == nil {
			t.Errorf("Bytes takes %q", s)
		}
	}
}

func TestPairs(t *testing.T) {
	got, err := Pairs(" a = b=c , X-Key=1%2C2+3%20,, empty=")
	if err != nil || len(got) != 3 || got["a"] != "b=c" || got["X-Key"] != "1,2+3 " || got["empty"] != "" {
		t.Errorf("%q, %v", got, err)
	}
	for _, s := range []string{"", " ,", "a", "=b", "a=1,a=2", "a=%", "a=1;b"} {
		if got, err := Pairs(s); err == nil && s != "a=1;b" {
			t.Errorf("%q is %q", s, got)
		}
	}
}

func TestLists(t *testing.T) {
	if words, err := Words(" a, b ,,c "); err != nil || strings.Join(words, "|") != "a|b|c" {
		t.Errorf("%q, %v", words, err)
	}
	if _, err := Words(" , "); err == nil {
		t.Error("no word is taken")
	}
	if all, err := Fractions("0, 0.5,1"); err != nil || len(all) != 3 || all[1] != 0.5 {
		t.Errorf("%v, %v", all, err)
	}
	for _, s := range []string{"", "2", "NaN", "-0.1", "0.5;0.9"} {
		if _, err := Fractions(s); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
	if c, err := Choice("DELTA", "cumulative", "delta"); err != nil || c != "delta" {
		t.Errorf("%q, %v", c, err)
	}
}
