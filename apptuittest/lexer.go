package apptuittest

import (
	"fmt"
	"strings"
)

// A queryError is a query that cannot be understood.
type queryError struct {
	at      int // offset in the text, in bytes from 0
	message string
}

func (e *queryError) Error() string { return fmt.Sprintf("byte %d: %s", e.at, e.message) }

type tokenKind uint8

const (
	tokenEnd    tokenKind = iota // the end of the text
	tokenName                    // fetch, output, cpu
	tokenString                  // 'node.cpu'
	tokenSign                    // ( ) , ; . = != =~ !~
)

// A token is a piece of a query.
type token struct {
	kind tokenKind
	at   int    // where it begins
	text string // of a string, what it stands for
}

// String says in an error that the token stands where it does.
func (t token) String() string {
	switch t.kind {
	case tokenEnd:
		return "the query ends"
	case tokenString:
		return "a string stands here"
	}
	return "'" + t.text + "' stands here"
}

// signs are tried in this order: the longer ones come first.
var signs = []string{"!=", "!~", "=~", "=", "(", ")", ",", ";", "."}

// A lexer cuts a query into tokens.
type lexer struct {
	text string
	at   int
}

// next returns the next token; at the end it is tokenEnd, again and again.
func (l *lexer) next() (token, error) {
	rest := strings.TrimLeft(l.text[l.at:], " \t\r\n")
	l.at = len(l.text) - len(rest)
	if rest == "" {
		return token{at: l.at}, nil
	}
	if c := rest[0]; c == '\'' || c == '"' {
		return l.quoted()
	}
	if n := nameLen(rest); n > 0 {
		return l.cut(tokenName, n), nil
	}
	for _, sign := range signs {
		if strings.HasPrefix(rest, sign) {
			return l.cut(tokenSign, len(sign)), nil
		}
	}
	return token{}, &queryError{l.at, "this character has no place here"}
}

func (l *lexer) cut(kind tokenKind, n int) token {
	t := token{kind, l.at, l.text[l.at : l.at+n]}
	l.at += n
	return t
}

// nameLen returns the length of the name that s begins with: ASCII letters,
// digits and "_", and no digit first.
func nameLen(s string) int {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && (!digit || i == 0) {
			return i
		}
	}
	return len(s)
}

// escapes are what may follow a backslash, and what it stands for.
var escapes = map[byte]byte{'\'': '\'', '"': '"', '\\': '\\', 'n': '\n'}

// quoted reads a string, which the quote it begins with ends.
func (l *lexer) quoted() (token, error) {
	var value strings.Builder
	start, quote := l.at, l.text[l.at]
	for i := start + 1; i < len(l.text); i++ {
		c := l.text[i]
		if c == quote {
			l.at = i + 1
			return token{tokenString, start, value.String()}, nil
		}
		if c == '\\' && i+1 < len(l.text) {
			i++
			escaped, ok := escapes[l.text[i]]
			if !ok {
				return token{}, &queryError{i - 1, `the escape is none of \' \" \\ \n`}
			}
			c = escaped
		}
		value.WriteByte(c)
	}
	return token{}, &queryError{start, "the string does not end"}
}
