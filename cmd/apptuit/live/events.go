package live

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxPages     = 64
	writeTimeout = 30 * time.Second
)

// serve answers /events until the page is closed or the server is.
func (f *feed) serve(w http.ResponseWriter, r *http.Request) {
	select {
	case f.pages <- struct{}{}:
		defer func() { <-f.pages }()
	default:
		http.Error(w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	if r.Method == http.MethodHead {
		return
	}
	s := &stream{feed: f, w: w, control: http.NewResponseController(w)}
	_ = s.control.SetReadDeadline(time.Time{}) // the stream outlasts that of the request
	s.run(r.Context(), lastID(r))
}

// lastID is where the page was when it lost the stream.
func lastID(r *http.Request) string {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return id
	}
	return r.URL.Query().Get("since")
}

// A stream is what one page hears.
type stream struct {
	feed    *feed
	w       http.ResponseWriter
	control *http.ResponseController

	of         string // the run of the store
	next       int    // the number of the point that comes next
	generation int
	known      []bool // the ids that were explained
	refused    string // as it was sent last
	buf        []byte
}

// run writes until ctx ends or the page does not read.
func (s *stream) run(ctx context.Context, last string) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for now := s.begin(last); ; now = s.feed.now() {
		if s.write(ctx, now) != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// begin finds the place where the page goes on.
func (s *stream) begin(last string) state {
	now := s.feed.now()
	s.buf = append(s.buf, "retry: 1000\n\n"...)
	run, number, _ := strings.Cut(last, "-")
	n, err := strconv.Atoi(number)
	if err == nil && run == now.run && n >= 0 && n <= now.stored {
		s.hello(now, n)
		return now
	}
	s.hello(now, max(0, now.stored-maxBacklog))
	return now
}

func (s *stream) hello(now state, from int) {
	s.of, s.next = now.run, from
	s.generation = -1
	s.event("hello", "", encode(map[string]any{"run": s.of, "from": from}))
}

// write sends what came until now.
func (s *stream) write(ctx context.Context, now state) error {
	if now.run != s.of {
		s.hello(now, 0)
	}
	for s.next < now.stored {
		frame := s.feed.frame(s.next, now.stored)
		s.points(frame)
		s.next = frame.to
		if err := s.flush(ctx); err != nil {
			return err
		}
	}
	tick := map[string]any{"now": now.at.UnixMilli(), "stored": now.stored}
	if string(now.refused) != s.refused {
		s.refused = string(now.refused)
		tick["refused"] = json.RawMessage(now.refused)
	}
	s.event("tick", "", encode(tick))
	return s.flush(ctx)
}

// points writes a frame, with the names that the page does not know.
func (s *stream) points(f *frame) {
	if f.generation != s.generation {
		s.generation, s.known = f.generation, nil
	}
	data := fmt.Appendf(nil, `{"g":%d,"n":%d,"s":[`, f.generation, f.to)
	fresh := 0
	for _, id := range f.ids {
		for int(id) >= len(s.known) {
			s.known = append(s.known, false)
		}
		if s.known[id] {
			continue
		}
		s.known[id] = true
		if fresh++; fresh > 1 {
			data = append(data, ',')
		}
		data = append(data, f.names.text(id)...)
	}
	s.event("points", fmt.Sprintf("%s-%d", s.of, f.to), append(data, f.tail...))
}

// event adds an event. Its data is one line: JSON has no other.
func (s *stream) event(name, id string, data []byte) {
	if id != "" {
		s.buf = fmt.Appendf(s.buf, "id: %s\n", id)
	}
	s.buf = fmt.Appendf(s.buf, "event: %s\ndata: %s\n\n", name, data)
}

// flush sends what was added. Who reads nothing for long is let go.
func (s *stream) flush(ctx context.Context) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(writeTimeout)) // in process there is none
	_, err := s.w.Write(s.buf)
	s.buf = s.buf[:0]
	if err != nil {
		return err
	}
	if err := s.control.Flush(); err != nil {
		return err
	}
	return ctx.Err()
}

func encode(data any) []byte {
	text, err := json.Marshal(data)
	if err != nil {
		panic("live: an event does not encode: " + err.Error())
	}
	return text
}
