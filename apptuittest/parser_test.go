package apptuittest

import (
	"encoding/json"
	"net/url"
	"testing"
)

func TestQueryErrors(t *testing.T) {
	srv := NewUnstartedServer()
	for _, tc := range []struct{ query, want string }{
		{"", "the end where fetch, output or a name belongs at byte 0"},
		{" ;", "';' where fetch, output or a name belongs at byte 1"},
		{"fetch", "the end where '(' belongs at byte 5"},
		{"fetch(cpu)", "'cpu' where the metric in quotes belongs at byte 6"},
		{"fetch('cpu'", "the end where ')' belongs at byte 11"},
		{"fetch('cpu", "a string that does not end at byte 6"},
		{`fetch('cpu\`, "a string that does not end at byte 6"},
		{`fetch('a\t')`, `an escape other than \' \" \\ \n at byte 8`},
		{"fetch('cpu') fetch('b')", "'fetch' where ';' or the end belongs at byte 13"},
		{"fetch('cpu');;", "';' where fetch, output or a name belongs at byte 13"},
		{"fetch('cpu').", "the end where downsample belongs at byte 13"},
		{"fetch('cpu').rate()", "'rate' where downsample belongs at byte 13"},
		{"fetch('cpu').downsample('1m')", "')' where ',' belongs at byte 28"},
		{"fetch('cpu').downsample(1m,'avg')", "a character that has no place here at byte 24"},
		{"fetch('cpu').downsample('1m','p99')", "a function other than avg sum min max count first last at byte 24"},
		{"fetch('cpu').downsample('1w','avg')", `"1w" where a duration such as '30s' '1m' '6h' '1d' belongs at byte 24`},
		{"fetch('cpu').downsample('','avg')", `"" where a duration such as '30s' '1m' '6h' '1d' belongs at byte 24`},
		{"fetch('cpu').downsample('0s','avg')", `"0s" where a duration such as '30s' '1m' '6h' '1d' belongs at byte 24`},
		{"fetch('cpu').downsample('-1s','avg')", `"-1s" where a duration such as '30s' '1m' '6h' '1d' belongs at byte 24`},
		{"fetch('cpu').downsample('36501d','avg')", "a duration of more than 100 years at byte 24"},
		{"fetch('cpu', host='a')", "'host' where a tag key in quotes belongs at byte 13"},
		{"fetch('cpu', 'host')", "')' where = != =~ or !~ belongs at byte 19"},
		{"fetch('cpu', 'host'='a',)", "')' where a tag key in quotes belongs at byte 24"},
		{"fetch('cpu', 'host'=~'(')", "a regular expression with missing closing ): `(` at byte 21"},
		{"fetch('cpu', 'host'='a'='b')", "'=' where ')' belongs at byte 23"},
		{"cpu", "'cpu' where fetch, output or a name with '=' belongs at byte 0"},
		{"cpu=load", "'load' where fetch belongs at byte 4"},
		{"cpu='a'", "a string where fetch belongs at byte 4"},
		{"a=fetch('a'); a=fetch('b')", "a second 'a' at byte 14"},
		{"output(b)", "output of 'b', which is not defined, at byte 7"},
		{"fetch('b'); output(b)", "output of 'b', which is not defined, at byte 19"},
		{"output()", "')' where a name belongs at byte 7"},
		{"a=fetch('a'); output(a); output(a)", "a second output statement at byte 25"},
		{"fetch('a') + 1", "a character that has no place here at byte 11"},
		{"fetch('a')\xff", "a character that has no place here at byte 10"},
	} {
		w := serve(srv, newQuery(tc.query))
		wantStatus(t, w, 400)
		if got := message(t, w.Body.String()); got != tc.want {
			t.Errorf("%s gave %q, want %q", tc.query, got, tc.want)
		}
	}
}

func FuzzQuery(f *testing.F) {
	for _, text := range []string{
		`fetch('cpu')`, `cpu=fetch("node.cpu").downsample('1h','avg'); load = fetch('a\'\n', 'b'='c', 'd'=~'5..'); output(cpu, load)`,
		`fetch('a').downsample('7s','sum').downsample('1m','max')`, `;`, `output(`, `fetch('`,
	} {
		f.Add(text)
	}
	srv := NewUnstartedServer()
	serve(srv, newPut("/api/put", `[{"metric":"cpu","timestamp":150,"value":1e308,"tags":{"b":"c"}},{"metric":"cpu","timestamp":151000000000,"value":1,"tags":{"b":"c"}}]`))
	f.Fuzz(func(t *testing.T, text string) {
		outputs, err := parseQuery(text)
		if err != nil {
			if e, ok := err.(*queryError); !ok || e.at < 0 || e.at > len(text) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if len(outputs) == 0 {
			t.Errorf("%q asks for nothing", text)
		}
		w := serve(srv, newQueryOf(url.Values{"start": {"0"}, "q": {text}}))
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q is answered %q", text, w.Body)
		}
	})
}
