package process

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// begin measures by read until the test ends, and returns what collects it.
func begin(t *testing.T, read func() reading) (*sdkmetric.ManualReader, metric.Registration) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	registration, err := start(provider, "1.2.3", read)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := provider.Shutdown(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	return reader, registration
}

func collect(t *testing.T, reader sdkmetric.Reader) []metricdata.ScopeMetrics {
	t.Helper()
	var rm metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &rm); err != nil {
		t.Fatal(err)
	}
	return rm.ScopeMetrics
}

// values returns what was collected by name and attributes.
func values(t *testing.T, reader sdkmetric.Reader) map[string]float64 {
	t.Helper()
	found := map[string]float64{}
	for _, sm := range collect(t, reader) {
		for _, m := range sm.Metrics {
			maps.Copy(found, points(t, m))
		}
	}
	return found
}

func points(t *testing.T, m metricdata.Metrics) map[string]float64 {
	t.Helper()
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		return byAttributes(m.Name, data.DataPoints)
	case metricdata.Sum[float64]:
		return byAttributes(m.Name, data.DataPoints)
	case metricdata.Gauge[int64]:
		return byAttributes(m.Name, data.DataPoints)
	case metricdata.Gauge[float64]:
		return byAttributes(m.Name, data.DataPoints)
	}
	t.Errorf("%s is a %T", m.Name, m.Data)
	return nil
}

func byAttributes[N int64 | float64](name string, dps []metricdata.DataPoint[N]) map[string]float64 {
	found := map[string]float64{}
	for _, dp := range dps {
		key := name
		if dp.Attributes.Len() > 0 {
			key += " " + dp.Attributes.Encoded(attribute.DefaultEncoder())
		}
		found[key] = float64(dp.Value)
	}
	return found
}

// kind says what an instrument sends.
func kind(data metricdata.Aggregation) string {
	switch data := data.(type) {
	case metricdata.Sum[int64]:
		return sumKind(data.IsMonotonic) + " int64"
	case metricdata.Sum[float64]:
		return sumKind(data.IsMonotonic) + " float64"
	case metricdata.Gauge[int64]:
		return "gauge int64"
	case metricdata.Gauge[float64]:
		return "gauge float64"
	}
	return "unknown"
}

func sumKind(monotonic bool) string {
	if monotonic {
		return "counter"
	}
	return "updowncounter"
}

// full returns a reading that knows everything, each value another.
func full() reading {
	var r reading
	for q := range quantity(quantities) {
		r.set(q, int64(q)+1)
	}
	r.set(cpuUser, 1.5e9)
	r.set(cpuSystem, 250e6)
	r.set(uptime, 90e9)
	return r
}

func TestEachInstrument(t *testing.T) {
	want := map[string]struct{ unit, kind string }{
		"process.cpu.time":                   {"s", "counter float64"},
		"process.memory.usage":               {"By", "updowncounter int64"},
		"process.memory.virtual":             {"By", "updowncounter int64"},
		"apptuit.process.memory.peak":        {"By", "gauge int64"},
		"process.paging.faults":              {"{fault}", "counter int64"},
		"apptuit.process.swaps":              {"{swap}", "counter int64"},
		"apptuit.process.block.operations":   {"{operation}", "counter int64"},
		"apptuit.process.ipc.messages":       {"{message}", "counter int64"},
		"apptuit.process.signals":            {"{signal}", "counter int64"},
		"process.context_switches":           {"{context_switch}", "counter int64"},
		"process.thread.count":               {"{thread}", "updowncounter int64"},
		"process.unix.file_descriptor.count": {"{file_descriptor}", "updowncounter int64"},
		"process.uptime":                     {"s", "gauge float64"},
	}
	reader, _ := begin(t, full)
	for _, m := range collect(t, reader)[0].Metrics {
		w, ok := want[m.Name]
		if !ok {
			t.Errorf("%s is not in the table, or came twice", m.Name)
		}
		if m.Unit != w.unit || kind(m.Data) != w.kind {
			t.Errorf("%s is a %s in %s, want %v", m.Name, kind(m.Data), m.Unit, w)
		}
		if m.Description == "" {
			t.Errorf("%s has no description", m.Name)
		}
		delete(want, m.Name)
	}
	for name := range want {
		t.Errorf("no %s", name)
	}
}

// series are the quantities by name and attributes.
var series = map[quantity]string{
	cpuUser:             "process.cpu.time cpu.mode=user",
	cpuSystem:           "process.cpu.time cpu.mode=system",
	memoryResident:      "process.memory.usage",
	memoryVirtual:       "process.memory.virtual",
	memoryPeak:          "apptuit.process.memory.peak",
	faultsMinor:         "process.paging.faults system.paging.fault.type=minor",
	faultsMajor:         "process.paging.faults system.paging.fault.type=major",
	swaps:               "apptuit.process.swaps",
	blocksIn:            "apptuit.process.block.operations disk.io.direction=read",
	blocksOut:           "apptuit.process.block.operations disk.io.direction=write",
	messagesSent:        "apptuit.process.ipc.messages direction=sent",
	messagesReceived:    "apptuit.process.ipc.messages direction=received",
	signals:             "apptuit.process.signals",
	switchesVoluntary:   "process.context_switches process.context_switch.type=voluntary",
	switchesInvoluntary: "process.context_switches process.context_switch.type=involuntary",
	threads:             "process.thread.count",
	openFiles:           "process.unix.file_descriptor.count",
	uptime:              "process.uptime",
}

