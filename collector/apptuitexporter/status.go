package apptuitexporter

import (
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
)

// A health reports to the host when a person has to change something, and when that is
// over.
type health struct {
	mu   sync.Mutex
	host component.Host
	held bool
}

func (h *health) start(host component.Host) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.host, h.held = host, false
}

// hold reports what a person has to change, once.
func (h *health) hold(cause error) {
	if host := h.turn(true); host != nil {
		componentstatus.ReportStatus(host, componentstatus.NewRecoverableErrorEvent(cause))
	}
}

// pass reports that the store takes points again.
func (h *health) pass() {
	if host := h.turn(false); host != nil {
		componentstatus.ReportStatus(host, componentstatus.NewEvent(componentstatus.StatusOK))
	}
}

// turn returns the host where something is new. It is asked outside the lock.
func (h *health) turn(held bool) component.Host {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == held {
		return nil
	}
	h.held = held
	return h.host
}
