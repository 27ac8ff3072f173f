package promapi

import (
	"context"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// A guarded API is client_golang's, with errors that hold nothing of an answer, and values
// that were read here.
type guarded struct {
	endpoint
	api v1.API
}

// bare and full guard the results of a method.
func bare[T any](result T, err error) (T, error) { return result, shown(err) }

func full[T any](result T, w v1.Warnings, i v1.Infos, err error) (T, v1.Warnings, v1.Infos, error) {
	return result, w, i, shown(err)
}

func (g *guarded) Alerts(ctx context.Context) (v1.AlertsResult, error) {
	return bare(g.api.Alerts(ctx))
}

func (g *guarded) AlertManagers(ctx context.Context) (v1.AlertManagersResult, error) {
	return bare(g.api.AlertManagers(ctx))
}

func (g *guarded) CleanTombstones(ctx context.Context) error {
	return shown(g.api.CleanTombstones(ctx))
}

func (g *guarded) Config(ctx context.Context) (v1.ConfigResult, error) {
	return bare(g.api.Config(ctx))
}

func (g *guarded) DeleteSeries(ctx context.Context, matches []string, startTime, endTime time.Time) error {
	return shown(g.api.DeleteSeries(ctx, matches, startTime, endTime))
}

func (g *guarded) Flags(ctx context.Context) (v1.FlagsResult, error) {
	return bare(g.api.Flags(ctx))
}

func (g *guarded) LabelNames(ctx context.Context, matches []string, startTime, endTime time.Time, opts ...v1.Option) (model.LabelNames, v1.Warnings, v1.Infos, error) {
	return full(g.api.LabelNames(ctx, matches, startTime, endTime, opts...))
}

func (g *guarded) LabelValues(ctx context.Context, label string, matches []string, startTime, endTime time.Time, opts ...v1.Option) (model.LabelValues, v1.Warnings, v1.Infos, error) {
	return full(g.api.LabelValues(ctx, label, matches, startTime, endTime, opts...))
}

func (g *guarded) Query(ctx context.Context, query string, ts time.Time, opts ...v1.Option) (model.Value, v1.Warnings, v1.Infos, error) {
	r := &reading{}
	_, _, _, err := g.api.Query(r.within(ctx), query, ts, opts...)
	return r.value, r.warnings, r.infos, shown(err)
}

func (g *guarded) QueryRange(ctx context.Context, query string, r v1.Range, opts ...v1.Option) (model.Value, v1.Warnings, v1.Infos, error) {
	got := &reading{}
	_, _, _, err := g.api.QueryRange(got.within(ctx), query, r, opts...)
	return got.value, got.warnings, got.infos, shown(err)
}

func (g *guarded) QueryExemplars(ctx context.Context, query string, startTime, endTime time.Time) ([]v1.ExemplarQueryResult, error) {
	return bare(g.api.QueryExemplars(ctx, query, startTime, endTime))
}

func (g *guarded) Buildinfo(ctx context.Context) (v1.BuildinfoResult, error) {
	return bare(g.api.Buildinfo(ctx))
}

func (g *guarded) Runtimeinfo(ctx context.Context) (v1.RuntimeinfoResult, error) {
	return bare(g.api.Runtimeinfo(ctx))
}

func (g *guarded) Series(ctx context.Context, matches []string, startTime, endTime time.Time, opts ...v1.Option) ([]model.LabelSet, v1.Warnings, v1.Infos, error) {
	return full(g.api.Series(ctx, matches, startTime, endTime, opts...))
}

func (g *guarded) Snapshot(ctx context.Context, skipHead bool) (v1.SnapshotResult, error) {
	return bare(g.api.Snapshot(ctx, skipHead))
}

func (g *guarded) Rules(ctx context.Context, matches []string) (v1.RulesResult, error) {
	return bare(g.api.Rules(ctx, matches))
}

func (g *guarded) Targets(ctx context.Context) (v1.TargetsResult, error) {
	return bare(g.api.Targets(ctx))
}

func (g *guarded) TargetsMetadata(ctx context.Context, matchTarget, metric, limit string) ([]v1.MetricMetadata, error) {
	return bare(g.api.TargetsMetadata(ctx, matchTarget, metric, limit))
}

func (g *guarded) Metadata(ctx context.Context, metric, limit string) (map[string][]v1.Metadata, error) {
	return bare(g.api.Metadata(ctx, metric, limit))
}

func (g *guarded) TSDB(ctx context.Context, opts ...v1.Option) (v1.TSDBResult, error) {
	return bare(g.api.TSDB(ctx, opts...))
}

func (g *guarded) TSDBBlocks(ctx context.Context) (v1.TSDBBlocksResult, error) {
	return bare(g.api.TSDBBlocks(ctx))
}

func (g *guarded) WalReplay(ctx context.Context) (v1.WalReplayStatus, error) {
	return bare(g.api.WalReplay(ctx))
}

func (g *guarded) FormatQuery(ctx context.Context, query string) (string, error) {
	return bare(g.api.FormatQuery(ctx, query))
}
