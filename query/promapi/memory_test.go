package promapi

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/apptuitai/apptuit-go/internal/answer"
	"github.com/apptuitai/apptuit-go/internal/heaptest"
	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

// A bomb is an answer made to fill memory: what begins its data, what comes again
// and again, and what ends it; and the methods that take it.
type bomb struct{ begin, each, end, methods string }

var bombs = map[string]bomb{
	"empty series":   {`{"resultType":"matrix","result":[{}`, `,{}`, `]}`, "Query QueryRange"},
	"null series":    {`{"resultType":"matrix","result":[{}`, `,null`, `]}`, "Query"},
	"no series":      {`{"resultType":"matrix","result":[1`, `,1`, `]}`, "Query"},
	"short series":   {`{"resultType":"matrix","result":[{}`, `,{"metric":{"a":"b"},"values":[[1,"1"]]}`, `]}`, "Query"},
	"a long series":  {`{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"]`, `,[1,"1"]`, `]}]}`, "QueryRange"},
	"null values":    {`{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"]`, `,null`, `]}]}`, "Query"},
	"histograms":     {`{"resultType":"matrix","result":[{"metric":{},"histograms":[[1,{"count":"1","sum":"1","buckets":[[0,"1","2","3"]`, `,[0,"1","2","3"]`, `]}]]}]}`, "Query"},
	"vector":         {`{"resultType":"vector","result":[{}`, `,{"metric":{"a":"b","c":"d"},"value":[1,"1"]}`, `]}`, "Query"},
	"nine labels":    {`{"resultType":"vector","result":[{}`, `,{"metric":{"a":"","b":"","c":"","d":"","e":"","f":"","g":"","h":"","i":""}}`, `]}`, "Query"},
	"empty vector":   {`{"resultType":"vector","result":[{}`, `,{}`, `]}`, "Query"},
	"labels":         {`[""`, `,""`, `]`, "LabelNames LabelValues Series"},
	"no labels":      {`[1`, `,1`, `]`, "LabelNames Series Metadata"},
	"arrays":         {`[[]`, `,[]`, `]`, "LabelNames Series Query"},
	"label sets":     {`[{}`, `,{"a":"b"}`, `]`, "Series"},
	"empty sets":     {`[{}`, `,{}`, `]`, "Series"},
	"targets":        {`{"activeTargets":[{}`, `,{}`, `]}`, "Targets"},
	"null targets":   {`{"activeTargets":[{}`, `,null`, `]}`, "Targets"},
	"no targets":     {`{"activeTargets":[1`, `,1`, `]}`, "Targets"},
	"array targets":  {`{"activeTargets":[1`, `,[]`, `]}`, "Targets"},
	"text targets":   {`{"activeTargets":[1`, `,""`, `]}`, "Targets"},
	"space targets":  {`{"activeTargets":[1`, `, 1`, `]}`, "Targets"},
	"rules":          {`{"groups":[{}`, `,{"rules":[{"type":"alerting","query":"a"}]}`, `]}`, "Rules"},
	"alerts":         {`{"alerts":[{}`, `,{}`, `]}`, "Alerts"},
	"metadata":       {`{"a":[{}`, `,{}`, `]}`, "Metadata TargetsMetadata"},
	"exemplars":      {`[{"exemplars":[{}`, `,{"labels":{"a":"b"},"value":"1","timestamp":1}`, `]}]`, "QueryExemplars"},
	"flags":          {`{"a":"b"`, `,"#":"b"`, `}`, "Flags"},
	"tsdb":           {`{"seriesCountByMetricName":[{}`, `,{}`, `]}`, "TSDB"},
	"one text":       {`"`, `x`, `"`, "FormatQuery Config Query"},
	"escapes":        {`["`, `\n`, `"]`, "LabelNames"},
	"deep":           {``, `[`, ``, "Query"},
	"an error":       {`{},"status":"error","error":"`, `x y`, `"`, "Query"},
	"unknown fields": {`{"x":[1`, `,[[[[1,2]]]]`, `]}`, "Query Metadata Targets"},
}

