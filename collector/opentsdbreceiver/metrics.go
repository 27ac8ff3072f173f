package opentsdbreceiver

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// resourceTags are the tags that say where a point is from.
var resourceTags = map[string]string{"host": "host.name", "service": "service.name"}

// A builder makes pdata of points: a gauge for each metric of each host and service, for
// a put does not say what else it may be.
type builder struct {
	metrics pmetric.Metrics
	points  int
	places  map[place]*metricsOf
}

// A place is where points are from.
type place struct{ host, service string }

type metricsOf struct {
	list   pmetric.MetricSlice
	points map[string]pmetric.NumberDataPointSlice // by the name of the metric
}

func newBuilder() *builder {
	return &builder{metrics: pmetric.NewMetrics(), places: map[place]*metricsOf{}}
}

func (b *builder) add(p point) {
	dp := b.at(place{p.tags["host"], p.tags["service"]}).of(p.metric).AppendEmpty()
	dp.SetTimestamp(pcommon.NewTimestampFromTime(p.at))
	if p.isFloat {
		dp.SetDoubleValue(p.float)
	} else {
		dp.SetIntValue(p.integer)
	}
	for key, value := range p.tags {
		if resourceTags[key] == "" {
			dp.Attributes().PutStr(key, value)
		}
	}
	b.points++
}

// at finds or makes the metrics of a place.
func (b *builder) at(from place) *metricsOf {
	if known := b.places[from]; known != nil {
		return known
	}
	rm := b.metrics.ResourceMetrics().AppendEmpty()
	for tag, value := range map[string]string{"host": from.host, "service": from.service} {
		if value != "" {
			rm.Resource().Attributes().PutStr(resourceTags[tag], value)
		}
	}
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName(scopeName)
	made := &metricsOf{sm.Metrics(), map[string]pmetric.NumberDataPointSlice{}}
	b.places[from] = made
	return made
}

// of finds or makes the points of a metric.
func (m *metricsOf) of(name string) pmetric.NumberDataPointSlice {
	dps, known := m.points[name]
	if !known {
		metric := m.list.AppendEmpty()
		metric.SetName(name)
		dps = metric.SetEmptyGauge().DataPoints()
		m.points[name] = dps
	}
	return dps
}
