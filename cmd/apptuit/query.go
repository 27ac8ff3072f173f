package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

const queryHelp = `Run a query in Apptuit's language and print the series that it gives.

Endpoint and token come from the environment: see apptuit --help.

Times are now, a time before now (-90s, -30m, -1h, -1h30m, -7d, -2w), today,
yesterday, a day (2024-05-01), a day and a time (2024-05-01T12:30), RFC 3339 or
Unix seconds; both ends belong to the query. Days and printed times are those of
--zone.

Formats:
  table   for reading: a row for each time, a column for each series; a
          missing value is "-", numbers have six digits. On a terminal that is
          too narrow the columns have numbers, or each series has one line
  csv     exact; columns are named metric{key:value, ...}, a missing cell is
          empty, and outputs are told apart as output=metric{...}
  json    exact, in one line, in the form of the API's own answer
  chart   drawn in characters: from the least to the greatest value of each
          column

A table and CSV have a cell for each time and series. Where series have times of
their own nearly all cells would be missing, and the command says so instead.

On a terminal, csv and json write characters that could steer it as escapes. To a
file they write names as they came: do not show such a file on a terminal if you
do not trust who named the series. A spreadsheet may take a name that begins with
=, +, - or @ for a formula: import the first line as text.`

const queryExample = `  apptuit query "fetch('node.cpu')"
  apptuit query "fetch('node.cpu','host'='a').downsample('1m','avg')" --start -6h --format chart
  apptuit query "fetch('node.cpu')" --start 2024-05-01T12:00:00Z --end 2024-05-01T13:00:00Z --format csv >cpu.csv
  apptuit query "cpu=fetch('node.cpu'); load=fetch('node.load1'); output(cpu, load)" --format json | jq .outputs[].id`

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
		return a.read(cmd, r, func(opts ...query.Option) (source, error) {
			client, err := query.New(opts...)
			return textSource{client, args[0], r}, err
		})
	}
	return cmd
}

// A source has series.
type source interface {
	read(ctx context.Context) (*query.Result, error)
	CloseIdleConnections()
}

// A textSource is a query in Apptuit's language.
type textSource struct {
	*query.Client
	text string
	span *reading
}

func (s textSource) read(ctx context.Context) (*query.Result, error) {
	return s.Query(ctx, s.text, s.span.start.at, s.span.openEnd())
}

// read gets the series of a source and prints them.
func (a *app) read(cmd *cobra.Command, r *reading, open func(...query.Option) (source, error)) error {
	if err := r.check(cmd); err != nil {
		return err
	}
	if err := a.checkToken(); err != nil {
		return err
	}
	from, err := open(transport.WithEnv(a.env), transport.WithWarningHandler(a.warn), transport.WithMaxAttempts(attempts))
	if err != nil {
		return err
	}
	defer from.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(cmd.Context(), r.timeout.d)
	defer cancel()

	stop := a.console.progress(func() string { return "waiting for the answer" })
	result, err := from.read(ctx)
	stop()
	if err != nil {
		return err
	}
	a.remark(result)
	return a.print(result, string(r.format), r.view())
}

// maxHints bounds the hints that are told.
const maxHints = 20

// remark tells what is no part of the output.
func (a *app) remark(result *query.Result) {
	for i, hint := range result.Hints {
		if i == maxHints {
			a.console.note("and %d more hints", len(result.Hints)-i)
			break
		}
		a.console.note("hint: %s", a.mask(short(hint)))
	}
	if len(result.Outputs) == 0 {
		a.console.note("no series were found: check the names and the time, --start and --end")
	}
}
