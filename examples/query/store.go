package main

import (
	"context"
	"math"
	"os"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

const (
	endpointVariable = "APPTUIT_API_ENDPOINT"
	tokenVariable    = "APPTUIT_API_TOKEN"
	fakeToken        = "query-example"
)

// A store is where the series are.
type store struct {
	fake *apptuittest.Server // nil for the store of the environment
	note string              // what the reader may have expected otherwise
}

// chooseStore takes the store of the environment where both variables are set.
func chooseStore() store {
	endpoint, token := os.Getenv(endpointVariable), os.Getenv(tokenVariable)
	if endpoint != "" && token != "" {
		return store{}
	}
	s := store{fake: apptuittest.NewServer(apptuittest.WithToken(fakeToken))}
	switch {
	case endpoint != "":
		s.note = endpointVariable + " is not used: " + tokenVariable + " is not set"
	case token != "":
		s.note = tokenVariable + " is not used: " + endpointVariable + " is not set"
	}
	return s
}

func (s store) close() {
	if s.fake != nil {
		s.fake.Close()
	}
}

// queryOptions are empty for the store of the environment: the client reads
// that itself.
func (s store) queryOptions() []query.Option {
	if s.fake == nil {
		return nil
	}
	return []query.Option{transport.WithEndpoint(s.fake.URL), transport.WithToken(fakeToken)}
}

// fill puts a day of measurements, one each minute, into the fake.
func (s store) fill(ctx context.Context) error {
	if s.fake == nil {
		return nil
	}
	client, err := transport.New(transport.WithEndpoint(s.fake.URL), transport.WithToken(fakeToken))
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	points, err := measurements(time.Now())
	if err != nil {
		return err
	}
	return client.Send(ctx, points)
}

// A bed is a place in the greenhouse.
type bed struct {
	name       string
	base, rise float64 // degrees at night, and more at noon
}

var beds = []bed{{"orchids", 21, 6}, {"tomatoes", 17, 9}, {"cacti", 12, 20}}

// measurements are those of the day before now. The thermometer of the cacti
// was off for three hours.
func measurements(now time.Time) ([]encoding.Point, error) {
	var points []encoding.Point
	for _, b := range beds {
		series, err := encoding.NewSeries(encoding.SanitizeNone, metric, encoding.Tag{Key: "bed", Value: b.name})
		if err != nil {
			return nil, err
		}
		for at := now.Add(-day); !at.After(now); at = at.Add(time.Minute) {
			if ago := now.Sub(at); b.name == "cacti" && ago > 9*time.Hour && ago < 12*time.Hour {
				continue
			}
			points = append(points, encoding.Point{Series: series, Time: at, Value: encoding.Float(b.at(at))})
		}
	}
	return points, nil
}

// at is warmest at noon, and wavers.
func (b bed) at(t time.Time) float64 {
	hours := float64(t.Unix()%86_400) / 3600
	sun := math.Max(0, -math.Cos(hours*math.Pi/12))
	waver := math.Sin(float64(t.Unix())/700) + math.Sin(float64(t.Unix())/190)
	return math.Round((b.base+b.rise*sun+0.3*waver)*100) / 100
}
