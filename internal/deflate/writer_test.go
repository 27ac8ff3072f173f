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

func newTeller(f Format) *teller {
	w := &teller{Writer: NewWriter(f), format: f}
	w.Begin(0)
	return w
}

func (w *teller) literals(text []byte) {
	w.Literals(text)
	w.text = append(w.text, text...)
}

func (w *teller) match(distance, n int) {
	w.Match(distance, n)
	w.copied(distance, n)
}

// number writes up to eight bytes of which numbers are made.
func (w *teller) number(r *rand.Rand) (x uint64) {
	const bytes = "0123456789.-+e"
	for i := range r.IntN(9) {
		c := bytes[r.IntN(len(bytes))]
		x |= uint64(c) << (8 * i)
		w.text = append(w.text, c)
	}
	return x
}

// copied puts a match into the text.
func (w *teller) copied(distance, n int) {
	for range n {
		w.text = append(w.text, w.text[len(w.text)-distance])
	}
}

// settle puts what was written since the last call into the checksum, in one of
// four ways.
func (w *teller) settle(way int) {
	text := w.text[w.last:]
	w.last = len(w.text)
	tail := text[len(text)-min(len(text), 8)*(way&1):] // a word, or nothing
	head := text[:len(text)-len(tail)]
	switch way {
	case 0:
		w.AddText(text)
	case 1:
		w.AddText(head)
		w.AddWord(wordOf(tail), len(tail))
	case 2:
		w.AddSum(w.format.Sum(text), len(text))
	default:
		w.AddSumWord(w.format.Sum(head), len(head), wordOf(tail), len(tail))
	}
}

func wordOf(text []byte) (x uint64) {
	for i, c := range text {
		x |= uint64(c) << (8 * i)
	}
	return x
}

func (w *teller) check(t testing.TB) {
	t.Helper()
	w.settle(0)
	if got := read(t, w.format, w.Close()); !bytes.Equal(got, w.text) {
		t.Fatalf("%d bytes of text, want %d, or others", len(got), len(w.text))
	}
	w.text, w.last = w.text[:0], 0
	w.Begin(0)
}

// distance returns any that is in reach.
func (w *teller) distance(r *rand.Rand) int {
	if len(w.text) == 0 {
		w.literals([]byte("x"))
	}
	return 1 + r.IntN(min(len(w.text), Window, 1<<r.IntN(16)))
}

// numbers writes two matches and two numbers at once.
func (w *teller) numbers(r *rand.Rand) {
	distance, n := w.distance(r), MinMatch+r.IntN(1<<r.IntN(11))
	w.copied(distance, n)
	x := w.number(r)
	distance2, n2 := w.distance(r), MinMatch+r.IntN(1<<r.IntN(10))
	w.copied(distance2, n2)
	w.Numbers(distance, n, x, distance2, n2, w.number(r))
}

