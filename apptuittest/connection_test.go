package apptuittest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFaultsOfTheConnection(t *testing.T) {
	for name, tc := range map[string]struct {
		fault Fault
		want  error
	}{
		"disconnect": {Disconnect(), io.EOF},
		"reset":      {Reset(), syscall.ECONNRESET},
		"truncate":   {Truncate(200, "{"), io.ErrUnexpectedEOF},
	} {
		srv := newServer(t)
		srv.Inject(tc.fault.AfterStoring().Times(1))
		if status, text, err := post(srv, onePoint); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %d %q %v, want %v", name, status, text, err, tc.want)
		}
		wantMetrics(t, srv, "node.cpu")
		if status, _, err := post(srv, onePoint); status != 200 {
			t.Errorf("%s: after it %d %v", name, status, err)
		}
	}
}

func TestResetOverTLS(t *testing.T) {
	srv := NewUnstartedServer()
	srv.StartTLS()
	defer srv.Close()
	srv.Inject(Reset())
	if _, _, err := postWith(srv.Client(), srv, onePoint); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v", err)
	}
}

func TestFaultsOfTheConnectionInProcess(t *testing.T) {
	for name, fault := range map[string]Fault{"disconnect": Disconnect(), "reset": Reset()} {
		srv := NewUnstartedServer()
		srv.Inject(fault)
		got := func() (p any) {
			defer func() { p = recover() }()
			serve(srv, newPut("/api/put", onePoint))
			return nil
		}()
		if got != http.ErrAbortHandler {
			t.Errorf("%s: panicked with %v", name, got)
		}
		if r := srv.Requests(); len(r) != 1 || r[0].Status != 0 {
			t.Errorf("%s: logged %+v", name, r)
		}
	}
}

func TestHangEndsWithTheClient(t *testing.T) {
	srv := newServer(t)
	hang := srv.Inject(Hang().Times(1))
	client := srv.Client()
	client.Timeout = 50 * time.Millisecond
	if _, _, err := postWith(client, srv, onePoint); err == nil {
		t.Error("a hanging server answered")
	}
	if err := hang.Wait(soon(t), 1); err != nil {
		t.Error(err)
	}
	wantMetrics(t, srv)
}

func TestCloseReleases(t *testing.T) {
	for name, fault := range map[string]Fault{
		"hang": Hang(), "hang unread": Hang().beforeReading(), "hang in the body": hangBody(200), "slow": Slow(time.Hour),
	} {
		srv := NewServer()
		caught := srv.Inject(fault)
		done := make(chan error, 1)
		go func() {
			_, _, err := post(srv, onePoint)
			done <- err
		}()
		if err := caught.Wait(soon(t), 1); err != nil {
			t.Fatal(name, err)
		}
		srv.Close()
		if err := <-done; err == nil {
			t.Errorf("%s: the put was answered", name)
		}
		if err := caught.Wait(t.Context(), 2); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("%s: Wait after Close returned %v", name, err)
		}
	}
}

func TestHangBodySendsItsHeader(t *testing.T) {
	srv := newServer(t)
	srv.Inject(hangBody(200))
	r, _ := http.NewRequestWithContext(soon(t), http.MethodPost, srv.URL+"/api/put", strings.NewReader(onePoint))
	resp, err := srv.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 || resp.ContentLength <= 0 {
		t.Errorf("answered %d, %d bytes", resp.StatusCode, resp.ContentLength)
	}
	if r := srv.Requests(); len(r) != 1 || r[0].Status != 200 {
		t.Errorf("logged %+v", r)
	}
}

func TestSlowEndsWithItsContext(t *testing.T) {
	srv := NewUnstartedServer()
	srv.Inject(Slow(time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantPanic(t, "a put whose client left", func() { serve(srv, newPut("/api/put", onePoint).WithContext(ctx)) })
	wantMetrics(t, srv)
}

func TestSlowAnswersInTheEnd(t *testing.T) {
	srv := NewUnstartedServer()
	srv.Inject(Slow(time.Millisecond))
	wantStatus(t, serve(srv, newPut("/api/put", onePoint)), 204)
	wantMetrics(t, srv, "node.cpu")
}
