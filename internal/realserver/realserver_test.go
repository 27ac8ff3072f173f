package realserver

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	onePoint = `[{"metric":"cpu.busy","timestamp":1700000000,"value":0.5,"tags":{"host":"a"}}]`
	cpuBusy  = `{__name__="cpu.busy"}`
)

var oneSample = []Sample{{"cpu.busy", map[string]string{"host": "a"}, 1700000000_000, 0.5}}

// put sends a body as a client does and returns the status, or 0 for none.
func put(t *testing.T, base, token, body string) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, base+"/api/put?details", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func wantPut(t *testing.T, base, token, body string, want int) {
	t.Helper()
	if got := put(t, base, token, body); got != want {
		t.Errorf("put answers %d, want %d", got, want)
	}
}

// wantSilence puts and expects that the time is up before an answer comes.
func wantSilence(t *testing.T, base string) {
	t.Helper()
	hasty := *client
	hasty.Timeout = 100 * time.Millisecond
	resp, err := hasty.Post(base+"/api/put", "application/json", strings.NewReader(onePoint))
	if err == nil {
		resp.Body.Close()
		t.Fatalf("put answers %s, want none", resp.Status)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("put ends in %v, want a time-out", err)
	}
}

func wantSamples(t *testing.T, got, want []Sample) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("stored %v, want %v", got, want)
	}
}

func TestVictoriaMetrics(t *testing.T) {
	t.Parallel()
	vm := StartVictoriaMetrics(t)
	wantSamples(t, vm.Samples(t, cpuBusy), nil)
	wantPut(t, vm.PutURL, "", `[
		{"metric":"b","timestamp":1700000001,"value":3,"tags":{"host":"a"}},
		{"metric":"b","timestamp":1700000000500,"value":2,"tags":{"host":"a"}},
		{"metric":"b","timestamp":1700000001,"value":-1e-9,"tags":{"host":"a","q":"x \"y\" ß"}},
		{"metric":"a","timestamp":1700000001,"value":9007199254740992,"tags":{"host":"a"}}]`, 204)
	wantSamples(t, vm.Samples(t, `{__name__=~".+"}`), []Sample{
		{"a", map[string]string{"host": "a"}, 1700000001_000, 9007199254740992},
		{"b", map[string]string{"host": "a"}, 1700000000_500, 2},
		{"b", map[string]string{"host": "a"}, 1700000001_000, 3},
		{"b", map[string]string{"host": "a", "q": `x "y" ß`}, 1700000001_000, -1e-9},
	})
}

func TestVictoriaMetricsFlags(t *testing.T) {
	t.Parallel()
	vm := StartVictoriaMetrics(t, "-opentsdbhttp.maxInsertRequestSize=10")
	wantPut(t, vm.PutURL, "", onePoint, 400)
}

func TestVMAuth(t *testing.T) {
	t.Parallel()
	const token = `good:"token'&`
	vm := StartVictoriaMetrics(t)
	auth := StartVMAuth(t, token, vm)
	wantPut(t, auth.URL, token, onePoint, 204)
	wantSamples(t, vm.Samples(t, cpuBusy), oneSample)
	if got := put(t, auth.URL, "bad", onePoint); got != 400 && got != 401 {
		t.Errorf("put with a bad token answers %d, want 400 or 401", got)
	}
	wantQuery(t, auth.URL, token, `"values":[[1700000000,"0.5"]]`)
	vm.Kill(t)
	wantPut(t, auth.URL, token, onePoint, 502)
}

// wantQuery asks for the one point by PromQL.
func wantQuery(t *testing.T, base, token, want string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, base+"/prometheus/api/v1/query_range?query=cpu.busy&start=1700000000&end=1700000000&step=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), want) {
		t.Errorf("query answers %s %q, want it to hold %s", resp.Status, quote(body), want)
	}
}

func TestVMAgent(t *testing.T) {
	t.Parallel()
	vm := StartVictoriaMetrics(t)
	agent := StartVMAgent(t, vm)
	wantPut(t, agent.PutURL, "", onePoint, 204)
	var got []Sample
	for end := time.Now().Add(readyLimit); got == nil && time.Now().Before(end); {
		time.Sleep(readyPoll)
		got = vm.Samples(t, cpuBusy)
	}
	wantSamples(t, got, oneSample)
}

