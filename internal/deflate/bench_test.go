package deflate

import (
	"fmt"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// A line is new text and what is copied behind it.
type line struct {
	text     []byte
	distance int
	n        int
}

// lines returns lines as points have them, and their text: each repeats most of
// the last one, in three parts.
func lines(n int) ([]line, []byte) {
	w := newTeller(Gzip)
	var all []line
	add := func(text string, distance, n int) {
		all = append(all, line{[]byte(text), distance, n})
		w.literals([]byte(text))
		if n > 0 {
			w.match(distance, n)
		}
	}
	for i := range 10 {
		add(fmt.Sprintf("%-50.50s", fmt.Sprint("some text of which each line has its own part ", i)), 50, 0)
	}
	for i := range n {
		add(fmt.Sprint(i*7919%10007), 500, 280)
		add(fmt.Sprint(i%10), 500, 90)
		add(fmt.Sprint(i*31%97), 500, 120)
	}
	return all, w.text
}

func BenchmarkWriter(b *testing.B) {
	all, text := lines(10_000)
	for name, f := range formats {
		b.Run(name, func(b *testing.B) {
			w := NewWriter(f)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				w.Begin(0)
				for i := range all {
					l := &all[i]
					w.Literals(l.text)
					w.AddText(l.text)
					w.Match(l.distance, l.n)
					w.AddSum(0, l.n)
				}
				size = len(w.Close())
			}
			b.ReportMetric(float64(size), "wire-B")
		})
	}
	b.Run("klauspost", func(b *testing.B) {
		var size countWriter
		w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			size = 0
			w.Reset(&size)
			w.Write(text)
			w.Close()
		}
		b.ReportMetric(float64(size), "wire-B")
	})
}

type countWriter int

func (w *countWriter) Write(p []byte) (int, error) {
	*w += countWriter(len(p))
	return len(p), nil
}
