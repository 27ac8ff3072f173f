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
