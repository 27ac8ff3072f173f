package query

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/internal/answer"
	"github.com/apptuitai/apptuit-go/internal/heaptest"
)

// sameAnswers returns the same points as Apptuit answers them, as PromQL does, and as a
// line of an export has them, each of about so many bytes.
func sameAnswers(size int) (apptuit, prom, export []byte) {
	const points = 10_000
	r := rand.New(rand.NewPCG(1, 2))
	apptuit, prom = []byte(`{"outputs":[{"id":"cpu","result":[`), []byte(`{"status":"success","data":{"resultType":"matrix","result":[`)
	for i := 0; len(prom) < size; i++ {
		if i > 0 {
			apptuit, prom = append(apptuit, ','), append(prom, ',')
		}
		apptuit = fmt.Appendf(apptuit, `{"metric":"node.cpu","tags":{"host":"node-%d","zone":"eu-west-1a"},"dps":[`, i)
		prom = fmt.Appendf(prom, `{"metric":{"__name__":"node.cpu","host":"node-%d","zone":"eu-west-1a"},"values":[`, i)
		var values, times []byte
		for j := range points {
			comma := ","
			if j == 0 {
				comma = ""
			}
			at, v := 1_714_564_800+60*j, float64(r.IntN(100_000))/1000
			if j%2 == 0 {
				v = r.Float64()
			}
			apptuit = fmt.Appendf(apptuit, "%s[%d,%v]", comma, at, v)
			prom = fmt.Appendf(prom, `%s[%d,"%v"]`, comma, at, v)
			values, times = fmt.Appendf(values, "%s%v", comma, v), fmt.Appendf(times, "%s%d000", comma, at)
		}
		apptuit, prom = append(apptuit, "]}"...), append(prom, "]}"...)
		export = fmt.Appendf(export, `{"metric":{"__name__":"node.cpu","host":"node-%d","zone":"eu-west-1a"},"values":[%s],"timestamps":[%s]}`+"\n", i, values, times)
	}
	return append(apptuit, "]}]}"...), append(prom, "]}}"...), export
}

func decodeProm(r io.Reader) (*Result, error) {
	return newDecoder(r, answer.Always, maxAnswer).whole(promResult("x"))
}

// The same points by PromQL hold at most twice the memory, and take at most twice the
// time, that they do by Apptuit's own query.
func TestPromCostsLittleMore(t *testing.T) {
	apptuit, prom, _ := sameAnswers(20 << 20)
	var own, theirs *Result
	first := heaptest.Within(t, 1<<30, func() { own, _ = decode(bytes.NewReader(apptuit), answer.Always, maxAnswer) })
	second := heaptest.Within(t, 2*first+1<<20, func() { theirs, _ = decodeProm(bytes.NewReader(prom)) })
	if !sameOutputs([]Output{{"", own.Outputs[0].Series}}, []Output{{"", theirs.Outputs[0].Series}}) {
		t.Error("the points are not the same")
	}
	best := func(f func()) time.Duration {
		least := time.Hour
		for range 5 {
			began := time.Now()
			f()
			least = min(least, time.Since(began))
		}
		return least
	}
	ours := best(func() { _, _ = decode(bytes.NewReader(apptuit), answer.Always, maxAnswer) })
	took := best(func() { _, _ = decodeProm(bytes.NewReader(prom)) })
	t.Logf("%d and %d KiB, %v and %v", first>>10, second>>10, ours, took)
	if took > 2*ours {
		t.Errorf("PromQL takes %v, and the same by Query %v", took, ours)
	}
}

