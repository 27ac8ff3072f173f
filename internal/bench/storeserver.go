package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"testing"

	"github.com/apptuitai/apptuit-go/internal/realserver"
)

// A realStore is a store that was started for one contestant.
type realStore struct {
	PutURL  string // "/api/put" goes behind it
	BaseURL string // of its other ways in
	PID     int
	Influx  bool
}

// An outside lets helpers of tests work in a program: what ends a test ends the
// goroutine in which it works, with an error.
type outside struct {
	testing.TB // nil: the methods below are all that realserver calls
	dir        string
	cleanups   []func()
	err        error
}

func (o *outside) Helper()                         {}
func (o *outside) TempDir() string                 { return o.dir }
func (o *outside) Cleanup(f func())                { o.cleanups = append(o.cleanups, f) }
func (o *outside) Failed() bool                    { return o.err != nil }
func (o *outside) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
func (o *outside) Errorf(format string, args ...any) {
	o.err = errors.Join(o.err, fmt.Errorf(format, args...))
}

func (o *outside) Fatalf(format string, args ...any) {
	o.Errorf(format, args...)
	runtime.Goexit()
}

func (o *outside) Skipf(format string, args ...any) { o.Fatalf(format, args...) }

// within does f, which may call Fatalf.
func (o *outside) within(f func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
	return o.err
}

// end does the cleanups, the last first.
func (o *outside) end() error {
	for i := len(o.cleanups) - 1; i >= 0; i-- {
		o.cleanups[i]()
	}
	return errors.Join(o.err, os.RemoveAll(o.dir))
}

// withStore starts a store with its default settings, does f, and ends it.
func withStore(influx bool, f func(realStore) error) (err error) {
	dir, err := os.MkdirTemp("", "apptuit-bench-")
	if err != nil {
		return err
	}
	o := &outside{dir: dir}
	defer func() { err = errors.Join(err, o.end()) }()
	var s realStore
	err = o.within(func() {
		if influx {
			i := realserver.StartInfluxDB(o)
			i.CreateDatabase(o)
			s = realStore{PutURL: i.PutURL, PID: i.PID(), Influx: true}
			return
		}
		v := realserver.StartVictoriaMetrics(o)
		s = realStore{PutURL: v.PutURL, BaseURL: v.QueryURL, PID: v.PID()}
	})
	if err != nil {
		return err
	}
	return f(s)
}

// hasOTLP tells whether the store takes OTLP: Debian's does not.
func (s realStore) hasOTLP(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.BaseURL+pathStoreOTLP, http.NoBody)
	if err != nil {
		return false
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode/100 == 2
}
