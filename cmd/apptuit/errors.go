package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
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

// flagUsage does not show what was given as a value: it may be a token in the
// wrong place.
func flagUsage(cmd *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	if errors.As(err, &value) {
		return usagef(cmd, "--%s: %w", value.GetFlag().Name, withoutValue(value.Unwrap()))
	}
	var syntax *pflag.InvalidSyntaxError
	if errors.As(err, &syntax) {
		return usagef(cmd, "a flag has no name")
	}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "" {
		return usagef(cmd, "unknown flag: -%.1s", unknown.GetSpecifiedName())
	}
	return usage(cmd, err)
}

// withoutValue returns the error of a flag. Those of strconv show what it is
// about.
func withoutValue(err error) error {
	var syntax *strconv.NumError
	if errors.As(err, &syntax) {
		return errors.New("it is true or false")
	}
	return err
}

func usagef(cmd *cobra.Command, format string, args ...any) error {
	return usage(cmd, fmt.Errorf(format, args...))
}

// A hintedError is an error that a line of its own says more of.
type hintedError struct {
	error
	hint string
}

// Unwrap returns the error.
func (e *hintedError) Unwrap() error { return e.error }

const promQLHint = "a fake Apptuit (apptuit serve) and plain OpenTSDB have no PromQL: use apptuit query"

// withoutPromQL adds a hint to the error of a request to the Prometheus API that the
// store has no such path for.
func withoutPromQL(err error) error {
	status := 0
	var failed *query.Error
	var asked *transport.AskError
	switch {
	case errors.As(err, &failed):
		status = failed.Status
	case errors.As(err, &asked):
		status = asked.Status
	}
	if status != http.StatusNotFound {
		return err
	}
	return &hintedError{err, promQLHint}
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
	var interrupted *interruption
	switch {
	case errors.As(err, &interrupted):
		return interrupted.Error()
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, query.ErrTooLarge):
		return trim(err.Error()) + ": ask for less time, or downsample"
	case errors.Is(err, query.ErrSparse):
		return trim(err.Error()) + ": ask for fewer series or less time, downsample, or use --format long"
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
	return clip(printable(line), maxMessage)
}
