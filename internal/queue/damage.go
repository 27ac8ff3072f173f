package queue

import (
	"errors"
	"fmt"
	"math"
)

// damage is what a slot lost while no process had it.
type damage struct {
	records uint64 // that waited, and cannot be found or read
	points  uint64 // in those, as far as is known
	cause   error  // of the last of them
	strange []error
}

// lose counts batches that are lost.
func (d *damage) lose(records, points uint64, cause error) {
	d.records += records
	d.points += points
	d.cause = cause
}

// tell notes what costs nothing that is known.
func (d *damage) tell(err error) { d.strange = append(d.strange, err) }

func (d *damage) notices() (all []Notice) {
	for _, err := range d.strange {
		all = append(all, Notice{Err: err})
	}
	if d.records == 0 && d.points == 0 {
		return all
	}
	err := fmt.Errorf("%d batches cannot be read: %w", d.records, d.cause)
	return append(all, Notice{Points: int(min(d.points, math.MaxInt32)), Err: err})
}

var (
	// errDamaged is the cause of a record that is not what was written.
	errDamaged = errors.New("it cannot be read, for its checksum does not hold")
	// errMissing is the cause of records that were written and are not there.
	errMissing = errors.New("they are damaged, or were cut off or deleted while no process used the spool")
	errRemoved = errors.New("it was removed while this process used it")
	errTorn    = errors.New("its end is none of a segment and was cut off: batches may have been in it that are lost")
)
