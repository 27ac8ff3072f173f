package nettest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// Start is where the times of test points begin: point i is i seconds later,
// and i is also its value.
const Start = 1_700_000_000

// Points returns n points of node.cpu{host="a"}.
func Points(n int) []encoding.Point {
	series, err := encoding.NewSeries(encoding.SanitizeApptuit, "node.cpu", encoding.Tag{Key: "host", Value: "a"})
	if err != nil {
		panic(err)
	}
	out := make([]encoding.Point, n)
	for i := range out {
		out[i] = encoding.Point{Series: series, Time: time.Unix(Start+int64(i), 0), Value: encoding.Int(int64(i))}
	}
	return out
}

// SeriesPoints returns n points, each of a series of its own: it has these tags and an
// id.
func SeriesPoints(n int, tags ...encoding.Tag) []encoding.Point {
	out := Points(n)
	for i := range out {
		own := append(slices.Clip(tags), encoding.Tag{Key: "id", Value: strconv.Itoa(i)})
		series, err := encoding.NewSeries(encoding.SanitizeApptuit, "node.cpu", own...)
		if err != nil {
			panic(err)
		}
		out[i].Series = series
	}
	return out
}

// Batch returns a batch of Points(n) that is not compressed.
func Batch(n int) encoding.Batch {
	e := encoding.NewEncoder(encoding.Config{Compression: encoding.CompressNone, MaxPoints: max(n, 1)})
	for _, p := range Points(n) {
		if err := e.Append(p); err != nil {
			panic(err)
		}
	}
	if n == 0 {
		return encoding.Batch{}
	}
	return e.Flush()[0]
}

// Indexes returns which points a body holds.
func Indexes(b encoding.Batch) []int {
	text, err := b.JSON()
	if err != nil {
		panic(err)
	}
	var points []struct{ Timestamp int }
	if err := json.Unmarshal(text, &points); err != nil {
		panic(err)
	}
	var out []int
	for _, p := range points {
		out = append(out, p.Timestamp-Start)
	}
	return out
}

// Details is the JSON of a partial answer that names points by their index.
func Details(success int, named map[int]string) string {
	var errs []any
	for i, text := range named {
		errs = append(errs, map[string]any{"error": text, "datapoint": map[string]any{
			"metric": "node.cpu", "tags": map[string]string{"host": "a"},
			"timestamp": Start + i, "value": fmt.Sprint(i), // OpenTSDB repeats values as strings
		}})
	}
	text, err := json.Marshal(map[string]any{"success": success, "failed": len(named), "errors": errs})
	if err != nil {
		panic(err)
	}
	return string(text)
}
