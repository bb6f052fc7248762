package main

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/kardianos/service"
)

// useSystemd sets PATH to a folder with an rpm-ostree and has the library look
// again which service manager there is: it takes such a machine for one with
// systemd.
func useSystemd(t *testing.T, path string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("systemd is Linux's")
	}
	t.Cleanup(func() { service.ChooseSystem(service.AvailableSystems()...) }) // after PATH is back
	t.Setenv("PATH", path)
	service.ChooseSystem(service.AvailableSystems()...)
	if got := service.Platform(); got != systemdName {
		t.Fatalf("the library takes this machine for %s", got)
	}
}

func TestUninstall(t *testing.T) {
	t.Run("the system's service keeps data, configuration and user", func(t *testing.T) {
		m := newServiceMachine(t)
		m.plan.Data = "/srv/bells/data"
		m.file(systemUnitPath, unitText(m.plan), 0o644)
		m.plan.Data = "" // What is removed is what is installed, not what is asked for now.
		m.wantError(serviceUninstall(m.plan), "")
		m.wantRan("systemctl stop nightbell.service", "library uninstall")
		m.wantOut("stopped the service and removed "+systemUnitPath,
			"kept: the data in /srv/bells/data, the configuration /etc/nightbell/config.yaml",
			"kept: the user and group nightbell (sudo userdel nightbell removes them)")
	})
	t.Run("a user's service", func(t *testing.T) {
		m := newServiceMachine(t)
		m.plan.User, m.plan.UID = true, 1000
		m.file(userUnitPath, unitText(m.plan), 0o644)
		m.wantError(serviceUninstall(m.plan), "")
		m.wantRan("systemctl --user stop nightbell.service", "library uninstall")
		m.wantOut("stopped the service and removed "+userUnitPath, "kept: the data in /home/ann/.local/state/nightbell, the configuration /etc/nightbell/config.yaml")
	})
	takeBack := []struct {
		rule, left string
		err        error
		say        string
	}{
		{"what is parked is taken back while the daemon still runs", "", nil, ""},
		{"what stays parked is said, and the service goes all the same", "Still parked: on ntfy, comes Fri 03:03.", nil,
			"notice: Still parked: on ntfy, comes Fri 03:03. It comes once, and nothing follows it; or start the service, and uninstall it again\n"},
		{"a daemon that cannot be asked is said", "", errors.New("it hangs"),
			"notice: what is parked for later could not be taken back: it hangs; it comes once, and nothing follows it\n"},
	}
	for _, tt := range takeBack {
		t.Run(tt.rule, func(t *testing.T) {
			m := newServiceMachine(t)
			m.file(systemUnitPath, unitText(m.plan), 0o644)
			m.plan.TakeBack = func(_ servicePlan, cfg, data string) (string, error) {
				_, _ = m.run("take back", cfg, data)
				return tt.left, tt.err
			}
			m.wantError(serviceUninstall(m.plan), "")
			m.wantRan("take back /etc/nightbell/config.yaml /var/lib/nightbell", "systemctl stop nightbell.service", "library uninstall")
			if out := m.out.String(); !strings.HasPrefix(out, tt.say+"stopped the service and removed") {
				t.Errorf("it says %q", out)
			}
		})
	}
	refused := []struct {
		rule string
		set  func(m *serviceMachine)
		want string
	}{
		{"none is installed", func(*serviceMachine) {}, "the service is not installed; install it: sudo nightbell service install"},
		{"without root", func(m *serviceMachine) { m.plan.UID = 1000 },
			"uninstall the system's service: that needs root: sudo nightbell service uninstall; or only for you: nightbell service uninstall --user"},
		{"a unit that somebody else wrote", func(m *serviceMachine) { m.file(systemUnitPath, "[Unit]\n", 0o644) },
			systemUnitPath + " was not written by nightbell; move it away if it is no longer wanted"},
	}
	for _, tt := range refused {
		t.Run(tt.rule, func(t *testing.T) {
			m := newServiceMachine(t)
			tt.set(m)
			m.wantError(serviceUninstall(m.plan), tt.want)
			m.unchanged()
		})
	}
	t.Run("one that does not stop stays", func(t *testing.T) {
		m := newServiceMachine(t)
		m.file(systemUnitPath, unitText(m.plan), 0o644)
		m.fails("systemctl stop nightbell.service", 1, "Connection timed out")
		m.wantError(serviceUninstall(m.plan), "uninstall the service: systemctl stop nightbell.service: Connection timed out")
		if !m.plan.exists(systemUnitPath) {
			t.Error("the unit is gone")
		}
	})
}

