package queue

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
)

func batch(points, bytes int) encoding.Batch {
	return encoding.Batch{Body: make([]byte, bytes), Points: points}
}

// evicted returns the numbers of the batches that the bound took.
func evicted(t *testing.T, q Queue) (seqs []uint64) {
	t.Helper()
	for _, n := range q.Notices() {
		if !n.Full || n.Points == 0 || n.Err != nil {
			t.Errorf("told %+v", n)
		}
		seqs = append(seqs, n.Seq)
	}
	return seqs
}

func TestOldestGoesFirst(t *testing.T) {
	q := NewMemory(100)
	q.Push(batch(1, 40))
	q.Push(batch(2, 40))
	seq := q.Push(batch(3, 90))
	if gone := evicted(t, q); !slices.Equal(gone, []uint64{1, 2}) || seq != 3 {
		t.Errorf("number %d, evicted %v", seq, gone)
	}
	if got, want := q.Size(), (Size{Batches: 1, Points: 3, Bytes: 90}); got != want {
		t.Errorf("size %v, want %v", got, want)
	}
}

func TestAGiantIsHeldAlone(t *testing.T) {
	q := NewMemory(100)
	q.Push(batch(1, 10))
	q.Push(batch(2, 1000))
	if e, ok := q.Take(); !slices.Equal(evicted(t, q), []uint64{1}) || !ok || e.Batch.Points != 2 {
		t.Errorf("took %v", e)
	}
	q.Push(batch(3, 10))
	if gone := evicted(t, q); !slices.Equal(gone, []uint64{2}) {
		t.Errorf("evicted %v", gone)
	}
}

// A model is a queue as a plain list.
type model struct {
	held  []Entry
	taken uint64
}

func (m *model) size() (all Size) {
	for _, e := range m.held {
		all.add(1, e.Batch.Points, int64(len(e.Batch.Body)))
	}
	return all
}

func (m *model) evict(t *testing.T, q Queue) {
	for _, seq := range evicted(t, q) {
		if seq != m.held[0].Seq {
			t.Fatalf("evicted %d, the oldest is %d", seq, m.held[0].Seq)
		}
		m.held = m.held[1:]
	}
}

// take returns what is the next to be taken, if there is one.
func (m *model) take() (Entry, bool) {
	for _, e := range m.held {
		if e.Seq > m.taken {
			m.taken = e.Seq
			return e, true
		}
	}
	return Entry{}, false
}

// Random pushes, takes and removals agree with a plain list.
func TestMemoryAgreesWithAModel(t *testing.T) {
	q, m, r := NewMemory(1000), &model{}, rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		switch r.IntN(4) {
		case 0, 1:
			b := batch(r.IntN(9)+1, r.IntN(300))
			m.held = append(m.held, Entry{q.Push(b), b})
			m.evict(t, q)
		case 2:
			want, wantOK := m.take()
			if got, ok := q.Take(); ok != wantOK || got.Seq != want.Seq {
				t.Fatalf("took %d (%t), want %d (%t)", got.Seq, ok, want.Seq, wantOK)
			}
		case 3:
			if len(m.held) > 0 {
				i := r.IntN(len(m.held))
				q.Remove(m.held[i].Seq)
				q.Remove(m.held[i].Seq) // again: ignored
				m.held = slices.Delete(m.held, i, i+1)
			}
		}
		if got := q.Size(); got != m.size() || got.Bytes > 1000 || q.Volatile() != got {
			t.Fatalf("size %v, want %v", got, m.size())
		}
	}
}

// places counts the places of a list that its operations look at or move: it knows
// them by what the list is like before and after.
type places struct {
	*list
	count int
}

// take counts from where the search for the next one begins.
func (p *places) take(q *Memory) bool {
	from, _ := p.find(p.taken)
	e, ok := q.Take()
	at, _ := p.find(e.Seq)
	p.count += at - from + 1
	return ok
}

// remove counts what is cut off in front, and all where places are moved.
func (p *places) remove(q *Memory, seq uint64) {
	length, room, empty := len(p.entries), cap(p.entries), p.empty
	q.Remove(seq)
	gone := length - len(p.entries)
	p.count += 1 + gone
	if moved := cap(p.entries) != room-gone || gone > 0 && p.empty == 0 && empty > 0; moved {
		p.count += length
	}
}

// However many batches wait, in whatever order they go: each takes a few places to
// look at. With one move of all that is behind, the many would take thousands.
func TestManyBatchesInMemory(t *testing.T) {
	const n, most = 33_026, 12
	order := map[string]func(i int) int{
		"oldest first":    func(i int) int { return i },
		"newest first":    func(i int) int { return n - 1 - i },
		"every other one": func(i int) int { return i*2%n + i*2/n },
	}
	for name, at := range order {
		t.Run(name, func(t *testing.T) {
			q := NewMemory(1 << 30)
			for range n {
				q.Push(batch(1, 100))
			}
			p := places{list: &q.list}
			for range n {
				if !p.take(q) {
					t.Fatal("it ends")
				}
			}
			for i := range n {
				p.remove(q, uint64(at(i))+1)
			}
			if p.count > most*n || q.Size() != (Size{}) {
				t.Errorf("%d places for each batch, want at most %d; %v is left", p.count/n, most, q.Size())
			}
			t.Logf("%.1f places for each batch", float64(p.count)/n)
		})
	}
}

func BenchmarkMemory(b *testing.B) {
	for _, n := range []int{1000, 132_104} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			q, body := NewMemory(1<<40), batch(1, 100)
			for range n {
				q.Push(body)
			}
			for b.Loop() {
				e, _ := q.Take()
				q.Push(body)
				q.Remove(e.Seq)
			}
		})
	}
}
