package queue

import "github.com/apptuitai/apptuit-go/encoding"

// A reader has the file open that is read, and closes others.
type reader struct {
	index   *index
	files   int      // segments up to that number all stay open
	reading *segment // the one whose file is open to be read; may be active, or nil
}

// read opens the file of a segment in place of the one that was read before.
func (f *reader) read(s *segment, r record) (encoding.Batch, error) {
	if f.reading != s {
		f.stop()
	}
	f.reading = nil
	if err := s.open(); err != nil {
		return encoding.Batch{}, err
	}
	f.reading = s
	return s.read(r)
}

// stop ends the reading of a file.
func (f *reader) stop() {
	if s := f.reading; s != nil {
		f.put(s)
	}
	f.reading = nil
}

// put closes a file for now, where there are many. Few stay open: then what is in
// them can be read even where someone removes them.
func (f *reader) put(s *segment) {
	if s != f.index.active && len(f.index.segments) > f.files {
		s.close()
	}
}
