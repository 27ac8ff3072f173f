package queue

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
)

const testEndpoint = "https://api.example.com"

func testOptions() DiskOptions {
	return DiskOptions{Endpoint: testEndpoint, Bound: 256 << 20, Sync: SyncNever}
}

func openDisk(t testing.TB, dir string, opts DiskOptions) *Disk {
	t.Helper()
	d, err := OpenDisk(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// numbered returns a batch that can be told from all others, and from what is
// not intact: all of it follows from its id.
func numbered(id uint64, bytes int) encoding.Batch {
	r := rand.New(rand.NewPCG(id, 7))
	body := binary.LittleEndian.AppendUint64(nil, id)
	for len(body) < bytes {
		body = binary.LittleEndian.AppendUint64(body, r.Uint64())
	}
	return encoding.Batch{
		Body:        body,
		Points:      int(id%1000) + 1,
		Compression: encoding.Compression(id % 3),
	}
}

// identify returns the id of a batch that numbered made.
func identify(b encoding.Batch) (id uint64, err error) {
	if len(b.Body) < 8 {
		return 0, errors.New("the body is too short")
	}
	id = binary.LittleEndian.Uint64(b.Body)
	want := numbered(id, len(b.Body))
	if !slices.Equal(b.Body, want.Body) || b.Points != want.Points || b.Compression != want.Compression {
		return 0, errors.New("the batch is not what was pushed")
	}
	return id, nil
}

// contents returns the ids of all that waits, checked.
func contents(t testing.TB, q Queue) (ids []uint64) {
	t.Helper()
	after := uint64(0)
	for {
		e, ok := q.Next(after)
		if !ok {
			return ids
		}
		if e.Seq <= after {
			t.Fatalf("after %d comes %d", after, e.Seq)
		}
		id, err := identify(e.Batch)
		if err != nil {
			t.Fatalf("batch %d: %v", e.Seq, err)
		}
		after, ids = e.Seq, append(ids, id)
	}
}

// fill pushes batches of those ids and returns their numbers.
func fill(t testing.TB, q Queue, bytes int, ids ...uint64) (seqs []uint64) {
	t.Helper()
	for _, id := range ids {
		seq, _, err := q.Push(numbered(id, bytes))
		if err != nil {
			t.Fatal(err)
		}
		seqs = append(seqs, seq)
	}
	return seqs
}

func drain(t testing.TB, q Queue) (n int) {
	t.Helper()
	for ; ; n++ {
		e, ok := q.Next(0)
		if !ok {
			return n
		}
		if _, err := identify(e.Batch); err != nil {
			t.Fatal(err)
		}
		q.Remove(e.Seq)
	}
}

// files returns what is below dir that matches, such as "slot-*/*.seg".
func files(t testing.TB, dir, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, EndpointDir(testEndpoint), pattern))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func ids(first, last uint64) (all []uint64) {
	for ; first <= last; first++ {
		all = append(all, first)
	}
	return all
}

func wantContents(t testing.TB, q Queue, want []uint64) {
	t.Helper()
	if got := contents(t, q); !slices.Equal(got, want) {
		t.Fatalf("the queue holds %v, want %v", got, want)
	}
}

func wantNoDamage(t testing.TB, d *Disk) {
	t.Helper()
	if got := d.TakeDamage(); got.Records != 0 || got.Torn != 0 || got.Err != nil {
		t.Errorf("damage: %+v", got)
	}
}

// spoolDir names a directory that is not there yet, in memory where there is
// such a thing: thousands of small files are made in it.
func spoolDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "spool")
	if err != nil {
		return diskDir(t)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "spool")
}

// diskDir names one on disk.
func diskDir(t testing.TB) string { return filepath.Join(t.TempDir(), "spool") }