// An answer takes no more memory than its text, twice, and what it may take
// decoded.
func TestAnswersHoldNoMoreThanTheirBound(t *testing.T) {
	const bound = 2 << 20
	for name, b := range bombs {
		prom := dial(t, &nettest.Wire{Replies: []nettest.Reply{packed(envelope(b, bound-100))}}, transport.WithMaxAnswerBytes(bound), transport.WithMaxAttempts(1))
		for method := range strings.FieldsSeq(b.methods) {
			m, _ := reflect.TypeFor[v1.API]().MethodByName(method)
			var err error
			heaptest.Within(t, answer.Most(bound)+2*bound+4<<20, func() { err = call(t, prom, m.Index) })
			if t.Failed() {
				t.Fatalf("%s, %s: %.200v", name, method, err)
			}
		}
	}
}

// envelope returns an answer of about so many bytes.
func envelope(data bomb, size int) string {
	var b strings.Builder
	b.WriteString(`{"status":"success","data":` + data.begin)
	for i := 0; b.Len() < size-len(data.end)-100; i++ {
		b.WriteString(strings.Replace(data.each, "#", strconv.Itoa(i), 1))
	}
	return b.String() + data.end + "}"
}

// What is too large says which bound that is.
func TestTooLargeToDecode(t *testing.T) {
	prom := dial(t, &nettest.Wire{Replies: []nettest.Reply{packed(envelope(bombs["empty series"], 1<<20))}}, transport.WithMaxAnswerBytes(1<<20))
	_, _, _, err := prom.Query(t.Context(), "x", noon)
	if !errors.Is(err, query.ErrTooLarge) || !strings.Contains(err.Error(), "WithMaxAnswerBytes") || !strings.Contains(err.Error(), "ask for less") {
		t.Error(err)
	}
}

// A usual answer of the largest size is read.
func TestUsualAnswersAreNotTooLarge(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"resultType":"matrix","result":[`)
	for i := range 40 {
		b.WriteString(fmt.Sprintf(`{"metric":{"__name__":"node_cpu","host":"node-%d","zone":"eu-west-1a"},"values":[[1714564800,"4"]`, i))
		b.WriteString(strings.Repeat(`,[1714564800,"23.05"]`, 1400) + `]},`)
	}
	answer := `{"status":"success","data":` + b.String() + `{"metric":{},"values":[]}]}}`
	prom := dial(t, &nettest.Wire{Replies: []nettest.Reply{packed(answer)}}, transport.WithMaxAnswerBytes(int64(len(answer))))
	if _, _, _, err := prom.QueryRange(t.Context(), "x", v1.Range{Start: noon, End: noon, Step: time.Second}); err != nil {
		t.Error(err)
	}
}

// No error leads to one that repeats more of what the server said than its
// beginning, and the one that is shown repeats a line.
func TestErrorsShowLittle(t *testing.T) {
	for _, s := range []string{strings.Repeat("x", 1<<20), strings.Repeat("\x1b[31m ", 1<<16)} {
		quoted := fmt.Sprintf("%q", s)
		for _, r := range []nettest.Reply{
			nettest.Status(200, `{"status":"error","error":`+strings.ReplaceAll(quoted, `\x1b`, `\u001b`)+`}`), nettest.Status(400, s), nettest.Status(422, s), nettest.Status(503, s),
			nettest.Status(200, s), nettest.Status(200, `{"status":"success","data":"`+s+`"}`), nettest.Status(200, `{"status":"success","data":{"resultType":"x`+s+`"}}`),
		} {
			prom := dial(t, &nettest.Wire{Replies: []nettest.Reply{r}}, transport.WithMaxAttempts(1))
			_, _, _, err := prom.Query(t.Context(), "x", noon)
			if len(err.Error()) > 600 {
				t.Errorf("%d bytes: %.300q", len(err.Error()), err)
			}
			for _, e := range chain(err) {
				if len(e.Error()) > 10<<10 || strings.Contains(e.Error(), "\x1b") {
					t.Errorf("%T: %d bytes: %.300q", e, len(e.Error()), e)
				}
			}
		}
	}
}

// chain returns an error and all that it leads to.
func chain(err error) (all []error) {
	if err == nil {
		return nil
	}
	all = append(all, err)
	switch x := err.(type) {
	case interface{ Unwrap() error }:
		all = append(all, chain(x.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, e := range x.Unwrap() {
			all = append(all, chain(e)...)
		}
	}
	return all
}
