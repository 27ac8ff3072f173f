package main

import (
	"bytes"
	"strings"
	"testing"
)

// Spread starts bring the peak near the mean, in a usual minute and after an outage;
// all that was collected arrives.
func TestFleet(t *testing.T) {
	for _, spread := range []bool{false, true} {
		f := tenThousand(spread)
		f.exporters = 2000
		for seed := range uint64(3) {
			usual, after := f.loads(seed)
			t.Logf("spread %t: usual %v, after the outage %v", spread, usual, after)
			if want := 2000.0 / 60; usual.mean < want*0.99 || usual.mean > want*1.01 {
				t.Errorf("spread %t: %.1f requests per second, want one of each exporter in a minute", spread, usual.mean)
			}
			if ratio := usual.peak / usual.mean; spread && ratio > 2 || !spread && ratio < 30 {
				t.Errorf("spread %t: peak over mean is %.1f in a usual minute", spread, ratio)
			}
			if ratio := after.peak / after.mean; spread && ratio > 3 {
				t.Errorf("spread %t: peak over mean is %.1f after the outage", spread, ratio)
			}
			// Ten collections each wait, and at least one comes.
			if total := after.mean * 60; total < 2000*10.9 || total > 2000*11.1 {
				t.Errorf("spread %t: %.0f requests came in the minute after the outage", spread, total)
			}
		}
	}
}

func TestFleetReport(t *testing.T) {
	var out bytes.Buffer
	reportFleet(&out)
	for _, want := range []string{"10000 exporters", "aligned", "spread", "after the outage", "peak/mean"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
