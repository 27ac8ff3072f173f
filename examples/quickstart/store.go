package main

import (
	"os"

	apptuit "github.com/apptuitai/apptuit-go"
	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/cmd/apptuit/live"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

const (
	endpointVariable = "APPTUIT_API_ENDPOINT"
	tokenVariable    = "APPTUIT_API_TOKEN"
	storeVariable    = "APPTUIT_STORE"

	victoriaMetrics = "victoriametrics"
)

// A store is where the points go, and where they are read back.
type store struct {
	endpoint, token string
	kind            string              // as APPTUIT_STORE says
	fake            *apptuittest.Server // nil for the store of the environment
	note            string              // what the reader may have expected otherwise
}

// chooseStore takes the store of the environment where both variables are set, or
// the endpoint and the name of a store that needs no token. With one of them alone
// nothing leaves the machine: that is more likely a forgotten variable than a wish.
func chooseStore() store {
	endpoint, token := os.Getenv(endpointVariable), os.Getenv(tokenVariable)
	kind := os.Getenv(storeVariable)
	switch {
	case endpoint != "" && kind != "" && kind != "apptuit":
		return store{endpoint: endpoint, token: token, kind: kind}
	case endpoint != "" && token != "":
		return store{endpoint: endpoint, token: token}
	case endpoint != "":
		return fakeStore(endpointVariable + " is not used: " + tokenVariable + " is not set")
	case token != "":
		return fakeStore(tokenVariable + " is not used: " + endpointVariable + " is not set")
	}
	return fakeStore("")
}

func fakeStore(note string) store {
	const token = "quickstart"
	fake := apptuittest.NewUnstartedServer(apptuittest.WithToken(token))
	fake.SetFront(live.Handler(fake)) // a page for a browser
	fake.Start()
	return store{endpoint: fake.URL, token: token, fake: fake, note: note}
}

// options are empty but for the names that readback.go counts on: the exporter
// reads endpoint and token from the environment itself.
func (s store) options() []apptuit.Option {
	opts := []apptuit.Option{apptuit.WithSanitizeMode(encoding.SanitizePrometheus)}
	if s.fake != nil {
		opts = append(opts, apptuit.WithEndpoint(s.endpoint), apptuit.WithToken(s.token))
	}
	return opts
}

// queryOptions are those of the client that reads back. The environment's store may
// have another endpoint for it: the client knows.
func (s store) queryOptions() []query.Option {
	if s.fake == nil {
		return nil
	}
	return []query.Option{transport.WithEndpoint(s.endpoint), transport.WithToken(s.token), transport.WithEnv(nil)}
}

// ask says in which language the store is asked.
func (s store) ask() ask {
	if s.kind == victoriaMetrics {
		return byPromQL
	}
	return byQuery
}

// language names it, for people.
func (s store) language() string {
	if s.kind == victoriaMetrics {
		return "PromQL"
	}
	return "/api/query"
}

func (s store) close() {
	if s.fake != nil {
		s.fake.Close()
	}
}
