package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
	"github.com/apptuitai/apptuit-go/transport"
)

func ExampleClient_Send() {
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println(r.Method, r.URL, r.Header.Get("Authorization"))
		fmt.Println(string(body))
	}))
	defer store.Close()

	client, err := transport.New(
		transport.WithEndpoint(store.URL),
		transport.WithToken("TOKEN"), // or APPTUIT_API_TOKEN in the environment
		transport.WithCompression(encoding.CompressNone),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	series, err := encoding.NewSeries(encoding.SanitizeApptuit, "node.cpu", encoding.Tag{Key: "host", Value: "a"})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = client.Send(context.Background(), []encoding.Point{
		{Series: series, Time: time.Unix(1_700_000_000, 0), Value: encoding.Float(12.5)},
	})
	fmt.Println(err)
	// Output:
	// POST /api/put?details Bearer TOKEN
	// [{"metric":"node.cpu","tags":{"host":"a"},"timestamp":1700000000,"value":12.5}]
	// <nil>
}

func ExampleSendError() {
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"success": 0, "failed": 1, "errors": [{"error": "Unknown metric",
			"datapoint": {"metric": "node.cpu", "tags": {"host": "a"}, "timestamp": 1700000000, "value": "1"}}]}`)
	}))
	defer store.Close()
	client, err := transport.New(transport.WithEndpoint(store.URL), transport.WithToken("TOKEN"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	series, err := encoding.NewSeries(encoding.SanitizeApptuit, "node.cpu", encoding.Tag{Key: "host", Value: "a"})
	if err != nil {
		fmt.Println(err)
		return
	}

	err = client.Send(context.Background(), []encoding.Point{
		{Series: series, Time: time.Unix(1_700_000_000, 0), Value: encoding.Int(1)},
	})
	var failed *transport.SendError
	if errors.As(err, &failed) {
		fmt.Println(failed.Stored, "stored,", failed.Dropped[transport.ErrRejected], "rejected,", failed.Unsent, "still here")
		fmt.Println(failed.Rejected[0])
	}
	// Output:
	// 0 stored, 1 rejected, 0 still here
	// node.cpu{host="a"}: Unknown metric
}
