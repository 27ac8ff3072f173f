package wire

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/apptuitai/apptuit-go/internal/env"
)

// maxFile bounds what is read of a file that a variable names.
const maxFile = 4 << 20

// readFile reads a file that a variable names. The error does not repeat the name,
// which may be a secret in the wrong place.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, unreadable(err)
	case len(text) > maxFile:
		return nil, errors.New("the file is too large")
	}
	return text, nil
}

func unreadable(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		err = e.Err
	}
	return errors.New("the file cannot be read: " + err.Error())
}

// A tokenFileError says what is wrong with the file of a token.
type tokenFileError struct{ err error }

func (e *tokenFileError) Error() string { return env.TokenFile + ": " + e.err.Error() }
func (e *tokenFileError) Unwrap() error { return e.err }

// tokenFile returns the source of a token that is read from its file for each
// attempt.
func tokenFile(path string) TokenSource {
	return func(context.Context) (string, error) {
		text, err := readFile(path)
		if err != nil {
			return "", &tokenFileError{err}
		}
		token := withoutLineFeed(string(text))
		if err := checkToken(token); err != nil {
			return "", &tokenFileError{badToken{err}}
		}
		return token, nil
	}
}

// parseTokenFile reads the file at once, so that a mistake is known from the start.
func parseTokenFile(path string) (TokenSource, error) {
	source := tokenFile(path)
	_, err := source(context.Background())
	var e *tokenFileError
	if errors.As(err, &e) {
		err = e.err
	}
	return source, err
}

// A badToken is what is wrong with a token: asking again does not mend it.
type badToken struct{ error }

func (badToken) Is(target error) bool { return target == errBadToken }
