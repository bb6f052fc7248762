package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"nightbell/daemon"
	"nightbell/daemon/web"
)

// The stories of testdata/stories run the real program as a person would, on
// a machine of their own where it is Thursday, 10 June 2027, 10:00 in New York.
func TestStories(t *testing.T) {
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/stories",
		Setup: func(env *testscript.Env) error {
			bin := filepath.Join(env.WorkDir, "bin")
			if err := os.Mkdir(bin, 0o755); err != nil {
				return err
			}
			if err := os.Symlink(self, filepath.Join(bin, "nightbell")); err != nil {
				return err
			}
			example, err := os.ReadFile("../../config.example.yaml")
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(env.WorkDir, "config.example.yaml"), example, 0o644); err != nil {
				return err
			}
			// A socket's name holds about a hundred bytes; the story's folder is deeper.
			run, err := os.MkdirTemp("", "nb")
			if err != nil {
				return err
			}
			env.Defer(func() { os.RemoveAll(run) })
			now, err := time.Parse(time.RFC3339, "2027-06-10T10:00:00-04:00")
			if err != nil {
				return err
			}
			env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_RUNTIME_DIR", run)
			env.Setenv("NO_COLOR", "1")
			env.Setenv(asProgram, now.Sub(daemon.Now()).String())
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// ready waits until a daemon answers on the user's socket, or on that
			// of the data folder that is named.
			"ready": func(ts *testscript.TestScript, _ bool, args []string) {
				socket := filepath.Join(ts.Getenv("XDG_RUNTIME_DIR"), "nightbell", socketName)
				if len(args) > 0 {
					socket = filepath.Join(args[0], socketName)
				}
				for range 400 {
					if _, err := web.Dial(socket); err == nil {
						return
					}
					wait(25)
				}
				ts.Fatalf("no daemon at %s", socket)
			},
			// exists-soon waits for a file; passes, until the clock of the daemon in
			// a data folder is past a time: what it shows on the way is over in no
			// time at all where that runs fast.
			"exists-soon": func(ts *testscript.TestScript, _ bool, args []string) {
				for range 400 {
					if found, err := filepath.Glob(ts.MkAbs(args[0])); err == nil && len(found) > 0 {
						return
					}
					wait(25)
				}
				ts.Fatalf("never saw %s", args[0])
			},
			"passes": func(ts *testscript.TestScript, _ bool, args []string) {
				for range 400 {
					_ = ts.Exec("nightbell", "--data", args[0], "status", "--json")
					var status struct{ Now string }
					if json.Unmarshal([]byte(ts.ReadFile("stdout")), &status) == nil && status.Now >= args[1] {
						return
					}
					wait(25)
				}
				ts.Fatalf("it is never %s:\n%s", args[1], ts.ReadFile("stdout"))
			},
			// follows TEXT waits until the plan holds a text; troubled, the status.
			"follows":  func(ts *testscript.TestScript, _ bool, args []string) { awaitOutput(ts, "plan", args[0]) },
			"troubled": func(ts *testscript.TestScript, _ bool, args []string) { awaitOutput(ts, "status", args[0]) },
		},
	})
}

// awaitOutput runs a command until its JSON holds a text, for at most a
// second more than the second in which a daemon promises to follow.
func awaitOutput(ts *testscript.TestScript, command, text string) {
	for range 80 {
		_ = ts.Exec("nightbell", command, "--json")
		if strings.Contains(ts.ReadFile("stdout"), text) {
			return
		}
		wait(25)
	}
	ts.Fatalf("%s never held %q:\n%s", command, text, ts.ReadFile("stdout"))
}
