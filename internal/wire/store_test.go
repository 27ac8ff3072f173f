package wire

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/env"
	"github.com/apptuitai/apptuit-go/internal/nettest"
)

// What a store brings with it.
func TestStores(t *testing.T) {
	const standard = 0 // by the points of a batch
	for name, want := range map[string]struct {
		endpoint, put string
		needsToken    bool
		bytes         int
		most          int64
	}{
		"":                {DefaultEndpoint, "details", true, standard, 0},
		"apptuit":         {DefaultEndpoint, "details", true, standard, 0},
		"VictoriaMetrics": {localStore, "details", false, standard, 0},
		"influxdb":        {localStore, "details", false, standard, 0},
		"opentsdb":        {localStore, "details&sync&sync_timeout=25000", false, 64 << 10, 8 << 10},
	} {
		vars := map[string]string{env.Store: name}
		if c, err := New(variables(vars)); (err == nil) == want.needsToken || c != nil && c.credential.source != nil {
			t.Errorf("%s without a token: %v", name, err)
		}
		vars[env.Token] = testToken
		c, err := New(variables(vars))
		if err != nil || c.Endpoint() != want.endpoint || c.endpoint.put != want.endpoint+"/api/put?"+want.put || c.credential.source == nil {
			t.Errorf("%s: %v, %v", name, c, err)
		}
		if c.encoding.MaxBytes != want.bytes || c.limit.most != want.most {
			t.Errorf("%s: %d, %d", name, c.encoding.MaxBytes, c.limit.most)
		}
	}
}

// Code beats environment beats preset.
func TestWhatIsSaidBeatsTheStore(t *testing.T) {
	vars := map[string]string{env.Store: "opentsdb", env.Endpoint: "http://other.test:4243", env.MaxBatchBytes: "100000", env.Timeout: "12"}
	c, err := New(variables(vars))
	if err != nil || c.Endpoint() != "http://other.test:4243" || c.encoding.MaxBytes != 100000 || c.limit.most != 0 || !strings.HasSuffix(c.endpoint.put, "&sync_timeout=10") {
		t.Errorf("%v, %v, %+v", c, err, c.encoding)
	}
	c, err = New(variables(vars), WithStore("influxdb"), WithEndpoint("http://code.test"), WithMaxBatchBytes(5000), WithoutDetails())
	if err != nil || c.endpoint.put != "http://code.test/api/put" || c.encoding.MaxBytes != 5000 {
		t.Errorf("%v, %v", c, err)
	}
	c, err = New(variables(map[string]string{env.Store: "opentsdb", env.Compression: "none"}))
	if err != nil || c.encoding.MaxBytes != 8<<10 {
		t.Errorf("%v, %v", c, err)
	}
}

