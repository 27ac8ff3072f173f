package encoding

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"
	"testing"
)

var compressions = []Compression{CompressGzip, CompressDeflate, CompressNone}

// standardRead decompresses with the standard library, as a server would.
func standardRead(t testing.TB, c Compression, body []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(body)
	var err error
	switch c {
	case CompressGzip:
		r, err = gzip.NewReader(r)
	case CompressDeflate:
		r, err = zlib.NewReader(r)
	}
	if err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	return text
}

// TestCompressionReadsBack has bodies smaller and larger than the stage.
func TestCompressionReadsBack(t *testing.T) {
	for _, n := range []int{1, 2, 300} {
		points := benchPoints(t, n)
		plain := NewEncoder(Config{Compression: CompressNone})
		mustAppend(t, plain, points...)
		want := plain.Flush()[0].Body
		if len(readPoints(t, want)) != n {
			t.Fatalf("not %d points", n)
		}
		for _, c := range compressions {
			e := NewEncoder(Config{Compression: c})
			for range 2 { // the compressor is used again
				mustAppend(t, e, points...)
				b := e.Flush()[0]
				if got := standardRead(t, c, b.Body); b.Compression != c || !bytes.Equal(got, want) {
					t.Errorf("%s: %d points read back as %d bytes, want %d", c, n, len(got), len(want))
				}
				if got := mustJSON(t, b); !bytes.Equal(got, want) {
					t.Errorf("%s: JSON of %d points has %d bytes, want %d", c, n, len(got), len(want))
				}
			}
		}
	}
}

func TestCompressionSavesBytes(t *testing.T) {
	for _, c := range []Compression{CompressGzip, CompressDeflate} {
		e := NewEncoder(Config{Compression: c})
		mustAppend(t, e, benchPoints(t, 200)...)
		if b := e.Flush()[0]; 5*len(b.Body) > len(mustJSON(t, b)) {
			t.Errorf("%s: %d bytes of %d", c, len(b.Body), len(mustJSON(t, b)))
		}
	}
}

func TestBodyHasNoSpareCapacity(t *testing.T) {
	e := NewEncoder(Config{})
	mustAppend(t, e, benchPoints(t, 200)...)
	if b := e.Flush()[0].Body; cap(b) > len(b)+len(b)/4 {
		t.Errorf("%d bytes are held for %d", cap(b), len(b))
	}
}

func TestParseCompression(t *testing.T) {
	for _, c := range compressions {
		if got, err := ParseCompression(c.String()); got != c || err != nil || !c.Valid() {
			t.Errorf("%s is read as %s, %v", c, got, err)
		}
	}
	if _, err := ParseCompression("zstd"); err == nil || !strings.Contains(err.Error(), `"zstd"`) {
		t.Errorf("the error is %v", err)
	}
	if c := Compression(3); c.Valid() || c.String() != "Compression(3)" {
		t.Errorf("%s is valid: %t", c, c.Valid())
	}
}

func TestContentEncoding(t *testing.T) {
	for c, want := range map[Compression]string{CompressGzip: "gzip", CompressDeflate: "deflate", CompressNone: ""} {
		if got := c.ContentEncoding(); got != want {
			t.Errorf("%s: %q, want %q", c, got, want)
		}
	}
}

// Of an encoder the first points are held, and those of no round are lost or written
// twice, however many they are.
func TestFirstBodies(t *testing.T) {
	points := benchPoints(t, 3*maxHeld)
	for _, first := range []int{1, maxHeld - 1, maxHeld, maxHeld + 1, len(points)} {
		p := newPair(Config{MaxPoints: 2 * maxHeld})
		for _, n := range []int{first, 1, len(points)} {
			p.append(t, points[:n]...)
			p.flush(t)
		}
	}
}

// Bodies of the default size are no larger than those of the general compressor at
// its fastest, once a round has been written.
func TestDefaultBatchesAreNotLargerThanGeneral(t *testing.T) {
	for _, percent := range []int{0, 10} {
		w := newWorkload(t, 2000)
		ours, general := NewEncoder(Config{}), NewEncoder(Config{})
		general.sink = newStage(CompressGzip, false)
		for round := range 4 {
			points := w.next()
			mustAppend(t, ours, points...)
			mustAppend(t, general, points...)
			ourBytes, generalBytes := bytesOf(ours.Flush()), bytesOf(general.Flush())
			t.Logf("%d %% new, round %d: %.2f bytes per point, %.2f by the general compressor", percent, round,
				float64(ourBytes)/float64(len(points)), float64(generalBytes)/float64(len(points)))
			if round > 0 && ourBytes > generalBytes {
				t.Errorf("%d %% new, round %d: %d bytes, and the general compressor has %d", percent, round, ourBytes, generalBytes)
			}
			w.churn(percent)
		}
	}
}
