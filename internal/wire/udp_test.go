package wire

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/nettest"
)

// No line would have fit in the datagram before its own.
func TestXCollectorFillsDatagrams(t *testing.T) {
	e := encoding.NewEncoder(encoding.Config{})
	for _, p := range nettest.SeriesPoints(2000) {
		if err := e.Append(p); err != nil {
			t.Fatal(err)
		}
	}
	p, err := pack(e.Flush()[0])
	if err != nil {
		t.Fatal(err)
	}
	size := len(p.datagrams[0])
	for i, datagram := range p.datagrams[1:] {
		first, _, _ := strings.Cut(string(datagram), "\n")
		if room := maxDatagram - len(p.datagrams[i]); room > len(first) {
			t.Errorf("datagram %d has room for %d bytes, and the next line has %d", i, room, len(first)+1)
		}
		size += len(datagram)
	}
	if p.size != size {
		t.Errorf("the size is %d, want %d", p.size, size)
	}
}

func TestXCollectorAddresses(t *testing.T) {
	for addr, want := range map[string]string{
		"":                "udp://127.0.0.1:8953",
		"127.0.0.1:9000":  "udp://127.0.0.1:9000",
		"127.0.3.4:9000":  "udp://127.0.3.4:9000",
		"[::1]:9000":      "udp://[::1]:9000",
		"localhost:9000":  "udp://127.0.0.1:9000",
		"127.0.0.1":       "",
		":8953":           "",
		"127.0.0.1:":      "",
		"127.0.0.1:0":     "",
		"127.0.0.1:70000": "",
		"10.0.0.1:8953":   "",
		"agent:8953":      "",
	} {
		x, err := NewXCollector(addr, WithEnv(nil))
		if (err == nil) != (want != "") {
			t.Errorf("%q: %v", addr, err)
			continue
		}
		if err == nil && x.Endpoint() != want {
			t.Errorf("%q: %s, want %s", addr, x.Endpoint(), want)
		}
		if err != nil && !strings.Contains(err.Error(), "WithXCollector") {
			t.Errorf("%q: %v does not name WithXCollector", addr, err)
		}
	}
}

func TestXCollectorElsewhere(t *testing.T) {
	insecure := variables(map[string]string{"APPTUIT_INSECURE": "true"})
	for name, opt := range map[string]Option{"WithInsecure": WithInsecure(), "APPTUIT_INSECURE": insecure} {
		x, err := NewXCollector("agent:8953", WithEnv(nil), opt)
		if err != nil || x.Endpoint() != "udp://agent:8953" {
			t.Errorf("%s: %v, %v", name, x, err)
		}
	}
}

