package opentsdbreceiver

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConfigIsOfTheForm(t *testing.T) {
	if err := componenttest.CheckConfigStruct(createDefaultConfig()); err != nil {
		t.Error(err)
	}
	if NewFactory().Type().String() != "opentsdb" || NewFactory().MetricsStability() != metricsStability {
		t.Errorf("%s", NewFactory().Type())
	}
}

func TestConfig(t *testing.T) {
	conf, err := confmaptest.LoadConf("testdata/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"opentsdb": defaultEndpoint, "opentsdb/all": "127.0.0.1:4243"} {
		cfg := createDefaultConfig().(*Config)
		sub, err := conf.Sub(name)
		if err == nil {
			err = errors.Join(sub.Unmarshal(cfg), confmap.Validate(cfg))
		}
		if err != nil || cfg.ServerConfig.NetAddr.Endpoint != want {
			t.Errorf("%s: %v, %s", name, err, cfg.ServerConfig.NetAddr.Endpoint)
		}
	}
	wrong := &Config{}
	if err := wrong.Validate(); err == nil || !strings.Contains(err.Error(), "endpoint") || !strings.Contains(err.Error(), "max_request_body_size") {
		t.Errorf("%v", err)
	}
}

// started returns the URL of a receiver.
func started(t *testing.T, next consumer.Metrics) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	listener.Close()
	cfg := createDefaultConfig().(*Config)
	cfg.ServerConfig.NetAddr.Endpoint, cfg.ServerConfig.MaxRequestBodySize = addr, 64<<10
	r, err := NewFactory().CreateMetrics(t.Context(), receivertest.NewNopSettings(typ), cfg, next)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return "http://" + addr
}

func TestLifecycle(t *testing.T) {
	r, err := NewFactory().CreateMetrics(t.Context(), receivertest.NewNopSettings(typ), createDefaultConfig(), consumertest.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := createDefaultConfig().(*Config)
	cfg.ServerConfig.NetAddr.Endpoint = taken.Addr().String()
	r, err = NewFactory().CreateMetrics(t.Context(), receivertest.NewNopSettings(typ), cfg, consumertest.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context(), componenttest.NewNopHost()); err == nil {
		t.Error("it listens where another one does")
	}
}

// put returns what a request is answered with.
func put(t *testing.T, method, url, encoding string, body []byte) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(text))
}

