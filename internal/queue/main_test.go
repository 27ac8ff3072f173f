package queue

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// children are what this test binary does as a child process, by the name in
// the environment.
const childVariable = "APPTUIT_QUEUE_CHILD"

var children = map[string]func(dir string){
	"hold":  holdChild,
	"churn": churnChild,
	"fresh": freshChild,
	"push":  pushChild,
	"share": shareChild,
}

func TestMain(m *testing.M) {
	if child := children[os.Getenv(childVariable)]; child != nil {
		child(os.Args[len(os.Args)-1])
		return
	}
	goleak.VerifyTestMain(m)
}
