package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/apptuitai/apptuit-go/encoding"
)

// maxDatagram is what an XCollector reads of a datagram.
const maxDatagram = 8 << 10

// packed are the points of a batch as lines, in datagrams of at most
// maxDatagram bytes, none of them cut in two.
type packed struct {
	datagrams [][]byte
	size      int        // bytes of all of them
	refused   []Rejected // points that have no line
}

// pack writes the points of a batch.
func pack(b encoding.Batch) (packed, error) {
	var p packed
	text, err := b.JSON()
	if err != nil {
		return p, err
	}
	var line []byte
	err = eachWirePoint(text, func(point Datapoint) {
		line = appendLine(line[:0], point)
		if code, why := unsendable(point, line); why != "" {
			p.refused = append(p.refused, Rejected{Point: point, Reason: why, Code: code})
			return
		}
		p.add(line)
	})
	return p, err
}

// eachWirePoint calls f with each element of a JSON array.
func eachWirePoint(text []byte, f func(Datapoint)) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil { // the opening bracket
		return err
	}
	for dec.More() {
		var w wirePoint
		if err := dec.Decode(&w); err != nil {
			return err
		}
		f(w.datapoint())
	}
	_, err := dec.Token() // the closing bracket
	return err
}

// add puts a line behind those of the last datagram, if it fits there.
func (p *packed) add(line []byte) {
	last := len(p.datagrams) - 1
	if last < 0 || len(p.datagrams[last])+len(line) > maxDatagram {
		p.datagrams = append(p.datagrams, make([]byte, 0, maxDatagram))
		last++
	}
	p.datagrams[last] = append(p.datagrams[last], line...)
	p.size += len(line)
}

// unsendable says why a point cannot go as this line; the text is empty where it
// can. But for its size this does not happen to what an [encoding.Encoder] writes.
func unsendable(p Datapoint, line []byte) (encoding.Reason, string) {
	value, err := strconv.ParseFloat(p.Value, 64)
	switch {
	case len(line) > maxDatagram:
		return ErrTooLarge, fmt.Sprintf("its line has %d bytes, and a datagram at most %d", len(line), maxDatagram)
	case p.Metric == "":
		return encoding.ErrName, "it has no metric name"
	case p.Timestamp <= 0:
		return encoding.ErrTimestamp, "it has no time"
	case err != nil || math.IsNaN(value) || math.IsInf(value, 0):
		return encoding.ErrNotFinite, "its value is not a number"
	}
	return "", ""
}

// appendLine appends a point as an XCollector reads it, "metric timestamp value
// k=v k=v" with the tags in order of their keys and a line feed at the end.
//
// The format knows no quotes and no escapes. White space and control characters
// become "_", one for each, and so does "=" in a key; in a value it stays. A tag
// without key or value is left out. Times are cut to whole seconds.
func appendLine(dst []byte, p Datapoint) []byte {
	dst = appendWord(dst, p.Metric, notInWord)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, seconds(p.Timestamp), 10)
	dst = append(dst, ' ')
	dst = append(dst, p.Value...)
	for _, key := range slices.Sorted(maps.Keys(p.Tags)) {
		if value := p.Tags[key]; key != "" && value != "" {
			dst = appendWord(append(dst, ' '), key, notInKey)
			dst = appendWord(append(dst, '='), value, notInWord)
		}
	}
	return append(dst, '\n')
}

// seconds undoes milliseconds, which a time of more than 32 bits is in.
func seconds(timestamp int64) int64 {
	if timestamp > math.MaxUint32 {
		return timestamp / 1000
	}
	return timestamp
}

func appendWord(dst []byte, s string, not func(rune) bool) []byte {
	if strings.IndexFunc(s, not) < 0 {
		return append(dst, s...)
	}
	return append(dst, strings.Map(func(r rune) rune {
		if not(r) {
			return '_'
		}
		return r
	}, s)...)
}

func notInWord(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

func notInKey(r rune) bool { return r == '=' || notInWord(r) }
