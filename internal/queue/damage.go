package queue

// Damage is what a spool lost other than by its bound.
type Damage struct {
	// Records is how many batches that waited cannot be read, and Points how
	// many points are in those whose headers can.
	Records, Points int
	// Lost are the numbers of those that the queue had counted in its Size.
	Lost []uint64
	// Torn is how many segments ended in something else than a whole record and
	// were cut there. A crash during an append does that to a batch that was not
	// taken yet; a disk that loses what it was given can do it to others.
	Torn int
	// Err says what was found last, where, and what is to be done; also of what
	// costs no record, such as a file that cannot be removed.
	Err error
}

// lose counts a batch that is lost.
func (d *Damage) lose(points int, err error) {
	d.Records++
	d.Points += points
	d.Err = err
}
