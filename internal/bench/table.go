package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// columns are the heads of a table's columns.
var columns = []string{"", "CPU/series", "ratio", "wall/export", "allocs/export", "KiB/export", "bytes/point", "peak"}

// row returns the medians of a contestant.
func (t table) row(name string) []string {
	rs := t.results[name]
	per := func(of func(result) float64) float64 {
		return median(rs, func(r result) float64 { return of(r) / float64(r.Exports) })
	}
	return []string{
		name,
		fmt.Sprintf("%.2f µs", per(cpu)/1e3/float64(t.Series)),
		t.ratio(name),
		fmt.Sprintf("%.1f ms", per(func(r result) float64 { return float64(r.Wall) / 1e6 })),
		thousands(int(per(func(r result) float64 { return float64(r.Mallocs) }))),
		thousands(int(per(func(r result) float64 { return float64(r.Bytes) / 1024 }))),
		fmt.Sprintf("%.1f", per(func(r result) float64 { return float64(r.Delivered.Wire) })/float64(t.flat())),
		fmt.Sprintf("%.1f MiB", median(rs, func(r result) float64 { return float64(r.Peak) / (1 << 20) })),
	}
}

func cpu(r result) float64 { return float64(r.CPU) }

// ratio is that of the CPU to the reference's, in the same round.
func (t table) ratio(name string) string {
	base := t.results[reference]
	if len(base) == 0 {
		return "-"
	}
	perExport := func(r result) float64 { return cpu(r) / float64(r.Exports) }
	var ratios []float64
	for round, r := range t.results[name] {
		ratios = append(ratios, perExport(r)/perExport(base[round]))
	}
	return fmt.Sprintf("%.3f", median(ratios, func(r float64) float64 { return r }))
}

func median[T any](all []T, of func(T) float64) float64 {
	values := make([]float64, len(all))
	for i, x := range all {
		values[i] = of(x)
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

// text writes an aligned table.
func (t table) text(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n\n", t.setting)
	tw := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, t.line(columns))
	for _, name := range t.names {
		fmt.Fprintln(tw, t.line(t.row(name)))
	}
	tw.Flush()
}

// line has the name at the left; all other cells are numbers.
func (t table) line(cells []string) string {
	width := 0
	for _, name := range t.names {
		width = max(width, len(name))
	}
	return fmt.Sprintf("%-*s\t%s\t", width, cells[0], strings.Join(cells[1:], "\t"))
}

// markdown writes the table as the README has it.
func (t table) markdown(out io.Writer) {
	fmt.Fprintf(out, "\n%s:\n\n", t.setting)
	fmt.Fprintf(out, "| %s |\n|---%s|\n", strings.Join(columns, " | "), strings.Repeat("|---:", len(columns)-1))
	for _, name := range t.names {
		row := t.row(name)
		row[0] = "`" + name + "`"
		fmt.Fprintf(out, "| %s |\n", strings.Join(row, " | "))
	}
}

// head says where and when the tables were measured, and against what.
func head(out io.Writer, rounds int) {
	machineHead(out, rounds)
	fmt.Fprintf(out, "ratio: CPU relative to %s; point: a point of the put protocol, 3.6 of them per series\n", reference)
}

func machineHead(out io.Writer, rounds int) {
	fmt.Fprintf(out, "%s, %d cores, %s/%s, %s, %s; medians of %d rounds\n",
		machine(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), time.Now().Format(time.DateOnly), rounds)
	fmt.Fprintf(out, "%s\n", strings.Join(versions(), ", "))
}

func machine() string {
	info, err := os.ReadFile("/proc/cpuinfo") // Linux alone has it
	if err != nil {
		return "machine unknown"
	}
	for lines := bufio.NewScanner(bytes.NewReader(info)); lines.Scan(); {
		if key, value, found := strings.Cut(lines.Text(), ":"); found && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "machine unknown"
}

// versions are those of the modules that compete.
func versions() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var all []string
	for _, m := range info.Deps {
		name := m.Path[strings.LastIndexByte(m.Path, '/')+1:]
		if strings.Contains(m.Path, "/otel/exporters/") || name == "client_golang" {
			all = append(all, name+" "+m.Version)
		}
	}
	return all
}
