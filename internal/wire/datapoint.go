package wire

import (
	"encoding/json"
	"errors"
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apptuitai/apptuit-go/encoding"
)

// A Datapoint is a point as it stands on the wire.
type Datapoint struct {
	// Metric is the name.
	Metric string
	// Tags are the tags by key.
	Tags map[string]string
	// Timestamp counts seconds since the Unix epoch, or milliseconds where it
	// does not fit in 32 bits.
	Timestamp int64
	// Value is the text of the number.
	Value string
}

// A looseText is a JSON string or number, for stores repeat a value as the one
// or the other.
type looseText string

// UnmarshalJSON takes the text of any scalar.
func (t *looseText) UnmarshalJSON(text []byte) error {
	switch text[0] {
	case '"':
		return json.Unmarshal(text, (*string)(t))
	case '{', '[':
		return errors.New("neither a string nor a number")
	}
	*t = looseText(text)
	return nil
}

// wirePoint is a point as JSON has it.
type wirePoint struct {
	Metric    looseText            `json:"metric"`
	Timestamp looseText            `json:"timestamp"`
	Value     looseText            `json:"value"`
	Tags      map[string]looseText `json:"tags"`
}

// ReadDatapoint reads a point; what does not parse is left empty.
func ReadDatapoint(text []byte) Datapoint {
	var w wirePoint
	_ = json.Unmarshal(text, &w)
	return w.datapoint()
}

func (w wirePoint) datapoint() Datapoint {
	p := Datapoint{Metric: string(w.Metric), Value: string(w.Value)}
	p.Timestamp, _ = strconv.ParseInt(string(w.Timestamp), 10, 64)
	if len(w.Tags) > 0 {
		p.Tags = make(map[string]string, len(w.Tags))
	}
	for k, v := range w.Tags {
		p.Tags[k] = string(v)
	}
	return p
}

// shown returns what may be shown of a point that a server named.
func (p Datapoint) shown(f fields) Datapoint {
	p.Metric, p.Value = f.data(p.Metric), f.data(p.Value)
	tags := p.Tags
	if len(tags) > 0 {
		p.Tags = make(map[string]string, len(tags))
	}
	for k, v := range tags {
		p.Tags[f.data(k)] = f.data(v)
	}
	return p
}

// DatapointOf returns a point as it would have stood on the wire, in seconds.
func DatapointOf(p encoding.Point) Datapoint {
	d := Datapoint{Value: p.Value.String()}
	if !p.Time.IsZero() {
		d.Timestamp = p.Time.Unix()
	}
	if p.Series == nil {
		return d
	}
	d.Metric, d.Tags = p.Series.Metric(), make(map[string]string)
	for _, t := range p.Series.Tags() {
		d.Tags[t.Key] = t.Value
	}
	return d
}

// name returns the metric and its tags, as metric{key="value"}.
func (p Datapoint) name() string {
	if len(p.Tags) == 0 {
		return "metric " + p.Metric
	}
	var tags []string
	for _, key := range slices.Sorted(maps.Keys(p.Tags)) {
		tags = append(tags, key+"="+strconv.Quote(p.Tags[key]))
	}
	return p.Metric + "{" + strings.Join(tags, ",") + "}"
}

// keySeed makes keys say nothing of what a point holds.
var keySeed = maphash.MakeSeed()

// Key is equal for points that are the same to a store, however it writes them.
func (p Datapoint) Key() uint64 {
	p.Value = canonical(p.Value)
	text, _ := json.Marshal(p) // sorts the tags; strings and numbers cannot fail
	return maphash.Bytes(keySeed, text)
}

// canonical returns one text for all notations of a number: "24", "24.0" and
// "2.4e1" are one value, and integers beyond 2^53 keep their digits.
func canonical(value string) string {
	if _, err := strconv.ParseInt(value, 10, 64); err == nil {
		return value
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return value
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}
