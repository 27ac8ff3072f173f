package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/apptuitai/apptuit-go/cmd/apptuit/intake"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

const sendHelp = `Send one point, or those of standard input.

  METRIC [TIME] VALUE KEY=VALUE ...

Without a time the point is of now. Times are those of apptuit query, and a
number that does not fit in 32 bits is milliseconds; --milliseconds sends them
so. A point has at least one tag. Names are sent as they are, and one with a
character other than letters, digits and .-_/ is refused, unless
APPTUIT_SANITIZE_MODE is prometheus or apptuit. APPTUIT_TAGS is not used.

Endpoint and token come from the environment: see apptuit --help.

Standard input has one of the forms of --from:
  lines       a point in each line, as above. Words are parted by white space,
              and nothing is quoted
  csv         what query --format csv writes
  long        CSV with the columns time, metric, value and one for each tag, as
              query --format long writes; a column output is not read
  json        what query --format json writes
  influx      InfluxDB's line protocol: each field with a number is a point
              called measurement_field, and measurement alone where the field
              is called value. Times are nanoseconds
  opentsdb    lines of OpenTSDB's import, or the JSON of its /api/put
  prometheus  Prometheus' text format

Empty lines, and those that begin with #, are skipped. Lines that are wrong, or
that the store refuses, are told with their number, the others are sent, and
the exit status is 1. Points are sent as they come: apptuit send may stand
behind a program that never ends. Flags go before the metric, so that a value
can be negative.`

const sendExample = `  apptuit send queue.length 12 host=a
  apptuit send room.temperature 2024-05-01T12:00:00Z -4.5 room=cellar floor=-1
  apptuit send <points.txt
  curl -s localhost:9100/metrics | apptuit send --from prometheus --tag host=a
  vmstat -n 10 | awk 'NR>2 {print "cpu.idle", $15, "host=a"; fflush()}' |
    apptuit send`

type sendFlags struct {
	timeout      durationFlag
	milliseconds bool
	from         string
	tags         []string
	quiet        bool
}

func (a *app) sendCommand() *cobra.Command {
	flags := &sendFlags{}
	cmd := &cobra.Command{
		Use:     "send [METRIC [TIME] VALUE KEY=VALUE ...]",
		Short:   "Send points",
		Long:    sendHelp,
		Example: sendExample,
		RunE:    func(cmd *cobra.Command, args []string) error { return a.send(cmd, args, flags) },
	}
	_ = flags.timeout.Set("30s") // it parses
	cmd.Flags().SetInterspersed(false)
	cmd.Flags().Var(&flags.timeout, "timeout", "give up on a request after this long, with its\nretries")
	cmd.Flags().BoolVar(&flags.milliseconds, "milliseconds", false, "send times in milliseconds instead of whole seconds")
	cmd.Flags().StringVar(&flags.from, "from", intake.Lines, "form of standard input, see above")
	cmd.Flags().BoolVar(&flags.quiet, "quiet", false, "say nothing where all is well")
	cmd.Flags().StringArrayVar(&flags.tags, "tag", nil, "tag `KEY=VALUE` for points without that key;\nmay be given again")
	_ = cmd.RegisterFlagCompletionFunc("from", completeFrom(intake.Forms...)) // the flag exists
	return cmd
}

func (a *app) send(cmd *cobra.Command, args []string, flags *sendFlags) error {
	config, err := a.intake()
	if err != nil {
		return err
	}
	if config.Tags, err = intake.ParseTags(flags.tags); err != nil {
		return usagef(cmd, "--tag: %w", err)
	}
	reader, err := intake.Open(flags.from, a.in, config)
	if err != nil {
		return usagef(cmd, "--from is one of %s", strings.Join(intake.Forms, ", "))
	}
	client, err := a.sender(flags.options()...)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	d := &dispatch{app: a, client: client, timeout: flags.timeout.d, quiet: flags.quiet}
	if !a.watched || len(args) > 0 { // else it would write over what a person types
		defer a.console.progress(d.state)()
	}
	if len(args) > 0 {
		return d.one(cmd, config, args)
	}
	if a.watched && flags.from == intake.Lines {
		a.console.note("reading points, one in each line: metric [time] value key=value ...; Ctrl-D ends")
	}
	return d.stream(cmd.Context(), reader)
}

func (f *sendFlags) options() []transport.Option {
	if f.milliseconds {
		return []transport.Option{transport.WithMillisecondTimestamps()}
	}
	return nil
}

// intake says how points are made of what is read.
func (a *app) intake() (intake.Config, error) {
	c := intake.Config{
		Mode: encoding.SanitizeNone, Now: a.now,
		ParseTime: func(s string) (time.Time, error) { return parseTime(s, a.now()) },
	}
	text := a.getenv("APPTUIT_SANITIZE_MODE")
	if text == "" {
		return c, nil
	}
	mode, err := encoding.ParseSanitizeMode(text)
	if err != nil {
		return c, fmt.Errorf("APPTUIT_SANITIZE_MODE: %w", err)
	}
	c.Mode = mode
	return c, nil
}
