// Package seedtest makes what a package's tests draw at random the same in
// every run, so that a red test is one of the change it stands beside. It is
// for tests only.
package seedtest

import (
	"flag"
	"os"
)

// Fix gives rapid a seed. TestMain calls it before anything else. Whoever
// names a seed gets that one, and 0 stands for another one in every run:
//
//	go test ./planner -rapid.seed=7
//	RAPID_SEED=0 go test -count=1 ./...
//
// The flag exists only where rapid is imported, the variable may stand before
// any command.
func Fix() {
	seed := flag.Lookup("rapid.seed")
	if seed == nil {
		panic("seedtest: this package's tests do not import rapid; they need no seed")
	}
	if _, named := os.LookupEnv("RAPID_SEED"); named {
		return // rapid has read it
	}
	// Flags are read later, by testing.M.Run: one that is given goes before this.
	if err := seed.Value.Set("1"); err != nil {
		panic("seedtest: " + err.Error())
	}
}
