package query_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/query"
	"github.com/apptuitai/apptuit-go/transport"
)

// serve starts a server that stores a few points of two hosts.
func serve() *apptuittest.Server {
	srv := apptuittest.NewServer()
	var points []string
	for i, v := range []float64{10, 20, 30, 40} {
		at := 1714564800 + 30*i
		points = append(points, fmt.Sprintf(`{"metric":"node.cpu","timestamp":%d,"value":%g,"tags":{"host":"a"}}`, at, v))
	}
	points = append(points, `{"metric":"node.cpu","timestamp":1714564860,"value":7.5,"tags":{"host":"b","zone":"eu"}}`)
	req, _ := http.NewRequest(http.MethodPost, srv.URL+"/api/put", strings.NewReader("["+strings.Join(points, ",")+"]"))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer TOKEN")
	resp, err := srv.Client().Do(req)
	if err != nil {
		panic(err)
	}
	resp.Body.Close()
	return srv
}

var start = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)

func ExampleClient_Query() {
	srv := serve() // in place of Apptuit
	defer srv.Close()
	client, err := query.New(transport.WithEndpoint(srv.URL), transport.WithToken("TOKEN")) // or from the environment
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	text := query.Fetch("node.cpu").Where("host", query.Equal, "a").Downsample(time.Minute, query.Avg)
	result, err := client.Query(context.Background(), text.String(), start, start.Add(time.Hour))
	if err != nil {
		fmt.Println(err)
		return
	}
	for output, series := range result.All() {
		for at, value := range series.All() {
			fmt.Println(output, series.Name(), at.Format(time.TimeOnly), value)
		}
	}
	// Output:
	// node.cpu node.cpu{host:a} 12:00:00 15
	// node.cpu node.cpu{host:a} 12:01:00 35
}

