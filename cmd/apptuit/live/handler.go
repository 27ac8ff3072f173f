package live

import (
	"embed"
	"net/http"
	"path"
	"strings"

	"github.com/apptuitai/apptuit-go/apptuittest"
)

//go:embed assets
var embedded embed.FS

// policy lets the page load what this package serves, and nothing else: no text of
// a metric can become a script, a style or a request.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

const assetsPath = "/page/"

// A page answers the page's own requests, and hands the others to the store.
type page struct {
	store *apptuittest.Server
	feed  *feed
}

// Handler returns the page of a store in front of that store. The page answers
// only where the store serves the Host of the request, as the store does itself
// where it has a listener, so that a page elsewhere cannot read it by a name of
// its own.
func Handler(store *apptuittest.Server) http.Handler {
	return &page{store, newFeed(store)}
}

// ServeHTTP answers one request.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serve := p.route(r.URL.Path)
	if serve == nil {
		p.store.ServeHTTP(w, r)
		return
	}
	secure(w.Header())
	switch {
	case !p.store.Serves(r):
		http.Error(w, "the Host is not this machine: use localhost or the address of the server", http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "the page only reads", http.StatusMethodNotAllowed)
	default:
		serve(w, r)
	}
}

// route returns what answers a path of the page, or nil.
func (p *page) route(to string) http.HandlerFunc {
	switch {
	case to == "/" || to == "":
		return p.file("index.html")
	case to == "/events":
		return p.feed.serve
	case strings.HasPrefix(to, assetsPath):
		return p.file(strings.TrimPrefix(to, assetsPath))
	}
	return nil
}

// file serves a file of the page, and no directory.
func (p *page) file(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		content, err := embedded.ReadFile(path.Join("assets", path.Clean("/"+name)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", mediaTypes[path.Ext(name)])
		w.Write(content)
	}
}

var mediaTypes = map[string]string{
	"":      "text/plain; charset=utf-8", // the licence
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}
