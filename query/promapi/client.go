package promapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/apptuitai/apptuit-go/internal/text"
	"github.com/apptuitai/apptuit-go/transport"
)

// A client is client_golang's api.Client over a connection of ours.
type client struct {
	*transport.Client
	prefix   string // where the endpoint has its Prometheus API
	maxBytes int64  // of an answer
}

// URL returns what follows the endpoint for ep, in which args replace the parts
// that begin with a colon.
func (c *client) URL(ep string, args map[string]string) *url.URL {
	var path, escaped strings.Builder
	for part := range strings.SplitSeq(strings.Trim(c.prefix+ep, "/"), "/") {
		if value, ok := args[strings.TrimPrefix(part, ":")]; ok && part[0] == ':' {
			part = value
		}
		path.WriteString("/" + part)
		escaped.WriteString("/" + url.PathEscape(part))
	}
	return &url.URL{Path: path.String(), RawPath: escaped.String()}
}

// Do sends a request to a URL of c until it is answered. The response has a
// status, and no body; it is nil where no answer came.
func (c *client) Do(ctx context.Context, req *http.Request) (*http.Response, []byte, error) {
	form, err := bodyOf(req)
	if err != nil {
		return nil, nil, err
	}
	var answer []byte
	read := func(body io.Reader) (err error) {
		answer, err = read(body, costsOf(strings.TrimPrefix(req.URL.Path, c.prefix+"/api/v1/")), c.maxBytes)
		return err
	}
	if r, ok := ctx.Value(readingKey{}).(*reading); ok {
		answer = noVector
		read = func(body io.Reader) error { return r.read(body, c.maxBytes) }
	}
	err = c.Ask(ctx, transport.Request{
		Method:      req.Method,
		Path:        req.URL.EscapedPath(),
		Query:       req.URL.RawQuery,
		ContentType: req.Header.Get("Content-Type"),
		Body:        form,
		Read:        read,
	})
	if err != nil {
		f := failed(err)
		return response(req, f.query.Status), nil, f
	}
	if len(answer) == 0 { // as it answers who asks for nothing
		return response(req, http.StatusNoContent), nil, nil
	}
	return response(req, http.StatusOK), answer, nil
}

func bodyOf(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	defer req.Body.Close()
	return io.ReadAll(req.Body)
}

func response(req *http.Request, status int) *http.Response {
	if status == 0 {
		return nil
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: req}
}

// read reads the answer of a success that is no expression's. What is no success is found here, where
// the error is freed of secrets, and what would take too much memory.
func read(body io.Reader, values costs, maxBytes int64) ([]byte, error) {
	content, err := io.ReadAll(body)
	if err != nil || len(content) == 0 {
		return nil, err
	}
	var says struct{ Status, Error string }
	if err := json.Unmarshal(content, &says); err != nil {
		return nil, unreadable(err, len(content))
	}
	if says.Status == "error" {
		return nil, fmt.Errorf("the server says %q", text.Beginning(says.Error))
	}
	if err := values.check(content, maxBytes); err != nil {
		return nil, err
	}
	return content, nil
}

// unreadable tells an answer of n bytes that was cut off from what is no JSON.
func unreadable(err error, n int) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return errors.New("it is not of the known shape")
	}
	if syntax.Offset >= int64(n) {
		return io.ErrUnexpectedEOF
	}
	return fmt.Errorf("it is no JSON at byte %d", syntax.Offset-1)
}
