package transform

import (
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
)

// Config says what points are to be made. All of it is checked before.
type Config struct {
	// Mode is how names are made valid.
	Mode encoding.SanitizeMode
	// Prefix is written in front of every name.
	Prefix string
	// UnitSuffixes adds unit and kind to names, as the OTel-Prometheus rules do.
	UnitSuffixes bool

	// MaxTags is how many tags a point may have.
	MaxTags int
	// CodeTags, EnvTags and HostTags are on every point. They are as
	// [encoding.CleanTags] leaves them.
	CodeTags, EnvTags, HostTags []encoding.Tag
	// ResourceFilter accepts the attributes of a resource that become tags; nil
	// accepts all. It is called by Prepare alone.
	ResourceFilter attribute.Filter
	// ScopeTags makes tags of an instrument's scope.
	ScopeTags bool

	// Buckets sends the cumulative counts of a histogram's buckets, Summary its
	// mean and the Quantiles, of the last interval.
	Buckets, Summary bool
	Quantiles        []float64
	// Accumulate adds up the histograms that come as changes, where there is a
	// Summary, so that their counts, sums and buckets are sent as totals. Without it
	// they are sent as they come.
	Accumulate bool
	// Rates are patterns of names, in which * is any text: to what they fit, and only
	// grows, they add how fast it does. A name is that of an instrument, or that of
	// its series before the part.
	Rates []string
	// ReporterNames names the parts of instruments as the Python reporter did.
	ReporterNames bool
	// Complete says that a collection has all series of its resource, but for those
	// that come as changes and did not change. Where one is new its growth is then
	// known to be later than the collection before.
	Complete bool
	// Repeats says that a collection may come again, where it could not be sent, and that
	// others of the same second are of other programs: changes keep the times they have,
	// so that what comes again is the same.
	Repeats bool

	// Moment is what times are written in: time.Second or time.Millisecond; 0 is a
	// second.
	Moment time.Duration

	// TagKey and TagValue return what the store takes for a key or a value of a
	// tag, as the mode wrote it; nil leaves all as they are.
	TagKey, TagValue func(string) string
}
