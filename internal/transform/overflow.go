package transform

import (
	"fmt"

	"github.com/apptuitai/apptuit-go/internal/text"
	"go.opentelemetry.io/otel/attribute"
)

// overflowKey is what the SDK sets on the one series of all measurements whose
// attribute sets came after an instrument had as many as it may, as OpenTelemetry's
// specification of cardinality limits has it.
const overflowKey = attribute.Key("otel.metric.overflow")

// noteOverflow warns of an instrument that has more attribute sets than it may, once.
func (m *maker) noteOverflow(in *instrument, attrs *attribute.Set) {
	v, there := attrs.Value(overflowKey)
	if in.toldOverflow || !there || attrs.Len() > 1 || v.Type() != attribute.BOOL || !v.AsBool() {
		return
	}
	in.toldOverflow = true
	m.dropped.now.Warnings = append(m.dropped.now.Warnings, fmt.Errorf(
		"%s has more attribute sets than the limit of its reader, 2,000 by default: the others are one series with the tag otel_metric_overflow; "+
			"let its attributes have fewer values, or raise the limit (WithCardinalityLimit)", text.Line(in.name)))
}
