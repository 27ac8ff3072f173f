package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	a := newApp()
	os.Exit(a.supervise(signals, func(ctx context.Context) int { return a.run(ctx, os.Args[1:]) }))
}
