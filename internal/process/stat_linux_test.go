package process

import (
	"fmt"
	"strings"
	"testing"
)

// statOf writes /proc/PID/stat as the kernel does.
func statOf(name, threads, start, virtual, resident string) []byte {
	return fmt.Appendf(nil, "4242 (%s) S 1 4242 4242 0 -1 4194304 2847 6512 9 0 4 3 3 5 20 0 %s 0 %s %s %s 18446744073709551615 1 1 0 0\n",
		name, threads, start, virtual, resident)
}

var hostileNames = []string{
	"server", "", " ", "a b", ")", "(", "((", "))", ") S 1 2 3", "a) R 7 (b", "tab\tand\nline", "\x00\xff", "(sd-pam)", ") ", " )(",
}

func TestStatFields(t *testing.T) {
	for _, name := range hostileNames {
		s := parseStat(statOf(name, "17", "460830", "3133440", "384"))
		for n, want := range map[int]int64{statThreads: 17, statStart: 460830, statVirtual: 3133440, statResident: 384, 4: 1, 5: 4242} {
			if got := s.field(n); got != want {
				t.Errorf("of %q field %d is %d, want %d", name, n, got, want)
			}
		}
		if got := s.field(statState); got != absent {
			t.Errorf("of %q the state is the number %d", name, got)
		}
	}
}

func TestStatFieldsThatAreNot(t *testing.T) {
	for _, text := range []string{"", "\n", "1 (a", "1 a S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22", "1 (a)", "1 (a) S 1 2"} {
		s := parseStat([]byte(text))
		for _, n := range []int{statThreads, statStart, statVirtual, statResident} {
			if got := s.field(n); got != absent {
				t.Errorf("in %q field %d is %d", text, n, got)
			}
		}
	}
	for _, word := range []string{"x", "1x", "0x10", "1.5", "1_000", "99999999999999999999", "-", "٣"} {
		s := parseStat(statOf("a", word, "2", "3", "4"))
		if got := s.field(statThreads); got != absent {
			t.Errorf("%q is %d", word, got)
		}
		if got := s.field(statStart); got != 2 {
			t.Errorf("beside %q stands %d, want 2", word, got)
		}
	}
}

func FuzzStatName(f *testing.F) {
	for _, name := range hostileNames {
		f.Add(name, int64(17), int64(460830), int64(3133440), int64(384))
	}
	f.Fuzz(func(t *testing.T, name string, threads, start, virtual, resident int64) {
		word := func(n int64) string { return fmt.Sprint(n) }
		s := parseStat(statOf(name, word(threads), word(start), word(virtual), word(resident)))
		got := [...]int64{s.field(statThreads), s.field(statStart), s.field(statVirtual), s.field(statResident)}
		if want := [...]int64{threads, start, virtual, resident}; got != want {
			t.Errorf("of %q: %v, want %v", name, got, want)
		}
	})
}

// No text makes it panic, or makes up a number that is not in it.
func FuzzStatText(f *testing.F) {
	f.Add("")
	f.Add(")")
	for _, name := range hostileNames {
		f.Add(string(statOf(name, "17", "460830", "x", "-4")))
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := parseStat([]byte(text))
		for n := statState; n < 60; n++ {
			v := s.field(n)
			if v >= 0 && !strings.Contains(text, strings.TrimLeft(fmt.Sprint(v), "0")) {
				t.Errorf("%q has no %d", text, v)
			}
		}
	})
}

func TestStatusBytes(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
	}{
		{"Name:\ta\nVmPeak:\t   20000 kB\nVmHWM:\t   13472 kB\nVmRSS:\t   13000 kB\n", 13472 * 1024},
		{"VmHWM: 1 kB", 1024},
		{"VmHWM:\t0 kB\n", 0},
		{"", absent},
		{"Name:\tVmHWM: 5 kB\n", absent},
		{"XVmHWM:\t5 kB\n", absent},
		{"VmHWM:\n", absent},
		{"VmHWM:\t5\n", absent},
		{"VmHWM:\t5 MB\n", absent},
		{"VmHWM:\t5 kB 6\n", absent},
		{"VmHWM:\tfive kB\n", absent},
		{"VmHWM:\t-5 kB\n", absent},
		{"VmHWM:\t9223372036854775807 kB\n", absent},
	} {
		if got := statusBytes([]byte(c.text), "VmHWM"); got != c.want {
			t.Errorf("%q: %d, want %d", c.text, got, c.want)
		}
	}
}
