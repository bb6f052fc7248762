package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	systemUnitPath = "/etc/systemd/system/nightbell.service"
	userUnitPath   = "/home/ann/.config/systemd/user/nightbell.service"
	saidGroup      = "whoever uses nightbell here joins its group, then logs in again: sudo usermod -aG nightbell NAME"
	saidWrote      = "wrote " + systemUnitPath + " and enabled it"
	saidStart      = "start it: sudo nightbell service start"
)

func TestInstallSystem(t *testing.T) {
	known := []string{"getent group nightbell", "getent passwd nightbell"}
	ready := []string{"library install", "systemctl is-active --quiet nightbell.service"}
	tests := []struct {
		rule string
		set  func(m *serviceMachine)
		ran  []string // between known and ready
		out  []string // before the usual words
	}{
		{rule: "where all is prepared only the unit is written", set: func(*serviceMachine) {}},
		{rule: "a configuration nobody else can read is opened to the service", set: func(m *serviceMachine) { m.owners["config.yaml"] = [2]int{0, 0} },
			ran: []string{"chown root:nightbell /etc/nightbell/config.yaml", "chmod 0640 /etc/nightbell/config.yaml"},
			out: []string{"set the rights of /etc/nightbell/config.yaml (0640 root:nightbell), which the service reads"}},
		{rule: "a configuration everybody can read is closed", set: func(m *serviceMachine) { m.file("/etc/nightbell/config.yaml", "", 0o644) },
			ran: []string{"chown root:nightbell /etc/nightbell/config.yaml", "chmod 0640 /etc/nightbell/config.yaml"},
			out: []string{"set the rights of /etc/nightbell/config.yaml (0640 root:nightbell), which the service reads"}},
		{rule: "the folder of the configuration becomes the service's", set: func(m *serviceMachine) { m.dir("/etc/nightbell", 0o755) },
			ran: []string{"chown root:nightbell /etc/nightbell", "chmod 0750 /etc/nightbell"},
			out: []string{"set the rights of /etc/nightbell (0750 root:nightbell)"}},
		{rule: "a configuration elsewhere is left alone, but spoken of", set: func(m *serviceMachine) {
			m.plan.Config = "/srv/bells/nightbell.yaml"
			m.file(m.plan.Config, "", 0o600)
		}, out: []string{"notice: the service may not read /srv/bells/nightbell.yaml; allow it: sudo chown root:nightbell /srv/bells/nightbell.yaml, then: sudo chmod 0640 /srv/bells/nightbell.yaml"}},
		{rule: "a folder in the way is named", set: func(m *serviceMachine) {
			m.plan.Config = "/srv/bells/nightbell.yaml"
			m.file(m.plan.Config, "", 0o604)
			m.dir("/srv/bells", 0o700)
		}, out: []string{"notice: the service may not pass /srv/bells to read /srv/bells/nightbell.yaml; allow it: sudo chmod o+x /srv/bells"}},
		{rule: "an open configuration elsewhere is spoken of", set: func(m *serviceMachine) {
			m.plan.Config = "/srv/bells/nightbell.yaml"
			m.file(m.plan.Config, "", 0o644)
		}, out: []string{"notice: every user of this machine may read /srv/bells/nightbell.yaml; if it holds a secret: sudo chown root:nightbell /srv/bells/nightbell.yaml, then: sudo chmod 0640 /srv/bells/nightbell.yaml"}},
		{rule: "a data folder of one's own is made", set: func(m *serviceMachine) { m.dir("/srv/bells", 0o755); m.plan.Data = "/srv/bells/data" },
			ran: []string{"chown nightbell:nightbell /srv/bells/data", "chmod 0700 /srv/bells/data"},
			out: []string{"made /srv/bells/data (0700 nightbell:nightbell)"}},
		{rule: "a folder above the data that is in the way is named", set: func(m *serviceMachine) {
			m.plan.Data = "/srv/bells/data"
			m.dir("/srv/bells", 0o700)
		},
			ran: []string{"chown nightbell:nightbell /srv/bells/data", "chmod 0700 /srv/bells/data"},
			out: []string{"made /srv/bells/data (0700 nightbell:nightbell)",
				"notice: the service may not pass /srv/bells to reach /srv/bells/data; allow it: sudo chmod o+x /srv/bells"}},
		{rule: "a data folder that belongs to the service stays", set: func(m *serviceMachine) {
			m.plan.Data = "/srv/bells/data"
			m.dir("/srv/bells/data", 0o700)
			m.owners["data"] = [2]int{machineUID, machineGID}
		}},
		{rule: "a data folder of somebody else's is not taken", set: func(m *serviceMachine) {
			m.plan.Data = "/srv/bells/data"
			m.dir("/srv/bells/data", 0o700)
		}, out: []string{"notice: /srv/bells/data does not belong to nightbell, so the service cannot write there; if it holds its journal: sudo chown -R nightbell:nightbell /srv/bells/data"}},
		{rule: "the usual data folder is systemd's to make", set: func(m *serviceMachine) { m.plan.Data = "/var/lib/nightbell/" }},
		{rule: "the user's own service beside it is spoken of", set: func(m *serviceMachine) { m.file(userUnitPath, unitMarker, 0o644) },
			out: []string{"notice: " + userUnitPath + " is installed too: two daemons have two journals and both send; nightbell service uninstall --user removes it"}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			m := newServiceMachine(t)
			tt.set(m)
			m.wantError(serviceInstall(m.plan), "")
			m.wantRan(append(append(known, tt.ran...), ready...)...)
			m.wantOut(append(tt.out, saidWrote, saidStart, saidGroup)...)
			if got := m.read(systemUnitPath); got != unitText(m.plan) {
				t.Errorf("the unit is\n%s", got)
			}
		})
	}
}

