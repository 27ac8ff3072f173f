package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/apptuitai/apptuit-go/transport"
)

// The exit statuses.
const (
	exitOK = iota
	exitFailure
	exitUsage
)

// attempts is how often a question is asked: a person waits for the answer.
const attempts = 4

// An app is what the command has of the world around it.
type app struct {
	in      io.Reader
	watched bool // in is a terminal: a person types
	out     io.Writer
	width   int  // columns of the terminal that out is; 0: it is none
	color   bool // out shows colours
	console *console
	env     func(string) (string, bool)
	ownEnv  bool // env is that of the process
	now     func() time.Time
	sending tally
}

func newApp() *app {
	stdout := int(os.Stdout.Fd())
	a := &app{
		in:      os.Stdin,
		watched: term.IsTerminal(int(os.Stdin.Fd())),
		out:     os.Stdout,
		console: &console{w: os.Stderr, terminal: term.IsTerminal(int(os.Stderr.Fd()))},
		env:     os.LookupEnv,
		ownEnv:  true,
		now:     time.Now,
	}
	if term.IsTerminal(stdout) {
		a.width, a.color = widthOf(stdout), a.getenv("NO_COLOR") == ""
	}
	return a
}

// widthOf returns the columns of a terminal, the usual number where it does not
// say.
func widthOf(fd int) int {
	width, _, err := term.GetSize(fd)
	if err != nil || width <= 0 {
		return defaultWidth
	}
	return width
}

func (a *app) getenv(name string) string {
	value, _ := a.env(name)
	return value
}

// run runs one command line and returns its exit status.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetOut(a.out)
	root.SetErr(a.console)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	a.console.note("%s", a.mask(oneLine(ctx, err)))
	var hinted *hintedError
	if errors.As(err, &hinted) {
		a.console.note("%s", hinted.hint)
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailure
}

// sender returns a client of the environment's endpoint. The caller closes its
// idle connections.
func (a *app) sender(opts ...transport.Option) (*transport.Client, error) {
	if err := a.checkToken(); err != nil {
		return nil, err
	}
	return transport.New(append(opts, a.environment()...)...)
}

// environment has clients read the variables, and tell of those that nobody knows.
func (a *app) environment() []transport.Option {
	opts := []transport.Option{transport.WithWarningHandler(a.warn)}
	if a.ownEnv {
		return opts
	}
	return append(opts, transport.WithEnv(a.env))
}

func (a *app) checkToken() error {
	if store := a.getenv("APPTUIT_STORE"); store != "" && store != "apptuit" {
		return nil
	}
	for _, name := range []string{"APPTUIT_API_TOKEN", "APPTUIT_PY_TOKEN", "APPTUIT_API_TOKEN_FILE"} {
		if a.getenv(name) != "" {
			return nil
		}
	}
	return errors.New("no token: export APPTUIT_API_TOKEN; for a store that needs none export APPTUIT_STORE")
}

func (a *app) warn(err error) { a.console.note("%s", a.mask(trim(err.Error()))) }

// mask hides a token of the environment that was given in a wrong place too.
func (a *app) mask(text string) string {
	for _, name := range []string{"APPTUIT_API_TOKEN", "APPTUIT_PY_TOKEN"} {
		if token := a.getenv(name); len(token) > 3 {
			text = strings.ReplaceAll(text, token, "***")
		}
	}
	return text
}
