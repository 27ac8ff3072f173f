package queue

import (
	"encoding/binary"
	"errors"
	"fmt"
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
func contents(t testing.TB, d *Disk) (ids []uint64) {
	t.Helper()
	after := uint64(0)
	for {
		e, ok, err := d.Next(after)
		if err == nil && !ok {
			return ids
		}
		if e.Seq <= after {
			t.Fatalf("after %d comes %d", after, e.Seq)
		}
		if err != nil { // passed over
			after = e.Seq
			continue
		}
		id, err := identify(e.Batch)
		if err != nil {
			t.Fatalf("batch %d: %v", e.Seq, err)
		}
		after, ids = e.Seq, append(ids, id)
	}
}

// fill pushes batches of those ids and returns their numbers.
func fill(t testing.TB, d *Disk, bytes int, ids ...uint64) (seqs []uint64) {
	t.Helper()
	for _, id := range ids {
		seq, err := d.Push(numbered(id, bytes))
		if err != nil {
			t.Fatal(err)
		}
		seqs = append(seqs, seq)
	}
	return seqs
}

func drain(t testing.TB, d *Disk) (n int) {
	t.Helper()
	for ; takeOne(t, d) != 0; n++ {
	}
	return n
}

// takeOne takes the oldest batch out and returns its id; 0 where there is none.
func takeOne(t testing.TB, d *Disk) (id uint64) {
	t.Helper()
	e, ok, err := d.Next(0)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return 0
	}
	id, err = identify(e.Batch)
	if err != nil {
		t.Fatal(err)
	}
	d.Remove(e.Seq)
	return max(id, 1)
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

func wantContents(t testing.TB, d *Disk, want []uint64) {
	t.Helper()
	if got := contents(t, d); !slices.Equal(got, want) {
		t.Fatalf("the queue holds %v, want %v", got, want)
	}
}

func wantNoNotice(t testing.TB, d *Disk) {
	t.Helper()
	if got := d.Notices(); len(got) > 0 {
		t.Errorf("notices: %v", got)
	}
}

// sum adds up what notices tell: batches and points that are lost other than by
// the bound, and those that the bound took.
func sum(notices []Notice) (lost, full Size) {
	for _, n := range notices {
		switch {
		case n.Full:
			full.add(1, n.Points, 0)
		case n.Points > 0:
			lost = lost.plus(Size{Batches: max(1, lostRecords(n.Err)), Points: n.Points})
		}
	}
	return lost, full
}

// lostRecords is how many batches an error tells of.
func lostRecords(err error) (n int) {
	fmt.Sscanf(err.Error(), "%d batches cannot be read", &n)
	return n
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
