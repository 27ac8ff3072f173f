package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/apptuitai/apptuit-go/internal/answer"
)

const (
	benchSeries = 20
	benchPoints = 10_000
)

// longAnswer is what 20 hosts gave in a week of minutes.
func longAnswer() []byte {
	r := rand.New(rand.NewPCG(1, 2))
	text := []byte(`{"outputs":[{"id":"cpu","result":[`)
	for i := range benchSeries {
		if i > 0 {
			text = append(text, ',')
		}
		text = fmt.Appendf(text, `{"metric":"node.cpu","tags":{"host":"node-%d","zone":"eu-west-1a","type":"idle"},"aggregatedTags":[],"dps":[`, i)
		for j := range benchPoints {
			if j > 0 {
				text = append(text, ',')
			}
			text = fmt.Appendf(text, "[%d,", 1_406_829_600+60*j)
			text = strconv.AppendFloat(text, math.Round(r.Float64()*1e5)/1e3, 'f', -1, 64)
			text = append(text, ']')
		}
		text = append(text, "]}"...)
	}
	return append(text, `]}],"hints":[],"query":{"querytext":"fetch('node.cpu')"},"query_stats":{"numSeries":20},"timing_diagnostics":[]}`...)
}

// structs are what a program would write for encoding/json.
type structs struct {
	Outputs []struct {
		ID     string `json:"id"`
		Result []struct {
			Metric string            `json:"metric"`
			Tags   map[string]string `json:"tags"`
			DPs    [][2]float64      `json:"dps"`
		} `json:"result"`
	} `json:"outputs"`
}

func benchmark(b *testing.B, decode func(io.Reader) error) {
	text := longAnswer()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := decode(bytes.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
	points := float64(b.N * benchSeries * benchPoints)
	b.ReportMetric(points/b.Elapsed().Seconds(), "points/s")
}

func BenchmarkDecode(b *testing.B) {
	benchmark(b, func(r io.Reader) error {
		_, err := decode(r, allTime, maxAnswer)
		return err
	})
}

func BenchmarkEncodingJSON(b *testing.B) {
	b.Run("Decoder", func(b *testing.B) {
		benchmark(b, func(r io.Reader) error { return json.NewDecoder(r).Decode(&structs{}) })
	})
	b.Run("ReadAllUnmarshal", func(b *testing.B) {
		benchmark(b, func(r io.Reader) error {
			text, err := io.ReadAll(r)
			if err != nil {
				return err
			}
			return json.Unmarshal(text, &structs{})
		})
	})
}

var allTime = answer.Always
