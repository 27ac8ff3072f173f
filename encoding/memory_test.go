package encoding

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/internal/heaptest"
)

// A bomb is a body of little that becomes much: begin, and each so often that
// there are size bytes of JSON.
type bomb struct{ begin, each, end string }

var bombs = map[string]bomb{
	"points":        {`[1`, `,{"metric":"m","tags":{"k":"` + strings.Repeat("v", 300) + `"},"timestamp":1,"value":1}`, `]`},
	"one point":     {`["`, `x`, `"]`},
	"white space":   {`[`, ` `, `]`},
	"space at last": {`[1,2]`, ` `, ``},
	"deep":          {`[`, `[`, `]`},
	"deep objects":  {`[`, `{"a":`, `]`},
	"numbers":       {`[1`, `2`, `]`},
	"large points":  {`[1`, `,"` + strings.Repeat("x", 15<<20) + `"`, `]`},
	"no end":        {`[1`, `,"` + strings.Repeat("x", 300) + `"`, ``},
}

// body returns the bomb, at least size bytes of it, compressed.
func (b bomb) body(c Compression, size int) []byte {
	var out bytes.Buffer
	w := newCompressor(c, false)
	w.Reset(&out)
	_, _ = io.WriteString(w, b.begin) // into memory: it cannot fail
	piece := strings.Repeat(b.each, 1+(64<<10)/len(b.each))
	for n := 0; n < size; n += len(piece) {
		_, _ = io.WriteString(w, piece)
	}
	_, _ = io.WriteString(w, b.end)
	_ = w.Close()
	return out.Bytes()
}

// Whatever a body holds, to cut it takes no more memory than its largest point
// may have, some times over.
func TestCuttingBoundsMemory(t *testing.T) {
	for name, bomb := range bombs {
		b := Batch{Body: bomb.body(CompressGzip, maxPoint+4<<20), Points: 1 << 20}
		heaptest.Within(t, 4*maxPoint, func() {
			if _, _, err := b.Split(); err == nil {
				t.Errorf("%s: no error", name)
			}
		})
	}
}

func TestJSONBoundsMemory(t *testing.T) {
	for _, c := range []Compression{CompressGzip, CompressDeflate} {
		b := Batch{Body: bombs["one point"].body(c, maxText+1), Compression: c, Points: 1}
		heaptest.Within(t, 4*maxText, func() {
			if _, err := b.JSON(); err == nil || !strings.Contains(err.Error(), "64 MiB") {
				t.Errorf("%s: %v", c, err)
			}
		})
	}
}

// What an encoder makes can be cut, however large it was allowed to be.
func TestEncoderMakesWhatCanBeCut(t *testing.T) {
	e := NewEncoder(Config{MaxBytes: 1 << 30, MaxPoints: 1 << 30})
	large := mustSeries(t, SanitizeNone, "m", Tag{"k", strings.Repeat("v", maxPoint-200)})
	for range 5 {
		mustAppend(t, e, Point{Series: large})
	}
	batches := e.Flush()
	if len(batches) != 2 {
		t.Fatalf("%d batches", len(batches))
	}
	for _, b := range batches {
		first, second, err := b.Split()
		if err != nil && b.Points > 1 || b.Points > 1 && first.Points+second.Points != b.Points {
			t.Errorf("%d points become %d and %d: %v", b.Points, first.Points, second.Points, err)
		}
		if text, err := b.JSON(); err != nil || len(text) > maxText {
			t.Errorf("%d bytes, %v", len(text), err)
		}
	}
	larger := mustSeries(t, SanitizeNone, "m", Tag{"k", strings.Repeat("v", maxPoint)})
	if err := e.Append(Point{Series: larger}); !errors.Is(err, ErrPointTooLarge) {
		t.Errorf("a point of more than %d bytes: %v", maxPoint, err)
	}
}

// A batch that says another number of points than it holds is none that was made
// here.
func TestBatchOfOtherPoints(t *testing.T) {
	for _, c := range compressions {
		for _, says := range []int{2, 9, 11, 1 << 30} {
			b := someBatch(t, c, 10)
			b.Points = says
			if _, _, err := b.Split(); err == nil || !strings.Contains(err.Error(), "10") {
				t.Errorf("%s, %d: %v", c, says, err)
			}
		}
	}
}
