// The query example reads series back: it prints them as a table, and writes
// them as CSV, as Parquet and as a plot.
//
//	cd examples/query && go run . [DIRECTORY]
//
// The store is a fake Apptuit inside the program, which fills it with the
// measurements of a day. Where APPTUIT_API_ENDPOINT and APPTUIT_API_TOKEN are
// both set, that store is asked instead, and nothing is sent to it. The files
// go to DIRECTORY, or else to a new temporary one.
//
// The Parquet has a row for each point, with the tags as columns. DuckDB reads it:
//
//	SELECT bed, time_bucket(INTERVAL 3 HOUR, time) AS hours, round(avg(value), 1) AS mean
//	FROM 'greenhouse.parquet'
//	GROUP BY ALL ORDER BY hours, bed;
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/query/arrow"
)

const (
	metric = "greenhouse.temperature"
	width  = 10 * time.Minute // of a downsample
	day    = 24 * time.Hour

	patience = 15 * time.Second // with a store that does not answer
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "query example:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, args []string) error {
	dir, err := directory(args)
	if err != nil {
		return err
	}
	to := chooseStore()
	defer to.close()
	if err := to.fill(ctx); err != nil {
		return err
	}
	printHeader(out, to)

	result, err := ask(ctx, to)
	if err != nil {
		return err
	}
	output, found := result.Output("mean")
	if !found {
		fmt.Fprintf(out, "\nThe store has no %s of the last day: nothing to show.\n", metric)
		return nil
	}
	frame := output.Frame()
	printTable(out, frame)
	return save(out, dir, frame, output)
}

// directory returns where the files go.
func directory(args []string) (string, error) {
	switch len(args) {
	case 0:
		return os.MkdirTemp("", "apptuit-query-")
	case 1:
		return args[0], os.MkdirAll(args[0], 0o755)
	}
	return "", errors.New("give one directory, or none")
}

// text is the query. The builder quotes names; the same by hand is
//
//	mean=fetch('greenhouse.temperature').downsample('10m','avg'); ...
func text() string {
	temperature := query.Fetch(metric)
	return query.Outputs(
		temperature.Downsample(width, query.Avg).As("mean"),
		temperature.Downsample(width, query.Max).As("highest"),
	).String()
}

// ask gets the series of the last day; the zero end means now.
func ask(ctx context.Context, to store) (*query.Result, error) {
	client, err := query.New(to.queryOptions()...)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return client.Query(ctx, text(), time.Now().Add(-day), time.Time{})
}

// save writes the files, and says where they are.
func save(out io.Writer, dir string, frame *query.Frame, output query.Output) error {
	fmt.Fprint(out, "\nWritten\n")
	for _, file := range []struct {
		what, name string
		write      func(path string) error
	}{
		{"table", "greenhouse.csv", func(path string) error {
			return create(path, func(w io.Writer) error { return frame.WriteCSV(w) })
		}},
		{"points", "greenhouse.parquet", func(path string) error {
			return create(path, func(w io.Writer) error { return arrow.WriteParquet(w, frame, arrow.Long()) })
		}},
		{"plot", "greenhouse.png", func(path string) error { return writePlot(path, output) }},
	} {
		path := filepath.Join(dir, file.name)
		if err := file.write(path); err != nil {
			return err
		}
		fmt.Fprintf(out, "  %-10s  %s\n", file.what, path)
	}
	return nil
}

func create(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
