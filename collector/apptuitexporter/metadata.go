package apptuitexporter

import "go.opentelemetry.io/collector/component"

// Type is the name of the exporter in a configuration.
var Type = component.MustNewType("apptuit")

// MetricsStability is how far the exporter is.
const MetricsStability = component.StabilityLevelAlpha

// scopeName is that of the exporter's own metrics.
const scopeName = "github.com/apptuitai/apptuit-go/collector/apptuitexporter"
