package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/kardianos/service"
)

const (
	agentPath  = "/home/ann/Library/LaunchAgents/nightbell.plist"
	daemonPath = "/Library/LaunchDaemons/nightbell.plist"
)

// newMac is a machine on which ann installs a service: the system's with sudo,
// or her own.
func newMac(t *testing.T, user bool) *serviceMachine {
	m := newServiceMachine(t)
	m.plan.Platform, m.plan.User = launchdName, user
	m.plan.Config = "/Users/ann/nightbell <&> {{Name}}.yaml"
	m.file(m.plan.Config, "", 0o600)
	env := map[string]string{"HOME": "/home/ann"}
	if user {
		m.plan.UID = 501
	} else {
		env["SUDO_USER"] = "ann"
	}
	m.plan.Getenv = func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	return m
}

func TestPlists(t *testing.T) {
	for name, user := range map[string]bool{"service-system.plist": false, "service-user.plist": true} {
		t.Run(name, func(t *testing.T) {
			m := newMac(t, user)
			if !user {
				m.plan.Data = "/Users/Shared/bells"
			}
			m.wantError(serviceInstall(m.plan), "")
			path := agentPath
			if !user {
				path = daemonPath
			}
			text := m.read(path)
			goldenUnit(t, name, text)
			d := xml.NewDecoder(strings.NewReader(text))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("it is no XML: %v", err)
				}
			}
			cfg, data := plistPlaces(text)
			if cfg != m.plan.Config || data != m.plan.Data {
				t.Errorf("read back: configuration %q, data %q", cfg, data)
			}
			// The library writes the value of its template, word for word.
			c := libraryConfig(m.plan, text)
			if c.Option["LaunchdConfig"] != "{{WorkingDirectory}}" || c.WorkingDirectory != text {
				t.Errorf("the library is told %+v", c)
			}
		})
	}
}

func TestLaunchd(t *testing.T) {
	t.Run("a job of ours is written anew, and the restart is named", func(t *testing.T) {
		m := newMac(t, true)
		m.file(agentPath, plistMarker+"-->", 0o644)
		m.wantError(serviceInstall(m.plan), "")
		m.wantOut("wrote "+agentPath, "if it runs, it runs as it was started; take over the new job: nightbell service restart --user")
		m.out.Reset()
		m.wantError(serviceInstall(m.plan), "")
		m.wantOut(agentPath + " is as it should be")
	})
	t.Run("what fails leaves the job before it", func(t *testing.T) {
		m := newMac(t, true)
		m.file(agentPath, plistMarker+"-->", 0o644)
		m.failures["library install"] = errors.New("disk full")
		m.wantError(serviceInstall(m.plan), "install the service: disk full")
		if got := m.read(agentPath); got != plistMarker+"-->" {
			t.Errorf("the job is\n%s", got)
		}
	})
	refused := []struct {
		rule string
		do   func(servicePlan) error
		set  func(m *serviceMachine)
		want string
	}{
		{"a job that somebody else wrote is not written over", serviceInstall, func(m *serviceMachine) { m.file(daemonPath, "<plist/>", 0o644) },
			daemonPath + " was not written by nightbell; move it away if it is no longer wanted"},
		{"a job that somebody else wrote is not removed", serviceUninstall, func(m *serviceMachine) { m.file(daemonPath, "<plist/>", 0o644) },
			daemonPath + " was not written by nightbell; move it away if it is no longer wanted"},
		{"the system's job does not run as root", serviceInstall, func(m *serviceMachine) { m.plan.Getenv = func(string) (string, bool) { return "", false } },
			"install the system's service: it is to run as you and not as root, so call it with sudo from your own account: sudo nightbell service install"},
		{"without root there is no system's job", serviceInstall, func(m *serviceMachine) { m.plan.UID = 501 },
			"install the system's service: that needs root: sudo nightbell service install; or only for you: nightbell service install --user"},
		{"a configuration that is not there", serviceInstall, func(m *serviceMachine) { m.plan.Config = "/Users/ann/none.yaml" },
			"configuration /Users/ann/none.yaml: it is not there; make it: sudo nightbell init --config /Users/ann/none.yaml"},
		{"none is installed", serviceUninstall, func(*serviceMachine) {}, "the service is not installed; install it: sudo nightbell service install"},
	}
	for _, tt := range refused {
		t.Run(tt.rule, func(t *testing.T) {
			m := newMac(t, false)
			tt.set(m)
			m.wantError(tt.do(m.plan), tt.want)
			m.unchanged()
		})
	}
	t.Run("its end takes back what is parked, and keeps the data", func(t *testing.T) {
		m := newMac(t, false)
		m.wantError(serviceInstall(m.plan), "")
		m.out.Reset()
		m.plan.TakeBack = func(_ servicePlan, cfg, data string) (string, error) {
			_, err := m.run("take back", cfg, data)
			return "", err
		}
		m.wantError(serviceUninstall(m.plan), "")
		m.wantRan("library install", "take back "+m.plan.Config+" /Users/ann/.local/state/nightbell", "library uninstall")
		m.wantOut("stopped the service and removed "+daemonPath, "kept: the data in /Users/ann/.local/state/nightbell, the configuration "+m.plan.Config)
	})
}

// TestWhatWindowsIsTold holds what the library gives to Windows' service
// manager: all that it reads of its configuration there (service_windows.go,
// Install), in its own words.
func TestWhatWindowsIsTold(t *testing.T) {
	m := newServiceMachine(t)
	m.plan.Platform = windowsName
	m.plan.Program, m.plan.Config, m.plan.Data = `C:\Program Files\nightbell\nightbell.exe`, `C:\ProgramData\nightbell\config.yaml`, `C:\ProgramData\nightbell\data`
	c := libraryConfig(m.plan, "")
	var b strings.Builder
	line := func(what string, value any) { fmt.Fprintf(&b, "%s: %v\n", what, value) }
	line("name", c.Name)
	line("display name", c.DisplayName)
	line("description", c.Description)
	line("program", c.Executable)
	for _, a := range c.Arguments {
		line("argument", a)
	}
	line("account", map[bool]string{true: "LocalSystem", false: c.UserName}[c.UserName == ""])
	line("environment", len(c.EnvVars))
	line("dependencies", len(c.Dependencies))
	var options []string
	for name, value := range c.Option {
		options = append(options, fmt.Sprintf("%s: %v", name, value))
	}
	slices.Sort(options)
	b.WriteString(strings.Join(options, "\n") + "\n")
	goldenUnit(t, "service-windows.txt", b.String())
	if _, err := service.New(&serviceProgram{}, c); err != nil && !errors.Is(err, service.ErrNoServiceSystemDetected) {
		t.Errorf("the library refuses it: %v", err)
	}
}
