package apptuit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/realserver"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

// A reading is a way to read a metric back.
type reading func(c *query.Client, metric string) ([]query.Series, error)

func nameSelector(metric string) string { return fmt.Sprintf("{__name__=%q}", metric) }

// readings are the ways that a store with PromQL has.
func readings(t *testing.T) map[string]reading {
	begin := time.Now().Add(-time.Minute).Truncate(time.Second)
	return map[string]reading{
		"PromQL": func(c *query.Client, metric string) ([]query.Series, error) {
			steps := query.Range{Start: begin, End: time.Now().Add(time.Second), Step: time.Second}
			result, err := c.PromQL(t.Context(), nameSelector(metric), steps)
			return firstPoints(result), err
		},
		"PromQL in pieces": func(c *query.Client, metric string) ([]query.Series, error) {
			steps := query.Range{Start: begin, End: time.Now().Add(time.Second), Step: time.Second}
			result, err := c.InPieces(7*time.Second).PromQL(t.Context(), nameSelector(metric), steps)
			return firstPoints(result), err
		},
		"PromQLAt": func(c *query.Client, metric string) ([]query.Series, error) {
			now := time.Now().Add(time.Second)
			matrix, err := c.PromQLAt(t.Context(), nameSelector(metric)+"[1h]", now)
			vector, err2 := c.PromQLAt(t.Context(), nameSelector(metric), now)
			if err := errors.Join(err, err2); err != nil {
				return nil, err
			}
			return seriesIn(matrix), sameValues(seriesIn(matrix), seriesIn(vector))
		},
		"Raw": func(c *query.Client, metric string) (all []query.Series, err error) {
			for s, err := range c.Raw(t.Context(), nameSelector(metric), begin, time.Time{}) {
				if err != nil {
					return nil, err
				}
				all = append(all, s)
			}
			return all, nil
		},
	}
}

// firstPoints returns the series with their first points: at the later steps PromQL
// repeats them.
func firstPoints(result *query.Result) []query.Series {
	all := seriesIn(result)
	for i := range all {
		all[i].Points = all[i].Points[:1]
	}
	return all
}

func seriesIn(result *query.Result) (all []query.Series) {
	if result != nil {
		for _, s := range result.All() {
			all = append(all, s)
		}
	}
	return all
}

// sameValues tells whether the series of a vector have the values of those of a matrix.
func sameValues(matrix, vector []query.Series) error {
	values := map[string]float64{}
	for _, s := range matrix {
		values[s.Name()] = s.Points[len(s.Points)-1].Value
	}
	for _, s := range vector {
		if v, known := values[s.Name()]; !known || s.Points[0].Value != v {
			return fmt.Errorf("%s is %v, want %v", s.Name(), s.Points, v)
		}
	}
	if len(vector) != len(matrix) {
		return fmt.Errorf("%d series, want %d", len(vector), len(matrix))
	}
	return nil
}

// samplesOf reads by a client, once the store shows what it has.
func samplesOf(t *testing.T, read reading, c *query.Client, flush func(metric string)) func(string) []realserver.Sample {
	t.Helper()
	return func(metric string) (samples []realserver.Sample) {
		flush(metric)
		all, err := read(c, metric)
		if err != nil {
			t.Errorf("%s: %v", metric, err)
		}
		for _, s := range all {
			for _, p := range s.Points {
				samples = append(samples, realserver.Sample{Metric: s.Metric, Tags: s.Tags, UnixMilli: p.UnixMilli, Value: p.Value})
			}
		}
		return samples
	}
}

// eventually reads until there is something, and all of it: VictoriaMetrics finds new
// series some seconds late where a selector was asked for a short time just before them.
func eventually(read reading) reading {
	return func(c *query.Client, metric string) (all []query.Series, err error) {
		for range 300 { // real time, of another process
			if all, err = read(c, metric); err == nil && len(all) > 0 {
				return all, nil
			}
			time.Sleep(50 * time.Millisecond)
		}
		return all, err
	}
}

