package promapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/query/promapi"
	"github.com/apptuitai/apptuit-go/transport"
)

// serve stands for Apptuit: it knows one query.
func serve() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("query") != "sum by (host) (node_cpu)" {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"status":"error","errorType":"bad_data","error":"parse error: unknown function"}`)
			return
		}
		io.WriteString(w, `{"status":"success","data":{"resultType":"vector","result":[
			{"metric":{"host":"a"},"value":[1714564800,"15"]},{"metric":{"host":"b"},"value":[1714564800,"7.5"]}]}}`)
	}))
}

func ExampleNew() {
	srv := serve()
	defer srv.Close()
	prom, err := promapi.New(transport.WithEndpoint(srv.URL), transport.WithToken("TOKEN")) // or from the environment
	if err != nil {
		fmt.Println(err)
		return
	}
	defer prom.(api.CloseIdler).CloseIdleConnections()

	at := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	value, _, _, err := prom.Query(context.Background(), "sum by (host) (node_cpu)", at)
	fmt.Println(value, err)

	_, _, _, err = prom.Query(context.Background(), "total(node_cpu)", at)
	var failed *query.Error
	var bad *v1.Error
	if errors.As(err, &failed) && errors.As(err, &bad) {
		fmt.Println(failed.Status, bad.Type, failed.Message)
	}
	// Output:
	// {host="a"} => 15 @[1714564800]
	// {host="b"} => 7.5 @[1714564800] <nil>
	// 400 bad_data parse error: unknown function
}

func ExampleResult() {
	value := model.Vector{{Metric: model.Metric{"__name__": "node_cpu", "host": "a"}, Value: 15, Timestamp: 1714564800000}}
	result, err := promapi.Result(value) // of prom.Query or prom.QueryRange
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, series := range result.All() {
		fmt.Println(series.Name(), series.Points)
	}
	// Output: node_cpu{host:a} [{1714564800000 15}]
}
