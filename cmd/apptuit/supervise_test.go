package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
)

func TestSupervise(t *testing.T) {
	hang := func(release chan struct{}) func(context.Context) int {
		return func(context.Context) int { <-release; return exitOK }
	}
	for name, tc := range map[string]struct {
		signals int
		work    func(release chan struct{}) func(context.Context) int
		status  int
		after   time.Duration
	}{
		"no signal": {0, func(chan struct{}) func(context.Context) int { return func(context.Context) int { return exitUsage } }, exitUsage, 0},
		"work that ends": {1, func(chan struct{}) func(context.Context) int {
			return func(ctx context.Context) int { <-ctx.Done(); return exitOK }
		}, exitOK, 0},
		"work that hangs":           {1, hang, exitFailure, grace},
		"work that hangs, and more": {2, hang, exitFailure, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var errs strings.Builder
				a := newShell(t, "").app(strings.NewReader(""), io.Discard, &errs)
				a.sending.add(3)
				a.sending.hold(2)
				signals, release := make(chan os.Signal, 2), make(chan struct{})
				for range tc.signals {
					signals <- os.Interrupt
				}
				began := time.Now()
				if got := a.supervise(signals, tc.work(release)); got != tc.status || time.Since(began) != tc.after {
					t.Errorf("status %d after %v", got, time.Since(began))
				}
				close(release)
				want := ""
				if tc.status == exitFailure {
					want = "apptuit: interrupted: 3 points sent, 2 read and not sent\n"
				}
				if errs.String() != want {
					t.Errorf("%q", errs.String())
				}
			})
		})
	}
}

// child returns the command in a process of its own, which talks to endpoint.
func child(t *testing.T, endpoint string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), beMain+"=1", "APPTUIT_API_ENDPOINT="+endpoint, "APPTUIT_API_TOKEN=some-token")
	return cmd
}

// holder answers puts with what hangs, and says when one came.
func holder(t *testing.T, answer func(http.ResponseWriter)) (url string, came <-chan struct{}) {
	t.Helper()
	puts := make(chan struct{}, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		answer(w)
		puts <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(srv.Close)
	return srv.URL, puts
}

// A signal ends the command whatever the server does.
func TestSignalsEndTheCommand(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter){
		"no answer": func(http.ResponseWriter) {},
		"half an answer": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(500)
			http.NewResponseController(w).Flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, came := holder(t, answer)
			wantEnd(t, child(t, url, "send", "a", "1", "k=v"), came)
		})
	}
}

// A server that answers 101 and keeps the connection is answered by the end of the
// command, which waits for no signal.
func TestAnotherProtocolEndsTheCommand(t *testing.T) {
	url, _ := switcher(t)
	cmd := child(t, url, "send", "a", "1", "k=v")
	var errs strings.Builder
	cmd.Stderr = &errs
	began := time.Now()
	if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != exitFailure || time.Since(began) > 20*time.Second {
		t.Errorf("%v after %v", cmd.ProcessState, time.Since(began))
	}
	if !strings.Contains(errs.String(), "check the endpoint") {
		t.Errorf("%q", errs.String())
	}
}

// switcher answers 101 to everything and keeps the connection.
func switcher(t *testing.T) (url string, came <-chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	puts := make(chan struct{}, 10)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
					return
				}
				io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
				puts <- struct{}{}
				io.Copy(io.Discard, conn)
			}()
		}
	}()
	return "http://" + listener.Addr().String(), puts
}

func wantEnd(t *testing.T, cmd *exec.Cmd, came <-chan struct{}) {
	t.Helper()
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-came
	began := time.Now()
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	if took := time.Since(began); took > grace+3*time.Second || cmd.ProcessState.ExitCode() != exitFailure {
		t.Errorf("%v after %v", cmd.ProcessState, took)
	}
	if !strings.Contains(errs.String(), "interrupted: 0 points sent, 1 read and not sent\n") {
		t.Errorf("%q", errs.String())
	}
}

// What was read from standard input and not sent is told.
func TestInterruptedStream(t *testing.T) {
	srv := apptuittest.NewServer()
	defer srv.Close()
	srv.Inject(apptuittest.Fault{}.Times(1))
	hang := srv.Inject(apptuittest.Hang())
	cmd := child(t, srv.URL, "send")
	cmd.Stdin = strings.NewReader(manyLines(1500))
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := hang.Wait(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	cmd.Process.Signal(os.Interrupt)
	cmd.Wait()
	if cmd.ProcessState.ExitCode() != exitFailure || errs.String() != "apptuit: interrupted: 1000 points sent, 500 read and not sent\n" {
		t.Errorf("%v: %q", cmd.ProcessState, errs.String())
	}
}