func TestInstallMakesUserAndFolder(t *testing.T) {
	const useradd = "useradd --system --gid nightbell --home-dir /var/lib/nightbell --no-create-home --shell /usr/sbin/nologin --comment Nightbell reminders nightbell"
	t.Run("both are missing", func(t *testing.T) {
		m := newServiceMachine(t)
		m.fails("getent group nightbell", 2, "")
		m.fails("getent passwd nightbell", 2, "")
		m.plan.Config = "/srv/nightbell.yaml"
		m.file(m.plan.Config, "", 0o640)
		m.owners["nightbell.yaml"] = [2]int{0, machineGID}
		if err := os.RemoveAll(m.plan.at("/etc/nightbell")); err != nil {
			t.Fatal(err)
		}
		m.wantError(serviceInstall(m.plan), "")
		m.wantRan("getent group nightbell", "groupadd --system nightbell", "getent passwd nightbell", useradd,
			"getent group nightbell", "getent passwd nightbell", "chown root:nightbell /etc/nightbell", "chmod 0750 /etc/nightbell",
			"library install", "systemctl is-active --quiet nightbell.service")
		m.wantOut("made the system group and user nightbell, without a login", "made /etc/nightbell (0750 root:nightbell)", saidWrote, saidStart, saidGroup)
	})
	t.Run("the user alone is missing", func(t *testing.T) {
		m := newServiceMachine(t)
		m.fails("getent passwd nightbell", 2, "")
		m.wantError(serviceInstall(m.plan), "")
		if out := m.out.String(); !strings.HasPrefix(out, "made the system user nightbell, without a login\n") {
			t.Errorf("it says %q", out)
		}
	})
	t.Run("no tool to make one", func(t *testing.T) {
		m := newServiceMachine(t)
		m.fails("getent group nightbell", 2, "")
		m.failures["groupadd --system nightbell"] = &commandError{Command: "groupadd", Err: exec.ErrNotFound}
		m.wantError(serviceInstall(m.plan), "make the service's user: there is no groupadd here; make a system user nightbell with a group of the same name and no login by this system's own means, then install again")
	})
	t.Run("a directory service that does not answer", func(t *testing.T) {
		m := newServiceMachine(t)
		m.fails("getent group nightbell", 3, "not supported")
		m.wantError(serviceInstall(m.plan), "make the service's user: getent group nightbell: not supported")
	})
}

