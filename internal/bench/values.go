package main

import (
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// fill gives an instrument the series, times and values of the next export.
func (w *workload) fill(data metricdata.Aggregation, ids []int) {
	switch data := data.(type) {
	case metricdata.Sum[int64]:
		fillNumbers(w, data.DataPoints, ids, func(v value) int64 { return int64(v.count()) })
	case metricdata.Sum[float64]:
		fillNumbers(w, data.DataPoints, ids, value.seconds)
	case metricdata.Gauge[int64]:
		fillNumbers(w, data.DataPoints, ids, func(v value) int64 { return int64(v.noise() % 1000) })
	case metricdata.Gauge[float64]:
		fillNumbers(w, data.DataPoints, ids, value.share)
	case metricdata.Histogram[float64]:
		w.fillHistograms(data.DataPoints, ids)
	}
}

func fillNumbers[N int64 | float64](w *workload, dps []metricdata.DataPoint[N], ids []int, of func(value) N) {
	now := w.now()
	for i, id := range ids {
		dp := &dps[i]
		dp.Attributes, dp.StartTime, dp.Time = w.sets[id], began, now
		dp.Value = of(value{id, w.export})
	}
}

func (w *workload) fillHistograms(dps []metricdata.HistogramDataPoint[float64], ids []int) {
	now := w.now()
	for i, id := range ids {
		dp, v := &dps[i], value{id, w.export}
		dp.Attributes, dp.StartTime, dp.Time = w.sets[id], began, now
		dp.Count = v.fillBuckets(dp.BucketCounts)
		dp.Sum = v.seconds()
		dp.Min = metricdata.NewExtrema(0.001 + v.share()/1e3)
		dp.Max = metricdata.NewExtrema(2.5 + v.share())
	}
}

func (w *workload) now() time.Time { return began.Add(time.Duration(w.export+1) * 10 * time.Second) }

// A value is what series id has in an export.
type value struct{ id, export int }

// count grows from export to export, by as much as the series is busy.
func (v value) count() uint64 {
	h := mix(uint64(v.id))
	return h%100_000 + uint64(v.export)*(h>>32%1000)
}

// seconds grows as well, in whole microseconds.
func (v value) seconds() float64 { return float64(v.count()*1000+v.noise()%1000) / 1e6 }

// noise is another one in each export.
func (v value) noise() uint64 { return mix(uint64(v.id)<<20 | uint64(v.export)) }

// share is from 0 to 1, with all the digits that a measured one has.
func (v value) share() float64 { return float64(v.noise()>>11) / (1 << 53) }

// fillBuckets returns the sum of what it fills in.
func (v value) fillBuckets(counts []uint64) (total uint64) {
	h := mix(uint64(v.id))
	for i := range counts {
		counts[i] = (h >> (6 * i) & 63) * uint64(100+v.export)
		total += counts[i]
	}
	return total
}

// mix spreads the bits of x over all of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
