package transform

import (
	"fmt"
	"slices"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// twoScopes is a collection of two scopes, with a resource of three attributes
// that are new, one of which no series can carry where names are not sanitised.
func twoScopes(id int) *metricdata.ResourceMetrics {
	rm := oneMetric("m", gauge[int64](1))
	rm.Resource = resource.NewSchemaless(attribute.Int("a", id), attribute.Int("bad key", id), attribute.Int("c", id))
	rm.ScopeMetrics[0].Scope.Name = "one"
	rm.ScopeMetrics = append(rm.ScopeMetrics, metricdata.ScopeMetrics{
		Scope:   instrumentation.Scope{Name: "two"},
		Metrics: rm.ScopeMetrics[0].Metrics,
	})
	return rm
}

// A filter that panics costs its collection, and nothing else: no point of it is
// sent, and the next collection is as it would have been.
func TestFilterThatPanics(t *testing.T) {
	for at := range 6 {
		fresh := newRecorder(mode(encoding.SanitizeNone))
		calls := 0
		r := newRecorder(mode(encoding.SanitizeNone), func(c *Config) {
			c.ResourceFilter = func(attribute.KeyValue) bool {
				if calls++; calls == at+1 {
					panic("filter")
				}
				return true
			}
		})
		for id := range 3 {
			want := fresh.emit(twoScopes(id))
			if panics(func() { r.emit(twoScopes(id)) }) {
				equalLines(t, r.lines)
				r.emit(twoScopes(id))
			}
			equalLines(t, r.lines, want...)
			if got, want := fmt.Sprint(r.report), fmt.Sprint(fresh.report); got != want {
				t.Errorf("call %d: reported %s, want %s", at, got, want)
			}
		}
		if calls <= at {
			t.Errorf("%d calls, and none panicked", calls)
		}
		if got, want := fmt.Sprint(r.Stats()), fmt.Sprint(fresh.Stats()); got != want {
			t.Errorf("call %d: counted %s, want %s", at, got, want)
		}
	}
}

func panics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return false
}

// The filter is asked once of each attribute, while the resource stays the same.
func TestFilterIsAskedOnce(t *testing.T) {
	var asked []string
	r := newRecorder(func(c *Config) {
		c.ResourceFilter = func(kv attribute.KeyValue) bool {
			asked = append(asked, string(kv.Key))
			return true
		}
	})
	for range 3 {
		r.emit(twoScopes(1))
	}
	if want := []string{"a", "bad key", "c"}; !slices.Equal(asked, want) {
		t.Errorf("asked of %q, want %q", asked, want)
	}
}
