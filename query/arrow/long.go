package arrow

import (
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/apptuitai/apptuit-go/query"
)

// The names of the columns of the long form beside the tags and [TimeColumn].
const (
	outputColumn = "output"
	metricColumn = "metric"
	valueColumn  = "value"
)

var textType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// longSchema returns the schema of the long form of series with tags of these keys.
func longSchema(keys []string, outputs bool) *arrow.Schema {
	fields := []arrow.Field{{Name: TimeColumn, Type: timeType}}
	if outputs {
		fields = append(fields, arrow.Field{Name: outputColumn, Type: textType})
	}
	fields = append(fields, arrow.Field{Name: metricColumn, Type: textType})
	for i, name := range query.LongColumns(keys) {
		fields = append(fields, arrow.Field{
			Name: name, Type: textType, Nullable: true, Metadata: arrow.NewMetadata([]string{tagKey}, []string{keys[i]}),
		})
	}
	return arrow.NewSchema(append(fields, arrow.Field{Name: valueColumn, Type: arrow.PrimitiveTypes.Float64}), nil)
}

// A longTable gathers the rows of series until they are a batch.
type longTable struct {
	schema  *arrow.Schema
	mem     memory.Allocator
	outputs bool
	keys    []string
	whole   bool // the dictionaries are those of all batches
	times   []arrow.Timestamp
	values  []float64
	texts   []*texts // of the columns between
}

func newLongTable(keys []string, outputs bool, mem memory.Allocator) *longTable {
	t := &longTable{schema: longSchema(keys, outputs), mem: mem, outputs: outputs, keys: keys}
	for range t.schema.NumFields() - 2 {
		t.texts = append(t.texts, newTexts())
	}
	return t
}

// A texts is a column of strings: places in a dictionary, of which -1 is null.
type texts struct {
	known  map[string]int32
	all    []string
	places []int32
}

func newTexts() *texts { return &texts{known: map[string]int32{}} }

func (t *texts) place(text string) int32 {
	place, known := t.known[text]
	if !known {
		place = int32(len(t.all))
		t.known[text] = place
		t.all = append(t.all, text)
	}
	return place
}

// append adds one text, or null, so many times.
func (t *texts) append(place int32, n int) {
	for range n {
		t.places = append(t.places, place)
	}
}

// places returns where the texts of a series are in the dictionaries.
func (t *longTable) places(output string, s query.Series) []int32 {
	var names []int32
	column := func() *texts { return t.texts[len(names)] }
	if t.outputs {
		names = append(names, column().place(output))
	}
	names = append(names, column().place(s.Metric))
	for _, key := range t.keys {
		place := int32(-1)
		if value, ok := s.Tags[key]; ok {
			place = column().place(value)
		}
		names = append(names, place)
	}
	return names
}

func (t *longTable) append(places []int32, points []query.Point) {
	for i, place := range places {
		t.texts[i].append(place, len(points))
	}
	for _, p := range points {
		t.times = append(t.times, arrow.Timestamp(p.UnixMilli))
		t.values = append(t.values, p.Value)
	}
}

func (t *longTable) rows() int { return len(t.times) }

// record returns the rows gathered, and empties the table.
func (t *longTable) record() arrow.RecordBatch {
	columns := []arrow.Array{t.timeArray()}
	for _, c := range t.texts {
		columns = append(columns, c.array(t.mem))
	}
	columns = append(columns, t.valueArray())
	batch := array.NewRecordBatch(t.schema, columns, int64(t.rows()))
	for _, c := range columns {
		c.Release() // the batch holds it now
	}
	t.empty()
	return batch
}

func (t *longTable) empty() {
	t.times, t.values = t.times[:0], t.values[:0]
	for i, c := range t.texts {
		c.places = c.places[:0]
		if !t.whole {
			t.texts[i] = &texts{known: map[string]int32{}, places: c.places}
		}
	}
}

func (t *longTable) timeArray() arrow.Array {
	b := array.NewTimestampBuilder(t.mem, timeType)
	defer b.Release()
	b.AppendValues(t.times, nil)
	return b.NewArray()
}

func (t *longTable) valueArray() arrow.Array {
	b := array.NewFloat64Builder(t.mem)
	defer b.Release()
	b.AppendValues(t.values, nil)
	return b.NewArray()
}

func (c *texts) array(mem memory.Allocator) arrow.Array {
	dictionary := array.NewStringBuilder(mem)
	defer dictionary.Release()
	dictionary.AppendValues(c.all, nil)
	all := dictionary.NewArray()
	defer all.Release()
	b := array.NewInt32Builder(mem)
	defer b.Release()
	b.Reserve(len(c.places))
	for _, place := range c.places {
		if place < 0 {
			b.AppendNull()
			continue
		}
		b.UnsafeAppend(place)
	}
	indexes := b.NewArray()
	defer indexes.Release()
	return array.NewDictionaryArray(textType, indexes, all)
}

// longOf returns the table of a frame, with all texts in its dictionaries, so that all
// batches share them.
func longOf(f *query.Frame, mem memory.Allocator) *longTable {
	t := newLongTable(f.TagKeys(), f.Outputs() > 1, mem)
	t.whole = true
	for output, s := range f.Series() {
		t.places(output, s)
	}
	return t
}

// batches returns the batches of series, each of at most so many rows.
func (t *longTable) batches(series iter.Seq2[labelled, error], rows int) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for s, err := range series {
			if err != nil {
				yield(nil, err)
				return
			}
			for rest := s.Points; len(rest) > 0; {
				n := min(len(rest), rows-t.rows())
				t.append(t.places(s.output, s.Series), rest[:n])
				rest = rest[n:]
				if t.rows() == rows && !yield(t.record(), nil) {
					return
				}
			}
		}
		if t.rows() > 0 {
			yield(t.record(), nil)
		}
	}
}

// A labelled series has the id of its output.
type labelled struct {
	output string
	query.Series
}

// seriesOf returns the series of a frame.
func seriesOf(f *query.Frame) iter.Seq2[labelled, error] {
	return func(yield func(labelled, error) bool) {
		for output, s := range f.Series() {
			if !yield(labelled{output, s}, nil) {
				return
			}
		}
	}
}

// withKeys passes on series whose tags are among the keys.
func withKeys(series iter.Seq2[query.Series, error], keys []string) iter.Seq2[labelled, error] {
	return func(yield func(labelled, error) bool) {
		for s, err := range series {
			if err == nil {
				err = query.CheckKeys(s, keys)
			}
			if !yield(labelled{Series: s}, err) || err != nil {
				return
			}
		}
	}
}
