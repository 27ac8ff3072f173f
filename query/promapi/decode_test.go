package promapi

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/apptuitai/apptuit-go/internal/heaptest"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

// values are answers to expressions that client_golang reads too.
var values = []string{
	four,
	`{"status":"success","data":{"result":[1714564800.125,"-1.5e-7"],"resultType":"scalar"},"warnings":["w","x"],"infos":["i"]}`,
	`{"status":"success","data":{"resultType":"vector","result":[]}}`,
	`{"status":"success","data":{"resultType":"matrix","result":[]},"warnings":[]}`,
	`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"a","b":"c \u2603"},"value":[1714564800,"NaN"]},{"metric":{},"value":[1714564800.5,"+Inf"]}]}}`,
	`{"infos":null,"data":{"stats":{"a":[1,{}]},"result":[{"values":[[1714564800,"1"],[1714564815.25,"-Inf"],[1714564830,"123456789.123456789"]],"metric":{"b":"\"\\\n"}},{"metric":{"d":""},"values":[]}],"resultType":"matrix"},"status":"success"}`,
	`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"histogram":[1714564800,{"count":"7","sum":"3.5","buckets":[[3,"-0.5","0.5","2"],[0,"0.5","+Inf","5"]]}]}]}}`,
	`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1714564800,"1"]],"histograms":[[1714564815,{"count":"0","sum":"0"}],[1714564830,{"sum":"3.5","count":"7","buckets":[[1,"0","1","7"]]}]]}]}}`,
}

// serving returns a server that gives each answer in its turn.
func serving(t testing.TB, answers ...string) *httptest.Server {
	t.Helper()
	at := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, answers[at%len(answers)])
		at++
	}))
	t.Cleanup(srv.Close)
	return srv
}

// A value is what client_golang makes of it.
func TestValuesLikeClientGolang(t *testing.T) {
	plain, err := api.NewClient(api.Config{Address: serving(t, values...).URL})
	must(t, err)
	theirs, ours := v1.NewAPI(plain), connect(t, transport.WithEndpoint(serving(t, values...).URL))
	for _, text := range values {
		want, warnings, infos, err := theirs.Query(t.Context(), "x", noon)
		must(t, err)
		got, w, i, err := ours.Query(t.Context(), "x", noon)
		must(t, err)
		if !bytes.Equal(shownValue(got), shownValue(want)) || fmt.Sprint(w, i) != fmt.Sprint(warnings, infos) {
			t.Errorf("%s\ngave %s %v %v\nwant %s %v %v", text, shownValue(got), w, i, shownValue(want), warnings, infos)
		}
	}
}

// shownValue shows all of a value, histograms too, and NaN as equal to itself.
func shownValue(v model.Value) []byte {
	b := fmt.Appendf(nil, "%T %d %s", v, reflect.ValueOf(v).Kind(), v)
	if matrix, ok := v.(model.Matrix); ok {
		for _, s := range matrix {
			b = fmt.Appendf(b, "; %v %v", s.Values, s.Histograms)
		}
	}
	return b
}

// A string, which client_golang does not read, is a value too.
func TestStrings(t *testing.T) {
	prom := connect(t, transport.WithEndpoint(serving(t, `{"status":"success","data":{"resultType":"string","result":[1714564800,"a\tb"]}}`).URL))
	value, _, _, err := prom.Query(t.Context(), `"a\tb"`, noon)
	if text, ok := value.(*model.String); err != nil || !ok || *text != (model.String{Value: "a\tb", Timestamp: model.TimeFromUnix(1714564800)}) {
		t.Errorf("%v, %v", value, err)
	}
}

