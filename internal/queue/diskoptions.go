package queue

import (
	"errors"
	"fmt"
)

const (
	// MinDisk is the lowest bound of a spool.
	MinDisk = 4 << 20

	minSegment = 1 << 20
	maxSegment = 1 << 30

	maxRecords        = 1 << 20 // of this process that wait; their index takes 24 bytes each
	maxSegmentRecords = maxRecords / 16
	maxOpen           = 64 // files of segments
)

// Sync says when what was pushed survives a loss of power. Either way it
// survives the end of the process.
type Sync uint8

const (
	// SyncEach waits for the disk at each Push.
	SyncEach Sync = iota
	// SyncNever leaves it to the operating system, which takes up to half a
	// minute.
	SyncNever
)

// DiskOptions say how a spool is kept.
type DiskOptions struct {
	Endpoint string // names the sub-directory: see EndpointDir
	Sync     Sync

	// Bound is the most bytes that this process puts on disk, at least MinDisk:
	// each of several processes that share a directory has its own. What it took
	// over from dead processes comes on top and only gets less: no batch of theirs
	// goes to make room for one of this process. While a batch is appended, and
	// before the oldest go for it, its own bytes come on top.
	Bound int64

	segment int64  // the size of a segment; 0 follows from Bound
	open    opener // nil opens files
	files   int    // that stay open; 0 means maxOpen
}

func (o *DiskOptions) complete() error {
	if o.Endpoint == "" {
		return errors.New("spool: no endpoint is named")
	}
	if o.segment == 0 {
		o.segment = min(max(minSegment, o.Bound/16), maxSegment)
		if o.Bound < MinDisk {
			return fmt.Errorf("spool: a bound of %d bytes is too low: %d is the least", o.Bound, MinDisk)
		}
	}
	if o.files == 0 {
		o.files = maxOpen
	}
	if o.open == nil {
		o.open = openFile
	}
	return nil
}
