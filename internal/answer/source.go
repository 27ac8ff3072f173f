package answer

import (
	"io"

	"github.com/apptuitai/apptuit-go/internal/wire"
)

const (
	bufferSize = 32 << 10
	// freeBuffer is how large a buffer may grow before it is paid for.
	freeBuffer = 1 << 20
	// maxNumber bounds a number, in bytes.
	maxNumber = 64 << 10
	// maxEmptyReads is how often a reader may give nothing and no error.
	maxEmptyReads = 100
)

// A source takes JSON off a reader, token by token. It holds one buffer, and
// slices of that are good until the next token.
type source struct {
	r        io.Reader
	buf      []byte
	pos, end int   // buf[pos:end] is read and not yet taken
	mark     int   // where a value begins that is kept as it is; -1: none
	base     int64 // the offset of buf[0]
	err      error // what reading ended with, io.EOF included
	budget   *budget
}

func newSource(r io.Reader, b *budget) source {
	return source{r: r, buf: make([]byte, bufferSize), mark: -1, budget: b}
}

// sourceOf returns a source of a text that is all there.
func sourceOf(text []byte, b *budget) source {
	return source{buf: text, end: len(text), mark: -1, err: io.EOF, budget: b}
}

// fill reads on behind what is not yet taken. It reports whether more came.
func (s *source) fill() bool {
	if s.err != nil {
		return false
	}
	s.slide()
	if s.end == len(s.buf) && !s.grow() {
		return false
	}
	n := 0
	for tries := 0; n == 0 && s.err == nil; tries++ {
		if tries == maxEmptyReads {
			s.err = io.ErrNoProgress
			return false
		}
		n, s.err = s.r.Read(s.buf[s.end:])
	}
	s.end += n
	return n > 0
}

// slide moves what is still needed to the front of the buffer.
func (s *source) slide() {
	from := s.pos
	if s.mark >= 0 {
		from, s.mark = s.mark, 0
	}
	copy(s.buf, s.buf[from:s.end])
	s.base += int64(from)
	s.pos -= from
	s.end -= from
}

// grow doubles the buffer, for a token that is longer. A large one is paid for like
// what is kept.
func (s *source) grow() bool {
	room := 2 * len(s.buf)
	if room > freeBuffer && !s.budget.spend(int64(room)) {
		s.err = wire.ErrAnswerTooLarge
		return false
	}
	if len(s.buf) > freeBuffer {
		s.budget.giveBack(int64(len(s.buf)))
	}
	buf := make([]byte, room)
	copy(buf, s.buf[:s.end])
	s.buf = buf
	return true
}

// offset returns where the next byte is in the stream.
func (s *source) offset() int64 { return s.base + int64(s.pos) }

// Expected is the error for another byte than what belongs here.
func (s *source) Expected(what string) error {
	return &Error{Offset: s.offset(), text: what + " was expected"}
}

// cut is the error for a stream that gives no more.
func (s *source) cut() error {
	at := s.base + int64(s.end)
	if s.err == io.EOF {
		return &Error{at, endsEarly, io.ErrUnexpectedEOF}
	}
	return broken(at, s.err)
}

// Peek returns the next byte that is no white space, and does not take it.
func (s *source) Peek() (byte, error) {
	for {
		for ; s.pos < s.end; s.pos++ {
			if c := s.buf[s.pos]; !isSpace(c) {
				return c, nil
			}
		}
		if !s.fill() {
			return 0, s.cut()
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// Take takes the sign c.
func (s *source) Take(c byte, what string) error {
	got, err := s.Peek()
	if err != nil {
		return err
	}
	if got != c {
		return s.Expected(what)
	}
	s.pos++
	return nil
}

// byte takes any byte.
func (s *source) byte() (byte, error) {
	if s.pos == s.end && !s.fill() {
		return 0, s.cut()
	}
	s.pos++
	return s.buf[s.pos-1], nil
}

// More tells whether another value follows, in a stream of several.
func (s *source) More() (bool, error) {
	_, err := s.Peek()
	if err != nil && s.err == io.EOF {
		return false, nil
	}
	return err == nil, err
}

// Finish makes sure that nothing follows.
func (s *source) Finish() error {
	_, err := s.Peek()
	switch {
	case err == nil:
		return s.Expected("the end of the answer")
	case s.err == io.EOF:
		return nil
	}
	return err
}
