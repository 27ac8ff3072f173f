package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

const (
	maxLine  = 64 << 10
	maxBatch = 1000 // points in one request
	// maxComplaints bounds the lines that are told one by one.
	maxComplaints = 20
)

var errLongLine = errors.New("it is longer than 64 KiB")

// A batch is what was read at once.
type batch struct {
	points []encoding.Point
	lines  []int // of the points, counted from 1
	wrong  []lineError
	err    error // what reading ended with, nil at the end of the input
}

// A lineError is a line that cannot be sent.
type lineError struct {
	line int // 0: it is not known
	err  error
}

func (e lineError) Error() string {
	if e.line == 0 {
		return fmt.Sprintf("a line: %v", e.err)
	}
	return fmt.Sprintf("line %d: %v", e.line, e.err)
}

// produce reads lines into batches until r ends, and closes the channel. It
// gives a batch away where it is full, or before it would wait for r. It may
// stay blocked in r after ctx has ended.
func produce(ctx context.Context, r io.Reader, reader pointReader, batches chan<- batch) {
	defer close(batches)
	input := bufio.NewReaderSize(r, maxLine)
	var b batch
	for line := 1; ; line++ {
		text, err := readLine(input)
		if err == nil || errors.Is(err, errLongLine) {
			b.take(line, text, err, reader)
		} else if !errors.Is(err, io.EOF) {
			b.err = err
		}
		ended := err != nil && !errors.Is(err, errLongLine)
		if !ended && b.size() < maxBatch && waiting(input) {
			continue
		}
		select {
		case batches <- b:
		case <-ctx.Done():
			return
		}
		if ended {
			return
		}
		b = batch{}
	}
}

// waiting reports whether a whole line can be had without waiting for it.
func waiting(r *bufio.Reader) bool {
	held, _ := r.Peek(r.Buffered()) // cannot fail
	return bytes.IndexByte(held, '\n') >= 0
}

// readLine returns a line. A last one without an end counts; one that is too
// long is skipped.
func readLine(r *bufio.Reader) (string, error) {
	text, err := r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", skipLine(r)
	case errors.Is(err, io.EOF) && len(text) > 0:
		return string(text), nil
	}
	return string(text), err
}

func skipLine(r *bufio.Reader) error {
	for {
		_, err := r.ReadSlice('\n')
		if err == nil || errors.Is(err, io.EOF) {
			return errLongLine
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

func (b *batch) size() int { return len(b.points) + len(b.wrong) }

// take makes a point of a line.
func (b *batch) take(line int, text string, err error, reader pointReader) {
	words := strings.Fields(text)
	if err == nil && (len(words) == 0 || strings.HasPrefix(words[0], "#")) {
		return
	}
	var p encoding.Point
	if err == nil {
		p, err = reader.read(words)
	}
	if err != nil {
		b.wrong = append(b.wrong, lineError{line, err})
		return
	}
	b.points = append(b.points, p)
	b.lines = append(b.lines, line)
}

// lineOf returns the line of a point that the store refused, 0 where it cannot
// be told.
func (b *batch) lineOf(refused transport.Datapoint) int {
	for i, p := range b.points {
		if same(p, refused) {
			return b.lines[i]
		}
	}
	return 0
}

func same(p encoding.Point, d transport.Datapoint) bool {
	if p.Time.Unix() != d.Timestamp && p.Time.UnixMilli() != d.Timestamp || p.Series.Metric() != d.Metric {
		return false
	}
	for _, tag := range p.Series.Tags() {
		if d.Tags[tag.Key] != tag.Value {
			return false
		}
	}
	v, err := strconv.ParseFloat(d.Value, 64)
	return err == nil && v == p.Value.Float64()
}
