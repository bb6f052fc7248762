package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// unitPlans are the units that people get, by the name of their golden file.
func unitPlans(program string) map[string]servicePlan {
	getenv := func(name string) (string, bool) { return map[string]string{"HOME": "/home/ann"}[name], name == "HOME" }
	base := servicePlan{Program: program, Config: "/etc/nightbell/config.yaml", Getenv: getenv}
	custom := base
	custom.Config, custom.Data = "/srv/my bells/100%.yaml", "/srv/my bells/data"
	custom.Credentials = []string{"pushover:/root/pushover.token", "ntfy-topic:/etc/nightbell/credentials/ntfy-topic"}
	own := base
	own.Config, own.User = "/home/ann/.config/nightbell/config.yaml", true
	packaged := base
	packaged.Packaged = true
	if program == "/usr/local/bin/nightbell" {
		packaged.Program = "/usr/bin/nightbell"
	}
	waking := base
	waking.Wake = true
	all := custom
	all.Wake = true
	ownCustom := own
	ownCustom.Data, ownCustom.Wake = "/home/ann/my bells", true
	return map[string]servicePlan{
		"service-custom-waking.unit": all, "service-user-custom.unit": ownCustom,
		"service-waking.unit": waking, "service-system.unit": base, "service-custom.unit": custom, "service-user.unit": own,
		"../../../packaging/nightbell.service": packaged, // what the packages install
	}
}

func TestUnits(t *testing.T) {
	for name, plan := range unitPlans("/usr/local/bin/nightbell") {
		t.Run(name, func(t *testing.T) { goldenUnit(t, name, unitText(plan)) })
	}
}

func TestUnitGivesAReasonForEachLine(t *testing.T) {
	for name, plan := range unitPlans("/usr/local/bin/nightbell") {
		explained := false
		seen := map[string]bool{}
		for line := range strings.Lines(unitText(plan)) {
			line = strings.TrimSpace(line)
			switch {
			case line == "" || strings.HasPrefix(line, "["):
				explained = false
			case strings.HasPrefix(line, "#"):
				explained = true
			case !explained:
				t.Errorf("%s: no reason stands above %s", name, line)
			case seen[line]:
				t.Errorf("%s: %s stands there twice", name, line)
			}
			seen[line] = true
		}
	}
}

func TestUnitSaysNothingOfItsPurpose(t *testing.T) {
	private := regexp.MustCompile(`(?i)pump|milk|lactat|breast|baby`)
	for name, plan := range unitPlans("/usr/local/bin/nightbell") {
		if found := private.FindString(unitText(plan)); found != "" {
			t.Errorf("%s says %q, and every user of the machine can read it", name, found)
		}
	}
}

func TestCheckTellsOfAUnitThatMayNotWake(t *testing.T) {
	plans := unitPlans("/usr/local/bin/nightbell")
	quiet, waking, packaged := unitText(plans["service-system.unit"]), unitText(plans["service-waking.unit"]), unitText(plans["../../../packaging/nightbell.service"])
	const (
		path  = "/etc/nightbell/config.yaml"
		not   = path + ": wake_system: the installed service may not wake this machine yet; "
		again = "install it again: sudo nightbell service install --config " + path + ", then: sudo nightbell service restart"
	)
	tests := []struct {
		rule, unit, path string
		wake             bool
		want             string
	}{
		{"as it should be", waking, path, true, ""},
		{"as it should be, without", quiet, path, false, ""},
		{"switched on since", quiet, path, true, not + again},
		{"switched off since", waking, path, false, path + ": wake_system: the installed service still may wake this machine; " + again},
		{"another configuration's", quiet, "/srv/other.yaml", true, ""},
		{"a package's", packaged, path, true, not + "sudo systemctl edit nightbell, write [Service] and below it PrivateUsers=no, AmbientCapabilities=CAP_WAKE_ALARM and CapabilityBoundingSet=CAP_WAKE_ALARM, a line each, then: sudo nightbell service restart"},
		{"a package's with a drop-in", packaged + "[Service]\nAmbientCapabilities=CAP_WAKE_ALARM\n", path, true, ""},
		{"a package's with a drop-in that stays", packaged + "[Service]\nAmbientCapabilities=CAP_WAKE_ALARM\n", path, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			if got := wakeNotice(tt.unit, tt.path, tt.wake); got != tt.want {
				t.Errorf("it says\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestUnitWords(t *testing.T) {
	tests := []struct{ rule, path, word, argument string }{
		{"a plain path stays", "/etc/nightbell/config.yaml", "/etc/nightbell/config.yaml", "/etc/nightbell/config.yaml"},
		{"a space asks for quotes", "/srv/my bells", `"/srv/my bells"`, `"/srv/my bells"`},
		{"a per cent sign is doubled", "/srv/100%/x", "/srv/100%%/x", "/srv/100%%/x"},
		{"a dollar is doubled where variables are filled in", "/srv/a$b", "/srv/a$b", "/srv/a$$b"},
		{"quotes and backslashes are escaped", `/srv/a"b\c`, `"/srv/a\"b\\c"`, `"/srv/a\"b\\c"`},
		{"a single quote is no quote", "/srv/ann's", `"/srv/ann's"`, `"/srv/ann's"`},
		{"letters of any language stay", "/srv/Mädchen", "/srv/Mädchen", "/srv/Mädchen"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			if got := unitWord(tt.path); got != tt.word {
				t.Errorf("as a word it is %s, want %s", got, tt.word)
			}
			if got := unitArgument(tt.path); got != tt.argument {
				t.Errorf("as an argument it is %s, want %s", got, tt.argument)
			}
		})
	}
}

func systemdAnalyze(t *testing.T, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze here")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	// A user's units are looked for below these; the real ones are no part of this.
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+home, "LC_ALL=C", "SYSTEMD_COLORS=0", "SYSTEMD_EMOJI=0")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// writeUnit writes a unit whose program exists: this test, by a name that
// needs quoting.
func writeUnit(t *testing.T, name string) (unit string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "night bell; 50% é")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "nightbell")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	unit = filepath.Join(t.TempDir(), serviceUnit)
	if err := os.WriteFile(unit, []byte(unitText(unitPlans(program)[name])), 0o644); err != nil {
		t.Fatal(err)
	}
	return unit
}

func TestSystemdUnderstandsTheUnits(t *testing.T) {
	for name, plan := range unitPlans("") {
		t.Run(name, func(t *testing.T) {
			manager := "--system"
			if plan.User {
				manager = "--user"
			}
			out, err := systemdAnalyze(t, manager, "--recursive-errors=no", "verify", writeUnit(t, name))
			if err != nil || strings.TrimSpace(out) != "" {
				t.Errorf("systemd-analyze verify: %v\n%s", err, out)
			}
		})
	}
}

func TestSystemUnitsAreSealedOff(t *testing.T) {
	for name, plan := range unitPlans("") {
		if plan.User {
			continue // What it is scored by needs root's systemd.
		}
		t.Run(name, func(t *testing.T) {
			out, err := systemdAnalyze(t, "security", "--offline=true", "--threshold=20", "--no-pager", writeUnit(t, name))
			if err != nil {
				t.Errorf("more exposed than 2.0: %v\n%s", err, out)
			}
			for line := range strings.Lines(out) {
				if strings.Contains(line, "Overall exposure") {
					t.Log(strings.TrimSpace(line))
				}
			}
		})
	}
}
