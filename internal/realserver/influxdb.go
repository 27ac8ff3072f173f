package realserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// influxDatabase is where InfluxDB stores what is put.
const influxDatabase = "opentsdb"

// An InfluxDB is a running InfluxDB 1.x with its OpenTSDB listener.
type InfluxDB struct {
	*Process
	PutURL   string // "/api/put" goes behind it
	queryURL string
}

// StartInfluxDB starts InfluxDB; settings, as NAME=value of its environment, go
// behind the usual ones and win over them. It answers puts with 500 until
// CreateDatabase.
func StartInfluxDB(t testing.TB, settings ...string) *InfluxDB {
	t.Helper()
	p := launch(t, "influxd", 3, func(home string, addrs []string) command {
		return command{
			args:  []string{"run", "-config", "/dev/null"},
			env:   append(influxSettings(home, addrs), settings...),
			ready: "http://" + addrs[0] + "/query?q=SHOW+DIAGNOSTICS",
		}
	})
	return &InfluxDB{Process: p, PutURL: "http://" + p.addrs[1], queryURL: "http://" + p.addrs[0] + "/query"}
}

func influxSettings(home string, addrs []string) []string {
	return []string{
		"INFLUXDB_REPORTING_DISABLED=true",
		"INFLUXDB_MONITOR_STORE_ENABLED=false",
		"INFLUXDB_META_DIR=" + filepath.Join(home, "meta"),
		"INFLUXDB_DATA_DIR=" + filepath.Join(home, "data"),
		"INFLUXDB_DATA_WAL_DIR=" + filepath.Join(home, "wal"),
		"INFLUXDB_HTTP_BIND_ADDRESS=" + addrs[0],
		"INFLUXDB_OPENTSDB_0_ENABLED=true",
		"INFLUXDB_OPENTSDB_0_BIND_ADDRESS=" + addrs[1],
		"INFLUXDB_OPENTSDB_0_DATABASE=" + influxDatabase,
		"INFLUXDB_BIND_ADDRESS=" + addrs[2], // backups, else on a fixed port
	}
}

// CreateDatabase creates the database that puts go to; a second time it does
// nothing.
func (i *InfluxDB) CreateDatabase(t testing.TB) {
	t.Helper()
	i.query(t, "CREATE DATABASE "+influxDatabase)
}

// SetRetention has points refused that are older than d, which is a number of
// whole hours.
func (i *InfluxDB) SetRetention(t testing.TB, d time.Duration) {
	t.Helper()
	i.query(t, fmt.Sprintf("ALTER RETENTION POLICY autogen ON %s DURATION %dh SHARD DURATION 1h", influxDatabase, int(d.Hours())))
}

// Samples returns what is stored under the name measurement, sorted by tags and
// time. InfluxDB 1.6 takes the first tag for a part of a name that ends in a
// backslash: such a name is not found.
func (i *InfluxDB) Samples(t testing.TB, measurement string) []Sample {
	t.Helper()
	var all []series
	// The cast keeps a tag named value from being meant.
	for _, s := range i.query(t, `SELECT "value"::field FROM `+influxName(measurement)+` GROUP BY *`) {
		// Each series lists the tags of all others too, empty.
		maps.DeleteFunc(s.Tags, func(_, value string) bool { return value == "" })
		all = append(all, series{s.Name, s.Tags, s.Values})
	}
	return samples(t, all)
}

// influxName quotes an identifier of InfluxQL.
func influxName(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

type influxSeries struct {
	Name   string
	Tags   map[string]string
	Values []point
}

// query runs one statement. InfluxDB says 200 to one that fails, with its error
// in the answer.
func (i *InfluxDB) query(t testing.TB, statement string) []influxSeries {
	t.Helper()
	body := post(t, i.queryURL, url.Values{"db": {influxDatabase}, "epoch": {"ms"}, "q": {statement}})
	var answer struct {
		Results []struct {
			Series  []influxSeries
			Partial bool
			Error   string
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("realserver: answer to %s: %v in %q", statement, err, quote(body))
	}
	if len(answer.Results) != 1 {
		t.Fatalf("realserver: answer to %s has %d results: %q", statement, len(answer.Results), quote(body))
	}
	r := answer.Results[0]
	if r.Error != "" || r.Partial {
		t.Fatalf("realserver: %s: error %q, partial %t", statement, r.Error, r.Partial)
	}
	return r.Series
}
