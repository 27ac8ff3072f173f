package query

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/apptuitai/apptuit-go/internal/answer"
	"github.com/apptuitai/apptuit-go/internal/heaptest"
)

// counted writes a text again and again, each time with another number in it.
type counted struct {
	format string
	n      int
	rest   string
}

func (c *counted) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if c.rest == "" {
			c.rest = strings.ReplaceAll(c.format, "#", fmt.Sprint(c.n))
			c.n++
		}
		copied := copy(p[n:], c.rest)
		n, c.rest = n+copied, c.rest[copied:]
	}
	return n, nil
}

// hostile are answers made to fill memory: what they begin with, and what comes
// again and again. A # is another number each time.
var hostile = map[string][2]string{
	"one long series":   {`{"outputs":[{"result":[{"dps":[[1,1]`, ",[1,1]"},
	"short series":      {`{"outputs":[{"result":[{}`, `,{"dps":[[1,1]]}`},
	"long series":       {`{"outputs":[{"result":[{}`, `,{"dps":[` + strings.Repeat("[1,1],", 999) + `[1,1]]}`},
	"empty series":      {`{"outputs":[{"result":[{}`, ",{}"},
	"one tag":           {`{"outputs":[{"result":[{}`, `,{"tags":{"":""}}`},
	"nine tags":         {`{"outputs":[{"result":[{}`, `,{"tags":{"1":"","2":"","3":"","4":"","5":"","6":"","7":"","8":"","9":""}}`},
	"tags of their own": {`{"outputs":[{"result":[{}`, `,{"metric":"m#","tags":{"k#":"v#"}}`},
	"many tags":         {`{"outputs":[{"result":[{"tags":{"a":"b"`, `,"#":""`},
	"many long tags":    {`{"outputs":[{"result":[{"tags":{"a":"b"`, `,"#":"` + strings.Repeat("v", 33) + `"`},
	"one tag again":     {`{"outputs":[{"result":[{"tags":{"a":"b"`, `,"a":"b#"`},
	"texts":             {`{"outputs":[{"result":[{}`, `,{"metric":"` + strings.Repeat("x", 65) + `"}`},
	"escaped texts":     {`{"outputs":[{"result":[{}`, `,{"metric":"` + strings.Repeat(`\n`, 65) + `"}`},
	"no UTF-8":          {`{"outputs":[{"result":[{}`, `,{"metric":"` + strings.Repeat("\xff", 900) + `"}`},
	"outputs":           {`{"outputs":[{}`, `,{"result":[{}]}`},
	"outputs with ids":  {`{"outputs":[{}`, `,{"id":"#","result":[{}]}`},
	"outputs again":     {`{"outputs":[]`, `,"outputs":[{"result":[{},{},{}]}]`},
	"series again":      {`{"outputs":[{"result":[]`, `,"result":[{},{}]`},
	"hints":             {`{"hints":[""`, `,"#"`},
	"empty hints":       {`{"hints":[""`, `,""`},
	"hints of any kind": {`{"hints":[""`, `,{"a":[#]}`},
	"hints again":       {`{"hints":[""]`, `,"hints":["` + strings.Repeat("x", 999) + `"]`},
	"query again":       {`{"query":[]`, `,"query":{"querytext":"` + strings.Repeat("x", 999) + `"}`},
	"unknown":           {`{"x":[1`, `,{"#":["#",#]}`},
	"unknown fields":    {`{"x":1`, `,"x#":#`},
	"unknown of series": {`{"outputs":[{"result":[{}`, `,{"x#":"#"}`},
	"a long text":       {`{"outputs":[{"id":"`, "x"},
	"deep":              {`{"x":`, "["},
	"deep series":       {`{"outputs":[{"result":[{"tags":{"a":`, `{"a":`},
	"white space":       {`{`, " "},
}

// Whatever comes, what is held of it stays within the bound, and the error says
// which bound that is.
func TestDecodeHoldsNoMoreThanItsBudget(t *testing.T) {
	const bound = 1 << 20
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			r := io.LimitReader(io.MultiReader(strings.NewReader(text[0]), &counted{format: text[1]}), 7*bound)
			var result *Result
			var err error
			most := answer.Most(bound) + slack
			held := heaptest.Within(t, most, func() { result, err = decode(r, allTime, bound) })
			if err == nil || result != nil {
				t.Errorf("%+v", result)
			}
			if errors.Is(err, ErrTooLarge) && !strings.Contains(err.Error(), "WithMaxAnswerBytes") {
				t.Error(err)
			}
			t.Logf("%d of %d KiB: %v", held>>10, most>>10, err)
		})
	}
}

