package browsertest

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apptuitai/apptuit-go/encoding"
)

// teashop are six minutes of a small service, an export each five seconds.
func teashop(t testing.TB, end time.Time) (points []encoding.Point) {
	random := rand.New(rand.NewPCG(1, 2))
	base := []string{"host", "laptop", "service_name", "teashop"}
	type route struct {
		method, path string
		status       int
		weight, slow float64
	}
	routes := []route{{"GET", "/menu", 200, 5, .006}, {"POST", "/orders/{tea}", 201, 14, .035}, {"POST", "/orders/{tea}", 503, .4, .002}}
	bounds := []float64{.005, .01, .025, .05, .075, .1, .25, .5, 1}
	teas := map[string]float64{"black": .29, "green": .5, "oolong": .21}
	with := func(metric string, more ...string) *encoding.Series {
		return series(t, metric, append(more, base...)...)
	}
	orders := map[string]int64{}
	counts, sums, buckets := make([]int64, len(routes)), make([]float64, len(routes)), make([][]int64, len(routes))
	for i := range buckets {
		buckets[i] = make([]int64, len(bounds)+1)
	}
	const steps = 72
	for i := range steps {
		at := end.Add(time.Duration(i-steps+1) * 5 * time.Second)
		wave := 1.3 + math.Sin(float64(i)/9) + .3*random.Float64()
		add := func(s *encoding.Series, v encoding.Value) {
			points = append(points, encoding.Point{Series: s, Time: at, Value: v})
		}
		for _, tea := range []string{"black", "green", "oolong"} {
			orders[tea] += int64(70 * wave * teas[tea] * (.85 + .3*random.Float64()))
			add(with("teashop_orders", "tea", tea), encoding.Int(orders[tea]))
		}
		for r, route := range routes {
			n := int64(5 * route.weight * wave * (.9 + .2*random.Float64()))
			for range n {
				d := route.slow * (1 + .25*wave) * math.Exp(.45*random.NormFloat64())
				sums[r] += d
				counts[r]++
				b := 0
				for b < len(bounds) && d > bounds[b] {
					b++
				}
				buckets[r][b]++
			}
			tags := []string{"http_request_method", route.method, "http_route", route.path, "http_response_status_code", strconv.Itoa(route.status)}
			add(with("http_server_request_duration_count", tags...), encoding.Int(counts[r]))
			add(with("http_server_request_duration_sum", tags...), encoding.Float(sums[r]))
			total := int64(0)
			for b, n := range buckets[r] {
				total += n
				le := "+Inf"
				if b < len(bounds) {
					le = strconv.FormatFloat(bounds[b], 'g', -1, 64)
				}
				add(with("http_server_request_duration_bucket", append(tags[:6:6], "le", le)...), encoding.Int(total))
			}
		}
		add(with("teashop_cups"), encoding.Int(60-int64(i*7%60)))
		add(with("http_server_active_requests", "http_request_method", "GET"), encoding.Int(int64(2*wave)))
		add(with("http_server_active_requests", "http_request_method", "POST"), encoding.Int(int64(5*wave)))
		add(with("go_goroutine_count"), encoding.Int(int64(18+6*wave)))
		add(with("go_memory_used", "go_memory_type", "stack"), encoding.Int(1<<20+int64(i)*400))
		add(with("go_memory_used", "go_memory_type", "other"), encoding.Int(int64(9e6+3e6*math.Mod(float64(i)/11, 1)+2e5*random.Float64())))
		add(with("go_memory_allocated"), encoding.Int(int64(i)*1_800_000+int64(2e5*wave)))
		add(with("process_cpu_time", "cpu_mode", "user"), encoding.Float(math.Round(float64(i)*31+9*wave)/100))
		add(with("process_cpu_time", "cpu_mode", "system"), encoding.Float(math.Round(float64(i)*7+3*wave)/100))
		add(with("process_memory_usage"), encoding.Int(int64(21e6+4e5*wave)))
		add(with("process_uptime"), encoding.Float(float64(i)*5+.2))
		add(with("process_open_file_descriptors"), encoding.Int(14+int64(wave*2)))
	}
	return points
}

