package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/nettest"
)

// secret stands for what no text may show.
const secret = "s3cret-Value/with=signs"

func TestNewRefuses(t *testing.T) {
	source := func(context.Context) (string, error) { return "", nil }
	tests := map[string]struct {
		opts []Option
		want string // part of the error
	}{
		"no token":                {nil, "no token: set APPTUIT_API_TOKEN"},
		"empty token":             {[]Option{WithToken("")}, "WithToken: the token is empty"},
		"space in token":          {[]Option{WithToken(secret + " ")}, "byte 24 of the token"},
		"short token":             {[]Option{WithToken("a-b-c")}, "WithToken: the token has fewer than 4 letters and digits"},
		"two tokens":              {[]Option{WithToken(secret), WithTokenSource(source)}, "WithTokenSource: WithToken is given too"},
		"token and none":          {[]Option{WithToken(secret), WithoutToken()}, "WithoutToken: "},
		"user and no token":       {[]Option{WithUserID("u"), WithoutToken()}, "WithoutToken: "},
		"nil source":              {[]Option{WithTokenSource(nil)}, "WithTokenSource: the source is nil"},
		"user with a colon":       {[]Option{WithToken(testToken), WithUserID("a:b")}, "WithUserID: "},
		"nil client":              {[]Option{WithToken(testToken), WithHTTPClient(nil)}, "WithHTTPClient: the client is nil"},
		"nil TLS":                 {[]Option{WithToken(testToken), WithTLSConfig(nil)}, "WithTLSConfig: the configuration is nil"},
		"client and TLS":          {[]Option{WithToken(testToken), WithTLSConfig(&tls.Config{}), WithHTTPClient(&http.Client{})}, "WithTLSConfig: WithHTTPClient is given too"},
		"old TLS":                 {[]Option{WithToken(testToken), WithTLSConfig(&tls.Config{MinVersion: tls.VersionTLS10})}, "below TLS 1.2"},
		"no time":                 {[]Option{WithToken(testToken), WithTimeout(0)}, "WithTimeout: 0s is not above zero"},
		"no points":               {[]Option{WithToken(testToken), WithMaxBatch(0)}, "WithMaxBatch: "},
		"no bytes":                {[]Option{WithToken(testToken), WithMaxBatchBytes(-1)}, "WithMaxBatchBytes: "},
		"unknown compression":     {[]Option{WithToken(testToken), WithCompression(9)}, "WithCompression: Compression(9)"},
		"product of two lines":    {[]Option{WithToken(testToken), WithUserAgent("a\r\nb")}, "WithUserAgent: "},
		"token of two lines":      {[]Option{WithToken(secret + "\nx")}, "WithToken: the token holds a line feed: write the token alone"},
		"token with its scheme":   {[]Option{WithToken("Bearer " + secret)}, "WithToken: the token begins with the word Bearer or Basic: leave that out"},
		"endpoint alone":          {[]Option{WithToken(testToken), WithEndpoint("127.0.0.1:19000")}, "WithEndpoint: it has no scheme: write http:// or https:// in front of it"},
		"endpoint, host and port": {[]Option{WithToken(testToken), WithEndpoint("store:4242")}, "WithEndpoint: it has no scheme: write http:// or https:// in front of it"},
		"endpoint and a space":    {[]Option{WithToken(testToken), WithEndpoint("https://store.test ")}, "WithEndpoint: a space or a line feed stands before or behind it"},
		"endpoint and a line":     {[]Option{WithToken(testToken), WithEndpoint("https://store.test\n")}, "WithEndpoint: a space or a line feed stands before or behind it"},
		"no such store":           {[]Option{WithStore("opentsbd")}, "WithStore: it is not the name of a store: use apptuit, victoriametrics, influxdb or opentsdb"},
		"user of no token":        {[]Option{WithStore("opentsdb"), WithUserID("u")}, "no token"},
		"put path":                {[]Option{WithToken(testToken), WithPutPath("api/put")}, "WithPutPath: it is no path"},
		"put path with a query":   {[]Option{WithToken(testToken), WithPutPath("/put?db=" + secret)}, "WithPutPath: it is no path"},
		"parameter with no name":  {[]Option{WithToken(testToken), WithQueryParameters(map[string]string{"": secret})}, "WithQueryParameters: parameter 1 of 1"},
		"parameters over http":    {[]Option{WithoutToken(), WithEndpoint("http://store.test"), WithQueryParameters(map[string]string{"key": secret})}, "WithEndpoint: plain http would show the query of puts"},
		"query over http":         {[]Option{WithoutToken(), WithEndpoint("http://store.test?key=" + url.QueryEscape(secret))}, "WithEndpoint: plain http would show the query of puts"},
		"reserved header":         {[]Option{WithToken(testToken), WithHeaders(map[string]string{"content-type": secret})}, "WithHeaders: header Content-Type"},
		"authorization by hand":   {[]Option{WithToken(testToken), WithHeaders(map[string]string{"authorization": secret})}, "WithHeaders: header Authorization"},
		"header of two lines":     {[]Option{WithToken(testToken), WithHeaders(map[string]string{"X-Key": secret + "\n"})}, "header 1 of 1, in the order of their names, has a value with a control character"},
		"header with no name":     {[]Option{WithToken(testToken), WithHeaders(map[string]string{"X Key": secret})}, "header 1 of 1, in the order of their names, has a name that no header can have"},
		"header twice":            {[]Option{WithToken(testToken), WithHeaders(map[string]string{"x-key": "1", "X-Key": secret})}, "header 2 of 2, in the order of their names, is given twice"},
		"plain http":              {[]Option{WithToken(testToken), WithEndpoint("http://store.test")}, "WithEndpoint: plain http"},
		"headers over http":       {[]Option{WithoutToken(), WithEndpoint("http://store.test"), WithHeaders(map[string]string{"X-Key": secret})}, "WithEndpoint: plain http"},
		"password in endpoint":    {[]Option{WithToken(testToken), WithEndpoint("https://u:" + url.PathEscape(secret) + "@store.test")}, "WithEndpoint: it holds a user or a password"},
		"endpoint does not parse": {[]Option{WithToken(testToken), WithEndpoint("https://" + secret + "\x7f")}, "WithEndpoint: it is not a URL"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := New(append(tt.opts, WithEnv(nil))...)
			if c != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

func TestNewJoinsAllProblems(t *testing.T) {
	_, err := New(WithEnv(nil), WithTimeout(-1), WithMaxBatch(-1), WithEndpoint("ftp://x"))
	if n := strings.Count(err.Error(), "apptuit: "); n != 4 { // and no token
		t.Errorf("%d problems: %v", n, err)
	}
}

func TestEndpoints(t *testing.T) {
	for in, want := range map[string]string{
		"https://store.test":                       "https://store.test/api/put?details",
		"HTTPS://Store.test:8443//":                "https://store.test:8443/api/put?details",
		"https://vm.test/insert/0/opentsdb/":       "https://vm.test/insert/0/opentsdb/api/put?details",
		"https://store.test/a%2Fb":                 "https://store.test/a%2Fb/api/put?details",
		"https://[::1]:4242":                       "https://[::1]:4242/api/put?details",
		"":                                         "",
		"store.test":                               "",
		"https://":                                 "",
		"https://:80":                              "",
		"https://store.test:99999":                 "",
		"https://store.test?x":                     "https://store.test/api/put?details&x=",
		"https://store.test/?":                     "https://store.test/api/put?details",
		"https://store.test/?details=no&db=a%20b":  "https://store.test/api/put?db=a+b&details=no",
		"https://store.test/?a=%zz":                "",
		"https://store.test/?a;b":                  "",
		"https://store.test/?=b":                   "",
		"127.0.0.1:19000":                          "",
		"localhost:4242":                           "",
		" https://store.test":                      "",
		"https://store.test#x":                     "",
		"https://store.test/#":                     "",
		"https://store.test/api/put/":              "",
		"https:store.test":                         "",
		"mailto:someone@store.test":                "",
		"https://store.test/\n":                    "",
		"https://user@store.test":                  "",
		"https://store.test/api/put?details=false": "",
	} {
		e, err := endpointOf(in)
		if (err != nil) != (want == "") || err == nil && e.put != want {
			t.Errorf("%q: %q, %v; want %q", in, e.put, err, want)
		}
	}
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LocalHost:4242": true, "127.0.0.1": true, "127.9.9.9:80": true, "[::1]:80": true, "[::ffff:127.0.0.1]": true,
		"store.test": false, "localhost.store.test": false, "10.0.0.1": false, "[::2]": false, "0.0.0.0": false,
	} {
		_, err := New(WithEnv(nil), WithToken(testToken), WithEndpoint("http://"+host))
		if (err == nil) != want {
			t.Errorf("%s: %v", host, err)
		}
		if _, err := New(WithEnv(nil), WithToken(testToken), WithInsecure(), WithEndpoint("http://"+host)); err != nil {
			t.Errorf("%s, insecure: %v", host, err)
		}
		if _, err := New(WithEnv(nil), WithoutToken(), WithEndpoint("http://"+host)); err != nil {
			t.Errorf("%s, without a token: %v", host, err)
		}
	}
}

func TestRequest(t *testing.T) {
	var got *http.Request
	var body []byte
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	}, WithUserAgent("shop/1.2"), WithHeaders(map[string]string{"x-scope": "one"}), WithCompression(encoding.CompressGzip))
	b := nettest.Batch(3)
	b.Compression = encoding.CompressGzip // as far as the headers are concerned
	if o := c.Put(t.Context(), b); o.Verdict != Delivered {
		t.Fatal(o.Err)
	}
	if got.Method != "POST" || got.RequestURI != "/api/put?details" || got.ContentLength != int64(len(b.Body)) || string(body) != string(b.Body) {
		t.Errorf("%s %s, %d bytes: %s", got.Method, got.RequestURI, got.ContentLength, body)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer " + testToken, "Content-Type": "application/json", "Content-Encoding": "gzip",
		"User-Agent": userAgent("shop/1.2"), "X-Scope": "one", "Accept-Encoding": "",
	} {
		if v := got.Header.Get(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
	if !strings.HasPrefix(userAgent("shop/1.2"), "shop/1.2 apptuit-go/"+Version+" (go") {
		t.Error(userAgent("shop/1.2"))
	}
}

func TestAuthorization(t *testing.T) {
	by := map[string]string{"Authorization": "Other abc"}
	for want, opts := range map[string][]Option{
		"Bearer " + testToken:                {WithToken(testToken)},
		"Basic YW5uOnRva2VuLWZvci10ZXN0cw==": {WithToken(testToken), WithUserID("ann")},
		"Other abc":                          {WithoutToken(), WithHeaders(by)},
		"":                                   {WithoutToken()},
	} {
		var got string
		w := &nettest.Wire{Replies: []nettest.Reply{func(r *http.Request) (*http.Response, error) {
			got = r.Header.Get("Authorization")
			return nettest.Status(204, "")(r)
		}}}
		c, err := New(append(opts, WithEnv(nil), WithHTTPClient(&http.Client{Transport: w}))...)
		if err != nil {
			t.Fatal(err)
		}
		if o := c.Put(t.Context(), nettest.Batch(1)); o.Err != nil || got != want {
			t.Errorf("sent %q, want %q; %v", got, want, o.Err)
		}
	}
}

func TestUsersClientAndMapsAreNotEdited(t *testing.T) {
	client := &http.Client{Transport: &nettest.Wire{Replies: []nettest.Reply{nettest.Status(204, "")}}, Timeout: time.Minute}
	config := &tls.Config{}
	before := *client
	c := dial(t, nil, WithHTTPClient(client))
	c.Put(t.Context(), nettest.Batch(1))
	c.CloseIdleConnections()
	if client.CheckRedirect != nil || !reflect.DeepEqual(before, *client) {
		t.Error("the client was edited")
	}
	own := newClient(t, WithTLSConfig(config)).http.Transport.(*http.Transport)
	if config.MinVersion != 0 || own.TLSClientConfig.MinVersion != tls.VersionTLS12 {
		t.Error("the TLS configuration was edited, or not raised to 1.2")
	}
	if !own.DisableCompression || own.MaxResponseHeaderBytes != 64<<10 || own.IdleConnTimeout != 20*time.Second {
		t.Errorf("%+v", own)
	}
}

func TestTLSConfigIsUsed(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	pool := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	c := newClient(t, WithEndpoint(s.URL), WithTLSConfig(&tls.Config{RootCAs: pool}))
	if o := c.Put(t.Context(), nettest.Batch(2)); o.Err != nil {
		t.Error(o.Err)
	}
}

func TestGiantHeaderIsRefused(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Giant", strings.Repeat("x", 100<<10))
	})
	if o := c.Put(t.Context(), nettest.Batch(1)); o.Verdict != Retry || o.Err == nil {
		t.Errorf("%+v", o)
	}
}

