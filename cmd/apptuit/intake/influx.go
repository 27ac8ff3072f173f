package intake

import (
	"errors"
	"fmt"
	"time"

	"github.com/influxdata/line-protocol/v2/lineprotocol"

	"github.com/apptuitai/apptuit-go/encoding"
)

// plainField is the field that InfluxDB's own OpenTSDB listener writes: its point
// has the name of the measurement alone.
const plainField = "value"

// influx reads a line of InfluxDB's line protocol. Each field with a number is a
// point called measurement_field. Times are nanoseconds.
func (c Config) influx(line string) (points []encoding.Point, err error) {
	dec := lineprotocol.NewDecoderWithBytes([]byte(line))
	if !dec.Next() {
		return nil, errors.New("it is no line of InfluxDB's line protocol")
	}
	measurement, err := dec.Measurement()
	if err != nil {
		return nil, influxError(err)
	}
	var tags []encoding.Tag
	for {
		key, value, err := dec.NextTag()
		if err != nil {
			return nil, influxError(err)
		}
		if key == nil {
			break
		}
		tags = append(tags, encoding.Tag{Key: string(key), Value: string(value)})
	}
	fields := map[string]encoding.Value{}
	var names []string
	var skipped error
	for {
		key, value, err := dec.NextField()
		if err != nil {
			return nil, influxError(err)
		}
		if key == nil {
			break
		}
		v, err := fieldValue(value)
		if err != nil {
			skipped = fmt.Errorf("the field %.40q: %w", key, err)
			continue
		}
		names = append(names, string(key))
		fields[string(key)] = v
	}
	at, err := dec.Time(lineprotocol.Nanosecond, time.Time{})
	if err != nil {
		return nil, influxError(err)
	}
	for _, name := range names {
		metric := string(measurement) + "_" + name
		if name == plainField {
			metric = string(measurement)
		}
		p, err := c.point(metric, tags, at, fields[name])
		if err != nil {
			return points, err
		}
		points = append(points, p)
	}
	return points, skipped
}

// influxError leaves out what the decoder cites.
func influxError(err error) error {
	var decode *lineprotocol.DecodeError
	if errors.As(err, &decode) {
		return fmt.Errorf("column %d is no part of InfluxDB's line protocol", decode.Column)
	}
	return errors.New("it is no line of InfluxDB's line protocol")
}

func fieldValue(v lineprotocol.Value) (encoding.Value, error) {
	switch v.Kind() {
	case lineprotocol.Int:
		return encoding.Int(v.IntV()), nil
	case lineprotocol.Uint:
		return encoding.Uint(v.UintV()), nil
	case lineprotocol.Float:
		return finite(v.FloatV())
	case lineprotocol.Bool:
		if v.BoolV() {
			return encoding.Int(1), nil
		}
		return encoding.Int(0), nil
	}
	return encoding.Value{}, errors.New("it is no number")
}
