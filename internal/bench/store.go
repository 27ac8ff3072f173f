package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
)

const pathStoreOTLP = "/opentelemetry/v1/metrics"

// A storeContestant is one way into a real store.
type storeContestant struct {
	name string
	own  bool // a way in that VictoriaMetrics alone has
	otlp bool
	make func(realStore) (exporter, error)
}

// storeDefault is ours as it is without options, to which the ratios are.
const storeDefault = "apptuit"

// batchSizes are those of the sweep.
var batchSizes = []int{500, 1000, 2000, 5000, 20_000, 50_000}

func storeContestants() []storeContestant {
	all := []storeContestant{{name: storeDefault, make: oursInto()}}
	for _, n := range batchSizes {
		all = append(all, storeContestant{
			name: "apptuit, batches of " + thousands(n),
			make: oursInto(apptuit.WithMaxBatch(n), apptuit.WithMaxBatchBytes(24<<20)),
		})
	}
	return append(all,
		storeContestant{name: "Prometheus text gzip", own: true, make: func(s realStore) (exporter, error) {
			return newLineExporter(s.BaseURL+"/api/v1/import/prometheus", promLines), nil
		}},
		storeContestant{name: "Influx lines gzip", own: true, make: func(s realStore) (exporter, error) {
			return newLineExporter(s.BaseURL+"/write", influxLines), nil
		}},
		storeContestant{name: reference, own: true, otlp: true, make: func(s realStore) (exporter, error) {
			return otlpmetrichttp.New(context.Background(),
				otlpmetrichttp.WithEndpointURL(s.BaseURL+pathStoreOTLP),
				otlpmetrichttp.WithTimeout(timeout),
				otlpmetrichttp.WithCompression(otlpmetrichttp.GzipCompression))
		}},
	)
}

func oursInto(more ...apptuit.Option) func(realStore) (exporter, error) {
	return func(s realStore) (exporter, error) {
		return apptuit.New(append([]apptuit.Option{
			apptuit.WithEndpoint(s.PutURL),
			apptuit.WithoutToken(),
			apptuit.WithTimeout(timeout),
			apptuit.WithoutHostTag(),
		}, more...)...)
	}
}

func findStoreContestant(name string) (storeContestant, bool) {
	all := storeContestants()
	i := slices.IndexFunc(all, func(c storeContestant) bool { return c.name == name })
	if i < 0 {
		return storeContestant{}, false
	}
	return all[i], true
}

// A storePlan is what is to be measured with a real store.
type storePlan struct {
	storeJob          // of each contestant; Contestant and Store come later
	influx   bool     // InfluxDB instead of VictoriaMetrics
	words    []string // of the names of contestants
	rounds   int
	profiles string
	tell     func(string)
}

// run measures each contestant once in each round, into a store of its own that
// has just been started.
func (p storePlan) run(ctx context.Context) (storeTable, error) {
	if p.profiles != "" {
		if err := os.MkdirAll(p.profiles, 0o777); err != nil {
			return storeTable{}, err
		}
	}
	t := storeTable{storePlan: p, results: map[string][]storeResult{}}
	contestants := p.contestants()
	for round := range p.rounds {
		for i := range contestants {
			c := contestants[(i+round)%len(contestants)] // each has its turn to be first
			p.tell(fmt.Sprintf("store, round %d of %d: %s", round+1, p.rounds, c.name))
			if err := p.one(ctx, c, round, &t); err != nil {
				return t, err
			}
		}
	}
	p.tell("")
	return t, nil
}

func (p storePlan) contestants() (all []storeContestant) {
	for _, c := range storeContestants() {
		named := slices.ContainsFunc(p.words, func(word string) bool { return strings.Contains(c.name, word) })
		if named && !(c.own && p.influx) {
			all = append(all, c)
		}
	}
	return all
}

func (p storePlan) one(ctx context.Context, c storeContestant, round int, t *storeTable) error {
	return withStore(p.influx, func(s realStore) error {
		if c.otlp && !s.hasOTLP(ctx) {
			return nil
		}
		j := p.storeJob
		j.Contestant, j.Store = c.name, s
		if p.profiles != "" && round == 0 {
			j.Profile = filepath.Join(p.profiles, strings.NewReplacer(" ", "-", ",", "").Replace("store "+c.name+".pprof"))
		}
		r, err := runRole[storeResult](ctx, roleStore, c.name, j)
		if err == nil {
			t.results[c.name] = append(t.results[c.name], r)
		}
		return err
	})
}

// A storeTable has the results of each contestant in each round.
type storeTable struct {
	storePlan
	results map[string][]storeResult
}

var storeColumns = []string{"", "SDK's collection", "export", "store", "export + store", "ratio", "store's ratio"}

func (t storeTable) rows() [][]string {
	rows := [][]string{storeColumns}
	for _, c := range t.contestants() {
		if rs := t.results[c.name]; len(rs) > 0 {
			rows = append(rows, t.row(c.name, rs))
		}
	}
	return rows
}

func (t storeTable) row(name string, rs []storeResult) []string {
	per := func(of func(storeResult) time.Duration) string {
		return fmt.Sprintf("%.2f µs", median(rs, func(r storeResult) float64 {
			return float64(of(r)) / 1e3 / float64(r.Exports*t.Series)
		}))
	}
	return []string{
		name,
		per(func(r storeResult) time.Duration { return r.Collect }),
		per(func(r storeResult) time.Duration { return r.Export }),
		per(func(r storeResult) time.Duration { return r.Store }),
		per(storeResult.path),
		t.ratio(rs, storeResult.path),
		t.ratio(rs, func(r storeResult) time.Duration { return r.Store }),
	}
}

// path is what a program and the store spend on the whole way.
func (r storeResult) path() time.Duration { return r.Export + r.Store }

// ratio is that to ours without options, in the same round.
func (t storeTable) ratio(rs []storeResult, of func(storeResult) time.Duration) string {
	base := t.results[storeDefault]
	if len(base) < len(rs) {
		return "-"
	}
	var ratios []float64
	for round, r := range rs {
		ratios = append(ratios, float64(of(r))/float64(max(of(base[round]), 1)))
	}
	return fmt.Sprintf("%.2f", median(ratios, func(r float64) float64 { return r }))
}

// title says what was measured.
func (t storeTable) title() string {
	store := "VictoriaMetrics"
	if t.influx {
		store = "InfluxDB"
	}
	return fmt.Sprintf("CPU per series and export, whole path into %s: %s series, %s points, %d tags of the resource and 5 of each series, %d exports at %v",
		store, thousands(t.Series), thousands(t.points()), t.Tags, t.Exports, t.Interval)
}

func (t storeTable) write(out io.Writer, markdown bool) {
	fmt.Fprintf(out, "\n%s\n\n", t.title())
	rows := t.rows()
	if markdown {
		for i, row := range rows {
			fmt.Fprintf(out, "| %s |\n", strings.Join(row, " | "))
			if i == 0 {
				fmt.Fprintf(out, "|---%s|\n", strings.Repeat("|---:", len(row)-1))
			}
		}
		return
	}
	width := 0
	for _, row := range rows {
		width = max(width, len(row[0]))
	}
	tw := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	for _, row := range rows {
		fmt.Fprintf(tw, "%-*s\t%s\t\n", width, row[0], strings.Join(row[1:], "\t"))
	}
	tw.Flush()
}
