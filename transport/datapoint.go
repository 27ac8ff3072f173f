package transport

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/apptuitai/apptuit-go/encoding"
)

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

// readDatapoint reads a point; what does not parse is left empty.
func readDatapoint(text []byte) Datapoint {
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

// datapointOf returns a point as it would have stood on the wire, in seconds.
func datapointOf(p encoding.Point) Datapoint {
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
