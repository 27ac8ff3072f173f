package encoding

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

func metricName(t testing.TB, metric string) Name {
	t.Helper()
	n, err := NewName(SanitizePrometheus, metric)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSchemaText(t *testing.T) {
	for _, test := range []struct {
		common []Tag
		keys   []string
		part   *PartTag
		want   string
	}{
		{nil, []string{"k"}, nil, `"k":"0"`},
		{[]Tag{{"k", "v"}}, nil, nil, `"k":"v"`},
		{[]Tag{{"b", "v"}}, []string{"a", "c"}, nil, `"a":"0","b":"v","c":"1"`},
		{[]Tag{{"a", "x"}, {"c", "y"}}, []string{"b"}, nil, `"a":"x","b":"0","c":"y"`},
		{[]Tag{{"a", "x"}, {"z", `"q"`}}, []string{"m"}, NewPartTag("le", "+Inf"), `"a":"x","m":"0","z":"\"q\"","le":"+Inf"`},
		{nil, nil, NewPartTag("le", "1"), `"le":"1"`},
		{[]Tag{{"le", "x"}}, []string{"a"}, NewPartTag("le", "1"), `"a":"0","le":"1"`},
		{[]Tag{{"b", "x"}}, []string{"le"}, NewPartTag("le", "1"), `"b":"x","le":"1"`},
		{nil, []string{"le"}, NewPartTag("le", "1"), `"le":"1"`},
	} {
		values := make([]string, len(test.keys))
		for i := range values {
			values[i] = fmt.Sprint(i)
		}
		set := NewSchema(test.common, test.keys).Tags(values)
		s, err := set.Series(metricName(t, "m"), test.part)
		if got, want := string(s.appendHead(nil)), `{"metric":"m","tags":{`+test.want; got != want || err != nil {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
		same := mustSeries(t, SanitizePrometheus, "m", s.Tags()...)
		if !s.Equal(same) || !same.Equal(&s) || s.Hash() != same.Hash() || s.String() != same.String() {
			t.Errorf("%s made of parts is not %s", &s, same)
		}
	}
}

func TestTagSetSeriesErrors(t *testing.T) {
	none, some := NewSchema(nil, nil).Tags(nil), NewSchema([]Tag{{"k", "v"}}, nil).Tags(nil)
	if _, err := none.Series(metricName(t, "m"), nil); !errors.Is(err, ErrNoTags) || !strings.Contains(err.Error(), `"m"`) {
		t.Errorf("no tags: %v", err)
	}
	if _, err := some.Series(Name{}, nil); !errors.Is(err, ErrName) {
		t.Errorf("no name: %v", err)
	}
	if _, err := NewName(SanitizeNone, "a b"); !errors.Is(err, ErrName) || !strings.Contains(err.Error(), `"a b"`) {
		t.Errorf("a name that is refused: %v", err)
	}
}

// Values that come again are numbered, up to a bound, and those that come once
// are not; all of them read back.
func TestSlotLearns(t *testing.T) {
	schema := NewSchema(nil, []string{"again", "once", "long"})
	long := strings.Repeat("l", maxLearned+1)
	for i := range 1000 {
		again, once := fmt.Sprint("value ", i%40), fmt.Sprint("id ", i)
		set := schema.Tags([]string{again, once, long})
		if got := []string{set.value(0), set.value(1), set.value(2)}; got[0] != again+`"` || got[1] != once+`"` || got[2] != long+`"` {
			t.Fatalf("%q, want %q, %q and %d bytes", got, again, once, len(long))
		}
		if numbered := set.values[0] != unnumbered; numbered != (i >= 40) {
			t.Fatalf("value %d has a number: %t", i, numbered)
		}
	}
	for i, want := range []int{40, 0, 0} {
		if n := len(schema.current().slots[i].numbers); n != want {
			t.Errorf("slot %d: %d numbers, want %d", i, n, want)
		}
	}
	if schema.current().worn.Load() {
		t.Error("the schema is worn")
	}
}

// Where a slot's numbers were given to values that come no more, the schema begins
// to learn anew; sets of before and after are right all the same.
func TestSchemaLearnsAnew(t *testing.T) {
	schema := NewSchema([]Tag{{"common", "tag"}}, []string{"k"})
	first := schema.current()
	var sets []TagSet
	for i := range 2 * unnumbered {
		for range 3 {
			sets = append(sets, schema.Tags([]string{fmt.Sprint("value ", i)}))
		}
	}
	if n := len(first.slots[0].numbers); n != unnumbered || !first.worn.Load() || schema.current() == first {
		t.Errorf("%d numbers, worn: %t", n, first.worn.Load())
	}
	if n := len(schema.current().slots[0].numbers); n < unnumbered/2 {
		t.Errorf("%d numbers of the values that came then", n)
	}
	for i, set := range sets {
		if want := fmt.Sprintf(`"common":"tag","k":"value %d"`, i/3); string(set.append(nil)) != want {
			t.Fatalf("%s, want %s", set.append(nil), want)
		}
	}
	a := mustSeries(t, SanitizePrometheus, "m", Tag{"worn", "v"})
	a.tags.layout.worn.Store(true)
	if b := mustSeries(t, SanitizePrometheus, "m", Tag{"worn", "v"}); b.tags.layout == a.tags.layout || !a.Equal(b) {
		t.Error("NewSeries uses a worn layout")
	}
}

func TestSizedValues(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var all []byte
	var want []string
	for _, n := range []int{1, 126, 127, 128, 16_382, 16_383, 16_384, 3_000_000} {
		want = append(want, strings.Repeat("v", n))
	}
	for range 200 {
		want = append(want, strings.Repeat("w", 1+r.IntN(1<<r.IntN(10))))
	}
	for _, v := range want {
		all = appendSized(all, v)
	}
	rest := string(all)
	for i, w := range want {
		var v string
		if v, rest = cutSized(rest); v != w+`"` {
			t.Fatalf("value %d has %d bytes, want %d", i, len(v), len(w)+1)
		}
	}
	if rest != "" {
		t.Errorf("%d bytes are left", len(rest))
	}
}

func TestNewPartTagIsShared(t *testing.T) {
	a, b := NewPartTag("le", "0.25"), NewPartTag("le", "0.25")
	if a != b || a.key.string != `,"le":"` {
		t.Error("equal tags are not one")
	}
	for value, number := range map[string]bool{"0.25": true, "12345678": true, "123456789": false, "+Inf": false, "15m": false, "-1e+06": true} {
		if p := NewPartTag("le", value); p.number > 0 != number {
			t.Errorf("%q is a short number: %t", value, p.number > 0)
		}
	}
}

// Encoders write the series of a schema that learns meanwhile.
func TestSharedSchemaConcurrentSafe(t *testing.T) {
	schema := NewSchema([]Tag{{"b", "common"}}, []string{"a", "c"})
	name := metricName(t, "m")
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			p := newPair(Config{}).unheld()
			for i := range 500 {
				set := schema.Tags([]string{fmt.Sprint(i % (30 + g)), fmt.Sprint(g, "-", i)})
				s, err := set.Series(name, nil)
				if err != nil {
					t.Error(err)
				}
				p.append(t, Point{Series: &s, Time: someTime, Value: Int(int64(i))})
			}
			p.flush(t)
		})
	}
	wg.Wait()
}

func BenchmarkTagSet(b *testing.B) {
	schema := NewSchema(resourceTags, []string{"customer", "method", "route"})
	name := metricName(b, "shop.requests")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		set := schema.Tags([]string{fmt.Sprint(i), methods[i%len(methods)], "/items/{id}"})
		if _, err := set.Series(name, nil); err != nil {
			b.Fatal(err)
		}
	}
}