// explode adds a metric whose tag user_id has a value for each user.
func explode(t testing.TB, end time.Time) (points []encoding.Point) {
	for i := range 1400 {
		s := series(t, "teashop_visits", "host", "laptop", "service_name", "teashop", "user_id", fmt.Sprint("user-", 10_000+i*37))
		points = append(points, encoding.Point{Series: s, Time: end, Value: encoding.Int(int64(i % 9))})
	}
	return points
}

func badPuts(t testing.TB, to string) {
	t.Helper()
	for _, body := range []string{
		`[{"metric":"tea shop","timestamp":1,"value":1,"tags":{"host":"laptop"}}]`,
		`[{"metric":"teashop_heat","timestamp":1,"value":NaN,"tags":{"host":"laptop"}}]`,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to+"/api/put?details", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer any-token")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
}

// The page in all its forms: nothing is wider than the window, axe finds nothing,
// and -shots writes what there is to look at.
func TestForms(t *testing.T) {
	store := newStore(t)
	end := time.Now().Truncate(time.Second)
	send(t, store.URL, teashop(t, end))
	send(t, store.URL, explode(t, end))
	badPuts(t, store.URL)
	axed := map[string]bool{} // what was looked at, in light and in dark
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"narrow", 360, 740}, {"middle", 1024, 768}, {"wide", 1600, 900}} {
		for _, scheme := range []string{"light", "dark"} {
			if *shots == "" && (size.name == "middle" && scheme == "dark" || size.name == "wide" && scheme == "light") {
				continue // what it would show, the others do
			}
			t.Run(size.name+"-"+scheme, func(t *testing.T) {
				tb := newTab(t, store.URL, size.width, size.height, scheme)
				look := func(state string) {
					t.Helper()
					tb.picture(size.name + "-" + scheme + "-" + state)
					if wider := value[int](tb, "document.documentElement.scrollWidth - innerWidth"); wider > 0 {
						t.Errorf("%s: the page is %d pixels wider than the window", state, wider)
					}
					if key := scheme + state; !axed[key] && state != "gauge" && state != "many" && state != "quantiles" {
						axed[key] = true
						tb.accessible(state)
					}
				}
				tb.open(store.URL, "")
				look("list")
				value[bool](tb, "document.querySelector('#wrong summary').click() === undefined")
				look("wrong")
				value[bool](tb, "document.querySelector('#wrong summary').click() === undefined")
				tb.choose("teashop_orders")
				look("counter")
				tb.open(store.URL, "#m=go_memory_used")
				tb.wait("document.getElementById('detail-title').textContent === 'go_memory_used'")
				look("gauge")
				tb.open(store.URL, "#m=http_server_request_duration_bucket")
				tb.wait("document.querySelector('#chart canvas')")
				look("quantiles")
				value[bool](tb, "document.querySelector('#views [data-view=heat]').click() === undefined")
				look("heat")
				tb.open(store.URL, "#m=teashop_visits")
				look("many")
			})
		}
	}
}

// The picture of the README is what the page looks like.
func TestPictureOfTheReadme(t *testing.T) {
	store := newStore(t)
	send(t, store.URL, teashop(t, time.Now().Truncate(time.Second)))
	tb := newTab(t, store.URL, 1200, 720, "light")
	tb.open(store.URL, "#m=http_server_request_duration_bucket&view=heat")
	tb.wait("document.querySelector('#chart canvas')")
	const path = "../../docs/page.png"
	if *update {
		if err := os.WriteFile(path, tb.png(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	made, err := png.DecodeConfig(bytes.NewReader(tb.png()))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil || kept.Width != made.Width || kept.Height != made.Height || len(file) > 200<<10 {
		t.Errorf("%s has %d by %d pixels and %d bytes, %v; make it again by -update", path, kept.Width, kept.Height, len(file), err)
	}
}
