package main

import (
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	guests   = 8
	quiet    = 300 * time.Millisecond // between two requests of a guest, at the ends
	busy     = 10 * time.Millisecond  // the same half way
	progress = 100 * time.Millisecond
)

// A load is guests who send requests for a while: few at first, many half way,
// few again at the end.
type load struct {
	client   *http.Client
	url      string
	start    time.Time
	length   time.Duration
	requests atomic.Int64
}

// putUnderLoad returns when all guests have left, which they do at the end of
// the length, of ctx, or when a request fails.
func putUnderLoad(ctx context.Context, url string, length time.Duration, out io.Writer) error {
	client := &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: guests},
		Timeout:   5 * time.Second,
	}
	defer client.CloseIdleConnections()
	l := &load{client: client, url: url, start: time.Now(), length: length}

	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	timed, cancel := context.WithTimeout(ctx, length)
	defer cancel()

	var guestsIn sync.WaitGroup
	for range guests {
		guestsIn.Go(func() {
			if err := l.guest(timed); err != nil {
				stop(err)
			}
		})
	}
	l.watch(timed, out)
	guestsIn.Wait()
	return context.Cause(ctx) // nil where it was the time that ended the load
}

func (l *load) guest(ctx context.Context) error {
	for sleep(ctx, l.pause()) {
		if err := l.request(); err != nil {
			return err
		}
		l.requests.Add(1)
	}
	return nil
}

// pause follows half a wave from quiet to busy and back, give or take a half.
func (l *load) pause() time.Duration {
	wave := math.Sin(math.Pi * l.done())
	mean := quiet - time.Duration(wave*float64(quiet-busy))
	return mean/2 + rand.N(mean)
}

// done is the part of the load that is over, from 0 to 1.
func (l *load) done() float64 {
	return min(1, float64(time.Since(l.start))/float64(l.length))
}

// request is not ended by a context: one that began is short, and a service
// should not count what its clients broke off.
func (l *load) request() error {
	method, path := http.MethodPost, "/orders/"+tea()
	if rand.N(4) == 0 {
		method, path = http.MethodGet, "/menu"
	}
	req, err := http.NewRequest(method, l.url+path, nil)
	if err != nil {
		return err
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body) // to the end, so that the connection is used again
	return errors.Join(err, resp.Body.Close())
}

func tea() string {
	if rand.N(3) == 0 {
		return "green" // the favourite
	}
	return teas[rand.N(len(teas))]
}

// watch shows how far the load is, on a terminal, and at its end how much it was.
func (l *load) watch(ctx context.Context, out io.Writer) {
	if isTerminal(out) {
		for sleep(ctx, progress) {
			printProgress(out, l.done(), l.requests.Load())
		}
	}
	<-ctx.Done()
	printLoad(out, time.Since(l.start), l.requests.Load())
}

// sleep waits for d, and tells whether ctx let it.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
