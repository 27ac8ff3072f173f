package queue

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"testing"
)

// A specimen is a small spool in a known state, of which one file is spoiled
// again and again: six records in one segment, of which two are done with.
type specimen struct {
	dir             string
	segment, cursor string // their names
	data, position  []byte // their contents
	ends            []int  // of the records
	opened          int    // how often
}

func newSpecimen(t *testing.T) *specimen {
	s := &specimen{dir: spoolDir(t)}
	d := openDisk(t, s.dir, testOptions())
	for id := range uint64(6) {
		fill(t, d, 16, id+1)
		s.ends = append(s.ends, int(d.index.active.size))
	}
	d.Remove(1)
	d.Remove(2)
	d.Close()
	s.segment, s.cursor = files(t, s.dir, "*/*.seg")[0], files(t, s.dir, "*/cursor")[0]
	s.data, s.position = read(t, s.segment), read(t, s.cursor)
	return s
}

// open opens the spool with those contents, and returns what it holds and what
// the notices tell: how many batches are lost, and how many points. That it still
// works is tried now and then.
func (s *specimen) open(t *testing.T, data, position []byte) (got []uint64, lost Size) {
	t.Helper()
	for _, name := range append(files(t, s.dir, "*/*.seg"), s.cursor) {
		os.Remove(name) // some file systems are slow to truncate
	}
	write(t, s.segment, data)
	write(t, s.cursor, position)
	d, err := OpenDisk(s.dir, testOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	got = contents(t, d)
	if s.opened++; s.opened%8 == 0 {
		fill(t, d, 16, 99)
		wantContents(t, d, append(slices.Clone(got), 99))
	}
	lost, _ = sum(d.Notices())
	return got, lost
}

// wantCounted wants each batch of the specimen and each of its points to be there
// or to be told.
func wantCounted(t *testing.T, where string, got []uint64, lost Size) {
	t.Helper()
	points := lost.Points
	for _, id := range got {
		points += int(id) + 1
	}
	if len(got)+lost.Batches != 4 || points != 4+5+6+7 {
		t.Fatalf("%s: %v are there and %d told to be lost, %d points in all", where, got, lost.Batches, points)
	}
}

// before returns the ids of the records that wait and end at or before an offset.
func (s *specimen) before(offset int) (all []uint64) {
	for i, end := range s.ends {
		if i >= 2 && end <= offset {
			all = append(all, uint64(i+1))
		}
	}
	return all
}

// offsets are all where a file may be spoiled: each one, or some in -short.
func offsets(end int) (all []int) {
	step := 1
	if testing.Short() {
		step = 3
	}
	for i := 0; i < end; i += step {
		all = append(all, i)
	}
	return all
}

func TestSegmentCutAnywhere(t *testing.T) {
	s := newSpecimen(t)
	for _, n := range offsets(len(s.data)) {
		got, lost := s.open(t, s.data[:n], s.position)
		if want := s.before(n); !slices.Equal(got, want) {
			t.Fatalf("cut at %d: %v, want %v", n, got, want)
		}
		wantCounted(t, fmt.Sprint("cut at ", n), got, lost)
	}
}

func TestSegmentZeroedFromAnywhere(t *testing.T) {
	s := newSpecimen(t)
	for _, n := range offsets(len(s.data)) {
		data := slices.Concat(s.data[:n], make([]byte, len(s.data)-n))
		got, lost := s.open(t, data, s.position)
		// The last byte of a record may be zero anyway.
		if want := s.before(n); n >= segmentCopy && (len(got) < len(want) || !slices.Equal(got[:len(want)], want)) {
			t.Fatalf("zeroes from %d: %v, want %v", n, got, want)
		}
		wantCounted(t, fmt.Sprint("zeroes from ", n), got, lost)
	}
}

func TestZeroesBehindTheEnd(t *testing.T) {
	s := newSpecimen(t)
	for _, n := range []int{1, 3, 31, 32, 33, windowSize, 3*windowSize + 5} {
		got, lost := s.open(t, append(slices.Clone(s.data), make([]byte, n)...), s.position)
		if !slices.Equal(got, ids(3, 6)) || lost != (Size{}) {
			t.Errorf("%d zeroes: %v, %+v", n, got, lost)
		}
	}
}

// Each bit is flipped where LONG_TESTS is set, else one of each byte.
func TestAnyBitOfASegmentFlipped(t *testing.T) {
	s := newSpecimen(t)
	flips, missing := 0, 0
	for i := range s.data {
		for bit := range 8 {
			if os.Getenv("LONG_TESTS") == "" && bit != i%8 {
				continue
			}
			got, lost := s.open(t, flipped(s.data, i, bit), s.position)
			if want := s.without(i); !slices.Equal(got, want) {
				t.Fatalf("bit %d of byte %d: %v, want %v", bit, i, got, want)
			}
			wantCounted(t, fmt.Sprintf("bit %d of byte %d", bit, i), got, lost)
			flips++
			missing += 4 - len(got)
		}
	}
	t.Logf("%d bits flipped, %d records missing and counted", flips, missing)
}

// without returns the ids of the records that wait but for the one that a byte
// is in.
func (s *specimen) without(offset int) []uint64 {
	hit, _ := slices.BinarySearch(s.ends, offset+1)
	return slices.DeleteFunc(ids(3, 6), func(id uint64) bool { return offset >= segmentHead && id == uint64(hit+1) })
}

func flipped(data []byte, i, bit int) []byte {
	data = slices.Clone(data)
	data[i] ^= 1 << bit
	return data
}

// As above, each bit, but without the files.
func TestAnyBitOfAScanFlipped(t *testing.T) {
	s := newSpecimen(t)
	for i := range s.data {
		for bit := range 8 {
			data := flipped(s.data, i, bit)
			found, ok := scan(bytes.NewReader(data), int64(len(data)), 1, 2)
			if !ok {
				t.Fatalf("bit %d of byte %d: no segment", bit, i)
			}
			seg := &segment{salt: found.header.salt, first: found.first, file: memoryFile{bytes.NewReader(data)}}
			var got []uint64
			for _, r := range found.records {
				if b, err := seg.read(r); err == nil {
					got = append(got, binary.LittleEndian.Uint64(b.Body))
				}
			}
			if want := s.without(i); !slices.Equal(got, want) {
				t.Fatalf("bit %d of byte %d: %v, want %v", bit, i, got, want)
			}
		}
	}
}

func TestAnyBitOfTheCursorFlipped(t *testing.T) {
	s := newSpecimen(t)
	for i := range s.position {
		for bit := range 8 {
			got, lost := s.open(t, s.data, flipped(s.position, i, bit))
			if n := len(got); n < 4 || !slices.Equal(got, ids(7-uint64(n), 6)) || lost.Batches > 0 {
				t.Fatalf("bit %d of byte %d: %v, %+v", bit, i, got, lost)
			}
		}
	}
}

func TestCursorLost(t *testing.T) {
	s := newSpecimen(t)
	for name, position := range map[string][]byte{
		"empty": nil, "cut": s.position[:20], "zero": make([]byte, cursorSize), "long": bytes.Repeat(s.position, 9)[7:],
	} {
		got, lost := s.open(t, s.data, position)
		if !slices.Equal(got[len(got)-4:], ids(3, 6)) || lost.Batches > 0 {
			t.Errorf("%s: %v, %+v", name, got, lost)
		}
	}
}

// A body that is spoiled while the queue is open costs itself, and is told with
// its number and points.
func TestBodySpoiledWhileOpen(t *testing.T) {
	dir := spoolDir(t)
	d := openDisk(t, dir, testOptions())
	seqs := fill(t, d, 100, ids(1, 3)...)
	name := files(t, dir, "*/*.seg")[0]
	data := read(t, name)
	data[d.index.active.records[1].offset+recordHead+5] ^= 4
	write(t, name, data)
	wantContents(t, d, []uint64{1, 3})
	got := d.Notices()
	if len(got) != 1 || got[0].Seq != seqs[1] || got[0].Points != 3 || got[0].Err == nil || got[0].Full {
		t.Errorf("notices: %+v", got)
	}
	if d.Size().Batches != 2 {
		t.Errorf("size %v", d.Size())
	}
	wantNoNotice(t, d) // it was taken
}
