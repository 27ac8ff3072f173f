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
	if p.fleet {
		reportFleet(os.Stdout)
		return nil
	}
	tables, err := p.run(ctx)
	if ctx.Err() != nil {
		p.tell("")
		return errors.New("interrupted")
	}
	if err != nil {
		return err
	}
	report(os.Stdout, tables, p.rounds, markdown)
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
	if err := flags.Parse(args); err != nil {
		return plan{}, false, err
	}
	if p.rounds < 1 || flags.NArg() > 0 {
		return plan{}, false, errors.New("there is at least one round, and no argument beside the flags")
	}
	if isTerminal(os.Stderr) {
		p.progress = os.Stderr
	}
	p.contestants = matching(*match)
	if len(p.contestants) == 0 {
		return plan{}, false, fmt.Errorf("no contestant has one of %q in its name", *match)
	}
	p.settings, err = settings(*sizes, *modes)
	return p, markdown, err
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
