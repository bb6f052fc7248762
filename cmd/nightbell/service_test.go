package main

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kardianos/service"
)

var update = flag.Bool("update", false, "write the golden files anew")

// exitCode is a program that ended with a code, as exec.ExitError is.
type exitCode int

func (e exitCode) Error() string { return "exit" }
func (e exitCode) ExitCode() int { return int(e) }

// serviceMachine is a computer for one test: files below a folder, and programs that
// answer from a table. Nothing of the real one is touched.
type serviceMachine struct {
	t        *testing.T
	plan     servicePlan
	out      strings.Builder
	ran      []string          // every command, in order
	answers  map[string]string // what a command prints
	failures map[string]error
	owners   map[string][2]int // of a path; root's otherwise
	unit     string            // what the library was given
}

// The service's user and group on it.
const machineUID, machineGID = 990, 991

// newServiceMachine is a machine on which the system's service can be installed, by root.
func newServiceMachine(t *testing.T) *serviceMachine {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	m := &serviceMachine{t: t, answers: map[string]string{}, failures: map[string]error{}, owners: map[string][2]int{}}
	env := map[string]string{"HOME": "/home/ann"}
	m.plan = servicePlan{
		Program: "/usr/local/bin/nightbell", Config: "/etc/nightbell/config.yaml",
		Out: &m.out, Platform: systemdName, UID: 0, Login: "ann", Root: root,
		Getenv:  func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Run:     m.run,
		Control: func(p servicePlan, unit string) (serviceControl, error) { m.unit = unit; return serviceLibrary{m}, nil },
		HomeOf:  func(login string) (string, error) { return "/Users/" + login, nil },
		Owners: func(info fs.FileInfo) (int, int, bool) {
			o := m.owners[info.Name()]
			return o[0], o[1], true
		},
	}
	m.dir("/", 0o755)
	m.dir("/run/systemd/system", 0o755)
	m.dir("/etc/systemd/system", 0o755)
	m.dir("/home/ann/.config/systemd/user", 0o755)
	m.dir("/etc/nightbell", 0o750)
	m.owners["nightbell"] = [2]int{0, machineGID}
	m.file("/etc/nightbell/config.yaml", "channels: []\n", 0o640)
	m.owners["config.yaml"] = [2]int{0, machineGID}
	m.file("/usr/local/bin/nightbell", "#!/bin/sh\n", 0o755)
	m.answers["getent group nightbell"] = "nightbell:x:991:\n"
	m.answers["getent passwd nightbell"] = "nightbell:x:990:991::/var/lib/nightbell:/usr/sbin/nologin\n"
	m.failures["systemctl is-active --quiet nightbell.service"] = exitCode(3)
	m.failures["systemctl --user is-active --quiet nightbell.service"] = exitCode(3)
	return m
}

// dir makes a folder and those above it, which everybody may pass whatever the
// umask of the test is.
func (m *serviceMachine) dir(path string, mode fs.FileMode) {
	m.t.Helper()
	if !m.plan.exists(path) {
		if above := filepath.Dir(path); !m.plan.exists(above) {
			m.dir(above, 0o755)
		}
		if err := os.Mkdir(m.plan.at(path), 0o755); err != nil {
			m.t.Fatal(err)
		}
	}
	if err := os.Chmod(m.plan.at(path), mode); err != nil {
		m.t.Fatal(err)
	}
}

func (m *serviceMachine) file(path, text string, mode fs.FileMode) {
	m.t.Helper()
	if folder := filepath.Dir(path); !m.plan.exists(folder) {
		m.dir(folder, 0o755)
	}
	if err := os.WriteFile(m.plan.at(path), []byte(text), mode); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Chmod(m.plan.at(path), mode); err != nil {
		m.t.Fatal(err)
	}
}

func (m *serviceMachine) read(path string) string {
	text, err := os.ReadFile(m.plan.at(path))
	if err != nil {
		return ""
	}
	return string(text)
}

// fails makes a command end with a code and a text.
func (m *serviceMachine) fails(command string, code int, said string) {
	m.failures[command] = &commandError{Command: command, Said: said, Err: exitCode(code)}
}

func (m *serviceMachine) run(name string, args ...string) (string, error) {
	command := strings.ReplaceAll(strings.Join(append([]string{name}, args...), " "), m.plan.Root, "")
	m.ran = append(m.ran, command)
	if err := m.failures[command]; err != nil {
		return m.answers[command], err
	}
	switch name { // Whom it makes is there afterwards.
	case "groupadd":
		delete(m.failures, "getent group nightbell")
	case "useradd":
		delete(m.failures, "getent passwd nightbell")
	}
	return m.answers[command], nil
}

// serviceLibrary stands for the service library: it does what that does to the unit,
// by the same steps.
type serviceLibrary struct{ m *serviceMachine }

func (l serviceLibrary) path() string {
	path, err := l.m.plan.unitPath()
	if l.m.plan.Platform == launchdName {
		path, err = l.m.plan.plistPath()
	}
	if err != nil {
		l.m.t.Fatal(err)
	}
	return path
}

func (l serviceLibrary) do(verb string) error {
	_, err := l.m.run("library", verb)
	return err
}

func (l serviceLibrary) Install() error {
	if l.m.plan.Platform == windowsName {
		return l.do("install")
	}
	if l.m.plan.exists(l.path()) {
		return errors.New("Init already exists: " + l.path())
	}
	l.m.file(l.path(), l.m.unit, 0o644)
	return l.do("install")
}

func (l serviceLibrary) Uninstall() error {
	if err := l.do("uninstall"); err != nil || l.m.plan.Platform == windowsName {
		return err
	}
	return os.Remove(l.m.plan.at(l.path()))
}
func (l serviceLibrary) Start() error   { return l.do("start") }
func (l serviceLibrary) Stop() error    { return l.do("stop") }
func (l serviceLibrary) Restart() error { return l.do("restart") }

func (l serviceLibrary) Status() (service.Status, error) {
	if l.m.answers["library status"] == "running" {
		return service.StatusRunning, l.m.failures["library status"]
	}
	return service.StatusStopped, l.m.failures["library status"]
}

// unchanged asserts that nothing was run that changes the machine.
func (m *serviceMachine) unchanged() {
	m.t.Helper()
	for _, command := range m.ran {
		for _, harmless := range []string{"getent ", "systemctl is-active", "systemctl show", "systemctl status", "loginctl show-user"} {
			if strings.HasPrefix(command, harmless) {
				command = ""
				break
			}
		}
		if command != "" {
			m.t.Errorf("it ran %s", command)
		}
	}
}

// goldenUnit compares with a file of testdata, or writes it with -update.
func goldenUnit(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs (-update writes it anew); got:\n%s", path, got)
	}
}

// wantError compares an error's whole text; empty: none.
func (m *serviceMachine) wantError(err error, want string) {
	m.t.Helper()
	got := ""
	if err != nil {
		got = strings.ReplaceAll(err.Error(), m.plan.Root, "")
	}
	if got != want {
		m.t.Errorf("the error is\n  %s\nwant\n  %s", got, want)
	}
}

func (m *serviceMachine) wantRan(want ...string) {
	m.t.Helper()
	if !slices.Equal(m.ran, want) {
		m.t.Errorf("it ran\n  %s\nwant\n  %s", strings.Join(m.ran, "\n  "), strings.Join(want, "\n  "))
	}
}

func (m *serviceMachine) wantOut(want ...string) {
	m.t.Helper()
	if got := m.out.String(); got != strings.Join(want, "\n")+"\n" {
		m.t.Errorf("it says\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}
