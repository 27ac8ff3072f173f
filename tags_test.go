package apptuit

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

func env(vars map[string]string) Option {
	return func(c *config) {
		c.lookup = func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
	}
}

// The more specific source wins a key.
func TestTagPrecedence(t *testing.T) {
	sources := []struct {
		name string
		set  func(key string, rm *metricdata.ResourceMetrics) Option
	}{
		{"own", func(key string, rm *metricdata.ResourceMetrics) Option {
			rm.ScopeMetrics[0].Metrics[0].Data = gauge[int64](1, attribute.String(key, "own"))
			return func(*config) {}
		}},
		{"code", func(key string, _ *metricdata.ResourceMetrics) Option {
			return WithTags(map[string]string{key: "code"})
		}},
		{"env", func(key string, _ *metricdata.ResourceMetrics) Option {
			return env(map[string]string{"APPTUIT_TAGS": key + ": env"})
		}},
		{"scope", func(key string, rm *metricdata.ResourceMetrics) Option {
			rm.ScopeMetrics[0].Scope.Attributes = attribute.NewSet(attribute.String(strings.TrimPrefix(key, "otel_scope_"), "scope"))
			return func(*config) {}
		}},
		{"resource", func(key string, rm *metricdata.ResourceMetrics) Option {
			rm.Resource = resource.NewSchemaless(attribute.String(key, "resource"))
			return func(*config) {}
		}},
	}
	const key = "otel_scope_x"
	for i := range sources {
		rm := oneMetric("m", gauge[int64](1))
		var opts []Option
		for _, source := range sources[i:] {
			opts = append(opts, source.set(key, rm))
		}
		equalLines(t, newRecorder(t, opts...).emit(rm),
			fmt.Sprintf(`m{host="box",%s=%q} 1700000000 1`, key, sources[i].name))
	}
}

func TestHostTag(t *testing.T) {
	for name, tc := range map[string]struct {
		opt  Option
		own  []attribute.KeyValue
		want string
	}{
		"default":  {WithTags(nil), nil, `m{host="box",k="v"}`},
		"own":      {WithTags(nil), []attribute.KeyValue{attribute.String("host", "own")}, `m{host="own",k="v"}`},
		"code":     {WithTags(map[string]string{"host": "code"}), nil, `m{host="code",k="v"}`},
		"env":      {env(map[string]string{"APPTUIT_TAGS": "host: env"}), nil, `m{host="env",k="v"}`},
		"without":  {WithoutHostTag(), nil, `m{k="v"}`},
		"disabled": {env(map[string]string{"APPTUIT_DISABLE_HOST_TAG": "Yes"}), nil, `m{k="v"}`},
		"no env":   {func(c *config) { WithoutEnvTags()(c); env(map[string]string{"APPTUIT_TAGS": "host: env"})(c) }, nil, `m{host="box",k="v"}`},
	} {
		t.Run(name, func(t *testing.T) {
			rm := oneMetric("m", gauge[int64](1, append(tc.own, attribute.String("k", "v"))...))
			equalLines(t, newRecorder(t, tc.opt).emit(rm), tc.want+" 1700000000 1")
		})
	}
}

func TestAttributeValues(t *testing.T) {
	rm := oneMetric("m", gauge[int64](1,
		attribute.Bool("bool", true), attribute.Int("int", 7), attribute.Float64("float", 0.5),
		attribute.StringSlice("list", []string{"a", "b"}), attribute.String("empty", ""),
		attribute.String("quote", "a\"b\n")))
	equalLines(t, newRecorder(t, WithoutHostTag()).emit(rm),
		`m{bool="true",float="0.5",int="7",list="[\"a\",\"b\"]",quote="a\"b\n"} 1700000000 1`)
}

// Keys of one source that sanitise to one are joined in the order of the
// original keys.
func TestKeysThatBecomeOneAreJoined(t *testing.T) {
	rm := oneMetric("m", gauge[int64](1, attribute.String("a_b", "2"), attribute.String("a.b", "1")))
	rm.Resource = resource.NewSchemaless(attribute.String("r-s", "x"), attribute.String("r.s", "y"))
	equalLines(t, newRecorder(t, WithoutHostTag()).emit(rm), `m{a_b="1;2",r_s="x;y"} 1700000000 1`)
}

// In mode none a bad key of the resource costs that tag, not every point.
func TestGlobalTagWithABadKey(t *testing.T) {
	rm := oneMetric("m", gauge[int64](1))
	rm.Resource = resource.NewSchemaless(attribute.String("bad key", "x"), attribute.String("good.key", "y"))
	r := newRecorder(t, WithSanitizeMode(encoding.SanitizeNone))
	equalLines(t, r.emit(rm), `m{good.key="y",host="box"} 1700000000 1`)
	if heard := fmt.Sprint(r.drops.heard()); r.drops.tags != 1 || !strings.Contains(heard, `"bad key"`) {
		t.Errorf("%d tags counted, heard %s", r.drops.tags, heard)
	}
}

func TestResourceFilter(t *testing.T) {
	rm := oneMetric("m", gauge[int64](1))
	rm.Resource = resource.NewSchemaless(attribute.String("service.name", "s"), attribute.String("os.type", "linux"))
	r := newRecorder(t, WithResourceFilter(attribute.NewAllowKeysFilter("service.name")))
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
		r := newRecorder(t, WithMaxTags(1+len(order)-gone),
			WithTags(map[string]string{"code.tag": "c"}), env(map[string]string{"APPTUIT_TAGS": "env.tag: e"}))
		line := r.emit(rm)[0]
		for i, key := range order {
			if has := strings.Contains(line, key+"="); has != (i >= gone) {
				t.Errorf("limit %d: tag %s is there: %v, in %s", 1+len(order)-gone, key, has, line)
			}
		}
		if !strings.Contains(line, `own="1"`) || int(r.drops.tags) != gone {
			t.Errorf("%d tags counted, want %d; sent %s", r.drops.tags, gone, line)
		}
		if heard := fmt.Sprint(r.drops.heard()); gone > 0 && !strings.Contains(heard, order[gone-1]) {
			t.Errorf("heard %s, which does not name %s", heard, order[gone-1])
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
	r := newRecorder(t, WithMaxTags(5))
	equalLines(t, r.emit(oneMetric("m", data())),
		`m_bucket{k0="0",k1="1",k2="2",k3="3",le="+Inf"} 1700000000 0`,
		`m_count{k0="0",k1="1",k2="2",k3="3"} 1700000000 0`,
		`m_sum{k0="0",k1="1",k2="2",k3="3"} 1700000000 0`)
	r = newRecorder(t, WithMaxTags(4))
	if lines := r.emit(oneMetric("m", data())); len(lines) > 0 {
		t.Errorf("sent %q with 4 own tags, le and a limit of 4", lines)
	}
	if r.drops.points[encoding.ErrTooManyTags] != 3 {
		t.Errorf("counted %v, want 3 points", r.drops.points)
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
