package apptuittest_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
)

// put is what the program under test does.
func put(endpoint, body string) *http.Response {
	req, err := http.NewRequest(http.MethodPost, endpoint+"/api/put?details", strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer any-token")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	resp.Body.Close()
	return resp
}

const body = `[{"metric": "node.cpu", "timestamp": 1406829600, "value": 12.5, "tags": {"host": "a"}}]`

func Example() {
	srv := apptuittest.NewServer()
	defer srv.Close()

	put(srv.URL, body)

	for _, p := range srv.Points() {
		fmt.Println(p.Series, p.Time.Format(time.RFC3339), p.Value)
	}
	// Output: node.cpu{host="a"} 2014-07-31T18:00:00Z 12.5
}

// The server fails twice, once after it stored the point, and then recovers.
func ExampleServer_Inject() {
	srv := apptuittest.NewServer()
	defer srv.Close()
	lost := srv.Inject(apptuittest.Status(503).AfterStoring().Times(1))
	srv.Inject(apptuittest.RetryAfter(429, 2*time.Second).Times(1))

	for range 3 {
		resp := put(srv.URL, body)
		fmt.Printf("%d, Retry-After %q\n", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	fmt.Println(lost.Fired(), "answer was lost,", len(srv.Points()), "points are stored")
	// Output:
	// 503, Retry-After ""
	// 429, Retry-After "2"
	// 200, Retry-After ""
	// 1 answer was lost, 2 points are stored
}
