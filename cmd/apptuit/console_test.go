package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b strings.Builder
		c := &console{w: &b, terminal: true}
		stop := c.progress(func() string { return "waiting" })
		time.Sleep(moment - time.Millisecond)
		synctest.Wait()
		c.mu.Lock()
		if b.Len() > 0 {
			t.Errorf("%q before a moment is over", b.String())
		}
		c.mu.Unlock()
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		c.note("a note")
		time.Sleep(refresh)
		synctest.Wait()
		stop()
		stop()
		const want = clearLine + "waiting, 1 s" + clearLine + "apptuit: a note\n" + clearLine + "waiting, 1 s" + clearLine
		if b.String() != want {
			t.Errorf("%q", b.String())
		}
	})
}

func TestNoProgressButOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b strings.Builder
		stop := (&console{w: &b}).progress(func() string { return "waiting" })
		time.Sleep(time.Hour)
		stop()
		if b.Len() > 0 {
			t.Errorf("%q", b.String())
		}
	})
}