// random tells the writer what r says: runs of any length, at any distance.
func (w *teller) random(r *rand.Rand, steps, alphabet int) {
	for range steps {
		text := make([]byte, r.IntN(1<<r.IntN(8)+1))
		for i := range text {
			text[i] = byte(r.IntN(alphabet))
		}
		w.literals(text)
		switch r.IntN(6) {
		case 0:
			w.Number(w.number(r))
		case 1:
			w.numbers(r)
		case 2:
		default:
			w.match(w.distance(r), MinMatch+r.IntN(1<<r.IntN(12)))
		}
		if r.IntN(3) == 0 {
			w.settle(r.IntN(4))
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

func TestLargeBody(t *testing.T) {
	for name, f := range formats {
		t.Run(name, func(t *testing.T) {
			w := newTeller(f)
			w.literals(bytes.Repeat([]byte("0123456789"), 15_000))
			w.match(Window, 100_000)
			for i := range 20_000 {
				w.literals([]byte(fmt.Sprint(i)))
				w.match(7, MinMatch+i%10)
			}
			w.settle(2)
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

func TestEqualDistancesAreOneMatch(t *testing.T) {
	one, many := newTeller(Gzip), newTeller(Gzip)
	one.literals([]byte("abcdefgh"))
	one.match(8, 20)
	many.literals([]byte("abcdefgh"))
	for range 20 {
		many.match(8, 1)
	}
	if a, b := one.Close(), many.Close(); len(a) != len(b) {
		t.Errorf("%d bytes, and %d where the match was told in parts", len(a), len(b))
	}
}

// The code of a body is made from those before it: a text is smaller when one
// like it was written already.
func TestCodeLearns(t *testing.T) {
	w := newTeller(Gzip)
	size := func(seed uint64) int {
		w.random(rand.New(rand.NewPCG(seed, 4)), 1000, 7)
		w.settle(2)
		body := bytes.Clone(w.Close())
		if !bytes.Equal(read(t, Gzip, body), w.text) {
			t.Fatal("the text is another one")
		}
		w.text, w.last = w.text[:0], 0
		w.Begin(0)
		return len(body)
	}
	first, second := size(1), size(1)
	for range 2 * countEvery {
		size(2)
	}
	if last := size(1); second >= first || last > second+second/20 {
		t.Errorf("%d bytes at first, then %d, at last %d", first, second, last)
	}
}

// Bodies that follow each other in a round may be unlike: each has a code of its
// own, as good as if there were no others.
func TestEachPlaceHasItsCode(t *testing.T) {
	const rounds = 9 // a place's first code is that of other bodies, which takes some to forget
	kinds := []string{"0123456789", "abcdefghijklmnopqrstuvwxyz", `"{}:,[]`}
	body := func(w *Writer, number, kind int) int {
		r := rand.New(rand.NewPCG(uint64(kind), 1))
		w.Begin(number)
		for range 20_000 {
			w.Literals([]byte{kinds[kind][r.IntN(len(kinds[kind]))]})
		}
		return len(w.Close())
	}
	var alone, together [3]int
	round := NewWriter(Gzip)
	for range rounds {
		for kind := range kinds {
			together[kind] = body(round, kind, kind)
		}
	}
	for kind := range kinds {
		w := NewWriter(Gzip)
		for range rounds {
			alone[kind] = body(w, 0, kind)
		}
		if together[kind] > alone[kind]+alone[kind]/50 {
			t.Errorf("%q: %d bytes among others, %d alone", kinds[kind], together[kind], alone[kind])
		}
	}
	for number := range 2 * maxPlaces {
		body(round, number, 0)
	}
	if len(round.places) != maxPlaces {
		t.Errorf("there are %d places", len(round.places))
	}
}

// A writer that wrote a large body does not hold its memory for ever.
func TestBurstIsForgotten(t *testing.T) {
	w := NewWriter(Gzip)
	body := func(n int) {
		w.Begin(0)
		for range n {
			w.Literals([]byte("something new"))
		}
		w.Close()
	}
	body(1_000_000)
	burst := cap(w.bits.out)
	for range 100 {
		body(1000)
	}
	if n := cap(w.bits.out); n > burst/20 {
		t.Errorf("%d bytes are held, %d in the burst", n, burst)
	}
}

func TestNoAllocation(t *testing.T) {
	w := NewWriter(Gzip)
	text := bytes.Repeat([]byte("some text "), 10)
	if n := testing.AllocsPerRun(2*countEvery, func() {
		w.Begin(0)
		for range 1_000 {
			w.Literals(text)
			w.Match(50, 50)
			w.Numbers(50, 50, '1', 60, 60, '2')
			w.AddText(text)
			w.AddSum(1, 50)
		}
		w.Close()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Other readers: gzip and Python check headers and checksums on their own.
func TestOtherReaders(t *testing.T) {
	for name, f := range formats {
		w := newTeller(f)
		w.random(rand.New(rand.NewPCG(9, 10)), 500, 200)
		w.settle(2)
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
