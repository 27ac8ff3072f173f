package live

import (
	"net/http"
	"strings"

	"github.com/apptuitai/apptuit-go/apptuittest"
)

// A refusal is one as the page shows it.
type refusal struct {
	What   string `json:"what"` // in plain words
	Do     string `json:"do"`   // what mends it
	Reason string `json:"reason"`
	Point  string `json:"point,omitempty"`
	Status int    `json:"status"`
	Count  int    `json:"count"`
	First  int64  `json:"first"` // ms
	Last   int64  `json:"last"`
}

// refused returns the JSON of refusals.
func refused(all []apptuittest.Refusal) []byte {
	shown := []refusal{}
	for _, r := range all {
		what, do := plain(r)
		shown = append(shown, refusal{
			What: what, Do: do, Reason: r.Reason, Point: r.Point, Status: r.Status, Count: r.Count,
			First: r.First.UnixMilli(), Last: r.Last.UnixMilli(),
		})
	}
	return encode(shown)
}

// causes are what the reasons of the store mean to who has sent the points. The
// first that a reason holds is meant.
var causes = []struct{ holds, what, do string }{
	{"invalid character 'N'", "A value is NaN", "JSON has no NaN, and the whole request was refused. Leave such points out."},
	{"invalid character 'I'", "A value is infinite", "JSON has no infinity, and the whole request was refused. Leave such points out."},
	{"value: ", "A value is no number", "Send a number of JSON, without quotes."},
	{"metric: ", "A metric has no valid name", "Names hold letters, digits and .-_/ only. Let the exporter sanitise them."},
	{"tags: there are", "A point has too many tags", "Set fewer attributes, or keep them out of the exporter's tags."},
	{"tags: at least one", "A point has no tag", "Each point needs a tag. The exporter sends host."},
	{"tags: key", "A tag has no valid key", "Keys hold letters, digits and .-_/ only. Let the exporter sanitise them."},
	{"the value is empty", "A tag has an empty value", "Leave the tag out where it has no value."},
	{"tags: ", "A tag is not valid", "The value of a tag is a text that is not empty."},
	{"timestamp: ", "A time is not valid", "Send seconds or milliseconds since 1970."},
	{"the point is larger", "A point is too large", "Make its names and tags shorter."},
}

func plain(r apptuittest.Refusal) (what, do string) {
	switch r.Status {
	case http.StatusUnauthorized:
		return "The token is missing or wrong", "Set APPTUIT_API_TOKEN to the token that this store takes."
	case http.StatusRequestEntityTooLarge:
		return "A request is too large", "Send fewer points at one time."
	case http.StatusUnsupportedMediaType:
		return "A request has a type or a compression that the store does not read", "Send application/json, plain or compressed by gzip or deflate."
	case http.StatusMethodNotAllowed:
		return "A request to /api/put was no POST", "Put points by POST."
	case http.StatusServiceUnavailable:
		return "The store had too much to do", "The exporter sends it again by itself."
	}
	for _, c := range causes {
		if strings.Contains(r.Reason, c.holds) {
			return c.what, c.do
		}
	}
	return "A request was refused", "See what the store said."
}
