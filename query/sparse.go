package query

import (
	"errors"
	"fmt"
)

const (
	// maxCells is how many cells any table may have.
	maxCells = 8 << 20
	// maxCellsPerPoint is how many a larger one may have for each of its points.
	maxCellsPerPoint = 100
	// columnCells is what a column takes beside its cells, its name and tags say,
	// counted in cells.
	columnCells = 64
)

// ErrSparse says that a table would be nearly empty, and so large that it is not
// written.
var ErrSparse = errors.New("the table would be nearly empty: downsample the query, so that its series share their times, or ask for fewer series")

// CheckSparse returns an error that is [ErrSparse] where a row for each time and a
// column for each series make a table of more than a hundred cells for a point and
// more than 8 Mi in all. It would take as many times more memory and time than
// the frame does; a thousand series that were measured at seconds of their own
// make such a one. All that writes frames asks it first.
func (f *Frame) CheckSparse() error {
	points := int64(0)
	for _, c := range f.columns {
		points += int64(len(c.points))
	}
	columns, rows := int64(len(f.columns)), int64(len(f.times))
	if columns*(rows+columnCells) <= maxCells+maxCellsPerPoint*points {
		return nil
	}
	return fmt.Errorf("%d rows and %d columns for %d points: %w", rows, columns, points, ErrSparse)
}
