package nettest

import (
	"io"
	"net/http"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A Store takes a batch whole, or refuses it where one of its points is bad. It
// is a network too.
type Store struct {
	Bad      map[int]bool
	Status   int // of a refusal
	Text     string
	Requests int
	Taken    map[int]int // how often each point was stored
	Met      map[int]int // how often each point was seen
}

// Put tells whether the store takes a batch.
func (s *Store) Put(b encoding.Batch) bool {
	if s.Taken == nil {
		s.Taken, s.Met = map[int]int{}, map[int]int{}
	}
	s.Requests++
	sent := Indexes(b)
	refused := false
	for _, i := range sent {
		s.Met[i]++
		refused = refused || s.Bad[i]
	}
	for _, i := range sent {
		if !refused {
			s.Taken[i]++
		}
	}
	return !refused
}

// RoundTrip puts the body of a request.
func (s *Store) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if s.Put(encoding.Batch{Body: body, Compression: encoding.CompressNone}) {
		return Status(204, "")(r)
	}
	return Status(s.Status, s.Text)(r)
}