func TestInstallRefuses(t *testing.T) {
	tests := []struct {
		rule string
		set  func(m *serviceMachine)
		want string
	}{
		{"without root", func(m *serviceMachine) { m.plan.UID = 1000 },
			"install the system's service: that needs root: sudo nightbell service install; or only for you: nightbell service install --user"},
		{"a user's service under sudo", func(m *serviceMachine) {
			m.plan.User = true
			m.plan.Getenv = func(name string) (string, bool) { return "ann", name == "SUDO_USER" }
		}, "install a service of the user's own: under sudo that would be root's; run it as ann, without sudo: nightbell service install --user"},
		{"without systemd", func(m *serviceMachine) { os.Remove(m.plan.at("/run/systemd/system")) },
			"systemd does not run here, and no other service manager of this system is known; have whatever starts programs here (an init script, a container's entry point) keep this one running: nightbell run --config /etc/nightbell/config.yaml"},
		{"another init system", func(m *serviceMachine) { m.plan.Platform = "linux-openrc" },
			"systemd does not run here, and no other service manager of this system is known; have whatever starts programs here (an init script, a container's entry point) keep this one running: nightbell run --config /etc/nightbell/config.yaml"},
		{"a configuration that is not there", func(m *serviceMachine) { os.Remove(m.plan.at(m.plan.Config)) },
			"configuration /etc/nightbell/config.yaml: it is not there; make it: sudo nightbell init --config /etc/nightbell/config.yaml"},
		{"a configuration in a home", func(m *serviceMachine) {
			m.plan.Config = "/home/ann/nightbell.yaml"
			m.file(m.plan.Config, "", 0o600)
		}, "configuration /home/ann/nightbell.yaml: the service cannot see it there (ProtectHome); sudo install -D -m 0640 /home/ann/nightbell.yaml /etc/nightbell/config.yaml, then: sudo nightbell service install --config /etc/nightbell/config.yaml; or for you alone: nightbell service install --user"},
		{"a program of go run", func(m *serviceMachine) { m.plan.Program = "/tmp/go-build12/b001/exe/nightbell" },
			"program /tmp/go-build12/b001/exe/nightbell: `go run` removes it when it ends; build one that stays: go build -o nightbell ./cmd/nightbell, then sudo install -m 0755 ./nightbell /usr/local/bin/nightbell, then sudo /usr/local/bin/nightbell service install"},
		{"a program in Go's cache", func(m *serviceMachine) { m.plan.Program = "/root/.cache/go-build/ab/abc-d/nightbell" },
			"program /root/.cache/go-build/ab/abc-d/nightbell: `go run` removes it when it ends; build one that stays: go build -o nightbell ./cmd/nightbell, then sudo install -m 0755 ./nightbell /usr/local/bin/nightbell, then sudo /usr/local/bin/nightbell service install"},
		{"a program in a home", func(m *serviceMachine) { m.plan.Program = "/root/go/bin/nightbell"; m.file(m.plan.Program, "", 0o755) },
			"program /root/go/bin/nightbell: the service cannot see it there (ProtectHome); sudo install -m 0755 /root/go/bin/nightbell /usr/local/bin/nightbell, then sudo /usr/local/bin/nightbell service install"},
		{"a link into a home", func(m *serviceMachine) {
			m.file("/home/ann/nightbell", "", 0o755)
			os.Remove(m.plan.at(m.plan.Program))
			if err := os.Symlink(m.plan.at("/home/ann/nightbell"), m.plan.at(m.plan.Program)); err != nil {
				m.t.Fatal(err)
			}
		}, "program /usr/local/bin/nightbell: the service cannot see it there (ProtectHome); sudo install -m 0755 /usr/local/bin/nightbell /usr/local/bin/nightbell, then sudo /usr/local/bin/nightbell service install"},
		{"a program that only its owner may run", func(m *serviceMachine) { m.file(m.plan.Program, "", 0o700) },
			"program /usr/local/bin/nightbell: the service's user may not run it (the rights of /usr/local/bin/nightbell); sudo install -m 0755 /usr/local/bin/nightbell /usr/local/bin/nightbell, then sudo /usr/local/bin/nightbell service install"},
		{"a program in a place that systemd cannot write down", func(m *serviceMachine) { m.plan.Program = `/opt/a"b/nightbell` },
			"program /opt/a\"b/nightbell: systemd starts no program with one of $ \" ' \\ in its path; move it, for example to /usr/local/bin/nightbell"},
		{"a line break in a path", func(m *serviceMachine) { m.plan.Data = "/srv/a\nExecStartPre=/bin/sh" },
			`data folder "/srv/a\nExecStartPre=/bin/sh": a unit cannot name a path with control characters; rename it`},
		{"paths that are not absolute, all at once", func(m *serviceMachine) { m.plan.Config, m.plan.Data = "config.yaml", "data" },
			"configuration \"config.yaml\": a service has no folder of its own to begin at; name an absolute path\n" +
				"data folder \"data\": a service has no folder of its own to begin at; name an absolute path"},
		{"data in a home", func(m *serviceMachine) { m.plan.Data = "/home/ann/bells" },
			"data folder /home/ann/bells: the service cannot keep anything there (ProtectHome); take data: out of the configuration, so that it is /var/lib/nightbell, or name a folder like /srv/nightbell; or for you alone: nightbell service install --user"},
		{"data that would not last", func(m *serviceMachine) { m.plan.Data = "/var/tmp/bells" },
			"data folder /var/tmp/bells: the service cannot keep anything there (PrivateTmp); take data: out of the configuration, so that it is /var/lib/nightbell, or name a folder like /srv/nightbell; or for you alone: nightbell service install --user"},
		{"a whole tree as data folder", func(m *serviceMachine) { m.plan.Data = "/srv" },
			"data folder /srv: it should be nightbell's alone; name one below it: /srv/nightbell"},
		{"a unit that somebody else wrote", func(m *serviceMachine) { m.file(systemUnitPath, "[Service]\n", 0o644) },
			systemUnitPath + " was not written by nightbell; move it away if it is no longer wanted"},
		{"a masked unit", func(m *serviceMachine) {
			if err := os.Symlink("/dev/null", m.plan.at(systemUnitPath)); err != nil {
				m.t.Fatal(err)
			}
		}, systemUnitPath + " is a link, masked or made by somebody else; take it away first: sudo systemctl unmask nightbell, sudo systemctl disable nightbell"},
		{"a unit of a package's", func(m *serviceMachine) { m.file("/usr/lib/systemd/system/nightbell.service", "[Service]\n", 0o644) },
			"a package has brought /usr/lib/systemd/system/nightbell.service, which this would shadow; use that one: sudo systemctl enable --now nightbell"},
		{"credentials that are none, all at once", func(m *serviceMachine) {
			m.plan.Credentials = []string{"token", "../x:/root/t", "gone:/root/gone"}
		}, "credential \"token\": write NAME:FILE, with letters, digits, . _ - in NAME: pushover:/root/pushover.token\n" +
			"credential \"../x:/root/t\": write NAME:FILE, with letters, digits, . _ - in NAME: pushover:/root/pushover.token\n" +
			"credential gone: there is no file /root/gone; write the secret into it first"},
		{"a user's credentials", func(m *serviceMachine) {
			m.plan.User = true
			m.plan.Credentials = []string{"token:/etc/nightbell/config.yaml"}
		}, "credentials guard a secret from the user who runs the service, which --user cannot; name its file in the configuration (token_file:), with mode 0600"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			m := newServiceMachine(t)
			tt.set(m)
			m.wantError(serviceInstall(m.plan), tt.want)
			m.unchanged()
		})
	}
}