func TestAccessors(t *testing.T) {
	c := newClient(t, WithEndpoint("https://store.test/a/"), WithMaxBatch(7), WithMaxBatchBytes(1000), WithMillisecondTimestamps(), WithCompression(encoding.CompressDeflate))
	want := encoding.Config{Compression: encoding.CompressDeflate, MaxPoints: 7, MaxBytes: 1000, Milliseconds: true}
	if !reflect.DeepEqual(c.EncoderConfig(), want) || c.Endpoint() != "https://store.test/a" || c.String() != "apptuit client of https://store.test/a" {
		t.Errorf("%+v, %s, %s", c.EncoderConfig(), c.Endpoint(), c)
	}
}

func TestTokenSource(t *testing.T) {
	failure := errors.New("vault sealed")
	tests := map[string]struct {
		token string
		err   error
		want  Verdict
		text  string
	}{
		"fails":            {"", failure, Retry, "the token source failed: vault sealed"},
		"fails with token": {secret, errors.New("cannot renew " + secret), Retry, "the token source failed: " + withheld},
		"empty":            {"", nil, Hold, "no usable token: the token is empty"},
		"broken":           {secret + "\x01", nil, Hold, "byte 24 of the token"},
		"short":            {"=a-b-c=", nil, Hold, "fewer than 4 letters and digits"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := New(WithEnv(nil), WithTokenSource(func(context.Context) (string, error) { return tt.token, tt.err }))
			if err != nil {
				t.Fatal(err)
			}
			o := c.Put(t.Context(), nettest.Batch(1))
			if o.Verdict != tt.want || !strings.Contains(o.Err.Error(), tt.text) || strings.Contains(o.Err.Error(), secret) {
				t.Errorf("%v: %v", o.Verdict, o.Err)
			}
			if tt.err == failure && !errors.Is(o.Err, failure) {
				t.Error("the cause is lost")
			}
		})
	}
}
