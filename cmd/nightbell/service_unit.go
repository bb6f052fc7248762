package main

import (
	"path/filepath"
	"strings"

	"nightbell/daemon/config"
)

const (
	// unitMarker begins every unit that install wrote and may write over.
	unitMarker = `# Written by "nightbell service install"`
	// unitDescription is what every user of the machine can read; it says
	// nothing of what the reminders are for.
	unitDescription = "Nightbell reminders"
	unitDataNote    = "# data: "
	unitConfigNote  = "# configuration: "
	// wakeCapability lets a timer wake a machine that sleeps (capabilities(7)).
	wakeCapability = "CAP_WAKE_ALARM"
)

// unitLines are lines of a unit and the reason they are there, which stands
// above them as a comment.
type unitLines struct {
	why   string
	lines []string
}

// unitText is the systemd unit of the plan.
func unitText(p servicePlan) string {
	edit := "sudo systemctl edit nightbell"
	data := serviceData
	if p.User {
		edit = "systemctl --user edit nightbell"
		data = p.userData()
	}
	if custom := p.customData(); custom != "" {
		data = custom
	}
	var b strings.Builder
	origin := unitMarker + ", which may write it again."
	if p.Packaged {
		origin = "# Part of the package nightbell, which may replace it."
	}
	b.WriteString(origin + "\n# Lines of your own belong in a drop-in: " + edit + "\n")
	b.WriteString(unitDataNote + data + "\n" + unitConfigNote + p.Config + "\n")
	sections := []struct {
		name  string
		parts [][]unitLines
	}{
		{"Unit", [][]unitLines{p.unitOrder(data)}},
		{"Service", [][]unitLines{p.unitRun(), p.unitFolders(), p.unitSandbox(), unitFilters()}},
		{"Install", [][]unitLines{p.unitWanted()}},
	}
	for _, s := range sections {
		b.WriteString("\n[" + s.name + "]\n")
		for _, part := range s.parts {
			for _, l := range part {
				b.WriteString("# " + l.why + "\n" + strings.Join(l.lines, "\n") + "\n")
			}
		}
	}
	return b.String()
}

func (p servicePlan) unitOrder(data string) []unitLines {
	order := []unitLines{
		{"Shown to every user of this machine, so it says little.", []string{"Description=" + unitDescription}},
		{"Never give up starting it, however often it fails.", []string{"StartLimitIntervalSec=0"}},
		// An assertion, not a condition: who starts it by hand is told.
		{"But with neither a configuration nor the last good copy of one it could only fail, over and over: it is not started.",
			[]string{"AssertPathExists=|" + unitPercent(p.Config), "AssertPathExists=|" + unitPercent(filepath.Join(data, config.GoodName))}},
	}
	if p.User {
		return order // The targets below belong to the system's systemd.
	}
	order = append(order, unitLines{"The first push needs a network, a right clock and names. Without them it starts all the same, and tries again.",
		[]string{"Wants=network-online.target", "After=network-online.target time-sync.target nss-lookup.target"}})
	if data := p.customData(); data != "" {
		order = append(order, unitLines{"The data folder may lie on a disk that is mounted late.", []string{"RequiresMountsFor=" + unitWord(data)}})
	}
	return order
}

func (p servicePlan) unitRun() []unitLines {
	args := make([]string, 0, 6)
	for _, a := range p.arguments() {
		args = append(args, unitArgument(a))
	}
	run := []unitLines{
		{"The daemon says itself when it is up, reloading or stopping, and only the daemon may.", []string{"Type=notify", "NotifyAccess=main"}},
		{"One daemon, in the foreground.", []string{"ExecStart=" + unitWord(p.Program) + " " + strings.Join(args, " ")}},
		{"Reads the configuration again; one that is broken changes nothing.", []string{"ExecReload=kill -HUP $MAINPID"}},
		{"Its loop reports every 30 s; one that hangs for 60 s is aborted, with its stacks in the journal, and started anew.", []string{"WatchdogSec=60"}},
		{"A start may check a large journal on a slow card first.", []string{"TimeoutStartSec=180"}},
		{"It ends what it is sending within 10 s; a little more for a slow disk.", []string{"TimeoutStopSec=15"}},
		{"A crash at 2 a.m. must not cost the alarm at 3, so at once, but not in a busy loop.", []string{"Restart=always", "RestartSec=2"}},
		{"Variables that the configuration names, NAME=value a line; read by systemd, so root alone needs to read it.",
			[]string{"EnvironmentFile=-" + serviceFolder + "/environment"}},
	}
	if p.User {
		run[len(run)-1] = unitLines{"Variables that the configuration names, NAME=value a line.",
			[]string{"EnvironmentFile=-" + unitPercent(filepath.Join(filepath.Dir(p.Config), "environment"))}}
		return run
	}
	run = append(run, unitLines{"It needs no right of root's, and shares its files with nobody.", []string{"User=" + serviceName, "Group=" + serviceName}})
	return append(run, p.unitCredentials())
}

// unitCredentials hands secrets over in memory, readable by this service alone.
func (p servicePlan) unitCredentials() unitLines {
	if p.Packaged {
		return unitLines{"Secrets that only root can read: put each into a file of its own in " + serviceFolder + "/credentials, say `token_file: NAME` in the",
			[]string{"# configuration, and name it in a drop-in: LoadCredential=NAME:" + serviceFolder + "/credentials/NAME"}}
	}
	if len(p.Credentials) == 0 {
		return unitLines{"Secrets that only root can read: put each into a file of its own in " + serviceFolder + "/credentials, say `token_file: NAME` in the",
			[]string{"# configuration, and install again; a line like this appears here: LoadCredential=NAME:" + serviceFolder + "/credentials/NAME"}}
	}
	l := unitLines{why: "Secrets from files that only root can read; `token_file: NAME` in the configuration finds them."}
	for _, c := range p.Credentials {
		name, file, _ := strings.Cut(c, ":")
		l.lines = append(l.lines, "LoadCredential="+name+":"+unitPercent(file))
	}
	return l
}

