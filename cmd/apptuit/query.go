package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

const queryHelp = `Run a query in Apptuit's language and print the series that it gives.

Endpoint and token come from the environment: see apptuit --help.

Times are now, a time before now (-90s, -30m, -1h, -1h30m, -7d, -2w), today,
yesterday, a day (2024-05-01 or 20240501), a day and a time (2024-05-01T12:30),
RFC 3339, or Unix seconds of at least 9 digits; both ends belong to the query.
Days and printed times are those of --zone.

Formats:
  table   for reading: a row for each time, a column for each series; a
          missing value is "-", numbers have six digits. On a terminal that is
          too narrow the columns have numbers, or each series has one line
  csv     exact; columns are named metric{key:value, ...}, a missing cell is
          empty, and outputs are told apart as output=metric{...}
  long    exact, as CSV: a row for each point, with the columns time, metric,
          one for each tag key, and value; for DuckDB, pandas and spreadsheets
  json    exact, in one line, in the form of the API's own answer
  chart   drawn in characters: from the least to the greatest value of each
          column
  parquet, arrow
          the long form as a Parquet or an Arrow IPC file, for > or a pipe

csv has a cell for each time and series. Where series have times of their own
nearly all cells would be missing, and the command says so instead: use long.

On a terminal, csv, long and json write characters that could steer it as
escapes. To a file they write names as they came: do not show such a file on a
terminal if you do not trust who named the series. A spreadsheet may take a
name that begins with =, +, - or @ for a formula: import the first line as
text.`

const queryExample = `  apptuit query "fetch('node_cpu')"
  apptuit query "fetch('node_cpu','host'='a').downsample('1m','avg')" \
    --start -6h --format chart
  apptuit query "fetch('node_cpu')" --start 2024-05-01T12:00:00Z \
    --end 2024-05-01T13:00:00Z --format csv >cpu.csv
  apptuit query "cpu=fetch('node_cpu'); load=fetch('node_load1'); \
    output(cpu, load)" --format json | jq .outputs[].id`

func (a *app) queryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "query TEXT",
		Short:   "Run a query in Apptuit's language",
		Long:    queryHelp,
		Example: queryExample,
		Args:    oneArgument("a query"),
	}
	r := a.addReading(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		r.text = args[0]
		return asker{a}.read(cmd, r, func(ctx context.Context, c *query.Client) (*query.Result, error) {
			return c.Query(ctx, args[0], r.start.at, r.openEnd())
		})
	}
	return cmd
}

// A question asks a store for series.
type question func(context.Context, *query.Client) (*query.Result, error)

// An asker asks a store for series.
type asker struct{ *app }

// read asks a store and prints what it answers, once or again and again.
func (a asker) read(cmd *cobra.Command, r *reading, ask question) error {
	if err := r.check(cmd); err != nil {
		return err
	}
	if err := a.checkFormat(cmd, string(r.format)); err != nil {
		return err
	}
	client, err := a.reader(r)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	if r.watch.d == 0 {
		return a.ask(cmd.Context(), client, r, ask)
	}
	return a.watch(cmd.Context(), client, r, ask)
}

// reader returns a client of the store that is read. The caller closes its idle
// connections.
func (a asker) reader(r *reading) (*query.Client, error) {
	if err := a.checkToken(); err != nil {
		return nil, err
	}
	opts := append(a.environment(), transport.WithMaxAttempts(attempts))
	if r.once {
		opts = append(opts, transport.WithMaxAttempts(1), transport.WithWarningHandler(nil))
	}
	if r.endpoint != "" {
		opts = append(opts, transport.WithEndpoint(r.endpoint))
	}
	if r.promPath != nil {
		opts = append(opts, query.WithPromPath(*r.promPath))
	}
	return query.New(opts...)
}

func (a asker) ask(ctx context.Context, client *query.Client, r *reading, ask question) error {
	ctx, cancel := context.WithTimeout(ctx, r.timeout.d)
	defer cancel()
	stop := a.console.progress(func() string { return "waiting for the answer" })
	result, err := ask(ctx, client)
	stop()
	if err != nil {
		return err
	}
	a.remark(result, r.text)
	return printer(a).print(result, string(r.format), r.view())
}

// watch asks again and again, until it is interrupted. A terminal is cleared
// before each answer.
func (a asker) watch(ctx context.Context, client *query.Client, r *reading, ask question) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		now := frozen(a.now().Truncate(time.Second))
		r.start.now, r.end.now = now, now
		r.start.in(r.zone.Location)
		r.end.in(r.zone.Location)
		if a.width > 0 {
			fmt.Fprint(a.out, clearScreen)
		}
		if err := a.ask(ctx, client, r, ask); err != nil && ctx.Err() == nil {
			return err
		}
		timer.Reset(r.watch.d)
	}
}

const clearScreen = "\x1b[H\x1b[2J\x1b[3J"

// maxHints bounds the hints that are told.
const maxHints = 20

// remark tells what is no part of the output. The text is that of a query in
// Apptuit's language, or empty.
func (a asker) remark(result *query.Result, text string) {
	a.tell("warning", result.Warnings)
	a.tell("hint", result.Hints)
	if len(result.Outputs) == 0 && result.Text == "" {
		a.console.note("no series were found: check the names and the time, --start and --end%s", a.mask(a.spellings(text)))
	}
}

func (a asker) tell(what string, texts []string) {
	for i, text := range texts {
		if i == maxHints {
			a.console.note("and %d more %ss", len(texts)-i, what)
			break
		}
		a.console.note("%s: %s", what, a.mask(short(text)))
	}
}
