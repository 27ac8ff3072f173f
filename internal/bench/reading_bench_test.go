package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/bytedance/sonic"
	goccy "github.com/goccy/go-json"

	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

const (
	readSeries = 20
	readPoints = 10_000
)

// readStart is where the points begin, one each minute.
var readStart = time.Unix(1_406_829_600, 0)

// numbers are the kinds of values that answers have.
var numbers = map[string]func(*rand.Rand) string{
	"3 digits":  func(r *rand.Rand) string { return strconv.FormatFloat(float64(r.IntN(1000))/10, 'f', -1, 64) },
	"17 digits": func(r *rand.Rand) string { return strconv.FormatFloat(r.Float64()*100, 'f', -1, 64) },
	"of Java":   func(r *rand.Rand) string { return strconv.FormatFloat(r.Float64()*1e9, 'E', 15, 64) },
	"exponent":  func(r *rand.Rand) string { return strconv.FormatFloat(r.ExpFloat64()*1e-9, 'e', -1, 64) },
}

// answerOf returns what 20 hosts gave in a week of minutes, as Apptuit answers.
func answerOf(number func(*rand.Rand) string) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var text bytes.Buffer
	text.WriteString(`{"outputs":[{"id":"cpu","result":[`)
	for i := range readSeries {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(`{"metric":"node.cpu","tags":{"host":"node-` + strconv.Itoa(i) + `","zone":"eu-west-1a"},"aggregatedTags":[],"dps":[`)
		for j := range readPoints {
			if j > 0 {
				text.WriteByte(',')
			}
			text.WriteString("[" + strconv.Itoa(int(readStart.Unix())+60*j) + "," + number(r) + "]")
		}
		text.WriteString("]}")
	}
	text.WriteString(`]}],"hints":[]}`)
	return text.Bytes()
}

// structs are what a program would write for a library of JSON.
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

// readers are ours, which makes a whole query of a server, and the libraries, which make
// structs of a text that is there. "encoding/json/v2" is there with GOEXPERIMENT=jsonv2.
var readers = map[string]func(b *testing.B, text []byte) func() error{
	"query": func(b *testing.B, text []byte) func() error {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Write(text)
		}))
		b.Cleanup(server.Close)
		c, err := query.New(transport.WithEnv(nil), transport.WithoutToken(), transport.WithEndpoint(server.URL))
		if err != nil {
			b.Fatal(err)
		}
		return func() error {
			result, err := c.Query(b.Context(), "fetch('node.cpu')", readStart, time.Time{})
			if err == nil && len(result.Outputs[0].Series[0].Points) != readPoints {
				b.Fatal("points are missing")
			}
			return err
		}
	},
	"encoding/json": func(_ *testing.B, text []byte) func() error {
		return func() error { return json.Unmarshal(text, &structs{}) }
	},
	"sonic": func(_ *testing.B, text []byte) func() error {
		return func() error { return sonic.Unmarshal(text, &structs{}) }
	},
	"goccy": func(_ *testing.B, text []byte) func() error {
		return func() error { return goccy.Unmarshal(text, &structs{}) }
	},
}

// BenchmarkReading measures what an answer costs to read, for each kind of number.
func BenchmarkReading(b *testing.B) {
	for kind, number := range numbers {
		text := answerOf(number)
		for name, reader := range readers {
			b.Run(kind+"/"+name, func(b *testing.B) {
				read := reader(b, text)
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					if err := read(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
