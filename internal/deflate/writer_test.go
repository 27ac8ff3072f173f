package deflate

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var formats = map[string]Format{"gzip": Gzip, "zlib": Zlib}

// read decompresses with the standard library, which checks the checksum.
func read(t testing.TB, f Format, body []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(body)
	var err error
	if f == Zlib {
		r, err = zlib.NewReader(r)
	} else {
		r, err = gzip.NewReader(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%v after %d bytes of text", err, len(text))
	}
	return text
}

// A teller writes to a Writer and keeps the text that this means.
type teller struct {
	*Writer
	format Format
	text   []byte
	last   int // where the text begins that is not in the checksum
}

func newTeller(f Format) *teller { return &teller{Writer: NewWriter(f), format: f} }

func (w *teller) literals(text []byte) {
	w.Literals(text)
	w.text = append(w.text, text...)
}

func (w *teller) match(distance, n int) {
	w.Match(distance, n)
	for range n {
		w.text = append(w.text, w.text[len(w.text)-distance])
	}
}

// settle puts what was written since the last call into the checksum.
func (w *teller) settle(known bool) {
	text := w.text[w.last:]
	w.last = len(w.text)
	if known {
		w.AddSum(w.format.Sum(text), len(text))
		return
	}
	w.AddText(text)
}

func (w *teller) check(t testing.TB) {
	t.Helper()
	w.settle(false)
	if got := read(t, w.format, w.Close()); !bytes.Equal(got, w.text) {
		t.Fatalf("%d bytes of text, want %d, or others", len(got), len(w.text))
	}
	w.text, w.last = w.text[:0], 0
}

// random tells the writer what r says: runs of any length, at any distance.
func (w *teller) random(r *rand.Rand, steps, alphabet int) {
	for range steps {
		text := make([]byte, r.IntN(1<<r.IntN(8)+1))
		for i := range text {
			text[i] = byte(r.IntN(alphabet))
		}
		w.literals(text)
		if n := len(w.text); n > 0 && r.IntN(4) > 0 {
			w.match(1+r.IntN(min(n, Window, 1<<r.IntN(16))), MinMatch+r.IntN(1<<r.IntN(12)))
		}
		if r.IntN(3) == 0 {
			w.settle(r.IntN(2) == 0)
		}
	}
}

func TestReadsBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, f := range formats {
		t.Run(name, func(t *testing.T) {
			w := newTeller(f)
			w.check(t) // of nothing
			for _, steps := range []int{1, 2, 10, 300} {
				for _, alphabet := range []int{1, 2, 10, 256} {
					w.random(r, steps, alphabet)
					w.check(t)
				}
			}
		})
	}
}

func TestMoreThanABlock(t *testing.T) {
	for name, f := range formats {
		t.Run(name, func(t *testing.T) {
			w := newTeller(f)
			w.literals(bytes.Repeat([]byte("0123456789"), 15_000))
			w.match(Window, 100_000)
			for i := range 2 * maxMatches {
				w.literals([]byte(fmt.Sprint(i)))
				w.match(7, MinMatch+i%10)
			}
			w.settle(true)
			w.check(t)
		})
	}
}

// Any length that a run can have must be cut into parts of 3 to 258.
func TestRunsOfEachLength(t *testing.T) {
	w := newTeller(Gzip)
	for n := MinMatch; n < 1100; n++ {
		w.literals([]byte{byte(n), byte(n >> 8), 'x'})
		w.match(1+n%(len(w.text)), n)
	}
	w.check(t)
}

// Random input of matches that follow each other without literals.
func TestEqualDistancesAreOneMatch(t *testing.T) {
	w := newTeller(Gzip)
	w.literals([]byte("abcdefgh"))
	for range 20 {
		w.match(8, 1)
	}
	if w.endRun(); len(w.block.matches) != 1 || w.block.matches[0].length != 20 {
		t.Errorf("the matches are %v", w.block.matches)
	}
	w.check(t)
}

func TestEqualInputEqualOutput(t *testing.T) {
	body := func(w *teller) []byte {
		w.random(rand.New(rand.NewPCG(3, 4)), 100, 64)
		return w.Close()
	}
	used := newTeller(Gzip)
	used.random(rand.New(rand.NewPCG(5, 6)), 500, 256)
	used.check(t)
	if !bytes.Equal(body(used), body(newTeller(Gzip))) {
		t.Error("what was written before shows")
	}
}

func TestBodyIsCutToLength(t *testing.T) {
	w := newTeller(Gzip)
	w.random(rand.New(rand.NewPCG(7, 8)), 300, 256)
	if body := w.Close(); cap(body) != len(body) {
		t.Errorf("%d bytes are held for %d", cap(body), len(body))
	}
}

func TestNoAllocationButTheBody(t *testing.T) {
	w := NewWriter(Gzip)
	text := bytes.Repeat([]byte("some text "), 10)
	if n := testing.AllocsPerRun(10, func() {
		for range 1_000 {
			w.Literals(text)
			w.Match(50, 50)
			w.AddText(text)
			w.AddSum(1, 50)
		}
		w.Close()
	}); n != 1 {
		t.Errorf("%v allocations", n)
	}
}

// Other readers: gzip and Python check headers and checksums on their own.
func TestOtherReaders(t *testing.T) {
	for name, f := range formats {
		w := newTeller(f)
		w.random(rand.New(rand.NewPCG(9, 10)), 500, 200)
		w.settle(true)
		file := filepath.Join(t.TempDir(), "body.gz")
		if err := os.WriteFile(file, w.Close(), 0o600); err != nil {
			t.Fatal(err)
		}
		python := "import sys,zlib,gzip; b=open(sys.argv[1],'rb').read(); " +
			"sys.stdout.buffer.write({'gzip':gzip,'zlib':zlib}[sys.argv[2]].decompress(b))"
		run(t, w.text, "python3", "-c", python, file, name)
		if f == Gzip {
			run(t, w.text, "gzip", "-dc", file)
		}
	}
}

func run(t *testing.T, want []byte, name string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Logf("%s is not here", name)
		return
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stderr = os.Stderr
	if got, err := cmd.Output(); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %v, %d bytes of text, want %d", name, err, len(got), len(want))
	}
}

func FuzzWriter(f *testing.F) {
	f.Add(uint64(1), uint16(100), uint8(255), false)
	f.Add(uint64(2), uint16(3000), uint8(1), true)
	f.Fuzz(func(t *testing.T, seed uint64, steps uint16, alphabet uint8, isZlib bool) {
		format := Gzip
		if isZlib {
			format = Zlib
		}
		w := newTeller(format)
		w.random(rand.New(rand.NewPCG(seed, 0)), int(steps%4096), int(alphabet)+1)
		w.check(t)
	})
}