func TestInstallAgain(t *testing.T) {
	t.Run("the same unit stays", func(t *testing.T) {
		m := newServiceMachine(t)
		m.file(systemUnitPath, unitText(m.plan), 0o644)
		delete(m.failures, "systemctl is-active --quiet nightbell.service")
		m.wantError(serviceInstall(m.plan), "")
		m.wantRan("getent group nightbell", "getent passwd nightbell", "systemctl daemon-reload", "systemctl enable nightbell.service", "systemctl is-active --quiet nightbell.service")
		m.wantOut(systemUnitPath+" is as it should be, and enabled", "it runs", saidGroup)
	})
	t.Run("an older unit of ours is written anew", func(t *testing.T) {
		m := newServiceMachine(t)
		delete(m.failures, "systemctl is-active --quiet nightbell.service")
		m.file(systemUnitPath, unitMarker+"\n[Service]\n", 0o644)
		m.wantError(serviceInstall(m.plan), "")
		if got := m.read(systemUnitPath); got != unitText(m.plan) {
			t.Errorf("the unit is\n%s", got)
		}
		m.wantOut(saidWrote, "it still runs as it was started; take over the new unit: sudo nightbell service restart", saidGroup)
	})
	t.Run("what fails leaves the old unit", func(t *testing.T) {
		m := newServiceMachine(t)
		old := unitMarker + "\n[Service]\n"
		m.file(systemUnitPath, old, 0o644)
		m.failures["library install"] = exitCode(1)
		m.fails("systemctl enable nightbell.service", 1, "Failed to enable unit: Access denied")
		m.wantError(serviceInstall(m.plan), "install the service: systemctl enable nightbell.service: Failed to enable unit: Access denied; it needs root: sudo nightbell service install")
		if got := m.read(systemUnitPath); got != old {
			t.Errorf("the unit is\n%s", got)
		}
	})
	t.Run("what fails the first time leaves none", func(t *testing.T) {
		m := newServiceMachine(t)
		m.failures["library install"] = exitCode(1)
		m.fails("systemctl daemon-reload", 1, "Connection timed out")
		m.wantError(serviceInstall(m.plan), "install the service: systemctl daemon-reload: Connection timed out")
		if m.plan.exists(systemUnitPath) {
			t.Error("a unit was left behind")
		}
	})
	t.Run("a second try that works is no error", func(t *testing.T) {
		m := newServiceMachine(t)
		m.failures["library install"] = exitCode(1)
		m.wantError(serviceInstall(m.plan), "")
	})
}

