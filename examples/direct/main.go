// Direct sends points that a program has already, without instruments.
//
//	go run ./examples/direct
//
// It is what send() and send_timeseries() were in Python. Where
// APPTUIT_API_TOKEN is not set, the points go to a fake Apptuit inside the
// program.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"os"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

func main() {
	fake := apptuittest.NewServer()
	defer fake.Close()
	var opts []transport.Option
	if os.Getenv("APPTUIT_API_TOKEN") == "" {
		opts = append(opts, transport.WithEndpoint(fake.URL), transport.WithToken("example"))
	}
	client, err := transport.New(opts...)
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := send(ctx, client); err != nil {
		log.Fatal(err)
	}
	for _, p := range fake.Points() {
		fmt.Println(p.Time.Format(time.TimeOnly), p.Series, p.Value)
	}
}

// send makes its series once, as a program should that sends at an interval, and
// sends a minute of each.
func send(ctx context.Context, client *transport.Client) error {
	idle, err := encoding.NewSeries(encoding.SanitizePrometheus, "node.cpu",
		encoding.Tag{Key: "host", Value: "web-1"}, encoding.Tag{Key: "type", Value: "idle"})
	if err != nil {
		return err
	}
	// Names of the older clients, which carry their tags, can be read as well.
	name, tags, err := encoding.DecodeMetric(`node.cpu{"host": "web-1", "type": "user"}`)
	if err != nil {
		return err
	}
	user, err := encoding.NewSeries(encoding.SanitizePrometheus, name, tags...)
	if err != nil {
		return err
	}

	var points []encoding.Point
	now := time.Now().Truncate(time.Minute)
	for second := 0; second < 60; second += 20 {
		at, busy := now.Add(time.Duration(second)*time.Second), 10+second/10
		points = append(points,
			encoding.Point{Series: idle, Time: at, Value: encoding.Float(100 - float64(busy))},
			encoding.Point{Series: user, Time: at, Value: encoding.Int(int64(busy))})
	}
	points = append(points, encoding.Point{Series: idle, Value: encoding.Float(math.NaN())}) // cannot be sent

	// A point that cannot be sent costs itself alone; the error tells of it.
	err = client.Send(ctx, points)
	var report *transport.SendError
	if errors.As(err, &report) && report.Unsent == 0 {
		fmt.Println(report)
		return nil
	}
	return err
}
