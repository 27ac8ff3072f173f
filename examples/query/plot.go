package main

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/apptuitai/apptuit-go/query"
)

// palette can be told apart by those who do not see all colours.
var palette = []color.Color{
	color.RGBA{R: 0x00, G: 0x72, B: 0xb2, A: 0xff},
	color.RGBA{R: 0xd5, G: 0x5e, B: 0x00, A: 0xff},
	color.RGBA{R: 0x00, G: 0x9e, B: 0x73, A: 0xff},
	color.RGBA{R: 0xcc, G: 0x79, B: 0xa7, A: 0xff},
}

// The size of the picture, for a page of a report, and what the legend takes of it.
const (
	pictureWidth  = 24 * vg.Centimeter
	pictureHeight = 12 * vg.Centimeter
	legendWidth   = 3 * vg.Centimeter
	dotsPerInch   = 200
)

// writePlot draws the series of an output as a PNG.
func writePlot(path string, output query.Output) error {
	p, legend := newPlot(output), plot.NewLegend()
	legend.Top, legend.Left, legend.Padding = true, true, vg.Points(4)
	for i, series := range output.Series {
		if err := addSeries(p, &legend, series, palette[i%len(palette)]); err != nil {
			return err
		}
	}
	picture := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(pictureWidth, pictureHeight), vgimg.UseDPI(dotsPerInch))}
	page := draw.New(picture)
	page.SetColor(color.White)
	page.Fill(page.Rectangle.Path())
	page = draw.Crop(page, vg.Centimeter/2, -vg.Centimeter/2, vg.Centimeter/2, -vg.Centimeter/2)
	p.Draw(draw.Crop(page, 0, -legendWidth, 0, 0))
	beside := page.Size().X - legendWidth + vg.Centimeter/2
	legend.Draw(draw.Crop(page, beside, 0, 0, -vg.Centimeter))
	return create(path, func(w io.Writer) error {
		_, err := picture.WriteTo(w)
		return err
	})
}

func newPlot(output query.Output) *plot.Plot {
	p := plot.New()
	p.Title.Text = fmt.Sprintf("%s, %s of %.0f minutes", metric, output.ID, width.Minutes())
	p.Title.TextStyle.Font.Size, p.Title.Padding = vg.Points(14), vg.Points(8)
	p.X.Tick.Marker, p.X.Label.Text, p.X.Label.Padding = plot.TickerFunc(hours), "time (UTC)", vg.Points(4)
	p.Y.Tick.Marker, p.Y.Label.Text, p.Y.Label.Padding = plot.TickerFunc(degrees), "temperature (°C)", vg.Points(4)
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = color.Gray{Y: 0xdd}, color.Gray{Y: 0xdd}
	p.Add(grid)
	return p
}

// hours are the marks of a day: each third hour of UTC, with the date below the
// first and below midnight.
func hours(first, last float64) []plot.Tick {
	const step = 3 * 3600
	var ticks []plot.Tick
	for at := math.Ceil(first/step) * step; at <= last; at += step {
		t := time.Unix(int64(at), 0).UTC()
		label := t.Format("15:04")
		if len(ticks) == 0 || t.Hour() == 0 {
			label += "\n" + t.Format("2 Jan 2006")
		}
		ticks = append(ticks, plot.Tick{Value: at, Label: label})
	}
	return ticks
}

// degrees are the marks of the temperature: round steps, of which five or more fit.
func degrees(least, greatest float64) []plot.Tick {
	step := 1.0
	for _, wider := range []float64{2, 5, 10, 20, 50} {
		if (greatest-least)/wider >= 5 {
			step = wider
		}
	}
	var ticks []plot.Tick
	for v := math.Ceil(least/step) * step; v <= greatest; v += step {
		ticks = append(ticks, plot.Tick{Value: v, Label: fmt.Sprintf("%.0f", v)})
	}
	return ticks
}

// addSeries draws a line for each part of a series that has no gap.
func addSeries(p *plot.Plot, legend *plot.Legend, series query.Series, c color.Color) error {
	for i, part := range parts(series.Points) {
		line, err := plotter.NewLine(part)
		if err != nil {
			return err
		}
		line.Color, line.Width = c, vg.Points(1.5)
		p.Add(line)
		if i == 0 {
			legend.Add(nameOf(series), line)
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
