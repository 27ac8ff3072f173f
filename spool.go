package apptuit

import (
	"fmt"

	environ "github.com/apptuitai/apptuit-go/internal/env"
	"github.com/apptuitai/apptuit-go/internal/queue"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// DefaultSpoolSize bounds what a spool takes of the disk.
const DefaultSpoolSize = 256 << 20

// A SpoolOption changes one setting of a spool.
type SpoolOption func(*spoolConfig)

type spoolConfig struct {
	from  string // the option or the variable; empty for no spool
	dir   string
	bytes int64
	sized bool // an option gave bytes
	sync  queue.Sync
}

// WithSpool keeps what waits in a directory, so that it outlives the process:
// Export returns nil once the points are on disk, and the next process sends what
// this one could not. The directory is made if need be; it has to be the user's
// own, not writable by others, no symbolic link, and not the shared temporary
// directory. What is below it has mode 0700.
// Several processes may share it. A sub-directory is kept for each endpoint,
// with what is added to its query, and user; it holds bodies of requests, and no token, header or URL.
//
// There is no default directory. APPTUIT_SPOOL_DIR does the same. [New] opens the
// directory; where it cannot, that is an error. A disk that fails later is told to
// the error handler, and points wait in memory until it is mended.
func WithSpool(dir string, opts ...SpoolOption) Option {
	return func(c *config) {
		c.spool = newSpoolConfig("WithSpool", dir)
		for _, opt := range opts {
			opt(&c.spool)
		}
		if c.spool.bytes < queue.MinDisk {
			c.fail("WithSpool: SpoolSize: %d bytes are too few, %d are the least", c.spool.bytes, queue.MinDisk)
		}
	}
}

// SpoolSize bounds the spool on disk, in bytes; [DefaultSpoolSize] by default, or
// APPTUIT_SPOOL_SIZE, 4 MiB at least. When it is full the oldest points are dropped, and counted.
func SpoolSize(bytes int64) SpoolOption {
	return func(s *spoolConfig) { s.bytes, s.sized = bytes, true }
}

// SpoolWithoutSync leaves it to the operating system when points reach the disk:
// they outlive the process all the same, but the last half minute may not outlive
// a loss of power.
func SpoolWithoutSync() SpoolOption {
	return func(s *spoolConfig) { s.sync = queue.SyncNever }
}

func newSpoolConfig(from, dir string) spoolConfig {
	return spoolConfig{from: from, dir: dir, bytes: DefaultSpoolSize}
}

func (c *config) envSpoolDir(dir string) error {
	if c.spool.from == "" {
		c.spool = newSpoolConfig(environ.SpoolDir, dir)
	}
	return nil
}

func (c *config) envSpoolSize(value string) error {
	if c.spool.sized {
		return nil
	}
	bytes, err := environ.Bytes(value)
	if err == nil && bytes < queue.MinDisk {
		err = fmt.Errorf("it is too small: %d bytes are the least", queue.MinDisk)
	}
	c.spool.bytes = bytes
	return err
}

// openQueue opens the spool, or makes the queue in memory.
func (c *config) openQueue(out wire.Wire) (queue.Queue, error) {
	if c.spool.from == "" {
		return queue.NewMemory(c.queueSize), nil
	}
	disk, err := queue.OpenDisk(c.spool.dir, queue.DiskOptions{
		Endpoint: out.Destination(),
		Bound:    c.spool.bytes,
		Sync:     c.spool.sync,
	})
	if err != nil {
		return nil, fmt.Errorf("apptuit: %s: %w", c.spool.from, err)
	}
	return queue.NewSpool(disk, c.queueSize), nil
}
