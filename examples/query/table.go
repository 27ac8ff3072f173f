package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/apptuitai/apptuit-go/query"
)

// every is how many rows are left out between two of the table: the files have
// them all.
const every = 12

func printHeader(out io.Writer, to store) {
	fmt.Fprintf(out, "A day of %s, asked for in means of %.0f minutes.\n\n", metric, width.Minutes())
	if to.fake == nil {
		fmt.Fprintln(out, "  store       that of the environment")
	} else {
		fmt.Fprintln(out, "  store       a fake Apptuit in this program,", to.fake.URL)
	}
	if to.note != "" {
		fmt.Fprintln(out, "  note       ", to.note)
	}
	fmt.Fprintln(out, "  query      ", text())
}

// printTable prints a row every two hours. A cell is missing where its series
// has no point.
func printTable(out io.Writer, frame *query.Frame) {
	fmt.Fprintf(out, "\n%d rows, of which one in %d:\n\n", frame.Len(), every)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "TIME\t")
	for i := range frame.Columns() {
		fmt.Fprint(w, nameOf(frame.ColumnAt(i).Series())+"\t")
	}
	fmt.Fprintln(w)
	n := 0
	for at, row := range frame.Rows() {
		if n%every == 0 {
			fmt.Fprintln(w, at.Format(time.RFC3339)+"\t"+cells(row))
		}
		n++
	}
	w.Flush()
}

func cells(row query.Row) string {
	text := ""
	for i := range row.Len() {
		if v, ok := row.At(i); ok {
			text += fmt.Sprintf("%.2f", v)
		} else {
			text += "-"
		}
		text += "\t"
	}
	return text
}

// nameOf is short: the bed, where there is one.
func nameOf(s query.Series) string {
	if bed, ok := s.Tags["bed"]; ok {
		return bed
	}
	return s.Name()
}
