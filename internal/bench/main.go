package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if played, err := playRole(); played {
		exit(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(bench(ctx, os.Args[1:]))
}

func exit(err error) {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		os.Exit(0)
	}
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

func bench(ctx context.Context, args []string) error {
	p, markdown, err := parse(args)
	if err != nil {
		return err
	}
	switch {
	case p.fleet:
		reportFleet(os.Stdout)
	case p.store != nil:
		err = p.benchStore(ctx, markdown)
	default:
		err = p.benchExports(ctx, markdown)
	}
	if ctx.Err() != nil {
		p.tell("")
		return errors.New("interrupted")
	}
	return err
}

func (p plan) benchExports(ctx context.Context, markdown bool) error {
	tables, err := p.run(ctx)
	if err != nil {
		return err
	}
	report(os.Stdout, tables, p.rounds, markdown)
	return nil
}

func (p plan) benchStore(ctx context.Context, markdown bool) error {
	t, err := p.store.run(ctx)
	if err != nil {
		return err
	}
	machineHead(os.Stdout, p.store.rounds)
	t.write(os.Stdout, markdown)
	return nil
}

func report(out io.Writer, tables []table, rounds int, markdown bool) {
	head(out, rounds)
	for _, t := range tables {
		if markdown {
			t.markdown(out)
			continue
		}
		t.text(out)
	}
}

// parse reads the command line.
func parse(args []string) (p plan, markdown bool, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	sizes := flags.String("sizes", "10000", "how many `series`, separated by commas")
	modes := flags.String("modes", "steady,churn", "steady, churn or both")
	match := flags.String("contestants", "", "only those whose name contains one of these `words`, separated by commas")
	flags.IntVar(&p.rounds, "rounds", 5, "how often each contestant runs")
	flags.DurationVar(&p.budget, "budget", 250*time.Millisecond, "how long a contestant is measured in a round, if it can be that quick")
	flags.StringVar(&p.profiles, "profiles", "", "write CPU profiles of the first round into this `directory`")
	flags.BoolVar(&markdown, "markdown", false, "print the tables as Markdown")
	flags.BoolVar(&p.fleet, "fleet", false, "print what a fleet of 10,000 exporters sends to a store that recovers, and nothing else")
	s := storePlan{storeJob: storeJob{Series: 10_000}}
	into := ""
	flags.BoolFunc("store", "measure the whole path into a real VictoriaMetrics, or with -store=influxdb into an InfluxDB", func(store string) error {
		into = store
		return nil
	})
	flags.IntVar(&s.Tags, "tags", 8, "with -store: how many tags come from the resource, at most 8")
	flags.IntVar(&s.Exports, "exports", 20, "with -store: how many are measured in a round")
	flags.DurationVar(&s.Interval, "interval", 500*time.Millisecond, "with -store: from export to export")
	if err := flags.Parse(args); err != nil {
		return plan{}, false, err
	}
	if p.rounds < 1 || flags.NArg() > 0 {
		return plan{}, false, errors.New("there is at least one round, and no argument beside the flags")
	}
	if isTerminal(os.Stderr) {
		p.progress = os.Stderr
	}
	if into != "" {
		p.store, err = p.storePlan(s, into, *match)
		return p, markdown, err
	}
	p.contestants = matching(*match)
	if len(p.contestants) == 0 {
		return plan{}, false, fmt.Errorf("no contestant has one of %q in its name", *match)
	}
	p.settings, err = settings(*sizes, *modes)
	return p, markdown, err
}

// storePlan completes a plan for a store.
func (p plan) storePlan(s storePlan, store, words string) (*storePlan, error) {
	if store != "true" && store != "victoriametrics" && store != "influxdb" {
		return nil, fmt.Errorf("-store: %q is neither victoriametrics nor influxdb", store)
	}
	if s.Exports < 1 || s.Interval <= 0 || s.Tags < 1 {
		return nil, errors.New("-exports, -interval and -tags are above zero")
	}
	s.influx, s.words = store == "influxdb", strings.Split(words, ",")
	s.rounds, s.profiles, s.tell = p.rounds, p.profiles, p.tell
	if len(s.contestants()) == 0 {
		return nil, fmt.Errorf("no contestant has one of %q in its name", words)
	}
	return &s, nil
}

func matching(words string) []string {
	var names []string
	for _, c := range contestants() {
		for word := range strings.SplitSeq(words, ",") {
			if strings.Contains(c.name, word) {
				names = append(names, c.name)
				break
			}
		}
	}
	return names
}

func settings(sizes, modes string) ([]setting, error) {
	var all []setting
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil || n < 200 || n%200 != 0 {
			return nil, fmt.Errorf("-sizes: %q is not a multiple of 200", size) // 20 instruments, 10% of their series
		}
		for mode := range strings.SplitSeq(modes, ",") {
			if mode != "steady" && mode != "churn" {
				return nil, fmt.Errorf("-modes: %q is neither steady nor churn", mode)
			}
			all = append(all, setting{Series: n, Churn: mode == "churn"})
		}
	}
	return all, nil
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
