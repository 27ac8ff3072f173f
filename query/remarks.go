package query

import (
	"encoding/json"
	"time"
)

// What the server says beside the points is kept where it can be read; where it
// is of another kind than is known, that alone is no error.

func (d *decoder) hints() ([]string, error) {
	text, err := d.raw()
	if err != nil {
		return nil, err
	}
	var hints []json.RawMessage
	if json.Unmarshal(text, &hints) != nil {
		hints = []json.RawMessage{text}
	}
	var out []string
	for _, h := range hints {
		s := string(h)
		_ = json.Unmarshal(h, &s) // what is no string stays JSON
		out = append(out, s)
	}
	return out, d.spend(2 * len(text))
}

func (d *decoder) info() (Info, error) {
	text, fields, err := d.fields()
	info := Info{
		Start: moment(fields["startTime"]),
		End:   moment(fields["endTime"]),
		Raw:   text,
	}
	_ = json.Unmarshal(fields["querytext"], &info.Text)
	return info, err
}

func (d *decoder) stats() (Stats, error) {
	text, fields, err := d.fields()
	stats := Stats{Raw: text}
	_ = json.Unmarshal(fields["numSeries"], &stats.Series)
	if ms, ok := parseFloat(fields["queryTimeMillis"]); ok && ms >= 0 && ms <= maxMilli/1e3 {
		stats.Elapsed = time.Duration(ms * float64(time.Millisecond))
	}
	return stats, err
}

// fields returns a value as it is, and its fields where it is an object.
func (d *decoder) fields() (json.RawMessage, map[string]json.RawMessage, error) {
	text, err := d.raw()
	if err != nil {
		return nil, nil, err
	}
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(text, &fields)
	return text, fields, d.spend(2 * len(text))
}

// moment returns a time of the wire, zero for what is none.
func moment(text json.RawMessage) time.Time {
	ms, ok := parseTime(text)
	if !ok {
		return time.Time{}
	}
	return Point{UnixMilli: ms}.Time()
}
