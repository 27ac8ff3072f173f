package queue

import (
	"fmt"
	"testing"
)

func BenchmarkPush(b *testing.B) {
	for _, size := range []int{4 << 10, 256 << 10} {
		for name, sync := range map[string]Sync{"each": SyncEach, "never": SyncNever} {
			b.Run(fmt.Sprintf("%dKiB/sync=%s", size>>10, name), func(b *testing.B) {
				opts := testOptions()
				opts.Sync = sync
				d := openDisk(b, diskDir(b), opts)
				batch := numbered(1, size)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := d.Push(batch); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkDrain(b *testing.B) {
	for _, size := range []int{4 << 10, 256 << 10} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			d := openDisk(b, diskDir(b), testOptions())
			b.SetBytes(int64(size))
			for b.Loop() {
				e, ok, _ := d.Next(0)
				if !ok {
					b.StopTimer()
					fill(b, d, size, ids(1, uint64(200<<20/size))...)
					b.StartTimer()
					continue
				}
				d.Remove(e.Seq)
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, c := range []struct{ records, size int }{{100_000, 200}, {800, 256 << 10}} {
		b.Run(fmt.Sprintf("%dx%d", c.records, c.size), func(b *testing.B) {
			dir := diskDir(b)
			d := openDisk(b, dir, testOptions())
			for range c.records {
				if _, err := d.Push(batch(1, c.size)); err != nil {
					b.Fatal(err)
				}
			}
			d.Close()
			for b.Loop() {
				openDisk(b, dir, testOptions()).Close()
			}
		})
	}
}

// BenchmarkSpool pushes and waits until the batch is on disk, then takes and
// removes it, as an exporter with a healthy store does.
func BenchmarkSpool(b *testing.B) {
	for _, size := range []int{4 << 10, 256 << 10} {
		for name, sync := range map[string]Sync{"each": SyncEach, "never": SyncNever} {
			b.Run(fmt.Sprintf("%dKiB/sync=%s", size>>10, name), func(b *testing.B) {
				opts := testOptions()
				opts.Sync = sync
				s, bell := NewSpool(openDisk(b, diskDir(b), opts), 64<<20), make(chan struct{}, 1)
				s.Watch(func() {
					select {
					case bell <- struct{}{}:
					default:
					}
				})
				batch := numbered(1, size)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					seq := s.Push(batch)
					for !s.Lasts(seq) {
						<-bell
					}
					s.Take()
					s.Remove(seq)
				}
				s.Close(b.Context())
			})
		}
	}
}
