package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apptuitai/apptuit-go/cmd/apptuit/intake"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

const copyHelp = `Copy the points of the series that a selector finds into another store, as they
are stored.

The environment, or --endpoint, names the store that is read; it has
/api/v1/export below the path of its Prometheus API, as VictoriaMetrics and
vmauth do. --to names the store that is written. Its token is read from the
file of --to-token-file, and there is none where no file is given: no flag
takes a token, for other users of a machine can see command lines.

Times are whole seconds unless --milliseconds is given. --tag gives a tag to
the series that have none of its key. Points that the other store refuses are
told, and the rest is copied.

A copy that was interrupted is begun again from the start: points that are sent
twice have the same times and values. Queries show one of them, though
VictoriaMetrics keeps both unless it runs with -dedup.minScrapeInterval.`

const copyExample = `  apptuit copy '{__name__=~"node_.+"}' --start -7d --to http://127.0.0.1:4242
  apptuit copy node_cpu --to https://api.apptuit.ai --to-token-file ~/.token`

type copyFlags struct {
	*reading
	to, tokenFile string
	milliseconds  bool
	tags          []string
}

func (a *app) copyCommand() *cobra.Command {
	flags := &copyFlags{reading: a.newReading()}
	cmd := &cobra.Command{
		Use:               "copy SELECTOR --to URL",
		Short:             "Copy points from one store to another",
		Long:              copyHelp,
		Example:           copyExample,
		Args:              oneArgument("a selector"),
		ValidArgsFunction: catalog{a}.completeMetrics,
	}
	_ = flags.timeout.Set("24h") // it parses
	flags.reading.addSpan(cmd)
	flags.reading.addPromPath(cmd)
	cmd.Flags().StringVar(&flags.to, "to", "", "base URL of the store that is written")
	cmd.Flags().StringVar(&flags.tokenFile, "to-token-file", "", "file that holds the token of that store")
	cmd.Flags().BoolVar(&flags.milliseconds, "milliseconds", false, "keep the milliseconds of times")
	cmd.Flags().StringArrayVar(&flags.tags, "tag", nil, "tag `KEY=VALUE` for series without that key;\nmay be given again")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.copy(cmd, flags, args[0]) }
	return cmd
}

func (a *app) copy(cmd *cobra.Command, flags *copyFlags, selector string) error {
	if err := flags.check(cmd); err != nil {
		return err
	}
	if flags.to == "" {
		return usagef(cmd, "give the other store by --to")
	}
	tags, err := intake.ParseTags(flags.tags)
	if err != nil {
		return usagef(cmd, "--tag: %w", err)
	}
	from, err := asker{a}.reader(flags.reading)
	if err != nil {
		return err
	}
	defer from.CloseIdleConnections()
	to, err := a.writer(flags)
	if err != nil {
		return err
	}
	defer to.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(cmd.Context(), flags.timeout.d)
	defer cancel()
	c := &copying{dispatch: &dispatch{app: a, client: to, timeout: flags.timeout.d}, tags: tags, exact: flags.milliseconds}
	defer a.console.progress(c.state)()
	return withoutPromQL(c.run(ctx, from.Raw(ctx, selector, flags.start.at, flags.openEnd())))
}

// writer returns a client of the store that is written. Nothing of the
// environment but what is no credential and no endpoint counts for it.
func (a *app) writer(flags *copyFlags) (*transport.Client, error) {
	opts := []transport.Option{transport.WithEnv(a.withoutCredentials), transport.WithEndpoint(flags.to)}
	if flags.milliseconds {
		opts = append(opts, transport.WithMillisecondTimestamps())
	}
	if flags.tokenFile == "" {
		return transport.New(append(opts, transport.WithoutToken())...)
	}
	token, err := os.ReadFile(flags.tokenFile)
	if err != nil {
		return nil, fmt.Errorf("--to-token-file: %w", err)
	}
	return transport.New(append(opts, transport.WithToken(strings.TrimRight(string(token), "\r\n")))...)
}

// withoutCredentials looks up variables that are not of the store that is read.
func (a *app) withoutCredentials(name string) (string, bool) {
	switch name {
	case "APPTUIT_INSECURE", "APPTUIT_TIMEOUT", "APPTUIT_COMPRESSION":
		return a.env(name)
	}
	return "", false
}

// A copying sends series as they are read.
type copying struct {
	*dispatch
	tags    []encoding.Tag
	exact   bool // times keep their milliseconds
	series  int
	cut     int // points whose milliseconds are cut off
	skipped int // points that no put can carry
}

func (c *copying) state() string {
	return fmt.Sprintf("copying to %s: %s, %s", c.client.Endpoint(), plural(c.series, "series"), plural(c.sending.sent(), "point"))
}

func (c *copying) run(ctx context.Context, found func(func(query.Series, error) bool)) error {
	var b batch
	for s, err := range found {
		if err != nil {
			return errors.Join(c.submit(ctx, b), err)
		}
		c.series++
		rendered, err := c.render(s)
		if err != nil {
			c.complain(lineError{err: fmt.Errorf("%s: %w", short(s.Name()), err)})
			continue
		}
		for _, p := range s.Points {
			if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) {
				c.skipped++
				continue
			}
			if p.UnixMilli%1000 != 0 && !c.exact {
				c.cut++
			}
			b.points = append(b.points, encoding.Point{Series: rendered, Time: p.Time(), Value: encoding.Float(p.Value)})
			b.lines = append(b.lines, 0)
			if b.size() < maxBatch {
				continue
			}
			if err := c.submit(ctx, b); err != nil {
				return err
			}
			b = batch{}
		}
	}
	if err := c.submit(ctx, b); err != nil {
		return err
	}
	return c.report()
}

func (c *copying) render(s query.Series) (*encoding.Series, error) {
	tags := intake.SortedTags(s.Tags)
	return intake.Config{Mode: encoding.SanitizeNone, Tags: c.tags}.Series(s.Metric, tags)
}

// report says what was copied and what was not.
func (c *copying) report() error {
	if c.cut > 0 {
		c.console.note("the milliseconds of %s are cut off: --milliseconds keeps them", plural(c.cut, "point"))
	}
	if c.skipped > 0 {
		c.console.note("%s are NaN or infinite, which no put can carry", plural(c.skipped, "point"))
	}
	if c.series == 0 {
		c.console.note("no series were found: check the selector and the time, --start and --end")
	}
	return c.conclude()
}