// texts returns the points of pdata, a line for each.
func texts(all []pmetric.Metrics) (lines []string) {
	for _, md := range all {
		for _, rm := range md.ResourceMetrics().All() {
			for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
				for _, dp := range m.Gauge().DataPoints().All() {
					value := fmt.Sprint(dp.IntValue())
					if dp.ValueType() == pmetric.NumberDataPointValueTypeDouble {
						value = fmt.Sprint(dp.DoubleValue(), " float")
					}
					lines = append(lines, fmt.Sprint(rm.Resource().Attributes().AsRaw(), m.Name(), dp.Attributes().AsRaw(), dp.Timestamp().AsTime().UnixMilli(), " ", value))
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

const twoPoints = `[
 {"metric":"node.cpu","timestamp":1700000000,"value":12.5,"tags":{"host":"a","service":"shop","core":"1"}},
 {"metric":"node.cpu","timestamp":"1700000000123","value":"9223372036854775807","tags":{"core":"2"}}]`

var theTwo = []string{
	"map[]node.cpumap[core:2] 1700000000123 9223372036854775807",
	"map[host.name:a service.name:shop]node.cpumap[core:1] 1700000000000 12.5 float",
}

func TestPut(t *testing.T) {
	var zipped, deflated bytes.Buffer
	for _, w := range []io.WriteCloser{gzip.NewWriter(&zipped), zlib.NewWriter(&deflated)} {
		io.WriteString(w, twoPoints)
		w.Close()
	}
	for encoding, body := range map[string][]byte{"": []byte(twoPoints), "gzip": zipped.Bytes(), "deflate": deflated.Bytes(), "zlib": deflated.Bytes()} {
		sink := &consumertest.MetricsSink{}
		url := started(t, sink)
		if status, text := put(t, "POST", url+"/api/put", encoding, body); status != http.StatusNoContent || text != "" {
			t.Errorf("%s: %d %s", encoding, status, text)
		}
		if got := texts(sink.AllMetrics()); !slices.Equal(got, theTwo) {
			t.Errorf("%s: %q", encoding, got)
		}
		if status, text := put(t, "POST", url+"/api/put?details", encoding, body); status != http.StatusOK || text != `{"success":2,"failed":0,"errors":[]}` {
			t.Errorf("%s: %d %s", encoding, status, text)
		}
	}
}

// The good points of a put are taken, and the client is told of the others.
func TestBadPoints(t *testing.T) {
	const rest = `"timestamp":1700000000,"value":1,"tags":{"k":"v"}}`
	bad := map[string]string{
		`{"metric":"",` + rest: "Metric name was empty",
		`{` + rest:             "Metric name was empty",
		`{"metric":"m","timestamp":1700000000,"value":1}`:                            "Missing tags",
		`{"metric":"m","timestamp":1700000000,"value":1,"tags":{"k":""}}`:            "A tag has an empty name or value",
		`{"metric":"m","timestamp":0,"value":1,"tags":{"k":"v"}}`:                    "Invalid timestamp",
		`{"metric":"m","timestamp":-5,"value":1,"tags":{"k":"v"}}`:                   "Invalid timestamp",
		`{"metric":"m","timestamp":99999999999999999999,"value":1,"tags":{"k":"v"}}`: "Invalid timestamp",
		`{"metric":"m","timestamp":1700000000,"tags":{"k":"v"}}`:                     "Empty value",
		`{"metric":"m","timestamp":1700000000,"value":"NaN","tags":{"k":"v"}}`:       "Unable to parse value to a number",
		`{"metric":"m","timestamp":1700000000,"value":"1e999","tags":{"k":"v"}}`:     "Unable to parse value to a number",
		`{"metric":"m","timestamp":1700000000,"value":true,"tags":{"k":"v"}}`:        "Unable to parse the point",
		`{"metric":7,"timestamp":1700000000,"value":1,"tags":{"k":"v"}}`:             "Unable to parse the point",
		`7`: "Unable to parse the point",
	}
	for text, reason := range bad {
		sink := &consumertest.MetricsSink{}
		url := started(t, sink)
		body := []byte(`[` + text + `,{"metric":"m",` + rest + `]`)
		status, got := put(t, "POST", url+"/api/put?details", "", body)
		want := `{"success":1,"failed":1,"errors":[{"datapoint":` + text + `,"error":"` + reason + `"}]}`
		if status != http.StatusBadRequest || got != want {
			t.Errorf("%d %s, want %s", status, got, want)
		}
		if sink.DataPointCount() != 1 {
			t.Errorf("%s: %d points were taken", text, sink.DataPointCount())
		}
		if status, got := put(t, "POST", url+"/api/put?summary", "", body); status != http.StatusBadRequest || got != `{"success":1,"failed":1}` {
			t.Errorf("%d %s", status, got)
		}
		if status, got := put(t, "POST", url+"/api/put", "", body); status != http.StatusBadRequest || !strings.Contains(got, `"message":"One or more data points had errors"`) {
			t.Errorf("%d %s", status, got)
		}
	}
}

// A single point is no list.
func TestSinglePoint(t *testing.T) {
	sink := &consumertest.MetricsSink{}
	status, _ := put(t, "POST", started(t, sink)+"/api/put", "", []byte(` {"metric":"m","timestamp":1700000000,"value":1,"tags":{"k":"v"}}`))
	if status != http.StatusNoContent || sink.DataPointCount() != 1 {
		t.Errorf("%d, %d points", status, sink.DataPointCount())
	}
}

// What is no put is refused in OpenTSDB's form.
func TestRefusals(t *testing.T) {
	sink := &consumertest.MetricsSink{}
	url := started(t, sink)
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	z.Write(bytes.Repeat([]byte(" "), 1<<20))
	z.Close()
	for name, test := range map[string]struct {
		method, path, encoding string
		body                   []byte
		status                 int
	}{
		"get":          {"GET", "/api/put", "", nil, 405},
		"empty":        {"POST", "/api/put", "", nil, 400},
		"no JSON":      {"POST", "/api/put", "", []byte("m 1 2"), 400},
		"half a point": {"POST", "/api/put", "", []byte(`{"metric":`), 400},
		"too large":    {"POST", "/api/put", "", bytes.Repeat([]byte(" "), 1<<20), 413},
		"bomb":         {"POST", "/api/put", "gzip", bomb.Bytes(), 413},
		"no gzip":      {"POST", "/api/put", "gzip", []byte("[]"), 400},
		"snappy":       {"POST", "/api/put", "snappy", []byte("[]"), 400},
		"elsewhere":    {"POST", "/api/query", "", nil, 404},
	} {
		status, text := put(t, test.method, url+test.path, test.encoding, test.body)
		if status != test.status || !strings.HasPrefix(text, fmt.Sprintf(`{"error":{"code":%d,"message":"`, test.status)) || len(text) > 700 {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if sink.DataPointCount() != 0 {
		t.Errorf("%d points were taken", sink.DataPointCount())
	}
}

// A pipeline that does not take points now is 503, for the client to try again; one that
// never will is 400.
func TestPipelineRefuses(t *testing.T) {
	if status, text := put(t, "POST", started(t, consumertest.NewErr(errors.New("the queue is full")))+"/api/put", "", []byte(twoPoints)); status != 503 || !strings.Contains(text, "the queue is full") {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := put(t, "POST", started(t, consumertest.NewErr(consumererror.NewPermanent(errors.New("no"))))+"/api/put", "", []byte(twoPoints)); status != 400 {
		t.Errorf("%d", status)
	}
}

// An answer lists as many bad points as fit.
func TestManyBadPoints(t *testing.T) {
	f := failures{}
	for range 100_000 {
		f.add([]byte(`{}`), errNoMetric)
	}
	if f.count != 100_000 || len(f.listed) > maxListed/maxText {
		t.Errorf("%d are counted, %d are listed", f.count, len(f.listed))
	}
}