// A client that asks knows where, by code, by its variable, or by that of puts.
func TestWhereToAsk(t *testing.T) {
	for want, tt := range map[string]struct {
		vars map[string]string
		opts []Option
	}{
		"https://api.apptuit.ai":    {map[string]string{env.Token: testToken}, nil},
		"http://localhost:8428":     {map[string]string{env.Store: "victoriametrics"}, nil},
		"http://localhost:4242":     {map[string]string{env.Store: "opentsdb"}, nil},
		"https://vm.test:8428":      {map[string]string{env.Store: "victoriametrics", env.Endpoint: "https://vm.test:4242/path?db=x"}, nil},
		"http://[::1]:8428":         {map[string]string{env.Store: "victoriametrics", env.Endpoint: "http://[::1]:4242"}, nil},
		"http://read.test:9/select": {map[string]string{env.Store: "victoriametrics", env.Endpoint: "bad", env.QueryEndpoint: "http://read.test:9/select"}, nil},
		"http://code.test:4242":     {map[string]string{env.Store: "victoriametrics", env.QueryEndpoint: "bad"}, []Option{WithEndpoint("http://code.test:4242")}},
	} {
		c, err := New(append(tt.opts, variables(tt.vars), ForQueries())...)
		if err != nil || c.Endpoint() != want {
			t.Errorf("%v, %v; want %s", c, err, want)
			continue
		}
		var asked string
		c.http = &http.Client{Transport: &nettest.Wire{Replies: []nettest.Reply{func(r *http.Request) (*http.Response, error) {
			asked = r.URL.String()
			return nettest.Status(404, "")(r)
		}}}}
		c.Do(t.Context(), &Request{Path: "/x"})
		if asked != want+"/x" {
			t.Errorf("asked %s, want %s", asked, want+"/x")
		}
	}
	for name, text := range map[string]string{"no URL": "127.0.0.1:1", "a query": "http://127.0.0.1?a=" + secret, "in clear": "http://store.test"} {
		_, err := New(variables(map[string]string{env.Token: testToken, env.QueryEndpoint: text}), ForQueries())
		if err == nil || !strings.Contains(err.Error(), env.QueryEndpoint+": ") || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Where no credential is sent, plain http is allowed to any host.
func TestNothingToProtect(t *testing.T) {
	for name, opts := range map[string][]Option{
		"no token":          {},
		"a public database": {WithQueryParameters(map[string]string{"db": "public", "precision": "s"})},
	} {
		if _, err := New(append(opts, WithEnv(nil), WithStore("influxdb"), WithEndpoint("http://store.test"))...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, opts := range map[string][]Option{
		"a token":     {WithToken(testToken)},
		"a header":    {WithHeaders(map[string]string{"X-Key": secret})},
		"a parameter": {WithQueryParameters(map[string]string{"u": secret})},
	} {
		_, err := New(append(opts, WithEnv(nil), WithStore("influxdb"), WithEndpoint("http://store.test"))...)
		if err == nil || !strings.Contains(err.Error(), "WithEndpoint: plain http would show ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The destination of a spool tells sets of parameters apart, and shows none.
func TestDestinations(t *testing.T) {
	destination := func(opts ...Option) string {
		return newClient(t, append([]Option{WithEndpoint("https://store.test")}, opts...)...).Destination()
	}
	param := func(key, value string) Option { return WithQueryParameters(map[string]string{key: value}) }
	plain, one := destination(), destination(param("db", secret))
	if plain != "https://store.test" || strings.Contains(one, secret) || one == plain {
		t.Errorf("%s, %s", plain, one)
	}
	if same := destination(WithoutDetails(), WithStore("opentsdb"), WithTimeout(time.Minute)); same != plain {
		t.Errorf("what the client asks for by itself changes the destination: %s", same)
	}
	if query := destination(WithEndpoint("https://store.test?db=" + strings.ReplaceAll(secret, "/", "%2F"))); query != one {
		t.Errorf("by the endpoint %s, by the option %s", query, one)
	}
	seen := map[string]bool{plain: true, one: true}
	for _, d := range []string{destination(param("db", "x")), destination(param("x", secret)), destination(WithPutPath("/put")), destination(WithPutPath("/put"), param("db", "x"))} {
		if seen[d] {
			t.Errorf("%s is of two", d)
		}
		seen[d] = true
	}
}

// A store that repeats the query of a put does not bring it into an error.
func TestParametersAreSecret(t *testing.T) {
	const value = "pass=word/1234 x"
	for _, opts := range [][]Option{
		{WithQueryParameters(map[string]string{"p": value})},
		{WithEndpoint("https://store.test?p=pass%3Dword%2F1234+x")},
	} {
		w := &nettest.Wire{Replies: []nettest.Reply{func(r *http.Request) (*http.Response, error) {
			if got := r.URL.Query().Get("p"); got != value {
				t.Errorf("sent %q", got)
			}
			return nettest.Status(403, "no access with "+r.URL.RawQuery+" or "+value)(r)
		}}}
		c := dial(t, w, opts...)
		o := c.Put(t.Context(), nettest.Batch(1))
		if o.Err == nil || !strings.Contains(o.Err.Error(), withheld) || strings.Contains(o.Err.Error(), "1234") {
			t.Error(o.Err)
		}
		if strings.Contains(c.Endpoint()+c.String(), "1234") {
			t.Error(c)
		}
	}
}

func TestTagsOfStores(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a-B_9./": "a-B_9./", "unknown_service:x": "unknown_service_x", "/users/{id}": "/users/_id_", "*errors.errorString": "_errors.errorString",
		"+Inf": "Inf", "-Inf": "-Inf", "1e+06": "1e06", "+1.5": "1.5", "a+b": "a_b", "größe": "größe", "日本 語": "日本_語", "𝔸": "_", "٣": "_", "a\xffb": "a_b", "\n": "_",
	} {
		if got := openTSDBValue(in); got != want {
			t.Errorf("OpenTSDB: %q becomes %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"": "", "a": "a", `a\`: "a/", `a\\`: `a\/`, `\`: "/", `a\b`: `a\b`} {
		if got := influxValue(in); got != want {
			t.Errorf("InfluxDB: %q becomes %q, want %q", in, got, want)
		}
	}
}

func FuzzOpenTSDBValue(f *testing.F) {
	f.Add("+Inf")
	f.Add("𝔸 b")
	f.Fuzz(func(t *testing.T, s string) {
		got := openTSDBValue(s)
		if !utf8.ValidString(got) || (got == "") != (s == "") && s != strings.Repeat("+", len(s)) || openTSDBValue(got) != got {
			t.Errorf("%q becomes %q", s, got)
		}
		for _, r := range got {
			if !openTSDBTakes(r) {
				t.Errorf("%q holds %q", got, r)
			}
		}
	})
}

// A batch that is larger than the store takes is cut before it is sent, whatever is
// learned and forgotten meanwhile.
func TestBodiesOfAStoreStayWithinItsBound(t *testing.T) {
	c := newClient(t, WithStore("opentsdb"))
	c.ForgetLimit()
	if c.Fits(sized(8<<10+1)) || !c.Fits(sized(8<<10)) || !c.Fits(encoding.Batch{Body: make([]byte, 9<<10), Points: 1}) {
		t.Error("the bound is not kept to")
	}
}

// An unknown variable is told once.
func TestUnknownVariables(t *testing.T) {
	told.Clear() // as in a process that begins
	var heard []string
	environ := func(s *Settings) {
		s.Environ = func() []string { return []string{"APPTUIT_ENDPIONT=" + secret, env.Token + "=x"} }
		s.Warn = func(err error) { heard = append(heard, err.Error()) }
	}
	for range 2 {
		if _, err := New(variables(nil), WithToken(testToken), environ); err != nil {
			t.Fatal(err)
		}
	}
	if len(heard) != 1 || heard[0] != "apptuit: APPTUIT_ENDPIONT is not a variable that is read: is APPTUIT_API_ENDPOINT meant?" {
		t.Errorf("%q", heard)
	}
}

// A redirect of a store is not followed with what is in the query.
func TestParametersAreNotRedirected(t *testing.T) {
	var elsewhere bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere = true }))
	defer other.Close()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	}, WithQueryParameters(map[string]string{"p": secret}))
	if o := c.Put(context.Background(), nettest.Batch(1)); o.Verdict != Hold || elsewhere || strings.Contains(o.Err.Error(), secret) {
		t.Errorf("%v %v", o.Verdict, o.Err)
	}
}