func TestSteer(t *testing.T) {
	tests := []struct {
		rule string
		do   func(servicePlan) error
		ran  string
		out  string
	}{
		{"start", serviceStart, "systemctl start nightbell.service", "started"},
		{"stop", serviceStop, "systemctl stop nightbell.service", "stopped; no reminders until it is started again"},
		{"restart", serviceRestart, "systemctl restart nightbell.service", "restarted"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			m := newServiceMachine(t)
			m.wantError(tt.do(m.plan), "the service is not installed; install it: sudo nightbell service install")
			m.unchanged()
			m.file(systemUnitPath, unitText(m.plan), 0o644)
			m.wantError(tt.do(m.plan), "")
			m.wantRan(tt.ran)
			m.wantOut(tt.out)
			m.fails(tt.ran, 1, "Interactive authentication required.\nSee system logs and 'systemctl status nightbell.service' for details.")
			m.wantError(tt.do(m.plan), tt.rule+" the service: "+tt.ran+": Interactive authentication required; it needs root: sudo nightbell service "+tt.rule)
		})
	}
	t.Run("a user without a systemd in this shell", func(t *testing.T) {
		m := newServiceMachine(t)
		m.plan.User = true
		m.file(userUnitPath, unitText(m.plan), 0o644)
		m.fails("systemctl --user start nightbell.service", 1, "Failed to connect to bus: No medium found")
		m.wantError(serviceStart(m.plan), "start the service: systemctl --user start nightbell.service: Failed to connect to bus: No medium found; this shell has no systemd of the user's, as under su or sudo: log in as ann, or keep one running with: sudo loginctl enable-linger ann, then: export XDG_RUNTIME_DIR=/run/user/$(id -u)")
	})
	unmade := []struct {
		rule, unit, ran, making string
		user                    bool
	}{
		{"no configuration", systemUnitPath, "systemctl start", "sudo nightbell init --config /srv/bells.yaml", false},
		{"no configuration, a package's", "/usr/lib/systemd/system/nightbell.service", "systemctl start", "sudo nightbell init --config /srv/bells.yaml", false},
		{"no configuration of a user's own", userUnitPath, "systemctl --user start", "nightbell init --config /srv/bells.yaml", true},
	}
	for _, tt := range unmade {
		t.Run(tt.rule, func(t *testing.T) {
			m := newServiceMachine(t)
			m.plan.User, m.plan.Config = tt.user, "/srv/bells.yaml"
			m.file(tt.unit, unitText(m.plan), 0o644)
			m.plan.Config = "" // What was installed counts.
			m.fails(tt.ran+" nightbell.service", 1, "Assertion failed on job for nightbell.service.")
			m.wantError(serviceStart(m.plan), "start the service: "+tt.ran+" nightbell.service: Assertion failed on job for nightbell.service; there is no configuration yet; make it: "+tt.making)
		})
	}
	t.Run("a unit of a package's is steered too", func(t *testing.T) {
		m := newServiceMachine(t)
		m.file("/usr/lib/systemd/system/nightbell.service", "", 0o644)
		m.wantError(serviceStart(m.plan), "")
	})
}

