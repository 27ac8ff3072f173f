package wire

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// check notes a problem with what an option or a variable gave.
func (s *Settings) check(from string, err error) {
	if err != nil {
		s.note(fmt.Errorf("%s: %w", from, err))
	}
}

// note notes a problem whose error says what gave it.
func (s *Settings) note(err error) {
	if err != nil {
		s.problems = append(s.problems, fmt.Errorf("apptuit: %w", err))
	}
}

func (s *Settings) require(from string, ok bool, complaint string) {
	if !ok {
		s.check(from, errors.New(complaint))
	}
}

// checkOptions checks what options gave, one by one.
func (s *Settings) checkOptions() {
	checkSetting(s, s.TokenSource, func(source TokenSource) error { return complain(source == nil, "the source is nil") })
	checkSetting(s, s.UserID, checkUser)
	checkSetting(s, s.PutPath, checkPutPath)
	checkSetting(s, s.UserAgent, checkProduct)
	checkSetting(s, s.Timeout, checkDuration)
	checkSetting(s, s.DefaultTimeout, checkDuration)
	checkSetting(s, s.HTTPClient, func(c *http.Client) error { return complain(c == nil, "the client is nil") })
	checkSetting(s, s.TLS, checkTLS)
	checkSetting(s, s.Compression, func(c encoding.Compression) error {
		return complain(!c.Valid(), c.String()+" is not a compression")
	})
	checkSetting(s, s.MaxPoints, checkBound)
	checkSetting(s, s.MaxBytes, checkBound)
	checkSetting(s, s.MaxAnswer, checkBound)
	checkSetting(s, s.MaxAttempts, checkBound)
}

func checkSetting[T any](s *Settings, given Setting[T], check func(T) error) {
	if given.set() {
		s.check(given.From, check(given.Value))
	}
}

func complain(wrong bool, complaint string) error {
	if wrong {
		return errors.New(complaint)
	}
	return nil
}

func checkDuration(d time.Duration) error { return complain(d <= 0, d.String()+" is not above zero") }

func checkBound[N int | int64](n N) error { return complain(n <= 0, "the bound is not above zero") }

// checkCredential checks that there is one way to prove who sends, or none on
// purpose.
func (s *Settings) checkCredential() {
	token, source, user := s.Token.set(), s.TokenSource.set(), s.UserID.set()
	s.require("WithTokenSource", !token || !source, "WithToken is given too")
	s.require("WithoutToken", !s.NoToken || !token && !source && !user, "WithToken, WithTokenSource or WithUserID is given too")
	if !token && !source && !s.NoToken {
		s.problems = append(s.problems, errors.New("apptuit: no token: set APPTUIT_API_TOKEN, or use WithToken or WithTokenSource; for a store that needs none set APPTUIT_STORE, or use WithStore or WithoutToken"))
	}
}

// checkPlain refuses to show secrets to a network.
func (s *Settings) checkPlain(e endpoint) {
	secret := "the token"
	switch {
	case s.NoToken && len(s.Headers.Value) > 0:
		secret = "what " + s.Headers.From + " gives"
	case s.NoToken:
		secret = "the query of puts"
	}
	s.require(s.Endpoint.From, !s.inClear(e) || e.loopback(),
		"plain http would show "+secret+" to the network: use https, or WithInsecure (APPTUIT_INSECURE) where that is meant")
}

// refuseHTTP notes the options that mean nothing where there is no HTTP. The
// environment may be meant for other programs.
func (s *Settings) refuseHTTP() {
	for _, from := range []string{
		s.Endpoint.From, s.Token.From, s.TokenSource.From, s.UserID.From, s.UserAgent.From,
		s.Headers.From, s.HTTPClient.From, s.TLS.From, s.PutPath.From, s.Parameters.From,
	} {
		s.require(from, from == "", "WithXCollector is given too, which is not HTTP")
	}
	s.require("WithoutDetails", !s.NoDetails, "WithXCollector is given too, which is not HTTP")
	s.require("WithMillisecondTimestamps", !s.Milliseconds, "WithXCollector is given too, which takes whole seconds")
}