func TestInstallFindsCredentials(t *testing.T) {
	m := newServiceMachine(t)
	m.file("/etc/nightbell/credentials/ntfy-topic", "x", 0o600)
	m.file("/etc/nightbell/credentials/pushover", "x", 0o600)
	m.file("/etc/nightbell/credentials/a b", "x", 0o600)
	m.file("/root/pushover.token", "x", 0o600)
	m.plan.Credentials = []string{"pushover:/root/pushover.token"}
	m.wantError(serviceInstall(m.plan), "")
	var lines []string
	for line := range strings.Lines(m.read(systemUnitPath)) {
		if strings.HasPrefix(line, "LoadCredential=") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	want := "LoadCredential=pushover:/root/pushover.token LoadCredential=ntfy-topic:/etc/nightbell/credentials/ntfy-topic"
	if got := strings.Join(lines, " "); got != want {
		t.Errorf("the unit has %s, want %s", got, want)
	}
	m.wantOut("notice: /etc/nightbell/credentials/a b is no credential: not a file, or a name with more than letters, digits, . _ -", saidWrote, saidStart, saidGroup)
}

// TestInstallThroughTheLibrary installs a user's unit with the real library,
// in a home of the test's and with a systemctl that only notes what it is told.
func TestInstallThroughTheLibrary(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("the stand-in for systemctl needs /bin/sh")
	}
	home := t.TempDir()
	bin := filepath.Join(home, "bin")
	noted := filepath.Join(home, "noted")
	systemctl := "#!/bin/sh\necho \"$@\" >>'" + noted + "'\n[ \"$2\" != is-active ]\n"
	config := filepath.Join(home, "my config {{Name}}.yaml") // The library's template must not read it.
	for path, text := range map[string]string{
		filepath.Join(bin, "systemctl"): systemctl, filepath.Join(bin, "loginctl"): "#!/bin/sh\necho Linger=no\n",
		filepath.Join(bin, "rpm-ostree"): "#!/bin/sh\n", config: "channels: []\n", filepath.Join(home, "nightbell"): "#!/bin/sh\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", home)
	useSystemd(t, bin)

	m := newServiceMachine(t)
	m.plan.Root = "" // The library knows of none; a user's files are all below HOME.
	m.plan.User, m.plan.UID, m.plan.Login = true, 1000, "nobody-by-that-name"
	m.plan.Getenv, m.plan.Run, m.plan.Control = os.LookupEnv, runCommandOf, libraryControl
	m.plan.Program, m.plan.Config = filepath.Join(home, "nightbell"), config

	if err := m.plan.installSystemd(); err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(home, ".config/systemd/user/nightbell.service")
	if got := m.read(unit); got != unitText(m.plan) {
		t.Errorf("the library wrote\n%s", got)
	}
	if out := m.out.String(); !strings.Contains(out, "notice: without lingering it stops when nobody-by-that-name logs out and starts only at the next login; keep it running day and night: sudo loginctl enable-linger nobody-by-that-name\n") {
		t.Errorf("it says\n%s", out)
	}
	if err := m.plan.uninstallSystemd(); err != nil {
		t.Fatal(err)
	}
	if m.plan.exists(unit) {
		t.Error("the unit is still there")
	}
	want := "enable --user nightbell.service\ndaemon-reload --user\n--user is-active --quiet nightbell.service\n" +
		"--user stop nightbell.service\ndisable --user nightbell.service\ndaemon-reload --user\n"
	if got := m.read(noted); got != want {
		t.Errorf("systemctl was told\n%s\nwant\n%s", got, want)
	}
}
