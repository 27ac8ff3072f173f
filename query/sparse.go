package query

import (
	"errors"
	"fmt"
)

const (
	// freeCells is how many cells any table may have.
	freeCells = 8 << 20
	// csvCells is how many a larger CSV may have for each of its points.
	csvCells = 100
	// maxColumns bounds the columns of a table. What reads tables fails at fewer.
	maxColumns = 1 << 16
	// maxNamed bounds the bytes of their names.
	maxNamed = 64 << 20
)

// ErrSparse says that a table would be huge and nearly empty, or far too wide.
var ErrSparse = errors.New("as a table it is too large: write it in the long form (WriteLongCSV, arrow.Long), downsample the query, so that its series share their times, or ask for fewer series")

// CheckCells returns an error that is [ErrSparse] where the table has more than so
// many cells for each of its points and more than 8 Mi in all, or more than 65,536
// columns, or names of columns of more than 64 MiB. A thousand series that were each
// measured at seconds of their own have a thousand cells for a point, and so take a
// thousand times more memory, disk and time as a table than as a frame. All that writes
// frames asks this first: [Frame.WriteCSV] allows 100.
func (f *Frame) CheckCells(perPoint int) error {
	points := int64(0)
	for _, c := range f.columns {
		points += int64(len(c.points))
	}
	columns, rows := int64(len(f.columns)), int64(len(f.times))
	if columns <= maxColumns && f.named <= maxNamed && columns*rows <= max(freeCells, int64(perPoint)*points) {
		return nil
	}
	return fmt.Errorf("%d rows and %d columns for %d points, with names of %d bytes: %w", rows, columns, points, f.named, ErrSparse)
}
