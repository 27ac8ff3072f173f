package main

import (
	"fmt"
	"image/color"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/apptuitai/apptuit-go/query"
)

// palette can be told apart by those who do not see all colours.
var palette = []color.Color{
	color.RGBA{R: 0x00, G: 0x72, B: 0xb2, A: 0xff},
	color.RGBA{R: 0xd5, G: 0x5e, B: 0x00, A: 0xff},
	color.RGBA{R: 0x00, G: 0x9e, B: 0x73, A: 0xff},
	color.RGBA{R: 0xcc, G: 0x79, B: 0xa7, A: 0xff},
}

// writePlot draws the series of an output. The end of the name says in which
// format: .png, .svg or .pdf.
func writePlot(path string, output query.Output) error {
	p := plot.New()
	p.Title.Text = fmt.Sprintf("%s (%s of %.0f minutes)", metric, output.ID, width.Minutes())
	p.X.Tick.Marker = plot.TickerFunc(hours)
	p.X.Label.Text = "UTC"
	p.Y.Label.Text = "°C"
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	for i, series := range output.Series {
		if err := addSeries(p, series, palette[i%len(palette)]); err != nil {
			return err
		}
	}
	p.Y.Max += (p.Y.Max - p.Y.Min) / 5 // room for the legend
	return p.Save(24*vg.Centimeter, 12*vg.Centimeter, path)
}

// hours are the marks of a day: each third hour of UTC.
func hours(first, last float64) []plot.Tick {
	const step = 3 * 3600
	var ticks []plot.Tick
	for at := math.Ceil(first/step) * step; at <= last; at += step {
		ticks = append(ticks, plot.Tick{Value: at, Label: time.Unix(int64(at), 0).UTC().Format("15:04")})
	}
	return ticks
}

// addSeries draws a line for each part of a series that has no gap.
func addSeries(p *plot.Plot, series query.Series, c color.Color) error {
	for i, part := range parts(series.Points) {
		line, err := plotter.NewLine(part)
		if err != nil {
			return err
		}
		line.Color, line.Width = c, vg.Points(1.5)
		p.Add(line)
		if i == 0 {
			p.Legend.Add(nameOf(series), line)
		}
	}
	return nil
}

// parts cuts points where one is missing. What is not finite cannot be drawn.
func parts(points []query.Point) []plotter.XYs {
	var parts []plotter.XYs
	var before time.Time
	for _, p := range points {
		if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) {
			continue
		}
		if p.Time().Sub(before) > width {
			parts = append(parts, nil)
		}
		before = p.Time()
		last := len(parts) - 1
		parts[last] = append(parts[last], plotter.XY{X: float64(p.UnixMilli) / 1000, Y: p.Value})
	}
	return parts
}
