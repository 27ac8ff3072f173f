package apptuit

import (
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
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
