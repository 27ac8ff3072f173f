package wire

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/internal/realserver"
)

func TestInfluxDBWithoutDatabase(t *testing.T) {
	db := realserver.StartInfluxDB(t)
	c := newClient(t, WithEndpoint(db.PutURL))
	if o := c.Put(t.Context(), nettest.Batch(1)); o.Verdict != Retry || o.Status != 500 || !strings.HasSuffix(o.Err.Error(), ": create database opentsdb in the store") {
		t.Errorf("%v: %v", o.Verdict, o.Err)
	}
	// Its port of puts takes bytes for lines of text, and says nothing to TLS.
	secure := newClient(t, WithEndpoint(strings.Replace(db.PutURL, "http:", "https:", 1)), WithTimeout(500*time.Millisecond))
	if o := secure.Put(t.Context(), nettest.Batch(1)); o.Verdict != Retry {
		t.Errorf("%v: %v", o.Verdict, o.Err)
	}
}

func TestFault30VictoriaMetricsWrongPlaces(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	for _, tt := range []struct{ endpoint, want string }{
		{vm.QueryURL, portHint},
		{vm.PutURL + "/insert/0/opentsdb", pathHint},
		{strings.Replace(vm.PutURL, "http:", "https:", 1), "set the endpoint to http://"},
	} {
		for _, n := range []int{1, 5} {
			o := newClient(t, WithEndpoint(tt.endpoint)).Put(t.Context(), nettest.Batch(n))
			if o.Verdict != Hold || !strings.Contains(o.Err.Error(), tt.want) || o.TokenRefused {
				t.Errorf("%s: %v, %v", tt.endpoint, o.Verdict, o.Err)
			}
		}
	}
}

func TestFault30VMAuthRefusesTheToken(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	auth := realserver.StartVMAuth(t, "good-token", vm)
	tokens := []string{"wrong-token", "good-token"}
	source := func(context.Context) (string, error) {
		token := tokens[0]
		tokens = tokens[min(len(tokens)-1, 1):]
		return token, nil
	}
	c, err := New(WithEnv(nil), WithEndpoint(auth.URL), WithTokenSource(source))
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	o := c.Put(t.Context(), nettest.Batch(2))
	if o.Verdict != Hold || o.Status != http.StatusBadRequest || !o.TokenRefused || !strings.HasSuffix(o.Err.Error(), tokenHint) || strings.Contains(o.Err.Error(), "wrong-token") {
		t.Errorf("%+v: %v", o, o.Err)
	}
	if !c.TokenRenewed(t.Context()) {
		t.Error("the source has another token, and nobody says so")
	}
	if o := c.Put(t.Context(), nettest.Batch(2)); o.Verdict != Delivered {
		t.Errorf("%+v", o)
	}
	none := newClient(t, WithEndpoint(auth.URL), withoutToken, WithoutToken())
	if o := none.Put(t.Context(), nettest.Batch(2)); o.Verdict != Hold || !o.TokenRefused || !strings.HasSuffix(o.Err.Error(), tokenHint) {
		t.Errorf("without a token: %+v", o)
	}
	other := newClient(t, WithEndpoint(auth.URL+"/x"), WithToken("good-token"))
	if o := other.Put(t.Context(), nettest.Batch(2)); o.Verdict != Hold || o.TokenRefused || !strings.HasSuffix(o.Err.Error(), pathHint) {
		t.Errorf("without a route: %+v", o)
	}
	q := newQuestion()
	wrong := newClient(t, WithEndpoint(auth.URL), WithToken("wrong-token"))
	if o := wrong.Do(t.Context(), q.Request); o.Verdict != Hold || !o.TokenRefused || !strings.HasSuffix(o.Err.Error(), tokenHint) {
		t.Errorf("asked: %+v", o)
	}
}

// A server of TLS says so to a request without it, each in its own way.
func TestPlainRequestToTLS(t *testing.T) {
	s := serveTLS(t, true, http.NotFound)
	o := newClient(t, WithEndpoint("http://"+s.Listener.Addr().String())).Put(t.Context(), nettest.Batch(2))
	if o.Verdict != Hold || !strings.HasSuffix(o.Err.Error(), httpsHint) {
		t.Errorf("%v: %v", o.Verdict, o.Err)
	}
	_, c := serveRaw(t, says("\x15\x03\x01\x00\x02\x02\x46\r\n\r\n"))
	if o := c.Put(t.Context(), nettest.Batch(2)); o.Verdict != Hold || !strings.HasSuffix(o.Err.Error(), "the server wants TLS: "+httpsHint) {
		t.Errorf("%v: %v", o.Verdict, o.Err)
	}
}
