package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

const sendHelp = `Send one point, or one for each line of standard input.

  METRIC [TIME] VALUE KEY=VALUE ...

Without a time the point is of now. Times are those of apptuit query, and a
number that does not fit in 32 bits is milliseconds; --milliseconds sends them
so. A point has at least one tag. Names are sent as they are, and one with a
character other than letters, digits and .-_/ is refused, unless
APPTUIT_SANITIZE_MODE is prometheus or apptuit. APPTUIT_TAGS is not used.

Endpoint and token come from the environment: see apptuit --help.

Of standard input, empty lines and those that begin with # are skipped. Words
are parted by white space, and nothing is quoted. Lines that are wrong, or that
the store refuses, are told with their number, the others are sent, and the exit
status is 1. Points are sent as they come: apptuit send may stand behind a
program that never ends. Flags go before the metric, so that a value can be
negative.`

const sendExample = `  apptuit send queue.length 12 host=a
  apptuit send room.temperature 2024-05-01T12:00:00Z -4.5 room=cellar floor=-1
  apptuit send <points.txt
  vmstat -n 10 | awk 'NR>2 {print "cpu.idle", $15, "host=a"; fflush()}' | apptuit send`

type sendFlags struct {
	timeout      durationFlag
	milliseconds bool
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
	cmd.Flags().Var(&flags.timeout, "timeout", "give up on a request after this long, with its retries")
	cmd.Flags().BoolVar(&flags.milliseconds, "milliseconds", false, "send times in milliseconds instead of whole seconds")
	return cmd
}

func (a *app) send(cmd *cobra.Command, args []string, flags *sendFlags) error {
	reader, err := a.pointReader()
	if err != nil {
		return err
	}
	client, err := a.sender(flags.options()...)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	d := &dispatch{app: a, client: client, timeout: flags.timeout.d}
	if !a.watched || len(args) > 0 { // else it would write over what a person types
		defer a.console.progress(d.state)()
	}
	if len(args) > 0 {
		return d.one(cmd, reader, args)
	}
	return d.stream(cmd.Context(), reader)
}

func (f *sendFlags) options() []transport.Option {
	if f.milliseconds {
		return []transport.Option{transport.WithMillisecondTimestamps()}
	}
	return nil
}

func (a *app) pointReader() (pointReader, error) {
	r := pointReader{mode: encoding.SanitizeNone, now: a.now}
	text := a.getenv("APPTUIT_SANITIZE_MODE")
	if text == "" {
		return r, nil
	}
	mode, err := encoding.ParseSanitizeMode(text)
	if err != nil {
		return r, fmt.Errorf("APPTUIT_SANITIZE_MODE: %w", err)
	}
	r.mode = mode
	return r, nil
}
