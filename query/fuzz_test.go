package query

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/apptuitai/apptuit-go/internal/answer"
	"github.com/apptuitai/apptuit-go/internal/heaptest"
)

// FuzzDecode holds the decoder against encoding/json.
func FuzzDecode(f *testing.F) {
	f.Add(recorded)
	f.Add(oneSeries(`[[1,2],[1.5,2.5],[1e3,"NaN"],[-1,null],null]`))
	f.Add(oneSeries(`[["1","2"],["1.5",2],[3,"nan"],[4,"-INF"],[5,"+nan"],[6,"iNfInItY"]]`))
	f.Add(`{"outputs":[{"result":[{"tags":{"a":"b","a":null,"c":null},"dps":[["1","0x1p4"]]}]}]}`)
	f.Add(`{"outputs":[],"outputs":[{"result":[{"tags":{"a":"b"},"tags":null,"dps":[[1,1]],"dps":[]}]}]}`)
	f.Add(`{"outputs":[{"id":"\ud800\u00e9` + "\xff" + `","result":[{}]}],"x":1e999}`)
	f.Add(oneSeries(`[[999999999999999,123456789012345.6]]`))
	f.Add("{\"a\":" + strings.Repeat("[", 120) + strings.Repeat("]", 120) + ",\"outputs\":null}")
	f.Fuzz(func(t *testing.T, text string) {
		result, err := decodeText(text)
		slow, slowErr := decode(iotest.OneByteReader(strings.NewReader(text)), allTime, maxAnswer)
		if (err == nil) != (slowErr == nil) || err != nil && err.Error() != slowErr.Error() {
			t.Fatalf("at once %v, by bytes %v", err, slowErr)
		}
		want, ok := oracle([]byte(text))
		if err != nil {
			checkError(t, err, len(text))
			deep := strings.Contains(err.Error(), "less nesting")
			if ok && !deep && !repeats(text) { // the oracle sees the last of a field alone
				t.Fatalf("%v, but encoding/json takes it", err)
			}
			return
		}
		if !ok || !sameOutputs(result.Outputs, want) || !sameOutputs(slow.Outputs, want) {
			t.Fatalf("got %+v, want %+v (%v)", result.Outputs, want, ok)
		}
	})
}

func checkError(t *testing.T, err error, length int) {
	t.Helper()
	var e *answer.Error
	if !errors.As(err, &e) || e.Offset < 0 || e.Offset > int64(length) {
		t.Fatalf("%v, of %d bytes", err, length)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) && e.Offset != int64(length) {
		t.Fatalf("%v, of %d bytes", err, length)
	}
}

// repeats tells whether an object has a field twice.
func repeats(text string) bool {
	dec := json.NewDecoder(strings.NewReader(text))
	var open []map[string]bool // nil for an array
	key := false               // whether the next token is the name of a field
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		name, isText := token.(string)
		switch {
		case token == json.Delim('{'):
			open = append(open, map[string]bool{})
		case token == json.Delim('['):
			open = append(open, nil)
		case token == json.Delim('}') || token == json.Delim(']'):
			open = open[:len(open)-1]
		case key && isText:
			top := open[len(open)-1]
			if top[name] {
				return true
			}
			top[name], key = true, false
			continue
		}
		key = len(open) > 0 && open[len(open)-1] != nil
	}
}

type fields map[string]json.RawMessage

// oracle reads an answer by encoding/json, as plainly as can be.
func oracle(text []byte) (outputs []Output, ok bool) {
	var top fields
	if json.Unmarshal(text, &top) != nil || top["outputs"] == nil {
		return nil, false
	}
	ok = oracleEach(top["outputs"], func(o fields) bool {
		out := Output{}
		ok := read(o["id"], &out.ID) && oracleEach(o["result"], func(s fields) bool {
			series, ok := oracleSeries(s)
			out.Series = append(out.Series, series)
			return ok
		})
		if len(out.Series) > 0 {
			outputs = append(outputs, out)
		}
		return ok
	})
	return outputs, ok
}

