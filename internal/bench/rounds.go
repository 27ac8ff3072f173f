package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A plan is what is to be measured.
type plan struct {
	fleet bool // print the simulation of a fleet instead

	settings    []setting
	contestants []string
	rounds      int
	budget      time.Duration
	profiles    string     // a directory, or empty
	progress    io.Writer  // nil for none
	store       *storePlan // instead of all of them; nil for none
}

// A table has the results of each contestant in each round, on one setting.
type table struct {
	setting
	names   []string
	results map[string][]result
}

// run measures all of the plan. Rounds go over all contestants, so that what
// disturbs the machine for a while disturbs all of them.
func (p plan) run(ctx context.Context) ([]table, error) {
	if p.profiles != "" {
		if err := os.MkdirAll(p.profiles, 0o777); err != nil {
			return nil, err
		}
	}
	server, to, err := startServer(ctx)
	if err != nil {
		return nil, err
	}
	defer server.end() // its work is done whatever it says
	tables := make([]table, len(p.settings))
	for i, s := range p.settings {
		tables[i] = table{s, p.contestants, map[string][]result{}}
		for round := range p.rounds {
			if err := p.round(ctx, tables[i], round, to); err != nil {
				return nil, err
			}
		}
	}
	p.tell("")
	return tables, nil
}

// round adds one result for each contestant. Each round begins with another one.
func (p plan) round(ctx context.Context, t table, round int, to addresses) error {
	idle, err := runJob(ctx, job{setting: t.setting, Contestant: baseline})
	if err != nil {
		return err
	}
	first := round % len(t.names)
	for _, name := range slices.Concat(t.names[first:], t.names[:first]) {
		p.tell(fmt.Sprintf("%s, round %d of %d: %s", t.setting, round+1, p.rounds, name))
		j := job{setting: t.setting, Contestant: name, Server: to, Budget: p.budget}
		if p.profiles != "" && round == 0 {
			j.Profile = filepath.Join(p.profiles, fileName(name, t.setting))
		}
		r, err := runJob(ctx, j)
		if err != nil {
			return err
		}
		r.Peak -= idle.Peak
		t.results[name] = append(t.results[name], r)
	}
	return nil
}

func fileName(name string, s setting) string {
	mode := "steady"
	if s.Churn {
		mode = "churn"
	}
	return strings.NewReplacer(" ", "-", "/", "-").Replace(fmt.Sprintf("%s %d %s.pprof", name, s.Series, mode))
}

func (s setting) String() string {
	if s.Churn {
		return fmt.Sprintf("%s series, %d%% new at each export", thousands(s.Series), churned)
	}
	return thousands(s.Series) + " series, steady"
}

// thousands writes n with a comma where it has more than three digits.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// tell shows line in place of the one before.
func (p plan) tell(line string) {
	if p.progress != nil {
		fmt.Fprintf(p.progress, "\r\x1b[K%s", line)
	}
}
