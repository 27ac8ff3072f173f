package promapi

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/apptuitai/apptuit-go/query"
)

// An endpoint is where a guarded API asks, and how it shows.
type endpoint struct{ client *query.Client }

// String names the API by its endpoint.
func (e endpoint) String() string { return "Prometheus API of " + e.client.Endpoint() }

// Format writes [endpoint.String], whatever the verb: nothing of the inside shows.
func (e endpoint) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.String()) }

// LogValue is [endpoint.String].
func (e endpoint) LogValue() slog.Value { return slog.StringValue(e.String()) }

// CloseIdleConnections closes the connections that no request uses. Those of a
// client given by transport.WithHTTPClient are left to their owner.
func (e endpoint) CloseIdleConnections() { e.client.CloseIdleConnections() }
