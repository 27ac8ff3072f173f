package apptuit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/delivery"
	"github.com/apptuitai/apptuit-go/internal/observ"
	"github.com/apptuitai/apptuit-go/internal/text"
	"github.com/apptuitai/apptuit-go/internal/wire"
)

// ErrUnknownAggregation is the reason for leaving out a metric whose
// aggregation this version does not know.
const ErrUnknownAggregation encoding.Reason = "unknown_aggregation"

// drops counts what a transformer left out. All of it is counted; each series
// is told once, in the export that first dropped a point or a tag of it.
type drops struct {
	points map[encoding.Reason]uint64 // since the start
	tags   uint64                     // since the start, counted when a series is made
	observ *observ.Exporter           // nil without a MeterProvider

	// Of this export.
	dropped  map[encoding.Reason]int // points
	rejected []wire.Rejected         // of series not told before, as many as an error names
	stripped tally                   // series that lost tags
	merged   tally                   // series that are sent as another one is
	warnings []error                 // the rest
}

// A tally counts things alike and keeps the first, so that ten thousand of
// them are one message.
type tally struct {
	n     int
	first string
}

func (t *tally) add(format string, args ...any) {
	if t.n++; t.n == 1 {
		t.first = text.Line(fmt.Sprintf(format, args...))
	}
}

// begin forgets what the export before told.
func (d *drops) begin() {
	*d = drops{points: d.points, tags: d.tags, observ: d.observ}
}

// point counts a dropped point. A series is told by the first export that drops a
// point of it and has room to name it: told returns whether this one does, given
// that it was not told before.
func (d *drops) point(cause error, wasTold bool, rejected func() wire.Rejected) (told bool) {
	reason := reasonOf(cause)
	if d.points == nil {
		d.points = map[encoding.Reason]uint64{}
	}
	d.points[reason]++
	d.observ.Refused(string(reason), 1)
	if d.dropped == nil {
		d.dropped = map[encoding.Reason]int{}
	}
	d.dropped[reason]++
	if wasTold || len(d.rejected) == delivery.MaxRejected {
		return wasTold
	}
	d.rejected = append(d.rejected, rejected())
	return true
}

// report returns what an export says of points that cannot be sent; nil where
// there is nothing that was not told before.
func (d *drops) report() *delivery.Report {
	if len(d.rejected) == 0 {
		return nil
	}
	return &delivery.Report{Dropped: d.dropped, Rejected: d.rejected}
}

// tagsOf counts the tags that a new series lost to the limit.
func (d *drops) tagsOf(metric string, keys []string, limit int) {
	if len(keys) == 0 {
		return
	}
	d.tags += uint64(len(keys))
	d.stripped.add("a series of %s has more than %d tags and lost %s", metric, limit, strings.Join(keys, ", "))
}

// tag counts a tag that no series can carry.
func (d *drops) tag(cause error) {
	d.tags++
	d.warnings = append(d.warnings, cause)
}

// heard returns what belongs to the error handler.
func (d *drops) heard() []error {
	heard := d.warnings
	if d.stripped.n > 0 {
		heard = append(heard, fmt.Errorf("tags left out of %d series; the first: %s", d.stripped.n, d.stripped.first))
	}
	if d.merged.n > 0 {
		heard = append(heard, fmt.Errorf("%d series have the name and tags of another one; the first: %s", d.merged.n, d.merged.first))
	}
	return heard
}

func (d *drops) addTo(s *Stats) {
	s.DroppedTags = d.tags
	if s.Dropped == nil {
		s.Dropped = map[encoding.Reason]uint64{}
	}
	for reason, n := range d.points {
		s.Dropped[reason] += n
	}
}

func reasonOf(err error) encoding.Reason {
	var r encoding.Reason
	errors.As(err, &r)
	return r
}
