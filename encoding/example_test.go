package encoding_test

import (
	"errors"
	"fmt"
	"log"
	"math"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

func ExampleNewSeries() {
	series, err := encoding.NewSeries(encoding.SanitizePrometheus, "http.server.duration",
		encoding.Tag{Key: "service.name", Value: "checkout"},
		encoding.Tag{Key: "host", Value: "a"},
		encoding.Tag{Key: "zone", Value: ""})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(series)

	_, err = encoding.NewSeries(encoding.SanitizeNone, "cpu time", encoding.Tag{Key: "host", Value: "a"})
	fmt.Println(errors.Is(err, encoding.ErrName), err)
	// Output:
	// http_server_duration{host="a",service_name="checkout"}
	// true metric name: not a valid name: "cpu time" holds ' ' at byte 3; letters, digits and .-_/ are allowed
}

func ExampleEncoder() {
	series, err := encoding.NewSeries(encoding.SanitizePrometheus, "queue_length", encoding.Tag{Key: "host", Value: "a"})
	if err != nil {
		log.Fatal(err)
	}
	e := encoding.NewEncoder(encoding.Config{Compression: encoding.CompressNone, MaxPoints: 2})
	start := time.Unix(1700000000, 0)
	for i, value := range []encoding.Value{encoding.Int(7), encoding.Float(math.NaN()), encoding.Float(2.5), encoding.Int(-1)} {
		at := start.Add(time.Duration(i) * time.Minute)
		if err := e.Append(encoding.Point{Series: series, Time: at, Value: value}); err != nil {
			fmt.Println("left out:", err)
		}
	}
	for _, batch := range e.Flush() {
		fmt.Printf("%d points: %s\n", batch.Points, batch.Body)
	}
	// Output:
	// left out: the value is NaN or infinite, which JSON cannot hold
	// 2 points: [{"metric":"queue_length","tags":{"host":"a"},"timestamp":1700000000,"value":7},{"metric":"queue_length","tags":{"host":"a"},"timestamp":1700000120,"value":2.5}]
	// 1 points: [{"metric":"queue_length","tags":{"host":"a"},"timestamp":1700000180,"value":-1}]
}

func ExampleEncodeMetric() {
	tags := []encoding.Tag{{Key: "zone", Value: "a b"}, {Key: "type", Value: "idle"}}
	for _, notation := range []encoding.Notation{encoding.NotationJSON, encoding.NotationBrackets} {
		name, err := encoding.EncodeMetric(notation, "node.cpu", tags...)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(name)
	}
	// Output:
	// node.cpu{"type": "idle", "zone": "a b"}
	// node.cpu[type:idle,zone:"a b"]
}

func ExampleDecodeMetric() {
	for _, name := range []string{`node.cpu {"type": "idle"}`, `node.cpu[type:idle,zone:"a b"]`, `node.cpu`, `node.cpu{"type": 1}`} {
		metric, tags, err := encoding.DecodeMetric(name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(metric, tags)
	}
	// Output:
	// node.cpu [{type idle}]
	// node.cpu [{type idle} {zone a b}]
	// node.cpu []
	// not a valid name: "node.cpu{\"type\": 1}": at byte 15: what follows is not a string
}

func ExampleSchema() {
	name, err := encoding.NewName(encoding.SanitizePrometheus, "shop.latency.bucket")
	if err != nil {
		log.Fatal(err)
	}
	schema := encoding.NewSchema([]encoding.Tag{{Key: "host", Value: "a"}}, []string{"page"})
	for _, page := range []string{"cart", "search"} {
		tags := schema.Tags([]string{page})
		for _, le := range []string{"0.5", "+Inf"} {
			series, err := tags.Series(name, encoding.NewPartTag("le", le))
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(&series)
		}
	}
	// Output:
	// shop_latency_bucket{host="a",le="0.5",page="cart"}
	// shop_latency_bucket{host="a",le="+Inf",page="cart"}
	// shop_latency_bucket{host="a",le="0.5",page="search"}
	// shop_latency_bucket{host="a",le="+Inf",page="search"}
}
