package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

const catalogHelp = `

They are those of the Prometheus API of the endpoint, which Apptuit and
VictoriaMetrics have, in the time from --start to --end. Each has a line.
apptuit serve has no such API.`

// A catalog lists what a store has.
type catalog struct{ *app }

func (a catalog) metricsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "metrics [BEGINNING]",
		Short:   "List the names of metrics",
		Long:    "List the names of metrics, all or those that begin so." + catalogHelp,
		Example: "  apptuit metrics\n  apptuit metrics node_ --start -7d",
		Args:    atMost(1, "one beginning of names"),
	}
	return a.catalogue(cmd, func(args []string) (string, url.Values) {
		ask := url.Values{}
		if len(args) > 0 {
			ask.Set("match[]", `{__name__=~`+strconv.Quote(regexp.QuoteMeta(args[0])+".*")+`}`)
		}
		return "label/__name__/values", ask
	})
}

func (a catalog) labelsCommand() *cobra.Command {
	var of string
	cmd := &cobra.Command{
		Use:     "labels [KEY]",
		Short:   "List the keys of tags, or the values of one",
		Long:    "List the keys of tags, or the values that one of them has." + catalogHelp,
		Example: "  apptuit labels\n  apptuit labels host --of 'node_cpu{dc=\"eu\"}'",
		Args:    atMost(1, "one key"),
	}
	cmd.Flags().StringVar(&of, "of", "", "only those of the series that this selector finds")
	return a.catalogue(cmd, func(args []string) (string, url.Values) {
		ask := url.Values{}
		if of != "" {
			ask.Set("match[]", of)
		}
		if len(args) > 0 {
			return "label/" + url.PathEscape(args[0]) + "/values", ask
		}
		return "labels", ask
	})
}

func (a catalog) seriesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:               "series SELECTOR",
		Short:             "List the series that a selector finds",
		Long:              "List the series that a selector such as node_cpu{host=\"a\"} finds." + catalogHelp,
		Example:           "  apptuit series node_cpu\n  apptuit series '{host=\"a\"}' --start -1d",
		Args:              oneArgument("a selector"),
		ValidArgsFunction: a.completeMetrics,
	}
	return a.catalogue(cmd, func(args []string) (string, url.Values) {
		return "series", url.Values{"match[]": {args[0]}}
	})
}

func atMost(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef(cmd, "there are %d arguments; %s was expected", len(args), what)
		}
		return nil
	}
}

// catalogue makes a command list what a path of the Prometheus API has.
func (a catalog) catalogue(cmd *cobra.Command, ask func(args []string) (path string, form url.Values)) *cobra.Command {
	r := a.newReading()
	r.addSpan(cmd)
	r.addPromPath(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := r.check(cmd); err != nil {
			return err
		}
		path, form := ask(args)
		names, err := a.list(cmd.Context(), r, path, form)
		if err != nil {
			return withoutPromQL(err)
		}
		if len(names) == 0 {
			a.console.note("nothing was found: check the names and the time, --start and --end")
		}
		for _, name := range names {
			if _, err := fmt.Fprintln(a.out, a.shown(name)); err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}

// shown returns a name as it may be written to where the output goes.
func (a catalog) shown(name string) string {
	if a.width > 0 {
		return printable(name)
	}
	return name
}

// list asks the Prometheus API for names. A series is listed by its name.
func (a catalog) list(ctx context.Context, r *reading, path string, form url.Values) ([]string, error) {
	client, err := asker(a).reader(r)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, r.timeout.d)
	defer cancel()
	form.Set("start", unixText(r.start.at))
	form.Set("end", unixText(r.end.at))
	var names []string
	stop := a.console.progress(func() string { return "waiting for the answer" })
	defer stop()
	err = client.Transport().Ask(ctx, transport.Request{
		Path: client.PromPath() + "/api/v1/" + path, Query: form.Encode(),
		Read: func(body io.Reader) (err error) {
			names, err = readNames(body)
			return err
		},
	})
	return names, err
}

func unixText(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// readNames reads an answer whose data are texts, or the labels of series.
func readNames(body io.Reader) ([]string, error) {
	var answer struct {
		Status string            `json:"status"`
		Data   []json.RawMessage `json:"data"`
	}
	if err := json.NewDecoder(body).Decode(&answer); err != nil || answer.Status != "success" {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		return nil, errors.New("the answer is not one of the Prometheus API: check the endpoint and --prom-path")
	}
	names := make([]string, 0, len(answer.Data))
	for _, item := range answer.Data {
		var name string
		var labels map[string]string
		switch {
		case json.Unmarshal(item, &name) == nil:
			names = append(names, name)
		case json.Unmarshal(item, &labels) == nil:
			s := query.Series{Metric: labels["__name__"], Tags: labels}
			delete(labels, "__name__")
			names = append(names, s.Name())
		default:
			return nil, errors.New("the answer holds something that is neither a name nor a series")
		}
	}
	slices.Sort(names)
	return names, nil
}

// completionTime is how long a shell may wait for names.
const completionTime = 2 * time.Second

// completeMetrics completes the name of a metric by asking the store.
func (a catalog) completeMetrics(cmd *cobra.Command, args []string, begin string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), completionTime)
	defer cancel()
	r := a.newReading()
	r.once = true
	names, err := a.list(ctx, r, "label/__name__/values", url.Values{})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, begin) })
	return names, cobra.ShellCompDirectiveNoFileComp
}
