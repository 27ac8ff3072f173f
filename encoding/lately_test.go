package encoding

import (
	"fmt"
	"hash/maphash"
	"sync"
	"testing"
)

// reseed makes all hashes others, as those of another process are.
func reseed(t *testing.T) {
	seed, oldTexts, oldSchemas, oldParts := hashSeed, texts, schemas, partTags
	t.Cleanup(func() { hashSeed, texts, schemas, partTags = seed, oldTexts, oldSchemas, oldParts })
	hashSeed = maphash.MakeSeed()
	texts = newLately[text](len(oldTexts) * ways)
	schemas = newLately[Schema](len(oldSchemas) * ways)
	partTags = newLately[PartTag](len(oldParts) * ways)
}

// What a program uses again and again is made once, whatever its hashes are: it
// would be larger in a body, and dearer, where two took each other's place.
func TestWhatComesAgainIsMadeOnce(t *testing.T) {
	for range 5 {
		reseed(t)
		names, parts, schemas := map[*text]bool{}, map[*PartTag]bool{}, map[*Schema]bool{}
		for range 3 {
			for i := range 300 {
				name, err := NewName(SanitizeNone, fmt.Sprint("metric", i))
				if err != nil {
					t.Fatal(err)
				}
				names[name.text] = true
				parts[NewPartTag("le", fmt.Sprint(i))] = true
			}
			for i := range 30 {
				schemas[schemaOf([]Tag{{Key: fmt.Sprint("key", i)}})] = true
			}
		}
		if len(names) != 300 || len(parts) != 300 || len(schemas) != 30 {
			t.Errorf("%d texts of 300 names, %d of 300 parts, %d of 30 schemas", len(names), len(parts), len(schemas))
		}
	}
}

// What was made before others, more than are held, is let go of.
func TestLatelyIsBounded(t *testing.T) {
	l := newLately[int](ways)
	for i := range 10 * ways {
		l.add(uint64(i), &i)
	}
	for i := range 10 * ways {
		held := l.find(uint64(i), func(v *int) bool { return *v == i }) != nil
		if want := i >= 9*ways; held != want {
			t.Errorf("the one made as number %d is held: %t", i, held)
		}
	}
}

// Goroutines may make the same things at the same time.
func TestLatelyIsShared(t *testing.T) {
	l := newLately[int](2 * ways)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 1000 {
				l.add(uint64(i), &i)
				if v := l.find(uint64(i), func(v *int) bool { return *v%4 == i%4 }); v == nil || *v%4 != i%4 {
					t.Errorf("not found: %d", i)
				}
			}
		})
	}
	all.Wait()
}
