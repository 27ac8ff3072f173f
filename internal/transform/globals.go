package transform

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/text"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
)

// global returns the tags that all series of a scope share.
func (m *maker) global(res *resourceTags, is *instrumentation.Scope) []encoding.Tag {
	var fromScope []encoding.Tag
	if m.cfg.ScopeTags {
		fromScope = m.validTags("scope "+text.Line(is.Name), scopeTags(is))
	}
	fromResource := m.validTags("resource", res.tags)
	code, env, host := m.cfg.fit(m.cfg.CodeTags), m.cfg.fit(m.cfg.EnvTags), m.cfg.fit(m.cfg.HostTags)
	return globalTags(code, env, fromScope, fromResource, host)
}

// validTags returns the tags as the mode writes them, and leaves out those that it
// refuses: one bad key of a resource must not cost every point.
func (m *maker) validTags(source string, tags []encoding.Tag) []encoding.Tag {
	var bad []encoding.Tag
	for _, tag := range tags {
		m.tellLost("tag key", tag.Key)
		if _, err := m.cfg.Mode.Name(tag.Key); err != nil {
			m.dropped.tag(fmt.Errorf("%s: a tag is left out: %w", source, err))
			bad = append(bad, tag)
		}
	}
	if len(bad) > 0 {
		tags = slices.DeleteFunc(slices.Clone(tags), func(tag encoding.Tag) bool { return slices.Contains(bad, tag) })
	}
	clean, err := encoding.CleanTags(m.cfg.Mode, tags)
	if err != nil {
		panic("transform: " + err.Error()) // the keys were checked above
	}
	return m.cfg.fit(clean)
}

// attributeTags returns a set's attributes as tags with prefix before each key,
// not yet sanitised. Values are written as attribute.Value prints them.
func attributeTags(set *attribute.Set, prefix string, keep attribute.Filter) []encoding.Tag {
	tags := make([]encoding.Tag, 0, set.Len())
	for iter := set.Iter(); iter.Next(); {
		kv := iter.Attribute()
		if keep == nil || keep(kv) {
			tags = append(tags, encoding.Tag{Key: prefix + string(kv.Key), Value: kv.Value.String()})
		}
	}
	return tags
}

// resourceTags are a resource's attributes that the filter keeps. They never
// change.
type resourceTags struct {
	of   attribute.Distinct
	tags []encoding.Tag // not yet sanitised
}

func filtered(res *resource.Resource, filter attribute.Filter) *resourceTags {
	return &resourceTags{res.Equivalent(), attributeTags(res.Set(), "", filter)}
}

// maxResources bounds the resources whose tags are kept.
const maxResources = 10_000

// resources are those that were collected, with their tags. Goroutines may share
// them.
type resources struct {
	mu    sync.Mutex
	known map[attribute.Distinct]*resourceTags
}

// of finds or makes the tags of a resource. It holds no lock while it asks the
// filter, which is foreign code.
func (r *resources) of(res *resource.Resource, filter attribute.Filter) *resourceTags {
	key := res.Equivalent()
	r.mu.Lock()
	tags := r.known[key]
	r.mu.Unlock()
	if tags != nil {
		return tags
	}
	tags = filtered(res, filter)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) == maxResources {
		r.known = map[attribute.Distinct]*resourceTags{}
	}
	r.known[key] = tags
	return tags
}

// scopeTags tells the instruments of two meters apart. Name and version come
// last and so win over attributes of those names.
func scopeTags(scope *instrumentation.Scope) []encoding.Tag {
	tags := attributeTags(&scope.Attributes, "otel_scope_", nil)
	return append(tags,
		encoding.Tag{Key: "otel_scope_name", Value: scope.Name},
		encoding.Tag{Key: "otel_scope_version", Value: scope.Version})
}

// globalTags merges the sources that all series of a scope share, those most
// worth keeping first. A key is taken from the most specific source that has
// it; each source is sorted by key.
func globalTags(code, env, scope, resource, host []encoding.Tag) []encoding.Tag {
	type ranked struct {
		encoding.Tag
		rank int
	}
	var all []ranked
	for source, tags := range [][]encoding.Tag{code, env, scope, resource, host} {
		for _, tag := range tags {
			taken := slices.ContainsFunc(all, func(r ranked) bool { return r.Key == tag.Key })
			if !taken {
				all = append(all, ranked{tag, keepRank(source, tag.Key)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return a.rank - b.rank })
	merged := make([]encoding.Tag, len(all))
	for i, r := range all {
		merged[i] = r.Tag
	}
	return merged
}

// keepRank orders global tags by how long they are kept when a point has too
// many: the highest rank goes first, within a rank the end of the alphabet.
func keepRank(source int, key string) int {
	const (
		code = iota
		env
		host
		scope
		identifying
		resource
		sdk
	)
	bySource := [...]int{code, env, scope, resource, host}
	rank := bySource[source]
	if rank != resource {
		return rank
	}
	key = strings.ReplaceAll(key, ".", "_") // as the default mode writes it
	if strings.HasPrefix(key, "telemetry_sdk_") {
		return sdk
	}
	for _, prefix := range []string{"service_", "host", "deployment_", "k8s_"} {
		if strings.HasPrefix(key, prefix) {
			return identifying
		}
	}
	return resource
}

// globalsBeside returns the global tags that stand beside a series' own tags,
// sorted: those that are not overridden, as many as limit allows. The keys that
// it leaves out for the limit come second.
func globalsBeside(own, global []encoding.Tag, limit int) (tags []encoding.Tag, lost []string) {
	for _, tag := range global {
		if hasKey(own, tag.Key) {
			continue
		}
		if len(own)+len(tags) >= limit {
			lost = append(lost, tag.Key)
			continue
		}
		tags = append(tags, tag)
	}
	slices.SortFunc(tags, func(a, b encoding.Tag) int { return strings.Compare(a.Key, b.Key) })
	return tags, lost
}

// reservedTags is how many tags the parts of an instrument have of themselves:
// le, quantile or window.
func (c *Config) reservedTags(in *instrument) int {
	tagged := !c.ReporterNames
	switch in.kind {
	case kindHistogram, kindExponential:
		tagged = tagged || c.Buckets
	case kindSummary:
	default:
		tagged = tagged && in.rated
	}
	if tagged {
		return 1
	}
	return 0
}

func hasKey(sorted []encoding.Tag, key string) bool {
	_, found := slices.BinarySearchFunc(sorted, key, func(t encoding.Tag, key string) int {
		return strings.Compare(t.Key, key)
	})
	return found
}
