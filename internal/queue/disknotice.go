package queue

import "fmt"

// Lasts implements [Queue].
func (d *Disk) Lasts(uint64) bool { return true }

// Volatile implements [Queue].
func (d *Disk) Volatile() Size { return Size{} }

// Notices implements [Queue]. A segment that was merely cut at its end is not
// told: a crash during an append leaves one, and costs nothing that was taken.
func (d *Disk) Notices() []Notice {
	damage := d.TakeDamage()
	switch {
	case damage.Records > 0:
		return []Notice{{damage.Points, fmt.Errorf("%d batches cannot be read: %w", damage.Records, damage.Err)}}
	case damage.Err != nil:
		return []Notice{{Err: damage.Err}}
	}
	return nil
}
