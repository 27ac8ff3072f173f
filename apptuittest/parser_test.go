package apptuittest

import (
	"encoding/json"
	"net/url"
	"testing"
)

func TestQueryErrors(t *testing.T) {
	srv := NewUnstartedServer()
	for _, tc := range []struct{ query, want string }{
		{"", "byte 0: the query ends; fetch, output or a name was expected"},
		{" ;", "byte 1: ';' stands here; fetch, output or a name was expected"},
		{"fetch", "byte 5: the query ends; '(' was expected"},
		{"fetch(cpu)", "byte 6: 'cpu' stands here; a metric in quotes was expected"},
		{"fetch('cpu'", "byte 11: the query ends; ')' was expected"},
		{"fetch('cpu", "byte 6: the string does not end"},
		{`fetch('cpu\`, "byte 6: the string does not end"},
		{`fetch('a\t')`, `byte 8: the escape is none of \' \" \\ \n`},
		{"fetch('cpu') fetch('b')", "byte 13: 'fetch' stands here; ';' or the end was expected"},
		{"fetch('cpu');;", "byte 13: ';' stands here; fetch, output or a name was expected"},
		{"fetch('cpu').", "byte 13: the query ends; downsample was expected"},
		{"fetch('cpu').rate()", "byte 13: 'rate' stands here; downsample was expected"},
		{"fetch('cpu').downsample('1m')", "byte 28: ')' stands here; ',' was expected"},
		{"fetch('cpu').downsample(1m,'avg')", "byte 24: this character has no place here"},
		{"fetch('cpu').downsample('1m','p99')", "byte 24: the function is none of avg sum min max count first last"},
		{"fetch('cpu').downsample('1w','avg')", `byte 24: "1w" is no duration such as '30s' '1m' '6h' '1d'`},
		{"fetch('cpu').downsample('','avg')", `byte 24: "" is no duration such as '30s' '1m' '6h' '1d'`},
		{"fetch('cpu').downsample('0s','avg')", `byte 24: "0s" is no duration such as '30s' '1m' '6h' '1d'`},
		{"fetch('cpu').downsample('-1s','avg')", `byte 24: "-1s" is no duration such as '30s' '1m' '6h' '1d'`},
		{"fetch('cpu').downsample('36501d','avg')", "byte 24: the duration is more than 100 years"},
		{"fetch('cpu', host='a')", "byte 13: 'host' stands here; a tag key in quotes was expected"},
		{"fetch('cpu', 'host')", "byte 19: ')' stands here; = != =~ or !~ was expected"},
		{"fetch('cpu', 'host'='a',)", "byte 24: ')' stands here; a tag key in quotes was expected"},
		{"fetch('cpu', 'host'=~'(')", "byte 21: the regular expression is not valid: missing closing ): `(`"},
		{"fetch('cpu', 'host'='a'='b')", "byte 23: '=' stands here; ')' was expected"},
		{"cpu", "byte 0: 'cpu' stands here; fetch, output or a name with '=' was expected"},
		{"cpu=load", "byte 4: 'load' stands here; fetch was expected"},
		{"cpu='a'", "byte 4: a string stands here; fetch was expected"},
		{"a=fetch('a'); a=fetch('b')", "byte 14: 'a' is defined a second time"},
		{"output(b)", "byte 7: the output 'b' is not defined"},
		{"fetch('b'); output(b)", "byte 19: the output 'b' is not defined"},
		{"output()", "byte 7: ')' stands here; a name was expected"},
		{"a=fetch('a'); output(a); output(a)", "byte 25: there is a second output statement"},
		{"fetch('a') + 1", "byte 11: this character has no place here"},
		{"fetch('a')\xff", "byte 10: this character has no place here"},
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
