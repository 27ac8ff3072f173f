package wire

import (
	"bytes"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

const (
	httpsHint = "set the endpoint to https:// (WithEndpoint, APPTUIT_API_ENDPOINT)"
	tokenHint = "check the token (WithToken, APPTUIT_API_TOKEN)"
	pathHint  = "check the path of the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT)"
	portHint  = "this is not the port of puts: use that of VictoriaMetrics' -opentsdbHTTPListenAddr, of a cluster that of vminsert's own (WithEndpoint, APPTUIT_API_ENDPOINT)"
	pageHint  = "the endpoint answered with a web page: check the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT), a proxy or a sign-in page may be in between"
	cutHint   = "the answer was not read to its end in time"
	finalHint = "this is no answer to a request: check the endpoint (WithEndpoint, APPTUIT_API_ENDPOINT)"
)

// A saying is a text that servers answer with 400, and what it means: a person has
// to change something, whatever was sent.
type saying struct {
	text  string
	hint  string
	put   bool // it is meant for puts alone
	token bool // the token is refused
}

var sayings = []saying{
	{text: "auth token", hint: tokenHint, token: true},                           // vmauth
	{text: "missing `Authorization`", hint: tokenHint, token: true},              // vmauth
	{text: "unsupported path", hint: portHint, put: true},                        // VictoriaMetrics' main port
	{text: "unexpected path requested", hint: pathHint, put: true},               // its port of puts
	{text: "missing route for", hint: pathHint},                                  // vmauth
	{text: "HTTP request to an HTTPS server", hint: httpsHint},                   // servers written in Go
	{text: "plain HTTP request was sent to HTTPS port", hint: httpsHint},         // nginx
	{text: "speaking plain HTTP to an SSL-enabled server port", hint: httpsHint}, // Apache
}

// says returns what the text of a 400 is known to mean, the zero saying for
// nothing. A text that tells of points is about those.
func (a answer) says(o Outcome) saying {
	if a.status != http.StatusBadRequest || o.Stored+o.Failed+len(o.Rejected) > 0 {
		return saying{}
	}
	for _, s := range sayings {
		if bytes.Contains(a.body, []byte(s.text)) && (a.points > 0 || !s.put) {
			return s
		}
	}
	return saying{}
}

// tooBig knows VictoriaMetrics' and OpenTSDB's ways to say 413 with a 400.
func tooBig(body []byte) bool {
	return bytes.Contains(body, []byte("too big")) || bytes.Contains(body, []byte("Chunked request not supported"))
}

// isPage tells whether a success is a web page, by its type or by how it begins. An
// answer that is empty by its status is none.
func (a answer) isPage() bool {
	if !a.ok() || a.status == http.StatusNoContent {
		return false
	}
	media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")) // bad parameters are no matter
	return media == "text/html" || media == "application/xhtml+xml" || strings.HasPrefix(http.DetectContentType(a.body), "text/html")
}

// refusedForGood returns how many points InfluxDB refused for good while it stored
// the rest, which is an error to it: "partial write: REASON dropped=N". The reason
// may repeat what was sent, and the number is behind it.
func (a answer) refusedForGood(text string) (n int, partly bool) {
	if a.points == 0 || a.status != http.StatusInternalServerError && a.status != http.StatusBadRequest {
		return 0, false
	}
	text = strings.TrimSpace(text)
	i := strings.LastIndex(text, "dropped=")
	if i < 0 || !strings.Contains(text[:i], "partial write") {
		return 0, false
	}
	count, err := strconv.ParseUint(text[i+len("dropped="):], 10, 64)
	if err != nil {
		return 0, false
	}
	return int(min(count, uint64(a.points))), true
}

// missingDatabase returns the hint for InfluxDB's words for a database that nobody
// has created, empty for other words.
func (a answer) missingDatabase() string {
	_, name, found := bytes.Cut(a.body, []byte("database not found"))
	if !found {
		return ""
	}
	name = bytes.Trim(name, ": \\\t\r\n\"'}]")
	if len(name) == 0 {
		return "create the database in the store"
	}
	shown := a.show(string(name))
	if shown == withheld {
		return "create the database in the store"
	}
	return "create database " + shown + " in the store"
}

// leftOut returns how many points from the beginning of a request may be missing
// though the answer counts them as stored. InfluxDB 1.6 at its limit of series
// leaves out that many in the place of those that it refuses.
func (a answer) leftOut(text string, refused int) int {
	if !strings.Contains(text, "max-series-per-database") || refused >= a.points {
		return 0
	}
	return refused
}