// What is meant for HTTP is refused in code, and left alone in the environment.
func TestXCollectorOptions(t *testing.T) {
	for name, opt := range map[string]Option{
		"WithEndpoint":              WithEndpoint("https://store.test"),
		"WithToken":                 WithToken(testToken),
		"WithUserID":                WithUserID("u"),
		"WithHeaders":               WithHeaders(map[string]string{"k": "v"}),
		"WithMillisecondTimestamps": WithMillisecondTimestamps(),
		"WithTimeout":               WithTimeout(-1),
	} {
		_, err := NewXCollector("", WithEnv(nil), opt)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	x, err := NewXCollector("", variables(map[string]string{
		"APPTUIT_API_TOKEN": "test-token", "APPTUIT_API_ENDPOINT": "nowhere", "APPTUIT_TIMEOUT": "1500", "APPTUIT_COMPRESSION": "none",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if x.Timeout() != 1500*time.Millisecond || x.EncoderConfig().Compression != encoding.CompressNone {
		t.Errorf("time-out %s, compression %s", x.Timeout(), x.EncoderConfig().Compression)
	}
}

func TestXCollectorLines(t *testing.T) {
	for _, tt := range []struct {
		point Datapoint
		want  string
	}{
		{Datapoint{"m", nil, 7, "1"}, "m 7 1\n"},
		{Datapoint{"m", map[string]string{"k": "v", "a": "b"}, 7, "-2.5e-07"}, "m 7 -2.5e-07 a=b k=v\n"},
		{Datapoint{"m", map[string]string{"k": "a = b", "l": "=", "x=y": "z"}, 7, "1"}, "m 7 1 k=a_=_b l== x_y=z\n"},
		{Datapoint{"a b\tc", map[string]string{"k\n1": "x\r\ny\u2028z\u00a0\x00"}, 7, "1"}, "a_b_c 7 1 k_1=x__y_z__\n"},
		{Datapoint{"größe", map[string]string{"ort": "日本 語", "no": ""}, 7, "1"}, "größe 7 1 ort=日本_語\n"},
		{Datapoint{"m", nil, 1_700_000_000_987, "1"}, "m 1700000000 1\n"},
		{Datapoint{"m", nil, math.MaxUint32, "1"}, "m 4294967295 1\n"},
	} {
		if got := string(appendLine(nil, tt.point)); got != tt.want {
			t.Errorf("%+v\ngot  %q\nwant %q", tt.point, got, tt.want)
		}
	}
}

// What no encoder writes is refused with its reason.
func TestXCollectorRefusesWhatHasNoLine(t *testing.T) {
	body := `[{"metric":"","timestamp":1,"value":1},{"metric":"m","value":1},` +
		`{"metric":"m","timestamp":1,"value":"x\ny"},{"metric":"m","timestamp":1,"value":1e999},{"metric":"ok","timestamp":1,"value":1}]`
	p, err := pack(encoding.Batch{Body: []byte(body), Compression: encoding.CompressNone, Points: 5})
	if err != nil || len(p.datagrams) != 1 || string(p.datagrams[0]) != "ok 1 1\n" {
		t.Fatalf("%q, %v", p.datagrams, err)
	}
	for i, want := range []encoding.Reason{encoding.ErrName, encoding.ErrTimestamp, encoding.ErrNotFinite, encoding.ErrNotFinite} {
		if p.refused[i].Code != want {
			t.Errorf("point %d: %q, want %q", i, p.refused[i].Code, want)
		}
	}
}

// Of whatever was encoded, each point is one line that reads back.
func FuzzXCollectorLine(f *testing.F) {
	f.Add("node.cpu", "type", "idle", int64(1_700_000_000), 12.5)
	f.Add("a b", "k=1", "x = y\nz 1 2", int64(1), 0.0)
	f.Add("größe", "日本", "\u2028\x00\xff \t", int64(math.MaxUint32), 1e300)
	f.Add("m", "k", strings.Repeat("é ", 4090), int64(5), math.SmallestNonzeroFloat64)
	f.Fuzz(func(t *testing.T, metric, key, value string, at int64, v float64) {
		series, err := encoding.NewSeries(encoding.SanitizeApptuit, metric,
			encoding.Tag{Key: key, Value: value}, encoding.Tag{Key: "host", Value: "a"})
		if err != nil {
			return
		}
		e := encoding.NewEncoder(encoding.Config{Compression: encoding.CompressNone})
		for range 2 {
			if e.Append(encoding.Point{Series: series, Time: time.Unix(at, 0), Value: encoding.Float(v)}) != nil {
				return
			}
		}
		p, err := pack(e.Flush()[0])
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, datagram := range p.datagrams {
			if len(datagram) > maxDatagram {
				t.Fatalf("a datagram of %d bytes", len(datagram))
			}
			text.Write(datagram)
		}
		got := nettest.ParseLines(t, text.String())
		if len(got)+len(p.refused) != 2 {
			t.Fatalf("%d lines, %d refused: %.200q", len(got), len(p.refused), text.String())
		}
		for _, q := range got {
			wantSame(t, q, series, at, v)
		}
	})
}

// wantSame wants what a line says to be the point, but for what no line can hold.
func wantSame(t *testing.T, p nettest.Line, series *encoding.Series, at int64, v float64) {
	t.Helper()
	value, err := strconv.ParseFloat(p.Value, 64)
	if err != nil || value != v || p.Timestamp != at || p.Metric != series.Metric() || len(p.Tags) != len(series.Tags()) {
		t.Fatalf("%+v, want %s %d %g", p, series, at, v)
	}
	for _, tag := range series.Tags() {
		want := strings.Map(func(r rune) rune {
			if notInWord(r) {
				return '_'
			}
			return r
		}, tag.Value)
		if p.Tags[tag.Key] != want {
			t.Fatalf("tag %q is %q, want %q", tag.Key, p.Tags[tag.Key], want)
		}
	}
}
