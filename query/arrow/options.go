package arrow

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet/compress"
)

// An Option changes what a table is written as.
type Option func(*config)

type config struct {
	long        bool
	compression Compression // empty: that of the file's kind
	rows        int         // of a batch; 0: the usual
}

func newConfig(opts []Option) config {
	var cfg config
	for _, opt := range opts {
		opt(&cfg)
	}
	return cfg
}

// Long writes the long form: a row for each point, with the columns "time", "metric",
// one for each tag key, and "value". It takes what the points take, whatever their
// times, and is the form to group and filter by tag. The names of the columns are
// [query.LongColumns]. Metric and tags are dictionary-encoded strings; a tag that a series
// does not have is null. A frame of several outputs has a column "output" behind the time.
// The rows of a series follow one another, in order of time.
func Long() Option { return func(c *config) { c.long = true } }

// A Compression is how a file is compressed.
type Compression string

// The compressions. Parquet knows all of them, and an IPC file all but Snappy.
const (
	Uncompressed Compression = "none"
	Snappy       Compression = "snappy"
	Zstd         Compression = "zstd"
	LZ4          Compression = "lz4"
)

// WithCompression sets how a file is compressed: by default a Parquet file by Snappy, and
// an IPC file not at all.
func WithCompression(c Compression) Option { return func(cfg *config) { cfg.compression = c } }

// WithRowGroup sets how many rows a row group of Parquet has, or a batch of IPC; default
// 128 Ki. There are fewer where that many would be more than 8 Mi cells.
func WithRowGroup(rows int) Option { return func(cfg *config) { cfg.rows = rows } }

var errCompression = errors.New("WithCompression: the kind of file does not know it")

func (c Compression) parquet() (compress.Compression, error) {
	switch c {
	case "", Snappy:
		return compress.Codecs.Snappy, nil
	case Uncompressed:
		return compress.Codecs.Uncompressed, nil
	case Zstd:
		return compress.Codecs.Zstd, nil
	case LZ4:
		return compress.Codecs.Lz4Raw, nil
	}
	return 0, errCompression
}

func (c Compression) ipc() ([]ipc.Option, error) {
	switch c {
	case "", Uncompressed:
		return nil, nil
	case Zstd:
		return []ipc.Option{ipc.WithZstd()}, nil
	case LZ4:
		return []ipc.Option{ipc.WithLZ4()}, nil
	}
	return nil, errCompression
}

// bound returns how much is written at once.
func (c config) bound(usual bound) (bound, error) {
	if c.rows < 0 {
		return usual, errors.New("WithRowGroup: the number of rows is not above zero")
	}
	if c.rows > 0 {
		usual.rows = c.rows
	}
	return usual, nil
}
