// Package arrow hands the tables of package query to pandas, DuckDB, Polars and
// whatever else reads Apache Arrow or Parquet, without a detour through text.
//
//	client, err := query.New() // the token comes from APPTUIT_API_TOKEN
//	if err != nil {
//		log.Fatal(err)
//	}
//	result, err := client.Query(ctx, "fetch('node.cpu')", time.Now().Add(-time.Hour), time.Time{})
//	if err != nil {
//		log.Fatal(err)
//	}
//	if cpu, ok := result.Output("node.cpu"); ok {
//		err = arrow.WriteParquet(file, cpu.Frame())
//	}
//
// # The two forms
//
// By default the table is wide: the first column is "time", timestamp[ms, UTC], ascending
// and never null. Each column of the frame follows under its name as float64; a missing
// cell is null. NaN and the infinities are values, not null. The metadata of a column's
// field tells what is in it: "metric" is the metric, and "tag:" with the key of a tag is
// that tag's value. Both kinds of file keep it. A wide table that would be huge and nearly
// empty is refused with [query.ErrSparse].
//
// With [Long] it has a row for each point: "time", "metric", a column for each tag key, and
// "value". That is the form to group and filter by tag, and it takes what the points take:
//
//	err := arrow.WriteParquet(file, result.Frame(), arrow.Long())
//
//	SELECT host, avg(value) FROM 'cpu.parquet' GROUP BY host -- DuckDB
//
// # Files
//
// [WriteIPC] writes an Arrow IPC file, which pandas calls Feather and Polars IPC;
// [WriteParquet] a Parquet file. Both write the rows in batches of at most 8 Mi
// cells, so that a frame with many missing cells takes no more memory than that.
// [StreamParquet] writes series as they come from the store, whatever they take.
// [Record] makes all rows at once, for what needs them in memory, such as
// ipc.NewWriter for a stream.
//
// It is a module of its own, for Arrow is far larger than the rest of the library.
package arrow
