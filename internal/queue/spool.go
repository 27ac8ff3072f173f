package queue

import (
	"context"

	"github.com/apptuitai/apptuit-go/encoding"
)

// Spool (interim).
type Spool struct{ *Memory }

func NewSpool(disk *Disk, bound int64) *Spool { _ = disk.Close(); return &Spool{NewMemory(bound)} }

var _ = context.Background
var _ encoding.Batch
