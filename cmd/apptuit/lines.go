package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/apptuitai/apptuit-go/cmd/apptuit/intake"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

const (
	maxBatch = 1000 // points in one request
	// maxComplaints bounds the lines that are told one by one.
	maxComplaints = 20
)

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

// produce reads records into batches until they end, and closes the channel. It
// gives a batch away where it is full, or before it would wait for the next
// record. It may stay blocked in the reader after ctx has ended.
func produce(ctx context.Context, reader intake.Reader, batches chan<- batch) {
	defer close(batches)
	var b batch
	for {
		r, err := reader.Next()
		if err == nil {
			b.take(r)
		} else if !errors.Is(err, io.EOF) {
			b.err = err
		}
		if err == nil && r.More && b.size() < maxBatch {
			continue
		}
		select {
		case batches <- b:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
		b = batch{}
	}
}

func (b *batch) size() int { return len(b.points) + len(b.wrong) }

func (b *batch) take(r intake.Record) {
	if r.Err != nil {
		b.wrong = append(b.wrong, lineError{r.Line, r.Err})
	}
	b.points = append(b.points, r.Points...)
	for range r.Points {
		b.lines = append(b.lines, r.Line)
	}
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
