package query

import (
	"encoding/json"
	"time"

	"github.com/apptuitai/apptuit-go/internal/answer"
)

// What the server says beside the points is kept where it can be read; where it
// is of another kind than is known, that alone is no error.

func (d *decoder) info() (info Info, err error) {
	info.Raw, err = d.Remark(func(name string, value []byte) {
		switch name {
		case "startTime":
			info.Start = moment(value)
		case "endTime":
			info.End = moment(value)
		case "querytext":
			info.Text = ""
			_ = json.Unmarshal(value, &info.Text)
		}
	})
	return info, err
}

func (d *decoder) readStats() (stats Stats, err error) {
	stats.Raw, err = d.Remark(func(name string, value []byte) {
		switch name {
		case "numSeries":
			stats.Series = 0
			_ = json.Unmarshal(value, &stats.Series)
		case "queryTimeMillis", "executionTimeMsec": // as Apptuit has it, and VictoriaMetrics
			stats.Elapsed = elapsed(value)
		}
	})
	return stats, err
}

func elapsed(text []byte) time.Duration {
	ms, ok := answer.ParseFloat(text)
	if !ok || ms < 0 || ms > answer.MaxMilli/1e3 {
		return 0
	}
	return time.Duration(ms * float64(time.Millisecond))
}

// moment returns a time of the wire, zero for what is none.
func moment(text []byte) time.Time {
	ms, ok := answer.ParseTime(text)
	if !ok {
		return time.Time{}
	}
	return Point{UnixMilli: ms}.Time()
}
