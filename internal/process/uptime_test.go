package process

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// A child tells its uptime; its start by that has to be when this process started
// it. Linux counts in ticks of 10 ms, the clocks of others may be as coarse.
func TestUptimeCountsFromTheStart(t *testing.T) {
	const slack = 20 * time.Millisecond
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), asChild+"=1", "GORACE=atexit_sleep_ms=0")
	var out bytes.Buffer
	cmd.Stdout = &out
	before := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	after := time.Now()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	var at, up [2]int64
	if _, err := fmt.Sscan(out.String(), &at[0], &up[0], &at[1], &up[1]); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	if start := time.Unix(0, at[0]-up[0]); exact() && (start.Before(before.Add(-slack)) || start.After(after.Add(slack))) {
		t.Errorf("by its uptime of %s it began %s after it was started, which took %s",
			time.Duration(up[0]), start.Sub(before), after.Sub(before))
	}
	if grown, passed := up[1]-up[0], at[1]-at[0]; time.Duration(grown-passed).Abs() > slack {
		t.Errorf("in %s the uptime grew by %s", time.Duration(passed), time.Duration(grown))
	}
}

// exact tells whether the start of a process is known here.
func exact() bool {
	r := read()
	return r.known[openFiles] // Linux and macOS
}