func BenchmarkSamePoints(b *testing.B) {
	apptuit, prom, export := sameAnswers(20 << 20)
	for name, read := range map[string]func() error{
		"Query":  func() error { return second(decode(bytes.NewReader(apptuit), answer.Always, maxAnswer)) },
		"PromQL": func() error { return second(decodeProm(bytes.NewReader(prom))) },
		"Raw": func() error {
			l := newLines(bytes.NewReader(export), answer.Always, maxAnswer)
			for {
				if _, err := l.next(); err == io.EOF {
					return nil
				} else if err != nil {
					return err
				}
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// hostileOthers are answers made to fill memory: as PromQL, as OpenTSDB's and as exports.
var hostileOthers = map[string][2]string{
	"prom one series":     {`{"data":{"result":[{"values":[[1,"1"]`, `,[1,"1"]`},
	"prom empty series":   {`{"data":{"result":[{}`, `,{}`},
	"prom short series":   {`{"data":{"result":[{}`, `,{"metric":{"__name__":"a#","b":"c#"},"value":[1,"1"]}`},
	"prom many labels":    {`{"data":{"result":[{"metric":{"a":"b"`, `,"a#":"b"`},
	"prom histograms":     {`{"data":{"result":[{"histograms":[null`, `,[1,{"count":"1","sum":"1","buckets":[[0,"0","#","1"]]}]`},
	"prom one histogram":  {`{"data":{"result":[{"histograms":[[1,{"buckets":[[0,"0","1","1"]`, `,[0,"0","#","1"]`},
	"prom tagged buckets": {`{"data":{"result":[{"metric":{"a":"","b":"","c":"","d":"","e":"","f":"","g":"","h":"","i":""},"histograms":[[1,{"buckets":[[0,"0","1","1"]`, `,[0,"0","#","1"]`},
	"prom warnings":       {`{"warnings":[""`, `,"#"`},
	"prom warnings again": {`{"warnings":[""]`, `,"warnings":["` + strings.Repeat("x", 999) + `"]`},
	"prom a string":       {`{"data":{"result":[1,"`, `x`},
	"prom results again":  {`{"data":{"result":[]`, `,"result":[{},{},{}]`},
	"prom an error":       {`{"error":"`, `x`},
	"tsdb one series":     {`[{"dps":{"1":1`, `,"1":1`},
	"tsdb series":         {`[{"metric":"m"}`, `,{"metric":"m","tags":{"a":"#"},"aggregateTags":["#","b"],"dps":{"1":1}}`},
	"tsdb aggregated":     {`[{"aggregateTags":[""`, `,"#"`},
	"tsdb a long time":    {`[{"dps":{"`, `1`},
	"line values":         {`{"values":[1`, `,1`},
	"line null values":    {`{"values":[null`, `,null`},
	"line timestamps":     {`{"timestamps":[1`, `,1`},
	"line values again":   {`{"values":[1]`, `,"values":[1,2]`},
	"line labels":         {`{"metric":{"a":"b"`, `,"a#":"b"`},
	"line unknown":        {`{"x":[1`, `,{"#":1}`},
	"line of space":       {"", " "},
}

// Whatever comes, what is held of it stays within the bound.
func TestOtherDecodersHoldNoMoreThanTheirBudget(t *testing.T) {
	const bound = 1 << 20
	decoders := map[string]func(io.Reader) error{
		"prom": func(r io.Reader) error { return second(newDecoder(r, answer.Always, bound).whole(promResult("x"))) },
		"tsdb": func(r io.Reader) error { return second(newDecoder(r, answer.Always, bound).whole(tsdbResult("x"))) },
		"line": func(r io.Reader) error { return second(newLines(r, answer.Always, bound).next()) },
	}
	for name, text := range hostileOthers {
		t.Run(name, func(t *testing.T) {
			r := io.LimitReader(io.MultiReader(strings.NewReader(text[0]), &counted{format: text[1]}), 7*bound)
			kind, _, _ := strings.Cut(name, " ")
			var err error
			most := answer.Most(bound) + slack
			held := heaptest.Within(t, most, func() { err = decoders[kind](r) })
			if err == nil || len(err.Error()) > 500 {
				t.Errorf("%v", err)
			}
			t.Logf("%d of %d KiB: %v", held>>10, most>>10, err)
		})
	}
}

// An export holds one line at a time, however many come.
func TestExportHoldsOneLine(t *testing.T) {
	const lines = 200
	line := `{"metric":{"__name__":"m","host":"#"},"values":[` + strings.Repeat("0.5,", 9999) + `1],"timestamps":[` + strings.Repeat("1714564800000,", 9999) + `1]}` + "\n"
	l, n := newLines(io.LimitReader(&counted{format: line}, int64(lines*len(line))), answer.Always, 1<<20), 0
	heaptest.Within(t, 4<<20, func() {
		for {
			if _, err := l.next(); err != nil {
				break
			}
			n++
		}
	})
	if n < lines-1 {
		t.Errorf("%d lines", n)
	}
}
