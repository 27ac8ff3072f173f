package encoding

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func someBatch(t *testing.T, c Compression, points int) Batch {
	t.Helper()
	e := NewEncoder(Config{Compression: c})
	for i := range points {
		p := somePoint(t)
		p.Series = mustSeries(t, SanitizePrometheus, "m", Tag{"text", "<&>\u2028é" + hardStrings[i%len(hardStrings)]})
		p.Value = Float(float64(i) * 1e17)
		mustAppend(t, e, p)
	}
	return e.Flush()[0]
}

// rawPoints returns the bytes of each point.
func rawPoints(t *testing.T, b Batch) []string {
	t.Helper()
	var raw []json.RawMessage
	if err := json.Unmarshal(mustJSON(t, b), &raw); err != nil {
		t.Fatal(err)
	}
	if len(raw) != b.Points {
		t.Errorf("%d points in a batch that says %d", len(raw), b.Points)
	}
	points := make([]string, len(raw))
	for i, p := range raw {
		points[i] = string(p)
	}
	return points
}

func TestSplit(t *testing.T) {
	for _, c := range compressions {
		for _, n := range []int{2, 3, 10, 101} {
			b := someBatch(t, c, n)
			before := bytes.Clone(b.Body)
			first, second, err := b.Split()
			if err != nil {
				t.Fatal(err)
			}
			if first.Points != n/2 || second.Points != n-n/2 || first.Compression != c || second.Compression != c {
				t.Errorf("%s: %d points become %d %s and %d %s", c, n,
					first.Points, first.Compression, second.Points, second.Compression)
			}
			halves := "[" + strings.Join(append(rawPoints(t, first), rawPoints(t, second)...), ",") + "]"
			if halves != string(mustJSON(t, b)) || !bytes.Equal(b.Body, before) {
				t.Errorf("%s: the halves of %d points have other bytes", c, n)
			}
		}
	}
}

func TestSplitDownToOnes(t *testing.T) {
	b := someBatch(t, CompressGzip, 13)
	want := rawPoints(t, b)
	todo, ones := []Batch{b}, []string{}
	for len(todo) > 0 {
		b, todo = todo[0], todo[1:]
		if b.Points == 1 {
			ones = append(ones, rawPoints(t, b)...)
			continue
		}
		first, second, err := b.Split()
		if err != nil {
			t.Fatal(err)
		}
		todo = append([]Batch{first, second}, todo...)
	}
	if fmt.Sprint(ones) != fmt.Sprint(want) {
		t.Errorf("%s, want %s", ones, want)
	}
}

func TestSplitOfOneFails(t *testing.T) {
	for _, b := range []Batch{someBatch(t, CompressGzip, 1), {}} {
		first, second, err := b.Split()
		if err == nil || first.Body != nil || second.Body != nil {
			t.Errorf("a batch of %d points is split: %v", b.Points, err)
		}
	}
}

func TestFilter(t *testing.T) {
	for _, c := range compressions {
		b := someBatch(t, c, 60)
		all := rawPoints(t, b)
		for name, keep := range map[string]func(i int) bool{
			"all":   func(int) bool { return true },
			"none":  func(int) bool { return false },
			"even":  func(i int) bool { return i%2 == 0 },
			"first": func(i int) bool { return i == 0 },
			"last":  func(i int) bool { return i == len(all)-1 },
		} {
			next, want := 0, []string{}
			got, err := b.Filter(func(i int, point []byte) bool {
				if i != next || string(point) != all[i] {
					t.Errorf("%s: point %d, after %d, is %s, want %s", name, i, next, point, all[i])
				}
				next++
				if keep(i) {
					want = append(want, all[i])
				}
				return keep(i)
			})
			if err != nil || next != b.Points {
				t.Fatalf("%s: %d points, %v", name, next, err)
			}
			if text := "[" + strings.Join(want, ",") + "]"; text != string(mustJSON(t, got)) || got.Points != len(want) || got.Compression != c {
				t.Errorf("%s, %s: %d points, want %d, or other bytes", c, name, got.Points, len(want))
			}
		}
	}
}

func TestDamagedBatch(t *testing.T) {
	keep := func(int, []byte) bool { return true }
	for _, c := range compressions {
		b := someBatch(t, c, 10)
		for name, body := range map[string][]byte{
			"empty": nil, "cut short": b.Body[:len(b.Body)-1], "cut in the middle": b.Body[:len(b.Body)/2], "other": []byte("<html>"),
		} {
			b := Batch{Body: body, Compression: c, Points: 10}
			if _, err := b.Filter(keep); err == nil || !strings.Contains(err.Error(), "10 points") {
				t.Errorf("%s, %s: Filter's error is %v", c, name, err)
			}
			if _, _, err := b.Split(); err == nil {
				t.Errorf("%s, %s: Split has no error", c, name)
			}
			if _, err := b.JSON(); err == nil && c != CompressNone {
				t.Errorf("%s, %s: JSON has no error", c, name)
			}
		}
	}
}
