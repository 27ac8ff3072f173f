package transform

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/encoding"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

func TestAttributeValues(t *testing.T) {
	rm := oneMetric("m", gauge[int64](1,
		attribute.Bool("bool", true), attribute.Int("int", 7), attribute.Float64("float", 0.5),
		attribute.StringSlice("list", []string{"a", "b"}), attribute.String("empty", ""),
		attribute.String("quote", "a\"b\n")))
	equalLines(t, newRecorder(withoutHostTag).emit(rm),
		`m{bool="true",float="0.5",int="7",list="[\"a\",\"b\"]",quote="a\"b\n"} 1700000000 1`)
}

// Keys of one source that sanitise to one are joined in the order of the
// original keys.
func TestKeysThatBecomeOneAreJoined(t *testing.T) {
	rm := oneMetric("m", gauge[int64](1, attribute.String("a_b", "2"), attribute.String("a.b", "1")))
	rm.Resource = resource.NewSchemaless(attribute.String("r-s", "x"), attribute.String("r.s", "y"))
	equalLines(t, newRecorder(withoutHostTag).emit(rm), `m{a_b="1;2",r_s="x;y"} 1700000000 1`)
}

// In mode none a bad key of the resource costs that tag, not every point.
func TestGlobalTagWithABadKey(t *testing.T) {
	rm := oneMetric("m", gauge[int64](1))
	rm.Resource = resource.NewSchemaless(attribute.String("bad key", "x"), attribute.String("good.key", "y"))
	r := newRecorder(mode(encoding.SanitizeNone))
	equalLines(t, r.emit(rm), `m{good.key="y",host="box"} 1700000000 1`)
	if warned := fmt.Sprint(r.report.Warnings); r.Stats().DroppedTags != 1 || !strings.Contains(warned, `"bad key"`) {
		t.Errorf("%d tags counted, warnings %s", r.Stats().DroppedTags, warned)
	}
}

func TestResourceFilter(t *testing.T) {
	rm := oneMetric("m", gauge[int64](1))
	rm.Resource = resource.NewSchemaless(attribute.String("service.name", "s"), attribute.String("os.type", "linux"))
	r := newRecorder(func(c *Config) { c.ResourceFilter = attribute.NewAllowKeysFilter("service.name") })
	equalLines(t, r.emit(rm), `m{host="box",service_name="s"} 1700000000 1`)
}

// One room after another is taken away: the tags go in the order that the
// house gives, and a point's own never.
func TestTagsGiveWayInOrder(t *testing.T) {
	rm := oneMetric("m", gauge[int64](1, attribute.String("own", "1")))
	rm.ScopeMetrics[0].Scope = instrumentation.Scope{Name: "s", Version: "v"}
	rm.Resource = resource.NewSchemaless(
		attribute.String("telemetry.sdk.language", "go"), attribute.String("telemetry.sdk.name", "otel"),
		attribute.String("os.type", "linux"), attribute.String("cloud.zone", "z"),
		attribute.String("service.name", "s"), attribute.String("host.id", "h"),
		attribute.String("deployment.environment", "d"), attribute.String("k8s.pod", "p"))
	order := []string{
		"telemetry_sdk_name", "telemetry_sdk_language", "os_type", "cloud_zone",
		"service_name", "k8s_pod", "host_id", "deployment_environment",
		"otel_scope_version", "otel_scope_name", "host", "env_tag", "code_tag",
	}
	for gone := range len(order) + 1 {
		r := newRecorder(maxTags(1+len(order)-gone), func(c *Config) {
			c.CodeTags = []encoding.Tag{{Key: "code_tag", Value: "c"}}
			c.EnvTags = []encoding.Tag{{Key: "env_tag", Value: "e"}}
		})
		line := r.emit(rm)[0]
		for i, key := range order {
			if has := strings.Contains(line, key+"="); has != (i >= gone) {
				t.Errorf("limit %d: tag %s is there: %v, in %s", 1+len(order)-gone, key, has, line)
			}
		}
		if !strings.Contains(line, `own="1"`) || int(r.Stats().DroppedTags) != gone {
			t.Errorf("%d tags counted, want %d; sent %s", r.Stats().DroppedTags, gone, line)
		}
		if warned := fmt.Sprint(r.report.Warnings); gone > 0 && !strings.Contains(warned, order[gone-1]) {
			t.Errorf("warnings %s, which do not name %s", warned, order[gone-1])
		}
	}
}

// le never goes: all parts of a histogram leave room for it and so have the
// same other tags.
func TestReservedTagsNeverGo(t *testing.T) {
	own := make([]attribute.KeyValue, 4)
	for i := range own {
		own[i] = attribute.Int(fmt.Sprint("k", i), i)
	}
	data := func() metricdata.Aggregation {
		return metricdata.Histogram[int64]{DataPoints: []metricdata.HistogramDataPoint[int64]{
			{Attributes: attribute.NewSet(own...), Time: testTime},
		}}
	}
	r := newRecorder(maxTags(5))
	equalLines(t, r.emit(oneMetric("m", data())),
		`m_bucket{k0="0",k1="1",k2="2",k3="3",le="+Inf"} 1700000000 0`,
		`m_count{k0="0",k1="1",k2="2",k3="3"} 1700000000 0`,
		`m_sum{k0="0",k1="1",k2="2",k3="3"} 1700000000 0`)
	r = newRecorder(maxTags(4))
	if lines := r.emit(oneMetric("m", data())); len(lines) > 0 {
		t.Errorf("sent %q with 4 own tags, le and a limit of 4", lines)
	}
	if got := r.Stats().Dropped; got[encoding.ErrTooManyTags] != 3 {
		t.Errorf("counted %v, want 3 points", got)
	}
}

func TestGlobalTagsAreUnique(t *testing.T) {
	tags := func(s string) []encoding.Tag { return []encoding.Tag{{Key: "k", Value: s}, {Key: s, Value: s}} }
	got := globalTags(tags("a"), tags("b"), tags("c"), tags("d"), tags("e"))
	want := []encoding.Tag{{Key: "k", Value: "a"}, {Key: "a", Value: "a"}, {Key: "b", Value: "b"},
		{Key: "e", Value: "e"}, {Key: "c", Value: "c"}, {Key: "d", Value: "d"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
