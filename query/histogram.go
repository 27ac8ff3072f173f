package query

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/apptuitai/apptuit-go/internal/answer"
)

// boundTag has the upper bound of a bucket, as in classic histograms.
const boundTag = "le"

// A histogram gathers the points of a native histogram: what it counts, their sum,
// and how many are not above the upper bound of each bucket.
type histogram struct {
	count, sum []Point
	buckets    []bucket
	places     map[string]int // of a bound in buckets
}

type bucket struct {
	bound  string
	points []Point
}

func (h *histogram) empty() bool { return len(h.count)+len(h.sum)+len(h.buckets) == 0 }

// read takes [time, {"count", "sum", "buckets"}].
func (h *histogram) read(d *decoder) error {
	return d.Timed("a histogram", func(ms int64) error {
		kept := d.Within.Holds(ms)
		return d.Fields(func(name string) error {
			switch name {
			case "count":
				return histogramValue(d, &h.count, ms, kept)
			case "sum":
				return histogramValue(d, &h.sum, ms, kept)
			case "buckets":
				return h.readBuckets(d, ms, kept)
			}
			return d.Skip()
		})
	})
}

func histogramValue(d *decoder, points *[]Point, ms int64, kept bool) error {
	v, present, err := d.Value()
	if err != nil || !present || !kept {
		return err
	}
	*points, err = answer.Push(d.Decoder, *points, Point{ms, v})
	return err
}

// readBuckets takes the buckets of one time, in ascending order: each is which of its ends
// belong to it, the ends, and what is in it.
func (h *histogram) readBuckets(d *decoder, ms int64, kept bool) error {
	below := 0.0
	return d.Array(func() error {
		n, bound := 0, ""
		err := d.Array(func() (err error) {
			var v float64
			switch n++; n {
			case 3:
				bound, err = d.Text()
			case 4:
				v, _, err = d.Value()
				below += v
			default:
				err = d.Skip()
			}
			return err
		})
		if err != nil || !kept || n < 4 {
			return err
		}
		return h.add(d, bound, Point{ms, below})
	})
}

// costOfBucket is what a bucket takes in the map of them, and as a series.
const costOfBucket = 200

func (h *histogram) add(d *decoder, bound string, p Point) error {
	i, known := h.places[bound]
	if !known {
		if err := d.Spend(costOfBucket); err != nil {
			return err
		}
		if h.places == nil {
			h.places = map[string]int{}
		}
		i = len(h.buckets)
		h.places[bound] = i
		h.buckets = append(h.buckets, bucket{bound: bound})
	}
	var err error
	h.buckets[i].points, err = answer.Push(d.Decoder, h.buckets[i].points, p)
	return err
}

// addTo adds the series that a native histogram is as a classic one: metric_count,
// metric_sum, and metric_bucket for each bound. A bound has points at the times that
// have a bucket which ends there.
func (h *histogram) addTo(a *promAnswer, s Series) error {
	if h.empty() {
		return nil
	}
	slices.SortStableFunc(h.buckets, func(a, b bucket) int { return cmp.Compare(boundOf(a), boundOf(b)) })
	if _, whole := h.places["+Inf"]; !whole && len(h.count) > 0 {
		h.buckets = append(h.buckets, bucket{"+Inf", h.count})
	}
	add := func(suffix string, tags map[string]string, points []Point) (err error) {
		if len(points) > 0 {
			a.all, err = answer.Push(a.Decoder, a.all, Series{Metric: s.Metric + suffix, Tags: tags, Points: points})
		}
		return err
	}
	for _, b := range h.buckets {
		tags, err := withTag(a.decoder, s.Tags, boundTag, b.bound)
		if err != nil {
			return err
		}
		if err := add("_bucket", tags, b.points); err != nil {
			return err
		}
	}
	if err := add("_count", s.Tags, h.count); err != nil {
		return err
	}
	return add("_sum", s.Tags, h.sum)
}

func boundOf(b bucket) float64 {
	f, _ := strconv.ParseFloat(b.bound, 64)
	return f
}

// withTag returns a copy of tags with one more.
func withTag(d *decoder, tags map[string]string, key, value string) (map[string]string, error) {
	if err := d.Spend(answer.CostOfMap(len(tags) + 1)); err != nil {
		return nil, err
	}
	tags = maps.Clone(tags)
	if tags == nil {
		tags = map[string]string{}
	}
	tags[key] = value
	return tags, nil
}
