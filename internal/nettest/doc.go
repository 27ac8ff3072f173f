// Package nettest is a network in the process, for tests: what each request meets is
// written in a script. Read wire.go (the script), reply.go (what requests meet),
// points.go (what is sent), agent.go (an XCollector).
package nettest
