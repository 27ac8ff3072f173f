package collect

import (
	"slices"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// changes returns the metrics whose values are changes since the collection before.
func changes(scopes []metricdata.ScopeMetrics) []metricdata.ScopeMetrics {
	var all []metricdata.ScopeMetrics
	for _, sm := range scopes {
		sm.Metrics = slices.DeleteFunc(slices.Clone(sm.Metrics), func(m metricdata.Metrics) bool { return !isChange(m.Data) })
		if len(sm.Metrics) > 0 {
			all = append(all, sm)
		}
	}
	return all
}

func isChange(data metricdata.Aggregation) bool {
	temporality := metricdata.CumulativeTemporality
	switch data := data.(type) {
	case metricdata.Sum[int64]:
		temporality = data.Temporality
	case metricdata.Sum[float64]:
		temporality = data.Temporality
	case metricdata.Histogram[int64]:
		temporality = data.Temporality
	case metricdata.Histogram[float64]:
		temporality = data.Temporality
	case metricdata.ExponentialHistogram[int64]:
		temporality = data.Temporality
	case metricdata.ExponentialHistogram[float64]:
		temporality = data.Temporality
	}
	return temporality == metricdata.DeltaTemporality
}
