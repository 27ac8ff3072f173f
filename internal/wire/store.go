package wire

import (
	"errors"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/internal/env"
)

// A Store is what is known of one kind of store before anything is sent to it. Each
// option and each variable that says otherwise wins over it.
type Store struct {
	Name      string
	Endpoint  string // where none is given
	QueryPort string // of the endpoint's host, where queries are answered; empty: as puts
	Token     bool   // it wants one
	MaxTags   int    // of a point
	MaxBody   int    // bytes of a request's body as it is sent; 0: none is known
	MaxBytes  int    // of JSON in a batch; 0: the encoder's own
	Sync      bool   // a put has to ask for an answer that waits until the points are stored

	// TagKey and TagValue return what the store takes for a key or a value; nil:
	// it takes all that can be sent.
	TagKey, TagValue func(string) string
}

const localStore = "http://localhost:4242"

// The bounds of a stock OpenTSDB: what is longer than a chunk of its HTTP decoder
// is refused. Structured JSON is ten times as long as its compressed form or more.
const (
	openTSDBBody = 8 << 10
	openTSDBJSON = 64 << 10
)

// Stores are the stores that can be named. The first is the default.
var Stores = []Store{
	{Name: "apptuit", Endpoint: DefaultEndpoint, Token: true, MaxTags: 25},
	{Name: "victoriametrics", Endpoint: localStore, QueryPort: "8428", MaxTags: 29},
	{Name: "influxdb", Endpoint: localStore, MaxTags: 25, TagKey: influxKey, TagValue: influxValue},
	{Name: "opentsdb", Endpoint: localStore, MaxTags: 8, MaxBody: openTSDBBody, MaxBytes: openTSDBJSON, Sync: true, TagValue: openTSDBValue},
}

// storeNamed returns a store, and with an error one to go on with.
func storeNamed(name string) (Store, error) {
	var names []string
	for _, store := range Stores {
		if store.Name == strings.ToLower(name) {
			return store, nil
		}
		names = append(names, store.Name)
	}
	last := len(names) - 1
	unknown := Stores[0]
	unknown.Token = false // the name is the only complaint
	return unknown, errors.New("it is not the name of a store: use " + strings.Join(names[:last], ", ") + " or " + names[last])
}

// Preset returns the store that the options or the environment name. A wrong name is
// one of the problems of the settings.
func (s *Settings) Preset() Store {
	if s.preset.Name != "" {
		return s.preset
	}
	s.preset = Stores[0]
	if !s.Store.set() {
		if name, ok := s.Lookup.Get(env.Store); ok {
			s.Store = Given(env.Store, name)
		}
	}
	if s.Store.set() {
		store, err := storeNamed(s.Store.Value)
		s.check(s.Store.From, err)
		s.preset = store
	}
	return s.preset
}

// maxBytes returns the bound of a batch's JSON.
func maxBytes(s *Settings) int {
	preset := s.Preset()
	standard := 0 // by the points
	switch {
	case preset.MaxBody > 0 && s.Compression.Value == encoding.CompressNone:
		standard = preset.MaxBody
	case preset.MaxBytes > 0:
		standard = preset.MaxBytes
	}
	return s.MaxBytes.Or(standard)
}

// mostOfBody returns the bound of a body as it is sent, 0 for none.
func mostOfBody(s *Settings) int {
	if s.MaxBytes.set() {
		return 0
	}
	return s.Preset().MaxBody
}
