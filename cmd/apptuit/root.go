package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/apptuitai/apptuit-go/transport"
)

const rootHelp = `apptuit reads metrics from Apptuit and sends metrics to it, or to any store
that speaks the same protocol.

Environment:
  APPTUIT_STORE          apptuit, victoriametrics, influxdb or opentsdb
  APPTUIT_API_TOKEN      the token. No flag takes it: other users of a machine
                         can see command lines
  APPTUIT_API_TOKEN_FILE a file that holds the token
  APPTUIT_API_ENDPOINT   base URL of the store; https://api.apptuit.ai
  APPTUIT_QUERY_ENDPOINT base URL for reading, where it is another one
  APPTUIT_TIMEOUT        of one attempt, in milliseconds
  APPTUIT_INSECURE       true allows a token over plain http to another host
  and those of the connection that the exporter reads: APPTUIT_HEADERS,
  APPTUIT_CERTIFICATE, APPTUIT_COMPRESSION ...

Exit status: 0 success, 1 failure, 2 a command line that is wrong.`

const rootExample = `  export APPTUIT_API_TOKEN=...
  apptuit query "fetch('node_cpu').downsample('1m','avg')" --format chart
  apptuit promql 'sum(rate(http_requests[5m]))' --start -6h
  apptuit metrics
  apptuit send queue.length 12 host=a
  apptuit serve`

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "apptuit",
		Short:         "Read metrics from Apptuit and send metrics to it",
		Long:          rootHelp,
		Example:       rootExample,
		Version:       transport.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          noCommand,
	}
	root.SuggestionsMinimumDistance = 2
	root.SetVersionTemplate("apptuit {{.Version}}\n")
	root.SetFlagErrorFunc(flagUsage)
	root.AddCommand(a.queryCommand(), a.promqlCommand(), catalog{a}.metricsCommand(), catalog{a}.labelsCommand(), catalog{a}.seriesCommand(),
		a.sendCommand(), a.copyCommand(), a.serveCommand())
	return root
}

// knownCommand is asked where no command is called so.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := "there is no such command" // it may be a token
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		text += ": is " + near[0] + " meant?"
	}
	return usage(cmd, errors.New(text))
}

func noCommand(cmd *cobra.Command, _ []string) error {
	return usagef(cmd, "give a command: query, promql, metrics, labels, series, send, copy or serve")
}

// oneArgument accepts one argument, which mostly needs quotes.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return usagef(cmd, "give %s, in quotes", what)
		case len(args) > 1:
			return usagef(cmd, "there are %d arguments; %s was expected: put it in quotes", len(args), what)
		}
		return nil
	}
}
