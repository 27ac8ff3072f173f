package queue

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
)

func batch(points, bytes int) encoding.Batch {
	return encoding.Batch{Body: make([]byte, bytes), Points: points}
}

func push(t *testing.T, q Queue, b encoding.Batch) (seq uint64, evicted []uint64) {
	t.Helper()
	seq, gone, err := q.Push(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range gone {
		if e.Batch.Body != nil {
			t.Errorf("batch %d still has its body", e.Seq)
		}
		evicted = append(evicted, e.Seq)
	}
	return seq, evicted
}

func TestOldestGoesFirst(t *testing.T) {
	q := NewMemory(100)
	push(t, q, batch(1, 40))
	push(t, q, batch(2, 40))
	seq, evicted := push(t, q, batch(3, 90))
	if !slices.Equal(evicted, []uint64{1, 2}) || seq != 3 {
		t.Errorf("number %d, evicted %v", seq, evicted)
	}
	if got, want := q.Size(), (Size{Batches: 1, Points: 3, Bytes: 90}); got != want {
		t.Errorf("size %v, want %v", got, want)
	}
}

func TestAGiantIsHeldAlone(t *testing.T) {
	q := NewMemory(100)
	push(t, q, batch(1, 10))
	_, evicted := push(t, q, batch(2, 1000))
	if e, ok := q.Next(0); !slices.Equal(evicted, []uint64{1}) || !ok || e.Batch.Points != 2 {
		t.Errorf("evicted %v, next %v", evicted, e)
	}
	if _, evicted = push(t, q, batch(3, 10)); !slices.Equal(evicted, []uint64{2}) {
		t.Errorf("evicted %v", evicted)
	}
}

// Random pushes and removals agree with a plain list.
func TestQueuesAgreeWithAModel(t *testing.T) {
	t.Run("memory", func(t *testing.T) { agree(t, NewMemory(1000)) })
	t.Run("disk", func(t *testing.T) {
		opts := testOptions()
		opts.Bound, opts.segment = 1000, 400
		agree(t, openDisk(t, spoolDir(t), opts))
	})
}

func agree(t *testing.T, q Queue) {
	r := rand.New(rand.NewPCG(1, 1))
	var model []Entry
	for range 3000 {
		if r.IntN(3) > 0 {
			b := batch(r.IntN(9), r.IntN(300))
			seq, evicted := push(t, q, b)
			for _, gone := range evicted {
				if gone != model[0].Seq {
					t.Fatalf("evicted %d, the oldest is %d", gone, model[0].Seq)
				}
				model = model[1:]
			}
			model = append(model, Entry{seq, b})
		} else if len(model) > 0 {
			i := r.IntN(len(model))
			q.Remove(model[i].Seq)
			q.Remove(model[i].Seq) // again: ignored
			model = slices.Delete(model, i, i+1)
		}
		compare(t, q, model)
	}
}

func compare(t *testing.T, q Queue, model []Entry) {
	t.Helper()
	var want Size
	after := uint64(0)
	for _, e := range model {
		got, ok := q.Next(after)
		if !ok || got.Seq != e.Seq {
			t.Fatalf("after %d comes %d (%t), want %d", after, got.Seq, ok, e.Seq)
		}
		after = e.Seq
		want.Batches++
		want.Points += e.Batch.Points
		want.Bytes += int64(len(e.Batch.Body))
	}
	if _, ok := q.Next(after); ok {
		t.Fatal("there is one more")
	}
	if got := q.Size(); got != want || got.Bytes > 1000 {
		t.Fatalf("size %v, want %v", got, want)
	}
}
