// Command nightbell plans pumping sessions and reminds of them.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // zones for a machine that has none

	"nightbell/daemon"
)

func main() {
	p := program{
		args: os.Args[1:], in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.LookupEnv, now: daemon.Now,
		waiter: daemon.NewWaiter, synced: daemon.Synchronised,
	}
	os.Exit(p.run(context.Background()))
}
