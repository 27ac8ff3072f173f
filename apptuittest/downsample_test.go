package apptuittest

import "testing"

// A sum may be more than a float64 holds; the answer stays JSON.
func TestDownsampleOverflow(t *testing.T) {
	srv := stock(t,
		[4]string{"m", `"host":"a"`, "110", "1e308"}, [4]string{"m", `"host":"a"`, "111", "1e308"},
		[4]string{"m", `"host":"a"`, "130", "3"})
	if got := outcome(t, srv, "fetch('m').downsample('1m','sum')"); got != "m: a[[120,3]]" {
		t.Errorf("gave %s", got)
	}
	if got := outcome(t, srv, "fetch('m').downsample('1h','avg')"); got != "m: a[]" {
		t.Errorf("gave %s", got)
	}
}
