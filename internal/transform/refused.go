package transform

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/text"
)

// Why points are left out here. They stand beside encoding's reasons.
const (
	ErrUnknownAggregation encoding.Reason = "unknown_aggregation" // of a kind that this version does not know
	ErrTooManyBuckets     encoding.Reason = "too_many_buckets"    // more buckets or quantiles than maxFamily
)

// MaxRefused bounds the points that a report names.
const MaxRefused = 10

// A Report says what one collection left out.
type Report struct {
	// Dropped counts the points, by reason.
	Dropped map[encoding.Reason]int
	// Refused are the first of them whose series no report named before, at most
	// MaxRefused.
	Refused []Refused
	// Warnings tell of tags that were left out, of series that are sent as one, and of
	// what else a reader of the points would not expect, each once.
	Warnings []error
}

// A Refused is a point that cannot be sent, as far as it is known.
type Refused struct {
	Metric string
	Tags   []encoding.Tag
	Time   time.Time
	Value  string // the text of the number
	Reason string // a line
}

func refusedPoint(p encoding.Point, cause error) Refused {
	return Refused{
		Metric: p.Series.Metric(),
		Tags:   p.Series.Tags(),
		Time:   p.Time,
		Value:  p.Value.String(),
		Reason: text.Line(cause.Error()),
	}
}

// Stats is what was left out since the start.
type Stats struct {
	// Dropped counts the points, by reason.
	Dropped map[encoding.Reason]uint64
	// DroppedTags counts the tags, once for each series.
	DroppedTags uint64
}

// dropped counts what a Transformer left out. All of it is counted; each series
// is named once, in the report of the collection that first dropped a point or a
// tag of it.
type dropped struct {
	total    Stats
	now      Report // of this collection
	stripped tally  // series that lost tags in this collection
	merged   tally  // series that are sent as another one is, the same

	unreadable tally // names and keys that lost letters, the same
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

// begin begins the report of a collection.
func (d *dropped) begin() { *d = dropped{total: d.total} }

// point counts a dropped point. A series is named by the first report that has
// room for it: point returns whether one has named it by now.
func (d *dropped) point(cause error, reported bool, refused func() Refused) (now bool) {
	d.count(reasonOf(cause))
	if reported || len(d.now.Refused) == MaxRefused {
		return reported
	}
	d.now.Refused = append(d.now.Refused, refused())
	return true
}

func (d *dropped) count(reason encoding.Reason) {
	if d.total.Dropped == nil {
		d.total.Dropped = map[encoding.Reason]uint64{}
	}
	if d.now.Dropped == nil {
		d.now.Dropped = map[encoding.Reason]int{}
	}
	d.total.Dropped[reason]++
	d.now.Dropped[reason]++
}

// tagsOf counts the tags that a new series lost to the limit.
func (d *dropped) tagsOf(metric string, keys []string, limit int) {
	if len(keys) == 0 {
		return
	}
	d.total.DroppedTags += uint64(len(keys))
	d.stripped.add("a series of %s has more than %d tags and lost %s", metric, limit, strings.Join(keys, ", "))
}

// tag counts a tag that no series can carry.
func (d *dropped) tag(cause error) {
	d.total.DroppedTags++
	d.now.Warnings = append(d.now.Warnings, cause)
}

// warn tells something else that is worth a word.
func (d *dropped) warn(format string, args ...any) {
	d.now.Warnings = append(d.now.Warnings, fmt.Errorf(format, args...))
}

// report ends the report of a collection.
func (d *dropped) report() Report {
	r := d.now
	if d.stripped.n > 0 {
		r.Warnings = append(r.Warnings, fmt.Errorf("tags left out of %d series; the first: %s", d.stripped.n, d.stripped.first))
	}
	if d.merged.n > 0 {
		r.Warnings = append(r.Warnings, fmt.Errorf("%d series have the name and tags of another one; the first: %s", d.merged.n, d.merged.first))
	}
	if d.unreadable.n > 0 {
		r.Warnings = append(r.Warnings, fmt.Errorf("%d names lose letters, so that others may become the same; the first: %s; "+
			"the sanitise mode apptuit keeps the letters of all scripts", d.unreadable.n, d.unreadable.first))
	}
	d.begin() // what was reported is the caller's
	return r
}

func (d *dropped) stats() Stats {
	return Stats{Dropped: maps.Clone(d.total.Dropped), DroppedTags: d.total.DroppedTags}
}

func reasonOf(err error) encoding.Reason {
	var r encoding.Reason
	errors.As(err, &r)
	return r
}
