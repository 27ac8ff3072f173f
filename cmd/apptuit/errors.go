package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apptuitai/apptuit-go/query"
)

// A usageError is a command line that cannot be run.
type usageError struct {
	command string
	err     error
}

// Error returns what is wrong and where to read how it is right.
func (e *usageError) Error() string {
	return fmt.Sprintf("%v: see %s --help", e.err, e.command)
}

// Unwrap returns what is wrong.
func (e *usageError) Unwrap() error { return e.err }

func usage(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	return &usageError{cmd.CommandPath(), err}
}

func usagef(cmd *cobra.Command, format string, args ...any) error {
	return usage(cmd, fmt.Errorf(format, args...))
}

// goOptions are the names of the library's options in its errors, which a
// command line has none of.
var goOptions = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`With[A-Z]\w*, (APPTUIT_\w+)`), "$1"},
	{regexp.MustCompile(`With[A-Z]\w* \((APPTUIT_\w+)\)`), "$1"},
	{regexp.MustCompile(` \(With[A-Z]\w*\)`), ""},
}

// oneLine returns an error as one line, without the name of the command.
func oneLine(ctx context.Context, err error) string {
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, query.ErrTooLarge):
		return trim(err.Error()) + ": ask for less time, or downsample"
	case errors.Is(err, context.DeadlineExceeded):
		return trim(err.Error()) + ": see --timeout"
	}
	return trim(err.Error())
}

func trim(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimPrefix(strings.TrimSpace(line), "apptuit: "); line != "" {
			lines = append(lines, line)
		}
	}
	line := strings.ReplaceAll(strings.Join(lines, "; "), ": apptuit: ", ": ")
	for _, option := range goOptions {
		line = option.pattern.ReplaceAllString(line, option.instead)
	}
	return printable(line)
}
