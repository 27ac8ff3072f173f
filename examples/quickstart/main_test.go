package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/apptuitai/apptuit-go/apptuittest"
	"github.com/apptuitai/apptuit-go/internal/realserver"
	"github.com/apptuitai/apptuit-go/query"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// setStore is the environment of a run, empty for a fake of its own.
func setStore(t *testing.T, endpoint, token string) {
	t.Helper()
	t.Setenv(endpointVariable, endpoint)
	t.Setenv(tokenVariable, token)
	t.Setenv(storeVariable, "")
}

func TestRunPrintsWhatItReadBack(t *testing.T) {
	setStore(t, "", "")
	var out strings.Builder
	if err := run(t.Context(), &out, 1200*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"teashop_orders", "POST /orders/{tea} 201", "go_goroutine_count", "┤", "Next steps"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	checkLayout(t, out.String())
	if t.Failed() {
		t.Log("\n" + out.String())
	}
}

// A real store that has PromQL, and no token, shows the same.
func TestRunAgainstVictoriaMetrics(t *testing.T) {
	vm := realserver.StartVictoriaMetrics(t)
	setStore(t, vm.PutURL, "")
	t.Setenv(storeVariable, victoriaMetrics)
	t.Setenv("APPTUIT_QUERY_ENDPOINT", vm.QueryURL)
	var out strings.Builder
	// It keeps what a selector found for ten seconds, and finds a new series after one:
	// they are older than that when they are asked for.
	if err := run(t.Context(), &out, 3*time.Second); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Read back by PromQL", "teashop_orders", "POST /orders/{tea} 201", "go_goroutine_count", "┤", "Next steps"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	checkLayout(t, out.String())
	if t.Failed() {
		t.Log("\n" + out.String())
	}
}

func checkLayout(t *testing.T, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if utf8.RuneCountInString(line) > 80 || strings.ContainsRune(line, '\r') {
			t.Errorf("this line does not fit a pipe of 80 columns: %q", line)
		}
	}
}

func TestWatchGoesOnUntilItIsEnded(t *testing.T) {
	setStore(t, "", "")
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- watch(ctx, in, 300*time.Millisecond); in.Close() }()
	lines := bufio.NewScanner(out)
	var url string
	for url == "" && lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "Watch it at "); ok {
			url, _, _ = strings.Cut(rest, " ")
		}
	}
	go io.Copy(io.Discard, out)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, path := range []string{"", "page/page.js"} {
		resp, err := client.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	resp, err := client.Get(url + "events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	events := bufio.NewScanner(resp.Body)
	events.Buffer(nil, 1<<20)
	for events.Scan() && !strings.Contains(events.Text(), ordersMetric) {
		continue
	}
	if events.Err() != nil {
		t.Error(events.Err())
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("watch() = %v", err)
	}
}

func TestWatchIsForTheOwnStore(t *testing.T) {
	setStore(t, "http://127.0.0.1:4242", "any-token")
	if err := watch(t.Context(), io.Discard, time.Second); err == nil || !strings.Contains(err.Error(), "unset") {
		t.Errorf("watch() = %v", err)
	}
}

func TestRunFailsOnAWrongToken(t *testing.T) {
	other := apptuittest.NewServer(apptuittest.WithToken("right"))
	defer other.Close()
	setStore(t, other.URL, "wrong")
	var out strings.Builder
	err := run(t.Context(), &out, time.Minute)
	if err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("run() = %v, want an error that tells of the status 401", err)
	}
	if strings.Contains(out.String(), "requests in") {
		t.Error("the load ran, though nothing could be delivered")
	}
}

func TestRunSaysWhereAStoreWithoutQueryShowsThePoints(t *testing.T) {
	var puts int
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/put" {
			http.Error(w, "unexpected path", http.StatusBadRequest)
			return
		}
		puts++
		w.WriteHeader(http.StatusNoContent)
	}))
	setStore(t, other.URL, "any-token")
	var out strings.Builder
	if err := run(t.Context(), &out, 100*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	other.Close()
	if puts == 0 {
		t.Error("nothing was put")
	}
	for _, want := range []string{"does not answer /api/query", "status 400", "export APPTUIT_STORE=victoriametrics"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, &out)
		}
	}
	checkLayout(t, out.String())
}

func TestChooseStoreTakesBothVariablesOrNone(t *testing.T) {
	for _, tt := range []struct {
		endpoint, token string
		fake            bool
		note            string
	}{
		{"", "", true, ""},
		{"http://127.0.0.1:4242", "", true, "APPTUIT_API_TOKEN is not set"},
		{"", "secret", true, "APPTUIT_API_ENDPOINT is not set"},
		{"http://127.0.0.1:4242", "secret", false, ""},
	} {
		setStore(t, tt.endpoint, tt.token)
		got := chooseStore()
		got.close()
		if (got.fake != nil) != tt.fake || !strings.Contains(got.note, tt.note) {
			t.Errorf("endpoint %q, token %q: fake %t, note %q", tt.endpoint, tt.token, got.fake != nil, got.note)
		}
	}
}

func TestPerSecond(t *testing.T) {
	const start = 1000
	for _, tt := range []struct {
		name   string
		points [][2]float64 // second and value
		want   []float64
	}{
		{"from zero", [][2]float64{{1001, 5}, {1002, 7}}, []float64{5, 2}},
		{"a gap is spread", [][2]float64{{1001, 5}, {1003, 9}}, []float64{5, 2, 2}},
		{"two in one second", [][2]float64{{1001, 5}, {1001, 8}, {1002, 9}}, []float64{8, 1}},
		{"in the second of the start", [][2]float64{{1000, 5}, {1001, 6}}, []float64{6}},
		{"quiet at the end", [][2]float64{{1001, 5}, {1002, 5}}, []float64{5}},
		{"none", nil, nil},
	} {
		var counter query.Series
		for _, p := range tt.points {
			counter.Points = append(counter.Points, query.Point{UnixMilli: int64(p[0]) * 1000, Value: p[1]})
		}
		got := perSecond([]query.Series{counter}, start)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