func ExampleFrame_WriteCSV() {
	srv := serve()
	defer srv.Close()
	client, err := query.New(transport.WithEndpoint(srv.URL), transport.WithToken("TOKEN"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	result, err := client.Query(context.Background(), "cpu = fetch('node.cpu'); output(cpu)", start, start.Add(time.Minute))
	if err != nil {
		fmt.Println(err)
		return
	}
	if cpu, ok := result.Output("cpu"); ok {
		fmt.Println(cpu.Frame().WriteCSV(os.Stdout))
	}
	// Output:
	// time,node.cpu{host:a},"node.cpu{host:b, zone:eu}"
	// 2024-05-01T12:00:00Z,10,
	// 2024-05-01T12:00:30Z,20,
	// 2024-05-01T12:01:00Z,30,7.5
	// <nil>
}

func ExampleError() {
	srv := serve()
	defer srv.Close()
	client, err := query.New(transport.WithEndpoint(srv.URL), transport.WithToken("TOKEN"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	_, err = client.Query(context.Background(), "fetch('node.cpu').rate()", start, time.Time{})
	var failed *query.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Status, failed.Message)
	}
	// Output: 400 byte 18: 'rate' stands here; downsample was expected
}

func ExampleOutputs() {
	script := query.Outputs(
		query.Fetch("node.cpu").Downsample(time.Hour, query.Avg).As("cpu"),
		query.Fetch("node.load1").Where("host", query.Match, "web-.*").As("load"),
	)
	fmt.Println(script)
	fmt.Println(query.Fetch("node.cpu").Downsample(time.Second/2, query.Avg).Err())
	// Output:
	// cpu=fetch('node.cpu').downsample('1h','avg'); load=fetch('node.load1', 'host'=~'web-.*'); output(cpu, load)
	// apptuit: query: Downsample: 500ms is not in whole seconds
}

func ExampleOutput_Frame() {
	cpu := query.Output{ID: "cpu", Series: []query.Series{
		{Metric: "cpu", Tags: map[string]string{"host": "a"}, Points: []query.Point{{UnixMilli: 1000, Value: 1}, {UnixMilli: 3000, Value: 3}}},
		{Metric: "cpu", Tags: map[string]string{"host": "b"}, Points: []query.Point{{UnixMilli: 2000, Value: 2}}},
	}}
	frame := cpu.Frame()
	for at, row := range frame.Rows() {
		fmt.Print(at.Format(time.TimeOnly))
		for i, name := range frame.Columns() {
			if v, ok := row.At(i); ok {
				fmt.Print(" ", name, "=", v)
			}
		}
		fmt.Println()
	}
	// Output:
	// 00:00:01 cpu{host:a}=1
	// 00:00:02 cpu{host:b}=2
	// 00:00:03 cpu{host:a}=3
}

// servePromQL stands for a store with PromQL: it knows two requests.
func servePromQL() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path + " " + r.FormValue("query") + r.FormValue("match[]") {
		case "/prometheus/api/v1/query_range sum by (host) (node_cpu)":
			io.WriteString(w, `{"status":"success","data":{"resultType":"matrix","result":[
				{"metric":{"host":"a"},"values":[[1714564800,"15"],[1714564860,"35"]]},{"metric":{"host":"b"},"values":[[1714564860,"7.5"]]}]}}`)
		case "/prometheus/api/v1/export node_cpu":
			io.WriteString(w, `{"metric":{"__name__":"node_cpu","host":"a"},"values":[10,20],"timestamps":[1714564800000,1714564830000]}
				{"metric":{"__name__":"node_cpu","host":"b","zone":"eu"},"values":[7.5],"timestamps":[1714564860000]}`)
		case "/prometheus/api/v1/labels node_cpu":
			io.WriteString(w, `{"status":"success","data":["__name__","host","zone"]}`)
		default:
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
}

func ExampleClient_PromQL() {
	srv := servePromQL()
	defer srv.Close()
	client, err := query.New(transport.WithEndpoint(srv.URL), transport.WithToken("TOKEN"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	steps := query.Range{Start: start, End: start.Add(time.Minute), Step: time.Minute}
	result, err := client.PromQL(context.Background(), "sum by (host) (node_cpu)", steps)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = result.Frame().WriteCSV(os.Stdout)
	fmt.Println(err)
	// Output:
	// time,{host:a},{host:b}
	// 2024-05-01T12:00:00Z,15,
	// 2024-05-01T12:01:00Z,35,7.5
	// <nil>
}

func ExampleClient_Raw() {
	srv := servePromQL()
	defer srv.Close()
	client, err := query.New(transport.WithEndpoint(srv.URL), transport.WithToken("TOKEN"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	for series, err := range client.Raw(context.Background(), "node_cpu", start, start.Add(time.Hour)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(series.Name(), len(series.Points))
	}
	// Output:
	// node_cpu{host:a} 2
	// node_cpu{host:b, zone:eu} 1
}

// What is larger than memory is written as it comes.
func ExampleWriteLongCSV() {
	srv := servePromQL()
	defer srv.Close()
	client, err := query.New(transport.WithEndpoint(srv.URL), transport.WithToken("TOKEN"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	ctx, end := context.Background(), start.Add(time.Hour)
	keys, err := client.TagKeys(ctx, "node_cpu", start, end)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = query.WriteLongCSV(os.Stdout, client.Raw(ctx, "node_cpu", start, end), keys, query.WithTimeLayout(time.DateTime))
	fmt.Println(err)
	// Output:
	// time,metric,host,zone,value
	// 2024-05-01 12:00:00,node_cpu,a,,10
	// 2024-05-01 12:00:30,node_cpu,a,,20
	// 2024-05-01 12:01:00,node_cpu,b,eu,7.5
	// <nil>
}

func ExampleFrame_WriteLongCSV() {
	cpu := query.Output{ID: "cpu", Series: []query.Series{
		{Metric: "cpu", Tags: map[string]string{"host": "a"}, Points: []query.Point{{UnixMilli: 1000, Value: 1}, {UnixMilli: 3000, Value: 3}}},
		{Metric: "cpu", Tags: map[string]string{"host": "b"}, Points: []query.Point{{UnixMilli: 2000, Value: 2}}},
	}}
	tokyo := time.FixedZone("JST", 9*3600)
	err := cpu.Frame().WriteLongCSV(os.Stdout, query.WithTimeZone(tokyo))
	fmt.Println(err)
	// Output:
	// time,metric,host,value
	// 1970-01-01T09:00:01+09:00,cpu,a,1
	// 1970-01-01T09:00:03+09:00,cpu,a,3
	// 1970-01-01T09:00:02+09:00,cpu,b,2
	// <nil>
}

func ExampleClient_OpenTSDB() {
	srv := serve() // in place of OpenTSDB
	defer srv.Close()
	client, err := query.New(transport.WithEndpoint(srv.URL), transport.WithToken("TOKEN"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	cpu := query.OpenTSDBQuery{Metric: "node.cpu", Tags: map[string]string{"host": "*"}, Downsample: "1m-avg"}
	result, err := client.OpenTSDB(context.Background(), cpu, start, start.Add(time.Hour))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, series := range result.All() {
		fmt.Println(series.Name(), series.Points)
	}
	// Output:
	// node.cpu{host:a} [{1714564800000 15} {1714564860000 35}]
	// node.cpu{host:b, zone:eu} [{1714564860000 7.5}]
}

func ExampleClient_InPieces() {
	srv := serve()
	defer srv.Close()
	client, err := query.New(transport.WithEndpoint(srv.URL), transport.WithToken("TOKEN"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	text := query.Fetch("node.cpu").Where("host", query.Equal, "a")
	result, err := client.InPieces(time.Minute).Query(context.Background(), text.String(), start, start.Add(2*time.Minute))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, series := range result.All() {
		fmt.Println(len(series.Points), "points of", len(srv.Requests())-1, "requests")
	}
	// Output: 4 points of 2 requests
}