func (p servicePlan) unitFolders() []unitLines {
	private := unitLines{"Sessions, answers and keys are private. The daemon opens its socket to the group by itself.", []string{"UMask=0077"}}
	if p.User {
		// No StateDirectory: before systemd 254 a user's lies among the
		// configuration, where no command would look for the journal.
		return []unitLines{{"The socket, at $XDG_RUNTIME_DIR/nightbell.", []string{"RuntimeDirectory=nightbell", "RuntimeDirectoryMode=0700"}}, private}
	}
	folders := []unitLines{{"The socket, at /run/nightbell, for the group nightbell; a reverse proxy may pass through to one of the page's own.", []string{"RuntimeDirectory=nightbell", "RuntimeDirectoryMode=0711"}}}
	if data := p.customData(); data != "" {
		folders = append(folders, unitLines{"The data folder that --data names. After a change of `data:` in the configuration, install again.", []string{"ReadWritePaths=" + unitWord(data)}})
	} else {
		folders = append(folders, unitLines{"The journal, at " + serviceData + ".", []string{"StateDirectory=nightbell", "StateDirectoryMode=0700"}})
	}
	if strings.HasPrefix(p.Config, serviceFolder+"/") {
		folders = append(folders, unitLines{"The configuration, at " + serviceFolder + ": root writes it, the service reads it.", []string{"ConfigurationDirectory=nightbell", "ConfigurationDirectoryMode=0750"}})
	}
	return append(folders, private)
}

// unitSandbox is what needs a manager with root's rights. What both kinds of
// unit can have is in unitFilters.
func (p servicePlan) unitSandbox() []unitLines {
	if p.User {
		return nil
	}
	capabilities := []unitLines{
		{"No capability at all: none to bind low ports, none to set the clock.", []string{"CapabilityBoundingSet=", "AmbientCapabilities="}},
		{"Other users' names and rights do not exist for it; the socket's rights go by group.", []string{"PrivateUsers=yes"}},
	}
	if p.Wake {
		// In a user namespace of its own the capability would not count.
		capabilities = []unitLines{{"wake_system: true in the configuration: it may wake this machine for a reminder, and nothing else that root may. (Without PrivateUsers, in which that right would count for nothing.)",
			[]string{"CapabilityBoundingSet=" + wakeCapability, "AmbientCapabilities=" + wakeCapability}}}
	}
	return append(capabilities, []unitLines{
		{"It writes to its own folders and to nothing else.", []string{"ProtectSystem=strict"}},
		{"Homes are none of its business.", []string{"ProtectHome=yes"}},
		{"Temporary files of others cannot be seen, planted or guessed.", []string{"PrivateTmp=yes"}},
		{"It uses no hardware.", []string{"PrivateDevices=yes", "DevicePolicy=closed"}},
		{"Mounts neither leave nor enter while it runs.", []string{"PrivateMounts=yes"}},
		{"It sees no other process and no setting of the kernel.", []string{"ProtectProc=invisible", "ProcSubset=pid"}},
		{"It changes nothing about the machine. (Not ProtectClock: that would also forbid to ask whether the clock is synchronised.)",
			[]string{"ProtectHostname=yes", "ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectKernelLogs=yes", "ProtectControlGroups=yes"}},
		{"It leaves no shared memory behind, and no keys where others look.", []string{"RemoveIPC=yes", "KeyringMode=private"}},
	}...)
}

func unitFilters() []unitLines {
	return []unitLines{
		{"A program it might be tricked into starting gains nothing, and no file it makes could.", []string{"NoNewPrivileges=yes", "RestrictSUIDSGID=yes"}},
		{"The page, the socket and the pushes need these three kinds of socket.", []string{"RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6"}},
		{"It needs no namespaces and no real-time scheduling, and is what it was built as.", []string{"RestrictNamespaces=yes", "RestrictRealtime=yes", "LockPersonality=yes", "SystemCallArchitectures=native"}},
		{"Nothing it wrote to memory can be run as a program.", []string{"MemoryDenyWriteExecute=yes"}},
		{"The system calls of an ordinary service, less those of root, and adjtimex to ask whether the clock is synchronised.",
			[]string{"SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources", "SystemCallFilter=adjtimex clock_adjtime clock_adjtime64"}},
		{"A call that is not allowed is an error with a line in the log, not a crash.", []string{"SystemCallErrorNumber=EPERM"}},
		{"No memory, and so no secret, in a dump on the disk.", []string{"LimitCORE=0"}},
	}
}

func (p servicePlan) unitWanted() []unitLines {
	if p.User {
		return []unitLines{{"Starts with the user's first session, or at boot with lingering.", []string{"WantedBy=default.target"}}}
	}
	return []unitLines{{"Starts at boot.", []string{"WantedBy=multi-user.target"}}}
}

// unitWord writes a path so that systemd reads it as one word: per cent signs
// doubled, the rest in quotes where it must be.
func unitWord(s string) string {
	if strings.ContainsAny(s, " '\"\\;") {
		s = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return unitPercent(s)
}

// unitArgument is unitWord for an argument, in which systemd also fills in variables.
func unitArgument(s string) string { return strings.ReplaceAll(unitWord(s), "$", "$$") }

// unitPercent is for a path that ends its line: systemd reads it up to there,
// and only per cent signs mean something.
func unitPercent(s string) string { return strings.ReplaceAll(s, "%", "%%") }
