package apptuittest

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"unicode"

	"github.com/apptuitai/apptuit-go/encoding"
)

// The bounds of a stock OpenTSDB 2.5, from its source.
const (
	openTSDBTags = 8
	openTSDBBody = 8 << 10 // bytes of a body on the wire, the chunk of its decoder
)

// WithOpenTSDB makes the server take what a stock OpenTSDB takes, and refuse the rest
// in its words: 8 tags, names and values of letters, digits and "-_./", bodies of 8
// KiB on the wire. It asks for no token.
func WithOpenTSDB() Option {
	return func(c *config) {
		c.auth = auth{}
		c.openTSDB = true
		c.maxTags = defaultMaxTags * defaultMaxTags // the words for too many are its own
	}
}

// refuseChunk answers a body that OpenTSDB's decoder would have cut into chunks, and
// reports whether it was one.
func refuseChunk(x *exchange) bool {
	if !x.srv.cfg.openTSDB || x.receive() != nil || len(x.body) <= openTSDBBody {
		return false
	}
	x.Header().Set("Content-Type", "text/html; charset=UTF-8")
	x.WriteHeader(http.StatusBadRequest)
	io.WriteString(x, "<html><head><title>Bad Request</title></head><body><h1>Looks like it's your fault this time</h1>"+
		"<blockquote>Sorry but your request was rejected as being invalid.<br/><br/>The reason provided was:"+
		"<blockquote>Chunked request not supported.</blockquote></blockquote></body></html>")
	return true
}

// openTSDBReason returns why OpenTSDB would not store a point, or nothing.
func openTSDBReason(p encoding.Point) string {
	tags := p.Series.Tags()
	if len(tags) > openTSDBTags {
		return fmt.Sprintf("Too many tags: %d maximum allowed: %d, tags: %v", len(tags), openTSDBTags, tags)
	}
	reason := openTSDBText("metric name", p.Series.Metric())
	for _, tag := range tags {
		if reason == "" {
			reason = openTSDBText("tag name", tag.Key)
		}
		if reason == "" {
			reason = openTSDBText("tag value", tag.Value)
		}
	}
	return reason
}

func openTSDBText(what, s string) string {
	for _, r := range s {
		if !openTSDBTakes(r) {
			return fmt.Sprintf("Invalid %s (%q): illegal character: %c", what, s, r)
		}
	}
	return ""
}

func openTSDBTakes(r rune) bool {
	if r <= unicode.MaxASCII {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./", r)
	}
	return r <= math.MaxUint16 && unicode.IsLetter(r)
}
