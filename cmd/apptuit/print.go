package main

import (
	"bufio"
	"io"

	"github.com/apptuitai/apptuit-go/query"
)

// The formats.
const (
	formatTable = "table"
	formatCSV   = "csv"
	formatJSON  = "json"
	formatChart = "chart"
)

var formatNames = []string{formatTable, formatCSV, formatJSON, formatChart}

// print writes a result in one of the formats.
func (a *app) print(result *query.Result, format string) error {
	w := bufio.NewWriter(a.out)
	var err error
	switch format {
	case formatCSV:
		err = writeCSV(w, result)
	case formatJSON:
		err = writeJSON(w, result)
	case formatChart:
		err = a.canvas().write(w, result)
	default:
		err = writeTable(w, result)
	}
	if err != nil {
		return err
	}
	return w.Flush()
}

// writeCSV writes one table. A column of several outputs says whose it is.
func writeCSV(w io.Writer, result *query.Result) error {
	var all query.Output
	for id, series := range result.All() {
		if len(result.Outputs) > 1 {
			series.Metric = id + "=" + series.Metric
		}
		all.Series = append(all.Series, series)
	}
	return all.Frame().WriteCSV(w)
}