// slack is what decoding takes of memory whatever comes.
const slack = 3 << 20

// What is charged for a result is about what it takes. While a list grows there are
// two of it, of which one is given back.
func TestBudgetIsExact(t *testing.T) {
	const size = 2 << 20
	for name, text := range hostile {
		if !strings.HasPrefix(text[0], `{"outputs":[{"result":[{}`) {
			continue
		}
		d := newDecoder(io.LimitReader(io.MultiReader(strings.NewReader(text[0]), &counted{format: text[1]}), size), allTime, 1<<40)
		before := d.Left()
		held := heaptest.Within(t, 1<<30, func() { _, _ = d.result() })
		if charged := before - d.Left(); charged+charged/2 < held-slack || charged > 3*held+slack {
			t.Errorf("%s: %d KiB are charged for %d KiB", name, charged>>10, held>>10)
		}
	}
}

// A usual answer of the largest size is read: points and series of the usual kind
// take less than the budget.
func TestBudgetIsEnough(t *testing.T) {
	const bound = 4 << 20
	for name, series := range map[string]string{
		"points": `{"metric":"node.cpu","tags":{"host":"node-#"},"dps":[` + strings.Repeat("[1406829600,23],", 5000) + `[1,1]]},`,
		"series": `{"metric":"node.cpu.seconds","tags":{"host":"node-#","zone":"eu-west-1a","type":"idle"},"aggregatedTags":[],"dps":[[1406829600,23.05]]},`,
	} {
		var text strings.Builder
		text.WriteString(`{"outputs":[{"id":"cpu","result":[`)
		for i := 0; text.Len() < bound; i++ {
			text.WriteString(strings.ReplaceAll(series, "#", fmt.Sprint(i)))
		}
		text.WriteString("{}]}]}")
		if _, err := decode(strings.NewReader(text.String()), allTime, bound); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// roomy are answers that the bound lets through, each of which asks most of a table in
// another way.
var roomy = map[string][3]string{
	"empty series":    {`{"outputs":[{"id":"x","result":[{}`, `,{"metric":"","tags":{},"dps":[]}`, `]}]}`},
	"names":           {`{"outputs":[{"id":"x","result":[{}`, `,{"metric":"m#"}`, `]}]}`},
	"tags":            {`{"outputs":[{"id":"x","result":[{}`, `,{"metric":"cpu","tags":{"host":"node-#","zone":"eu-west-1a"},"dps":[[1,1]]}`, `]}]}`},
	"a long id":       {`{"outputs":[{"id":"y","result":[{}]},{"id":"` + strings.Repeat("x", 1<<16) + `","result":[{}`, `,{}`, `]}]}`},
	"outputs":         {`{"outputs":[{"id":"x","result":[{}]}`, `,{"id":"o#","result":[{}]}`, `]}`},
	"one time each":   {`{"outputs":[{"id":"x","result":[{}`, `,{"dps":[[#,1]]}`, `]}]}`},
	"points":          {`{"outputs":[{"id":"x","result":[{"dps":[[0,0]`, `,[#,1]`, `]}]}]}`},
	"unsorted points": {`{"outputs":[{"id":"x","result":[{"dps":[[4000000000,0]`, `,[#,1]`, `]}]}]}`},
}

// What passes the bound of an answer makes a frame within the same bound, and what is
// too much as a table is refused before it is made.
func TestFramesHoldNoMoreThanTheBudget(t *testing.T) {
	const bound = 2 << 20
	for name, text := range roomy {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			b.WriteString(text[0])
			for i := 0; b.Len() < bound*3/8 && i < 30_000; i++ {
				b.WriteString(strings.ReplaceAll(text[1], "#", fmt.Sprint(i)))
			}
			b.WriteString(text[2])
			result, err := decode(strings.NewReader(b.String()), allTime, bound)
			if err != nil {
				t.Fatal(err)
			}
			var f *Frame
			most := answer.Most(bound)
			held := heaptest.Within(t, most, func() { f = result.Frame() })
			heaptest.Within(t, most, func() { err = f.WriteCSV(io.Discard) })
			t.Logf("%v: %d of %d KiB; %v", f, held>>10, most>>10, err)
			if name == "a long id" && (!errors.Is(err, ErrSparse) || !strings.Contains(err.Error(), "names of")) {
				t.Error(err)
			}
			if err := f.WriteLongCSV(io.Discard); err != nil {
				t.Error(err)
			}
		})
	}
}
