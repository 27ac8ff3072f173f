package apptuitexporter

import "go.opentelemetry.io/collector/component"

// typ is the name of the exporter in a configuration.
var typ = component.MustNewType("apptuit")

// metricsStability is how far the exporter is.
const metricsStability = component.StabilityLevelAlpha

// scopeName is that of the exporter's own metrics.
const scopeName = "github.com/apptuitai/apptuit-go/collector/apptuitexporter"
