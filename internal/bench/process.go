package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
)

// roleVariable says what a process of this program is for; it is set in those
// that the program starts of itself.
const (
	roleVariable   = "BENCH_ROLE"
	roleServer     = "server"
	roleContestant = "contestant"
	roleStore      = "store" // a contestant before a real store
)

// playRole does what this process was started for. It returns false in one that
// a person started.
func playRole() (played bool, err error) {
	role := os.Getenv(roleVariable)
	if role == "" {
		return false, nil
	}
	in := bufio.NewReader(os.Stdin)
	order, err := in.ReadBytes('\n')
	if err != nil {
		return true, fmt.Errorf("%s: no job: %w", role, err)
	}
	go endWith(in)
	switch role {
	case roleServer:
		return true, serve()
	case roleStore:
		return true, obey(order, measureStore)
	}
	return true, obey(order, measure)
}

// endWith ends this process when the one that started it lets go of it or is
// gone, however that came about.
func endWith(in io.Reader) {
	io.Copy(io.Discard, in)
	os.Exit(0)
}

// obey does a job and tells its result on stdout.
func obey[J, R any](order []byte, do func(J) (R, error)) error {
	var j J
	if err := json.Unmarshal(order, &j); err != nil {
		return err
	}
	var heard error
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { heard = errors.Join(heard, err) }))
	r, err := do(j)
	if err = errors.Join(err, heard); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// A process is this program in another role.
type process struct {
	cmd *exec.Cmd
	in  io.Closer
	out *json.Decoder
}

// start starts one and gives it its job. It ends with ctx, and with this process.
func start(ctx context.Context, role string, job any) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(cleanEnv(os.Environ()), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = time.Second
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		return nil, err
	}
	p := &process{cmd, in, json.NewDecoder(out)}
	if err := json.NewEncoder(in).Encode(job); err != nil {
		return nil, errors.Join(err, p.end())
	}
	return p, nil
}

// cleanEnv leaves out what would configure an exporter.
func cleanEnv(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool {
		return strings.HasPrefix(v, "OTEL_") || strings.HasPrefix(v, "APPTUIT_")
	})
}

// end lets go of the process and waits until it is gone.
func (p *process) end() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }

// startServer returns the server and where it listens.
func startServer(ctx context.Context) (*process, addresses, error) {
	p, err := start(ctx, roleServer, nil)
	if err != nil {
		return nil, addresses{}, err
	}
	var to addresses
	if err := p.out.Decode(&to); err != nil {
		return nil, addresses{}, fmt.Errorf("server: %w", errors.Join(err, p.end()))
	}
	return p, to, nil
}

// runJob does a job in a process of its own.
func runJob(ctx context.Context, j job) (result, error) {
	return runRole[result](ctx, roleContestant, j.Contestant, j)
}

// runRole does a job of a contestant in a process that has a role.
func runRole[R any](ctx context.Context, role, contestant string, job any) (r R, err error) {
	p, err := start(ctx, role, job)
	if err != nil {
		return r, err
	}
	err = p.out.Decode(&r)
	if ended := p.end(); ended != nil {
		err = ended // it has said on stderr why
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w", contestant, err)
	}
	return r, nil
}