// What is no value of its kind is an error.
func TestNoValues(t *testing.T) {
	data := []string{
		`{}`, `null`, `{"resultType":"matrix"}`, `{"result":[]}`, `{"resultType":"cube","result":[]}`, `{"resultType":"scalar","result":[]}`,
		`{"resultType":"scalar","result":[1]}`, `{"resultType":"scalar","result":[1,"x"]}`, `{"resultType":"scalar","result":[1,"1",2]}`, `{"resultType":"scalar","result":[{}]}`,
		`{"resultType":"vector","result":[{}]}`, `{"resultType":"vector","result":[1,"1"]}`, `{"resultType":"vector","result":[{"metric":{},"value":[1]}]}`,
		`{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]},1]}`, `{"resultType":"matrix","result":[{"metric":{},"values":[[1,"one"]]}]}`,
		`{"resultType":"matrix","result":[{"histograms":[[1]]}]}`, `{"resultType":"matrix","result":[{"histograms":[[1,{},2]]}]}`,
		`{"resultType":"matrix","result":[{"histograms":[[1,{"buckets":[[0,"1","2"]]}]]}]}`, `{"resultType":"matrix","result":[{"histograms":[[1,{"buckets":[[0,"1","2","3","4"]]}]]}]}`,
	}
	for _, text := range data {
		prom := connect(t, transport.WithEndpoint(serving(t, `{"status":"success","data":`+text+`}`).URL), transport.WithMaxAttempts(1))
		if value, _, _, err := prom.Query(t.Context(), "x", noon); err == nil || value != nil {
			t.Errorf("%s is %v", text, value)
		}
	}
}

// FuzzValues holds that an answer is the same value however it comes, and no panic.
func FuzzValues(f *testing.F) {
	for _, text := range values {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var whole, slow reading
		err, slowErr := whole.read(strings.NewReader(text), 1<<20), slow.read(iotest.OneByteReader(strings.NewReader(text)), 1<<20)
		if fmt.Sprint(err) != fmt.Sprint(slowErr) || (err == nil) != (whole.value != nil) {
			t.Fatalf("%v and %v", err, slowErr)
		}
		if err == nil && !bytes.Equal(shownValue(whole.value), shownValue(slow.value)) {
			t.Errorf("%s and %s", shownValue(whole.value), shownValue(slow.value))
		}
	})
}

// longAnswer is a matrix of about so many bytes.
func longAnswer(size int) string {
	text := []byte(`{"status":"success","data":{"resultType":"matrix","result":[`)
	for i := 0; len(text) < size; i++ {
		if i > 0 {
			text = append(text, ',')
		}
		text = fmt.Appendf(text, `{"metric":{"__name__":"node.cpu","host":"node-%d","zone":"eu-west-1a"},"values":[`, i)
		for j := range 10_000 {
			if j > 0 {
				text = append(text, ',')
			}
			text = fmt.Appendf(text, `[%d,"%v"]`, noon.Unix()+60*int64(j), float64(j*7919%100_000)/1000)
		}
		text = append(text, "]}"...)
	}
	return string(append(text, "]}}"...))
}

// both ask for the same by this package and by query.
func both(t testing.TB, endpoint string) map[string]func() error {
	opts := []query.Option{transport.WithEnv(nil), transport.WithToken(testToken), transport.WithEndpoint(endpoint)}
	prom, err := New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	client, err := query.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	t.Cleanup(prom.(api.CloseIdler).CloseIdleConnections)
	end := noon.Add(240 * time.Hour)
	return map[string]func() error{
		"promapi": func() error {
			_, _, _, err := prom.QueryRange(t.Context(), "x", v1.Range{Start: noon, End: end, Step: time.Minute})
			return err
		},
		"query": func() error {
			_, err := client.PromQL(t.Context(), "x", query.Range{Start: noon, End: end, Step: time.Minute})
			return err
		},
	}
}

// A long answer holds no more than it does in package query.
func TestHoldsWhatQueryHolds(t *testing.T) {
	ask := both(t, serving(t, longAnswer(20<<20)).URL)
	held := func(name string) int64 {
		return heaptest.Within(t, 1<<30, func() { must(t, ask[name]()) })
	}
	if own, theirs := held("promapi"), held("query"); own > theirs+theirs/4+1<<20 {
		t.Errorf("%d KiB, and query holds %d", own>>10, theirs>>10)
	}
}

func BenchmarkRange(b *testing.B) {
	srv := serving(b, longAnswer(20<<20))
	for name, ask := range both(b, srv.URL) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
