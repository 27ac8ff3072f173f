package process

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// asChild in the environment makes the test binary tell its own uptime, twice.
const asChild = "PROCESS_TEST_TELL_UPTIME"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		tellUptime()
		time.Sleep(50 * time.Millisecond)
		tellUptime()
		return
	}
	goleak.VerifyTestMain(m)
}

// tellUptime prints the time and the uptime then, in nanoseconds.
func tellUptime() {
	r := read()
	fmt.Println(time.Now().UnixNano(), r.value[uptime])
}
