package apptuittest

import (
	"bytes"
	"encoding/json"
	"iter"
	"net/http"
)

const space = " \t\r\n"

// valid takes any JSON, and leaves it where it is.
type valid struct{}

// UnmarshalJSON is called where the text is JSON.
func (valid) UnmarshalJSON([]byte) error { return nil }

// countPoints returns how many elements a body has that is an array of points,
// or the one object that stands in place of it.
func countPoints(text []byte) (int, error) {
	if err := json.Unmarshal(text, &valid{}); err != nil {
		return 0, refusef(http.StatusBadRequest, "the body is not a JSON array of points: %v", err)
	}
	n := 0
	for range elements(text) {
		if n++; n > maxPutPoints {
			return 0, refusef(http.StatusRequestEntityTooLarge, "the body holds more than %d points", maxPutPoints)
		}
	}
	if n > 0 {
		return n, nil
	}
	if text = bytes.Trim(text, space); text[0] == '[' || string(text) == "null" {
		return 0, refusef(http.StatusBadRequest, "the body holds no points")
	}
	return 0, refusef(http.StatusBadRequest, "the body is not a JSON array of points")
}

// elements returns the elements of an array, or the one object that stands in
// place of it. The text is valid JSON.
func elements(text []byte) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		text := bytes.Trim(text, space)
		if text[0] == '{' {
			yield(text)
			return
		}
		if text[0] != '[' {
			return
		}
		rest := bytes.TrimLeft(text[1:len(text)-1], space)
		for len(rest) > 0 {
			n := elementLen(rest)
			if !yield(bytes.TrimRight(rest[:n], space)) {
				return
			}
			rest = bytes.TrimLeft(rest[min(n+1, len(rest)):], space)
		}
	}
}

// elementLen returns the length of the first element, up to the comma behind it
// or to the end.
func elementLen(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += stringLen(text[i+1:])
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

// stringLen returns the length of a string with its closing quote.
func stringLen(text []byte) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