func TestServiceStatus(t *testing.T) {
	tests := []struct {
		rule   string
		shown  string
		said   string
		code   int // of systemctl status
		want   string
		silent bool // systemd's words are not printed
	}{
		{rule: "it runs", shown: "LoadState=loaded\nActiveState=active\n", said: "● nightbell.service\n     Active: active (running)\n"},
		{rule: "it stopped", shown: "LoadState=loaded\nActiveState=inactive\n", said: "○ nightbell.service\n", code: 3,
			want: "the service does not run (inactive); start it: sudo nightbell service start; why it ended: sudo journalctl -u nightbell -n 50"},
		{rule: "it was never started", shown: "LoadState=loaded\nActiveState=inactive\nAssertResult=no\nAssertTimestampMonotonic=0\n", said: "○ nightbell.service\n", code: 3,
			want: "the service does not run (inactive); start it: sudo nightbell service start; why it ended: sudo journalctl -u nightbell -n 50"},
		{rule: "it was started without a configuration", shown: "LoadState=loaded\nActiveState=inactive\nAssertResult=no\nAssertTimestampMonotonic=65680000\n", said: "○ nightbell.service\n", code: 3,
			want: "the service does not run: there is no configuration yet; make it: sudo nightbell init --config /etc/nightbell/config.yaml; then: sudo nightbell service start"},
		{rule: "it fails over and over", shown: "LoadState=loaded\nActiveState=activating\n", said: "● nightbell.service\n", code: 3,
			want: "the service is being started; if that goes on, the reason is here: sudo journalctl -u nightbell -n 50"},
		{rule: "it is not installed", shown: "LoadState=not-found\nActiveState=inactive\n", silent: true,
			want: "the service is not installed; install it: sudo nightbell service install"},
		{rule: "it is masked", shown: "LoadState=masked\nActiveState=inactive\n", silent: true,
			want: "the service is masked, so that nothing starts it; undo that: sudo systemctl unmask nightbell.service"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			m := newServiceMachine(t)
			m.file(systemUnitPath, unitText(m.plan), 0o644)
			m.answers["systemctl show --property=LoadState,ActiveState,AssertResult,AssertTimestampMonotonic nightbell.service"] = tt.shown
			const status = "systemctl status --no-pager --full --lines=10 nightbell.service"
			m.answers[status] = tt.said
			if tt.code != 0 {
				m.fails(status, tt.code, "")
			}
			m.wantError(serviceStatus(m.plan), tt.want)
			if !tt.silent {
				m.wantOut(strings.TrimRight(tt.said, "\n"))
			}
		})
	}
	t.Run("systemd does not answer", func(t *testing.T) {
		m := newServiceMachine(t)
		m.plan.User = true
		m.fails("systemctl --user show --property=LoadState,ActiveState,AssertResult,AssertTimestampMonotonic nightbell.service", 1, "Failed to connect to bus: No medium found")
		err := serviceStatus(m.plan)
		if err == nil || !strings.HasPrefix(err.Error(), "ask systemd: systemctl --user show") || !strings.Contains(err.Error(), "log in as ann") {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestOtherServiceManagers(t *testing.T) {
	mac := func(t *testing.T) *serviceMachine {
		m := newServiceMachine(t)
		m.plan.Platform, m.plan.User = launchdName, true
		return m
	}
	t.Run("the library does it all on Windows", func(t *testing.T) {
		m := newServiceMachine(t)
		m.plan.Platform = windowsName
		for _, do := range []func(servicePlan) error{serviceInstall, serviceStart, serviceRestart, serviceStop, serviceUninstall} {
			m.wantError(do(m.plan), "")
		}
		m.wantRan("library install", "library start", "library restart", "library stop", "library uninstall")
		m.wantOut("installed the service; start it: nightbell service start", "started", "restarted",
			"stopped; no reminders until it is started again", "uninstalled the service; its data and configuration stay where they are")
	})
	t.Run("one that runs on Windows is asked to take back what is parked, and stopped first", func(t *testing.T) {
		m := newServiceMachine(t)
		m.plan.Platform = windowsName
		m.answers["library status"] = "running"
		m.plan.TakeBack = func(servicePlan, string, string) (string, error) { _, err := m.run("take back"); return "", err }
		m.wantError(serviceUninstall(m.plan), "")
		m.wantRan("take back", "library stop", "library uninstall")
	})
	t.Run("its status in words", func(t *testing.T) {
		m := mac(t)
		m.wantError(serviceStatus(m.plan), "the service does not run; start it: nightbell service start --user")
		m.answers["library status"] = "running"
		m.wantError(serviceStatus(m.plan), "")
		m.wantOut("the service runs")
		m.failures["library status"] = service.ErrNotInstalled
		m.wantError(serviceStatus(m.plan), "the service is not installed; install it: nightbell service install --user")
	})
	t.Run("its errors with what was being done", func(t *testing.T) {
		m := mac(t)
		m.failures["library start"] = errors.New("no such label")
		m.wantError(serviceStart(m.plan), "start the service: no such label")
	})
	t.Run("Windows has no user's own", func(t *testing.T) {
		m := mac(t)
		m.plan.Platform = windowsName
		m.wantError(serviceInstall(m.plan), "--user: Windows has no services of a user's own; install the system's, as an administrator")
	})
	t.Run("credentials are systemd's", func(t *testing.T) {
		m := mac(t)
		m.plan.Credentials = []string{"a:/b"}
		m.wantError(serviceInstall(m.plan), "credentials are systemd's; here, name the secret's file in the configuration (token_file:)")
	})
}

func TestLingering(t *testing.T) {
	tests := []struct {
		rule   string
		set    func(m *serviceMachine)
		notice bool
	}{
		{"switched on, by its file", func(m *serviceMachine) { m.file("/var/lib/systemd/linger/ann", "", 0o644) }, false},
		{"switched on, by loginctl", func(m *serviceMachine) { m.answers["loginctl show-user ann --property=Linger"] = "Linger=yes\n" }, false},
		{"switched off", func(m *serviceMachine) { m.answers["loginctl show-user ann --property=Linger"] = "Linger=no\n" }, true},
		{"not known", func(m *serviceMachine) { m.fails("loginctl show-user ann --property=Linger", 1, "not logged in") }, true},
		{"no matter to the system's service", func(m *serviceMachine) { m.plan.User = false }, false},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			m := newServiceMachine(t)
			m.plan.User = true
			tt.set(m)
			m.plan.lingering()
			if got := strings.Contains(m.out.String(), "sudo loginctl enable-linger ann"); got != tt.notice {
				t.Errorf("it says %q", m.out.String())
			}
		})
	}
}

func TestCommandErrorsCarryWhatWasSaid(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh here")
	}
	out, err := runCommandOf("sh", "-c", "echo out; echo said >&2; exit 5")
	var exit *exec.ExitError
	if out != "out\n" || !errors.As(err, &exit) || exit.ExitCode() != 5 || !strings.HasSuffix(err.Error(), ": said") {
		t.Errorf("got %q, %v", out, err)
	}
	if _, err := runCommandOf("nightbell-no-such-program"); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestServiceProgram(t *testing.T) {
	t.Run("a stop ends the run and waits for it", func(t *testing.T) {
		p := &serviceProgram{
			run:    func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) },
			failed: func(err error) { t.Errorf("a stop is no failure: %v", err) },
		}
		if err := p.Start(nil); err != nil {
			t.Fatal(err)
		}
		if err := p.Stop(nil); !errors.Is(err, context.Canceled) {
			t.Errorf("Stop gave %v", err)
		}
	})
	t.Run("a run that ends by itself is a failure", func(t *testing.T) {
		broken := errors.New("disk full")
		failed := make(chan error, 1)
		p := &serviceProgram{run: func(context.Context) error { return broken }, failed: func(err error) { failed <- err }}
		if err := p.Start(nil); err != nil {
			t.Fatal(err)
		}
		if err := <-failed; !errors.Is(err, broken) {
			t.Errorf("it failed with %v", err)
		}
	})
}
