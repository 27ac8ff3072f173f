package promapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/apptuitai/apptuit-go/internal/nettest"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

// No method of the API, whatever the server answers, has an error that shows the
// token or the value of a header.
func TestNoSecretShows(t *testing.T) {
	token, key := "tok"+rand.Text(), "key"+rand.Text()
	for _, r := range hostile(token + " " + key) {
		prom := dial(t, &nettest.Wire{Replies: []nettest.Reply{r}}, transport.WithToken(token), transport.WithUserID("ann"),
			transport.WithHeaders(map[string]string{"X-Key": key}), transport.WithMaxAttempts(1))
		wantHidden(t, prom, token, key)
		for i := range reflect.TypeFor[v1.API]().NumMethod() {
			wantHidden(t, call(t, prom, i), token, key)
		}
	}
}

// hostile are answers that repeat a secret wherever an error may quote it.
func hostile(echo string) []nettest.Reply {
	replies := []nettest.Reply{
		nettest.Status(401, "bad token "+echo), nettest.Status(403, echo), nettest.Status(503, echo), nettest.Status(204, echo), nettest.Status(302, "", "Location", "https://x.test/?"+echo),
		nettest.Status(400, `{"status":"error","errorType":"`+echo+`","error":"`+echo+`"}`), nettest.Status(422, `{"status":"success","error":"`+echo+`"}`),
		nettest.Status(200, echo), nettest.Status(200, `{"status":"error","errorType":"`+echo+`","error":"`+echo+`"}`), nettest.Status(200, `{"status":"`+echo+`","error":{}}`),
		nettest.Status(200, "", "Content-Encoding", echo), nettest.Fails(errors.New("malformed answer " + echo)),
	}
	for _, data := range []string{
		`"ECHO"`, `["ECHO",1]`, `{"ECHO":1}`, `[{"ECHO":1}]`, `[[["ECHO"]]]`,
		`{"resultType":"ECHO","result":[]}`, `{"resultType":"scalar","result":[1,"ECHO"]}`, `{"resultType":"scalar","result":["ECHO","1"]}`,
		`{"resultType":"vector","result":[{"metric":{"ECHO":"a"},"value":["ECHO","ECHO"]}]}`,
		`{"groups":[{"rules":[{"type":"ECHO"}]}]}`, `{"activeTargets":[{"lastScrape":"ECHO","health":1}]}`, `{"startTime":"ECHO"}`, `{"alerts":[{"activeAt":"ECHO"}]}`,
	} {
		replies = append(replies, nettest.Status(200, `{"status":"success","data":`+strings.ReplaceAll(data, "ECHO", echo)+`}`))
	}
	return replies
}

// call calls a method with zero values and returns its error.
func call(t *testing.T, prom v1.API, i int) error {
	t.Helper()
	method := reflect.ValueOf(prom).MethodByName(reflect.TypeFor[v1.API]().Method(i).Name)
	in := []reflect.Value{reflect.ValueOf(context.Context(t.Context()))}
	for n := 1; n < method.Type().NumIn() && !(method.Type().IsVariadic() && n == method.Type().NumIn()-1); n++ {
		in = append(in, reflect.Zero(method.Type().In(n)))
	}
	out := method.Call(in)
	err, _ := out[len(out)-1].Interface().(error)
	return err
}

func wantHidden(t *testing.T, v any, secrets ...string) {
	t.Helper()
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %q %x\n", v, v, v, v, v, v)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	if text, err := json.Marshal(v); err == nil {
		out.Write(text)
	}
	var ours *query.Error
	var theirs *v1.Error
	if err, ok := v.(error); ok && errors.As(err, &ours) && errors.As(err, &theirs) {
		fmt.Fprintf(&out, "%+v %+v\n", *ours, *theirs)
	}
	for _, s := range secrets {
		if strings.Contains(out.String(), s) || strings.Contains(out.String(), fmt.Sprintf("%x", s)) {
			t.Errorf("%T shows a secret:\n%s", v, out.String())
		}
	}
}
