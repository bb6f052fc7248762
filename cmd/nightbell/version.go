package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"
)

// versionCommand shows what this program is.
type versionCommand struct{}

// Run prints it.
func (versionCommand) Run(c *call) error {
	s := stamp()
	fmt.Fprintf(c.out, "nightbell %s, commit %s, %s %s/%s\n", s.version, s.commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// stamped is what the build left in the program.
type stamped struct {
	version, commit string
	built           time.Time // of the commit; zero: not known
}

// stamp reads the build's own record; nothing is set by hand.
func stamp() stamped {
	s := stamped{version: "(devel)", commit: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return s
	}
	if info.Main.Version != "" {
		s.version = info.Main.Version
	}
	for _, e := range info.Settings {
		switch e.Key {
		case "vcs.revision":
			s.commit = e.Value
		case "vcs.time":
			s.built, _ = time.Parse(time.RFC3339, e.Value)
		}
	}
	return s
}
