package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/apptuitai/apptuit-go/query"
)

// writeTable writes a table for each output.
func writeTable(w io.Writer, result *query.Result) error {
	for i, o := range result.Outputs {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := writeOutput(w, o); err != nil {
			return err
		}
	}
	return nil
}

func writeOutput(w io.Writer, o query.Output) error {
	frame := o.Frame()
	if err := checkCells(frame, o); err != nil {
		return err
	}
	names := newNaming(o.Series)
	fmt.Fprintf(w, "%s\n\n", names.title(o.ID))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "TIME\t")
	for _, s := range o.Series {
		fmt.Fprint(t, cmp.Or(names.label(s), "VALUE")+"\t")
	}
	fmt.Fprintln(t)
	layout := layoutOf(frame)
	for at, row := range frame.Rows() {
		fmt.Fprintln(t, at.Format(layout)+"\t"+cells(row))
	}
	return t.Flush()
}

// layoutOf returns RFC 3339, with milliseconds where a time has any.
func layoutOf(f *query.Frame) string {
	for i := range f.Len() {
		if f.Time(i).Nanosecond() != 0 {
			return "2006-01-02T15:04:05.000Z07:00"
		}
	}
	return time.RFC3339
}

func cells(row query.Row) string {
	var b strings.Builder
	for i := range row.Len() {
		cell := "-"
		if v, ok := row.At(i); ok {
			cell = number(v)
		}
		b.WriteString(cell + "\t")
	}
	return b.String()
}