func newQueryClient(t *testing.T, opts ...query.Option) *query.Client {
	t.Helper()
	c, err := query.New(append([]query.Option{transport.WithEnv(nil)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// What the exporter sent comes back equal, by each way to read and each way to the store.
func TestRealServersAnswerWhatInstrumentsHold(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	auth := realserver.StartVMAuth(t, testToken, vm)
	direct := []apptuit.Option{apptuit.WithEndpoint(vm.PutURL), apptuit.WithoutToken()}
	clients := map[string]*query.Client{
		"VictoriaMetrics":             newQueryClient(t, transport.WithEndpoint(vm.QueryURL), transport.WithoutToken()),
		"VictoriaMetrics at the root": newQueryClient(t, transport.WithEndpoint(vm.QueryURL), transport.WithoutToken(), query.WithPromPath("")),
		"vmauth":                      newQueryClient(t, transport.WithEndpoint(auth.URL), transport.WithToken(testToken)),
	}
	p := newProgram(t, direct)
	for range 40 {
		p.use()
	}
	before := time.Now()
	if err := p.provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := time.Now()
	vm.Samples(t, "t_counter") // it answers queries with the points from now on
	for name, read := range readings(t) {
		for to, client := range clients {
			t.Run(name+", "+to, func(t *testing.T) {
				p.compare(t, store{direct, samplesOf(t, eventually(read), client, func(string) {})}, before, after)
			})
		}
	}
}

// The same by OpenTSDB's own query.
func TestOpenTSDBAnswersWhatInstrumentsHold(t *testing.T) {
	fake := apptuittest.NewServer(apptuittest.WithToken(testToken))
	t.Cleanup(fake.Close)
	client := newQueryClient(t, transport.WithEndpoint(fake.URL), transport.WithToken(testToken))
	opts := []apptuit.Option{apptuit.WithEndpoint(fake.URL), apptuit.WithToken(testToken)}
	p := newProgram(t, opts)
	for range 40 {
		p.use()
	}
	before := time.Now()
	if err := p.provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	read := func(c *query.Client, metric string) ([]query.Series, error) {
		result, err := c.OpenTSDB(t.Context(), query.OpenTSDBQuery{Metric: metric}, time.Now().Add(-time.Minute), time.Now().Add(time.Second))
		return seriesIn(result), err
	}
	p.compare(t, store{opts, samplesOf(t, read, client, func(string) {})}, before, time.Now())
}

// A token that is refused shows in no error of any way to read, and neither does the
// store's own mistake in the expression.
func TestReadingsKeepTheToken(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	auth := realserver.StartVMAuth(t, testToken, vm)
	const wrong = "wrong-token-0123456789"
	c := newQueryClient(t, transport.WithEndpoint(auth.URL), transport.WithToken(wrong))
	for name, read := range readings(t) {
		_, err := read(c, "m")
		var failed *query.Error
		if !errors.As(err, &failed) || !slices.Contains([]int{400, 401}, failed.Status) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), wrong) {
			t.Errorf("%s shows the token: %v", name, err)
		}
	}
	good := newQueryClient(t, transport.WithEndpoint(auth.URL), transport.WithToken(testToken))
	_, err := good.PromQLAt(t.Context(), "sum(", time.Now())
	var failed *query.Error
	if !errors.As(err, &failed) || failed.Message == "" {
		t.Error(err)
	}
}

// TagKeys finds the tags of what was sent.
func TestRealServerTellsTagKeys(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	client := newQueryClient(t, transport.WithEndpoint(vm.QueryURL), transport.WithoutToken())
	sender, err := transport.New(transport.WithEnv(nil), transport.WithEndpoint(vm.PutURL), transport.WithoutToken())
	if err != nil {
		t.Fatal(err)
	}
	defer sender.CloseIdleConnections()
	series, err := encoding.NewSeries(encoding.SanitizeNone, "node_cpu", encoding.Tag{Key: "host", Value: "a"}, encoding.Tag{Key: "zone", Value: "b"})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), []encoding.Point{{Series: series, Time: time.Now(), Value: encoding.Int(1)}}); err != nil {
		t.Fatal(err)
	}
	vm.Samples(t, "node_cpu")
	keys, err := client.TagKeys(t.Context(), "node_cpu", time.Now().Add(-time.Hour), time.Time{})
	if err != nil || !slices.Equal(keys, []string{"host", "zone"}) {
		t.Errorf("%q, %v", keys, err)
	}
}
