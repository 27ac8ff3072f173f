package apptuittest

import "fmt"

// take returns the next token, which has to be of a kind.
func (p *parser) take(kind tokenKind, what string) token {
	t := p.token
	if t.kind != kind {
		p.unexpected(t, what)
		return token{at: t.at}
	}
	p.advance()
	return t
}

// accept takes a sign if it is the next token.
func (p *parser) accept(sign string) bool {
	if p.token.kind != tokenSign || p.token.text != sign {
		return false
	}
	p.advance()
	return true
}

// expect takes a sign that has to be the next token.
func (p *parser) expect(sign string) {
	if !p.accept(sign) {
		p.unexpected(p.token, "'"+sign+"'")
	}
}

// advance reads the next token. It is not called again once that was the end,
// which every error makes it.
func (p *parser) advance() {
	var err error
	if p.token, err = p.lexer.next(); err != nil {
		p.err = err
	}
}

// unexpected fails at a token that stands where another belongs.
func (p *parser) unexpected(t token, what string) { p.fail(t.at, "%s; %s was expected", t, what) }

// fail keeps the first error.
func (p *parser) fail(at int, format string, args ...any) {
	if p.err == nil {
		p.err = &queryError{at, fmt.Sprintf(format, args...)}
	}
	p.token = token{at: at}
}
