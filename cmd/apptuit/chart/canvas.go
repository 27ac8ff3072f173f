package chart

import "strings"

// A canvas is a field of dots, of which one character holds some: eight in
// braille, one where marks tell the lines apart.
type canvas struct {
	width, height int // in dots
	across, down  int // dots of one character
	cells         [][]cell
}

type cell struct {
	dots byte // of a braille character
	line int  // that drew last, counted from 1; 0: none
}

func newCanvas(columns, rows int, braille bool) *canvas {
	f := &canvas{across: 1, down: 1, cells: make([][]cell, rows)}
	if braille {
		f.across, f.down = 2, 4
	}
	f.width, f.height = columns*f.across, rows*f.down
	for row := range f.cells {
		f.cells[row] = make([]cell, columns)
	}
	return f
}

// brailleDots are the bits of a braille character by row and column.
var brailleDots = [4][2]byte{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// dot draws one; y counts from the bottom.
func (f *canvas) dot(line, x, y int) {
	y = f.height - 1 - y
	c := &f.cells[y/f.down][x/f.across]
	c.line = line + 1
	c.dots |= brailleDots[y%f.down][x%f.across]
}

// segment draws a straight line of dots, without a hole from one column or row
// to the next.
func (f *canvas) segment(line, x0, y0, x1, y1 int) {
	steps := max(x1-x0, y1-y0, y0-y1)
	for i := range steps + 1 {
		if steps == 0 {
			f.dot(line, x1, y1)
			return
		}
		f.dot(line, x0+rounded((x1-x0)*i, steps), y0+rounded((y1-y0)*i, steps))
	}
}

// rounded divides to the nearest; b is above zero.
func rounded(a, b int) int {
	if a < 0 {
		return -((-2*a + b) / (2 * b))
	}
	return (2*a + b) / (2 * b)
}

// colors are those of the terminal's own palette that show on dark and light.
var colors = [MaxLines]string{
	"\x1b[34m", "\x1b[31m", "\x1b[32m", "\x1b[35m", "\x1b[36m", "\x1b[33m", "\x1b[94m", "\x1b[95m",
}

const noColor = "\x1b[0m"

// marks draw lines without colours.
var marks = [MaxLines]byte{'*', 'o', '+', 'x', '#', '%', '@', '='}

// Mark returns what a line of a chart of n is drawn with, to stand in a legend:
// nothing where there is one line without colours.
func Mark(line, n int, color bool) string {
	switch {
	case color:
		return colors[line] + "──" + noColor
	case n > 1:
		return string(marks[line])
	}
	return ""
}

// writeRow writes the characters of a row, without spaces behind the last.
func (f *canvas) writeRow(b *strings.Builder, row int, color bool) {
	last := len(f.cells[row])
	for last > 0 && f.cells[row][last-1].line == 0 {
		last--
	}
	drawn := 0
	for _, c := range f.cells[row][:last] {
		if color && c.line != drawn && c.line != 0 {
			b.WriteString(colors[c.line-1])
			drawn = c.line
		}
		b.WriteRune(f.character(c))
	}
	if drawn != 0 {
		b.WriteString(noColor)
	}
}

func (f *canvas) character(c cell) rune {
	switch {
	case c.line == 0:
		return ' '
	case f.down == 1:
		return rune(marks[c.line-1])
	}
	return 0x2800 + rune(c.dots)
}