func TestInfluxDB(t *testing.T) {
	t.Parallel()
	db := StartInfluxDB(t)
	wantPut(t, db.PutURL, "", onePoint, 500)
	db.CreateDatabase(t)
	db.CreateDatabase(t)
	wantSamples(t, db.Samples(t, "cpu.busy"), nil)
	wantPut(t, db.PutURL, "", `[
		{"metric":"a \"b\\c","timestamp":1700000001,"value":3,"tags":{"value":"tag"}},
		{"metric":"a \"b\\c","timestamp":1700000001,"value":2.5,"tags":{"host":"a"}},
		{"metric":"a \"b\\c","timestamp":1700000000,"value":4,"tags":{"host":"a"}}]`, 204)
	wantSamples(t, db.Samples(t, `a "b\c`), []Sample{
		{`a "b\c`, map[string]string{"host": "a"}, 1700000000_000, 4},
		{`a "b\c`, map[string]string{"host": "a"}, 1700000001_000, 2.5},
		{`a "b\c`, map[string]string{"value": "tag"}, 1700000001_000, 3},
	})
}

func TestKillAndRestart(t *testing.T) {
	t.Parallel()
	db := StartInfluxDB(t)
	db.CreateDatabase(t)
	wantPut(t, db.PutURL, "", onePoint, 204)
	first := db.PID()
	db.Kill(t)
	db.Kill(t)
	wantPut(t, db.PutURL, "", onePoint, 0)
	db.Restart(t)
	if db.PID() == first {
		t.Errorf("pid %d twice", first)
	}
	wantSamples(t, db.Samples(t, "cpu.busy"), oneSample)
}

func TestRestartKeepsWhatIsInMemory(t *testing.T) {
	t.Parallel()
	vm := StartVictoriaMetrics(t)
	wantPut(t, vm.PutURL, "", onePoint, 204)
	vm.Restart(t)
	wantSamples(t, vm.Samples(t, cpuBusy), oneSample)
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	vm := StartVictoriaMetrics(t)
	for range 3 {
		vm.Pause(t)
		wantSilence(t, vm.PutURL)
		vm.Resume(t)
		wantPut(t, vm.PutURL, "", onePoint, 204)
	}
	vm.Pause(t)
	vm.Restart(t)
	wantPut(t, vm.PutURL, "", onePoint, 204)
	vm.Pause(t) // for the cleanup
}

func TestTakenPort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	vm := StartVictoriaMetrics(t)
	vm.Kill(t)
	tries := 0
	free := vm.args
	err = vm.startWith(func() {
		tries++
		vm.args = free
		if tries < startAttempts {
			vm.args = append(free[:len(free):len(free)], "-opentsdbHTTPListenAddr="+l.Addr().String())
		}
	})
	if err != nil || tries != startAttempts {
		t.Errorf("started at try %d with %v, want try %d", tries, err, startAttempts)
	}
}

func TestBadFlag(t *testing.T) {
	t.Parallel()
	vm := StartVictoriaMetrics(t)
	vm.Kill(t)
	vm.args = append(vm.args, "-noSuchFlag")
	err := vm.startWith(func() {})
	if err == nil || !strings.Contains(err.Error(), "noSuchFlag") {
		t.Errorf("start with a bad flag says %v, want the server's own words", err)
	}
}

// A recorder notes how a test would have ended.
type recorder struct {
	testing.TB
	skipped, failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Skipf(string, ...any)  { r.skipped = true }
func (r *recorder) Fatalf(string, ...any) { r.failed = true }

func TestMissingBinary(t *testing.T) {
	t.Setenv("CI", "")
	r := &recorder{TB: t}
	lookup(r, "no-such-server")
	if !r.skipped || r.failed {
		t.Errorf("at home: skipped %t, failed %t", r.skipped, r.failed)
	}
	for _, ci := range []string{"true", "1"} {
		t.Setenv("CI", ci)
		r = &recorder{TB: t}
		lookup(r, "no-such-server")
		if !r.failed {
			t.Errorf("with CI=%s a missing server does not fail the test", ci)
		}
	}
}
