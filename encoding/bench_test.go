package encoding

import (
	"testing"

	"github.com/apptuitai/apptuit-go/internal/deflate"
)

// BenchmarkRounds encodes rounds of a workload beside the general compressors
// behind the same encoder, in batches of the default size and in large ones. Making
// the points of a round, and with churn its new series, is not measured.
func BenchmarkRounds(b *testing.B) {
	for _, load := range []struct {
		name    string
		sets    int
		percent int // of the series that are new in each round
		batch   int // points
	}{{"small", 20, 0, 0}, {"steady", 10_000, 0, 0}, {"large", 10_000, 0, 50_000}, {"churn", 10_000, 10, 0}, {"largechurn", 10_000, 10, 50_000}} {
		for name, sink := range map[string]pointSink{
			"ours": newPointSink(CompressGzip, false),
			"bare": newPointWriter(deflate.Gzip), // as ours, with none of the general ones for bodies of few points
			"fast": newStage(CompressGzip, false),
			"best": newStage(CompressGzip, true),
		} {
			b.Run(load.name+"/"+name, func(b *testing.B) {
				w := newWorkload(b, load.sets)
				e := NewEncoder(Config{MaxPoints: load.batch})
				e.sink = sink
				points := w.next()
				for range 3 {
					mustAppend(b, e, points...)
					e.Flush()
				}
				size := 0
				b.ReportAllocs()
				for b.Loop() {
					if load.percent > 0 {
						b.StopTimer()
						w.churn(load.percent)
						points = w.next()
						b.StartTimer()
					}
					for _, p := range points {
						_ = e.Append(p)
					}
					size = bytesOf(e.Flush())
				}
				n := float64(len(points))
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/point")
				b.ReportMetric(float64(size)/n, "wire-B/point")
			})
		}
	}
}

func bytesOf(batches []Batch) (n int) {
	for _, b := range batches {
		n += len(b.Body)
	}
	return n
}
