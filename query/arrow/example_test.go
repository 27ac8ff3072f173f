package arrow_test

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/query/arrow"
)

// cpu is what Client.Query answers: Result.Output gives it.
var cpu = query.Output{ID: "cpu", Series: []query.Series{
	{Metric: "cpu", Tags: map[string]string{"host": "a"}, Points: []query.Point{{UnixMilli: 1000, Value: 1}, {UnixMilli: 3000, Value: 3}}},
	{Metric: "cpu", Tags: map[string]string{"host": "b"}, Points: []query.Point{{UnixMilli: 2000, Value: 2}}},
}}

func ExampleRecord() {
	batch, err := arrow.Record(cpu.Frame(), memory.DefaultAllocator)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer batch.Release()
	for i, column := range batch.Columns() {
		fmt.Print(batch.ColumnName(i))
		for row := range column.Len() {
			fmt.Print(" ", column.ValueStr(row))
		}
		fmt.Println()
	}
	fmt.Println(batch.Schema().Field(1).Metadata)
	// Output:
	// time 1970-01-01T00:00:01Z 1970-01-01T00:00:02Z 1970-01-01T00:00:03Z
	// cpu{host:a} 1 (null) 3
	// cpu{host:b} (null) 2 (null)
	// ["metric": "cpu", "tag:host": "a"]
}

func ExampleWriteIPC() {
	var file bytes.Buffer // pandas.read_feather and polars.read_ipc read it
	if err := arrow.WriteIPC(&file, cpu.Frame()); err != nil {
		fmt.Println(err)
		return
	}
	r, err := ipc.NewFileReader(bytes.NewReader(file.Bytes()))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	fmt.Println(r.NumRecords(), "batch with", r.Schema().NumFields(), "columns")
	// Output: 1 batch with 3 columns
}

func ExampleWriteParquet() {
	var file bytes.Buffer // DuckDB, pandas, Polars and Spark read it
	err := arrow.WriteParquet(&file, cpu.Frame())
	fmt.Println(err, file.Len() > 0)
	// Output: <nil> true
}

// The long form, which DuckDB reads as
//
//	SELECT host, avg(value) FROM 'cpu.parquet' GROUP BY host
func ExampleLong() {
	var file bytes.Buffer
	if err := arrow.WriteParquet(&file, cpu.Frame(), arrow.Long(), arrow.WithCompression(arrow.Zstd)); err != nil {
		fmt.Println(err)
		return
	}
	batch, err := arrow.Record(cpu.Frame(), memory.DefaultAllocator, arrow.Long())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer batch.Release()
	for row := range int(batch.NumRows()) {
		var cells []string
		for i, column := range batch.Columns() {
			cells = append(cells, batch.ColumnName(i)+"="+column.ValueStr(row))
		}
		fmt.Println(strings.Join(cells, " "))
	}
	// Output:
	// time=1970-01-01T00:00:01Z metric=cpu host=a value=1
	// time=1970-01-01T00:00:03Z metric=cpu host=a value=3
	// time=1970-01-01T00:00:02Z metric=cpu host=b value=2
}

// What is larger than memory is written as it comes: client.Raw gives the series, and
// client.TagKeys the keys.
func ExampleStreamParquet() {
	raw := func(yield func(query.Series, error) bool) {
		for _, series := range cpu.Series {
			if !yield(series, nil) {
				return
			}
		}
	}
	var file bytes.Buffer
	err := arrow.StreamParquet(&file, raw, []string{"host"}, arrow.WithRowGroup(100_000), arrow.WithCompression(arrow.Uncompressed))
	fmt.Println(err, file.Len() > 0)
	// Output: <nil> true
}
