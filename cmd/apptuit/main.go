// Command apptuit reads metrics from Apptuit and sends metrics to it.
//
//	apptuit query "fetch('node.cpu').downsample('1m','avg')" --start -1h --format chart
//	apptuit promql 'sum(rate(http_requests[5m]))' --start -6h
//	apptuit send queue.length 12 host=a
//	apptuit serve
//
// The endpoint and the token come from the environment, APPTUIT_API_ENDPOINT
// and APPTUIT_API_TOKEN. It ends with status 0, with 1 where something failed,
// and with 2 where it was called wrongly. See apptuit --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program where the first did not
	os.Exit(newApp().run(ctx, os.Args[1:]))
}
