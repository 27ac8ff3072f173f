package apptuitexporter

import (
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

// Config is the configuration of the exporter. No variable of the environment takes
// part in it.
type Config struct {
	// ClientConfig has endpoint, tls, headers, auth, proxy_url, timeout, compression and
	// the rest of the Collector's HTTP clients. The endpoint is where the store lives,
	// without /api/put; by default it is that of the store. The timeout is of one
	// attempt. The compression is gzip, zlib, deflate or none.
	ClientConfig confighttp.ClientConfig `mapstructure:",squash"`
	// QueueConfig is the Collector's queue, with storage and batch.
	QueueConfig configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	// RetryConfig says how long and how often the Collector tries again.
	RetryConfig configretry.BackOffConfig `mapstructure:"retry_on_failure"`

	// Token is sent with each put.
	Token configopaque.String `mapstructure:"token"`
	// User is whose token it is; with one it is sent by basic authentication.
	User string `mapstructure:"user"`
	// Store names the kind of store: apptuit, victoriametrics, influxdb or opentsdb.
	Store string `mapstructure:"store"`

	// Namespace stands in front of each name, with "_" between.
	Namespace string `mapstructure:"namespace"`
	// AddMetricSuffixes adds unit and kind to names, as the OTel-Prometheus rules do.
	AddMetricSuffixes bool `mapstructure:"add_metric_suffixes"`
	// MaxTags is how many tags a point may have; 0 is what the store takes.
	MaxTags int `mapstructure:"max_tags"`
	// Tags are on each point.
	Tags map[string]string `mapstructure:"tags"`
	// IncludeResourceAttributes names the attributes of the resource that become tags,
	// with * at the end for any ending; none leaves out all. By default all do.
	IncludeResourceAttributes []string `mapstructure:"include_resource_attributes"`
	// Histograms says how histograms are sent: as buckets, as a summary of mean and
	// quantiles of an interval, or both.
	Histograms []string `mapstructure:"histograms"`

	// prevent unkeyed literal initialization
	_ struct{}
}