func TestEachSeries(t *testing.T) {
	want := map[string]float64{}
	for q, name := range series {
		want[name] = float64(q) + 1
	}
	want[series[cpuUser]] = 1.5
	want[series[cpuSystem]] = 0.25
	want[series[uptime]] = 90
	if len(want) != quantities {
		t.Fatalf("%d series for %d quantities", len(want), quantities)
	}
	reader, _ := begin(t, full)
	if got := values(t, reader); !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestOneReadPerCollection(t *testing.T) {
	reads := 0
	reader, _ := begin(t, func() reading { reads++; return full() })
	if reads != 0 {
		t.Errorf("%d reads before the first collection", reads)
	}
	for i := range 3 {
		if collect(t, reader); reads != i+1 {
			t.Errorf("%d reads after collection %d", reads, i+1)
		}
	}
}

// Each value alone is left out where it is not known, and comes back.
func TestWhatIsNotKnownIsLeftOut(t *testing.T) {
	var missing quantity
	reader, _ := begin(t, func() reading {
		r := full()
		r.known[missing] = false
		return r
	})
	for missing = range quantity(quantities) {
		got := values(t, reader)
		if _, there := got[series[missing]]; there || len(got) != quantities-1 {
			t.Errorf("without %s: %v", series[missing], got)
		}
	}
}

func TestNothingKnownIsNoError(t *testing.T) {
	reader, _ := begin(t, func() reading { return reading{} })
	if got := values(t, reader); len(got) != 0 {
		t.Errorf("out of nothing came %v", got)
	}
}

func TestUnregisterStops(t *testing.T) {
	reads := 0
	reader, registration := begin(t, func() reading { reads++; return full() })
	collect(t, reader)
	for range 2 { // the second does nothing
		if err := registration.Unregister(); err != nil {
			t.Fatal(err)
		}
	}
	if got := values(t, reader); len(got) != 0 || reads != 1 {
		t.Errorf("after Unregister: %d reads, %v", reads, got)
	}
}

func TestStart(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	registration, err := Start(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	collected := collect(t, reader)
	if len(collected) != 1 {
		t.Fatalf("%d scopes", len(collected))
	}
	if s := collected[0].Scope; s.Name != scope || s.Version != "1.2.3" || s.SchemaURL != semconv.SchemaURL {
		t.Errorf("scope %+v", s)
	}
	if err := registration.Unregister(); err != nil {
		t.Error(err)
	}
}

func TestStartWithoutMetrics(t *testing.T) {
	registration, err := Start(noop.NewMeterProvider(), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	if err := registration.Unregister(); err != nil {
		t.Error(err)
	}
}

// Several readers, each on a goroutine of its own.
func TestReadersConcurrentSafe(t *testing.T) {
	readers := []*sdkmetric.ManualReader{sdkmetric.NewManualReader(), sdkmetric.NewManualReader(), sdkmetric.NewManualReader()}
	var opts []sdkmetric.Option
	for _, r := range readers {
		opts = append(opts, sdkmetric.WithReader(r))
	}
	registration, err := Start(sdkmetric.NewMeterProvider(opts...), "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, r := range readers {
		wg.Go(func() {
			for range 20 {
				if err := r.Collect(t.Context(), &metricdata.ResourceMetrics{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := registration.Unregister(); err != nil {
		t.Error(err)
	}
}

// A faulty provider makes meters that can do one thing less.
type faulty struct {
	noop.MeterProvider
	refused string // an instrument, or "callback"
}

type faultyMeter struct {
	noop.Meter
	refused string
}

var errRefused = errors.New("refused")

func (f faulty) Meter(string, ...metric.MeterOption) metric.Meter {
	return faultyMeter{refused: f.refused}
}

func (f faultyMeter) err(name string) error {
	if name == f.refused {
		return errRefused
	}
	return nil
}

func (f faultyMeter) Int64ObservableCounter(name string, _ ...metric.Int64ObservableCounterOption) (metric.Int64ObservableCounter, error) {
	return noop.Int64ObservableCounter{}, f.err(name)
}

func (f faultyMeter) Int64ObservableUpDownCounter(name string, _ ...metric.Int64ObservableUpDownCounterOption) (metric.Int64ObservableUpDownCounter, error) {
	return noop.Int64ObservableUpDownCounter{}, f.err(name)
}

func (f faultyMeter) Int64ObservableGauge(name string, _ ...metric.Int64ObservableGaugeOption) (metric.Int64ObservableGauge, error) {
	return noop.Int64ObservableGauge{}, f.err(name)
}

func (f faultyMeter) Float64ObservableCounter(name string, _ ...metric.Float64ObservableCounterOption) (metric.Float64ObservableCounter, error) {
	return noop.Float64ObservableCounter{}, f.err(name)
}

func (f faultyMeter) Float64ObservableGauge(name string, _ ...metric.Float64ObservableGaugeOption) (metric.Float64ObservableGauge, error) {
	return noop.Float64ObservableGauge{}, f.err(name)
}

func (f faultyMeter) RegisterCallback(metric.Callback, ...metric.Observable) (metric.Registration, error) {
	return noop.Registration{}, f.err("callback")
}

func TestWhatTheProviderRefusesIsReturned(t *testing.T) {
	refused := []string{"callback"}
	for _, m := range collect(t, first(begin(t, full)))[0].Metrics {
		refused = append(refused, m.Name)
	}
	for _, name := range refused {
		registration, err := Start(faulty{refused: name}, "1.2.3")
		if !errors.Is(err, errRefused) || registration != nil {
			t.Errorf("%s refused: %v, %v", name, registration, err)
		}
	}
	if _, err := Start(faulty{}, "1.2.3"); err != nil {
		t.Error(err)
	}
	if !slices.Contains(refused, "process.uptime") {
		t.Errorf("refused %q alone", refused)
	}
}

func first[A, B any](a A, _ B) A { return a }