func oracleSeries(s fields) (series Series, ok bool) {
	var aggregated []string
	ok = read(s["metric"], &series.Metric) && readTags(s["tags"], &series.Tags) && read(s["aggregatedTags"], &aggregated) && read(s["aggregateTags"], &aggregated)
	if byTime := map[string]json.RawMessage{}; len(s["dps"]) > 0 && s["dps"][0] == '{' && read(s["dps"], &byTime) {
		for at, v := range byTime {
			p, present, good := oraclePoint([]json.RawMessage{json.RawMessage(at), v})
			ok = ok && good && at == strings.TrimSpace(at) // within quotes a space is no part of a number
			if present {
				series.Points = append(series.Points, p)
			}
		}
		slices.SortStableFunc(series.Points, func(a, b Point) int { return cmp.Compare(a.UnixMilli, b.UnixMilli) })
		return series, ok
	}
	ok = ok && oracleEach(s["dps"], func(point []json.RawMessage) bool {
		if point == nil {
			return true
		}
		p, present, ok := oraclePair(point)
		if present {
			series.Points = append(series.Points, p)
		}
		return ok
	})
	return series, ok
}

// readTags fills in tags, of which those that are null are not there.
func readTags(text json.RawMessage, to *map[string]string) bool {
	var all map[string]*string
	if !read(text, &all) {
		return false
	}
	*to = map[string]string{}
	for key, value := range all {
		if value != nil {
			(*to)[key] = *value
		}
	}
	return true
}

// oraclePair reads a time, in quotes or not, and a value.
func oraclePair(point []json.RawMessage) (p Point, present, ok bool) {
	if len(point) == 2 && len(point[0]) > 0 && point[0][0] == '"' {
		var at string
		if json.Unmarshal(point[0], &at) != nil || at != strings.TrimSpace(at) {
			return p, false, false
		}
		point = []json.RawMessage{json.RawMessage(at), point[1]}
	}
	return oraclePoint(point)
}

// oraclePoint reads a time and a value.
func oraclePoint(point []json.RawMessage) (p Point, present, ok bool) {
	var at float64
	if len(point) != 2 || string(point[0]) == "null" || !json.Valid(point[0]) || json.Unmarshal(point[0], &at) != nil {
		return p, false, false
	}
	if math.Abs(at) <= math.MaxUint32 {
		at *= 1000
	}
	v, present, ok := oracleValue(point[1])
	return Point{int64(math.Round(at)), v}, present, ok && math.Abs(at) <= answer.MaxMilli
}

func oracleValue(text json.RawMessage) (v float64, present, ok bool) {
	if string(text) == "null" {
		return 0, false, true
	}
	if text[0] != '"' {
		return v, true, json.Unmarshal(text, &v) == nil
	}
	var name string
	if json.Unmarshal(text, &name) != nil {
		return 0, true, false
	}
	if v, err := strconv.ParseFloat(name, 64); err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		return v, true, true
	}
	ok = name != "null" && strings.TrimSpace(name) == name && json.Unmarshal([]byte(name), &v) == nil
	return v, true, ok
}

// read fills in a value; one that is not there is fine.
func read(text json.RawMessage, to any) bool { return text == nil || json.Unmarshal(text, to) == nil }

func oracleEach[T any](text json.RawMessage, f func(T) bool) bool {
	var elements []T
	if !read(text, &elements) {
		return false
	}
	for _, e := range elements {
		if !f(e) {
			return false
		}
	}
	return true
}

// sameOutputs compares values by their bits, but for the kinds of NaN.
func sameOutputs(a, b []Output) bool {
	return same(a, b, func(a, b Output) bool {
		return a.ID == b.ID && same(a.Series, b.Series, func(a, b Series) bool {
			return a.Metric == b.Metric && maps.Equal(a.Tags, b.Tags) && same(a.Points, b.Points, func(a, b Point) bool {
				bits := math.Float64bits(a.Value) == math.Float64bits(b.Value)
				return a.UnixMilli == b.UnixMilli && (bits || a.Value != a.Value && b.Value != b.Value)
			})
		})
	})
}

func same[T any](a, b []T, equal func(a, b T) bool) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// FuzzDecodeMemory holds that no answer, however it repeats itself, keeps more of
// memory than its budget: unit comes again and again behind begin.
func FuzzDecodeMemory(f *testing.F) {
	for _, text := range hostile {
		f.Add(text[0], text[1])
	}
	f.Fuzz(func(t *testing.T, begin, unit string) {
		const bound, size = 256 << 10, 1 << 20
		if unit == "" || len(unit) > size {
			return
		}
		r := io.LimitReader(io.MultiReader(strings.NewReader(begin), &counted{format: unit}), size)
		most := answer.Most(bound) + slack
		var result *Result
		held := heaptest.Within(t, most, func() { result, _ = decode(r, allTime, bound) })
		runtime.KeepAlive(result)
		if held > most {
			t.Errorf("%d KiB for %.200q and %.200q", held>>10, begin, unit)
		}
	})
}
