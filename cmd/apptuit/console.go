package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	// moment is how long something may take before progress is shown.
	moment  = 700 * time.Millisecond
	refresh = 200 * time.Millisecond

	clearLine = "\r\x1b[K"
)

// A console is standard error: notes, each a line, and on a terminal one line
// of progress that changes. It is safe for any number of goroutines.
type console struct {
	w        io.Writer
	terminal bool

	mu    sync.Mutex
	shown bool // a line of progress is on the screen
}

// note writes a line, in place of the progress.
func (c *console) note(format string, args ...any) {
	fmt.Fprintf(c, "apptuit: "+format+"\n", args...)
}

// Write writes in place of the progress.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	return c.w.Write(p)
}

// clear is called with mu held.
func (c *console) clear() {
	if c.shown {
		fmt.Fprint(c.w, clearLine)
		c.shown = false
	}
}

func (c *console) show(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprint(c.w, clearLine+line)
	c.shown = true
}

// progress shows what goes on, on a terminal and once it takes longer than a
// moment, until stop is called.
func (c *console) progress(what func() string) (stop func()) {
	if !c.terminal {
		return func() {}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		c.watch(what, quit)
	}()
	return sync.OnceFunc(func() {
		close(quit)
		<-done
		c.Write(nil)
	})
}

func (c *console) watch(what func() string, quit <-chan struct{}) {
	began := time.Now()
	timer := time.NewTimer(moment)
	defer timer.Stop()
	for {
		select {
		case <-quit:
			return
		case <-timer.C:
			c.show(fmt.Sprintf("%s, %.0f s", what(), time.Since(began).Seconds()))
			timer.Reset(refresh)
		}
	}
}
