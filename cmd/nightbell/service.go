package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/kardianos/service"
)

const (
	serviceName   = "nightbell" // the service's, its user's and its group's
	serviceUnit   = serviceName + ".service"
	serviceFolder = "/etc/nightbell"
	serviceData   = "/var/lib/nightbell" // what StateDirectory= makes

	// As the service library calls them.
	systemdName = "linux-systemd"
	launchdName = "darwin-launchd"
	windowsName = "windows-service"
)

// servicePlan is what a service command is about and whom it talks to.
// serviceOn fills in the machine, the command line the rest.
type servicePlan struct {
	Program     string   // absolute path of the executable
	Config      string   // absolute path of the configuration
	Data        string   // absolute data folder; empty: the usual one
	User        bool     // the user's own service instead of the system's
	Packaged    bool     // a package of the system's brings the unit, install does not write it
	Credentials []string // NAME:FILE, for LoadCredential=
	Wake        bool     // it may wake a machine that sleeps (wake_system: true)

	Out      io.Writer
	Platform string // as service.Platform names it; empty: none known
	UID      int
	Login    string // the user's name
	Getenv   func(string) (string, bool)
	HomeOf   func(login string) (string, error) // a user's home folder
	// Run runs a program of the system and returns what it printed; its error
	// carries what the program said (commandError).
	Run func(name string, args ...string) (string, error)
	// Control is the service library. A unit is the text to install; empty: the
	// library's own form.
	Control func(p servicePlan, unit string) (serviceControl, error)
	// TakeBack has what is parked at services taken back and says what stays
	// there; nil: nothing is ever parked.
	TakeBack func(p servicePlan, cfg, data string) (left string, err error)
	// Owners is the user and the group a file belongs to, if that can be told.
	Owners func(fs.FileInfo) (uid, gid int, ok bool)
	Root   string // put before every path that is looked at or written; empty but in tests
}

// serviceOn is a plan for this machine that still lacks Config, and Data, User
// and Credentials where wanted.
func serviceOn(out io.Writer, getenv func(string) (string, bool)) (servicePlan, error) {
	program, err := os.Executable()
	if err != nil {
		return servicePlan{}, fmt.Errorf("find this program's own path: %w", err)
	}
	login, _ := getenv("USER")
	if u, err := user.Current(); err == nil {
		login = u.Username
	}
	return servicePlan{
		Program: program, Out: out, Platform: service.Platform(), UID: os.Geteuid(), Login: login, Getenv: getenv,
		Run: runCommandOf, Control: libraryControl, Owners: ownersOf, HomeOf: homeOf,
	}, nil
}

func homeOf(login string) (string, error) {
	u, err := user.Lookup(login)
	if err != nil {
		return "", err
	}
	return u.HomeDir, nil
}

// arguments are the command line behind the program.
func (p servicePlan) arguments() []string {
	args := []string{"run", "--config", p.Config}
	if data := p.customData(); data != "" {
		args = append(args, "--data", data)
	}
	return args
}

// customData is the data folder where it is not the one the service has anyway.
func (p servicePlan) customData() string {
	if p.Data == "" || !p.User && filepath.Clean(p.Data) == serviceData {
		return ""
	}
	return filepath.Clean(p.Data)
}

func serviceInstall(p servicePlan) error {
	if err := p.supported(); err != nil {
		return err
	}
	if p.Platform == systemdName {
		return p.installSystemd()
	}
	if len(p.Credentials) > 0 {
		return errors.New("credentials are systemd's; here, name the secret's file in the configuration (token_file:)")
	}
	if p.Platform == launchdName {
		return p.installLaunchd()
	}
	return p.control("install", serviceControl.Install, "installed the service; start it: nightbell service start"+p.userFlag())
}

func serviceUninstall(p servicePlan) error {
	if err := p.supported(); err != nil {
		return err
	}
	switch p.Platform {
	case systemdName:
		return p.uninstallSystemd()
	case launchdName:
		return p.uninstallLaunchd()
	}
	return p.uninstallWindows()
}

// uninstallWindows stops a service that runs: Windows only marks one that does
// for its removal.
func (p servicePlan) uninstallWindows() error {
	c, err := p.Control(p, "")
	if err != nil {
		return err
	}
	if status, err := c.Status(); err == nil && status == service.StatusRunning {
		p.takeBack("", "")
		if err := c.Stop(); err != nil {
			return fmt.Errorf("stop the service: %w", err)
		}
	}
	return p.control("uninstall", serviceControl.Uninstall, "uninstalled the service; its data and configuration stay where they are")
}

func serviceStart(p servicePlan) error {
	return p.steer("start", serviceControl.Start, "started")
}

func serviceStop(p servicePlan) error {
	return p.steer("stop", serviceControl.Stop, "stopped; no reminders until it is started again")
}

func serviceRestart(p servicePlan) error {
	return p.steer("restart", serviceControl.Restart, "restarted")
}

// steer carries a verb out that systemctl knows by the same name. systemctl is
// asked directly, for the library keeps what it says to itself.
func (p servicePlan) steer(verb string, do func(serviceControl) error, said string) error {
	if err := p.supported(); err != nil {
		return err
	}
	if p.Platform != systemdName {
		return p.control(verb, do, said)
	}
	if err := p.installed(); err != nil {
		return err
	}
	if _, err := p.systemctl(verb, serviceUnit); err != nil {
		return fmt.Errorf("%s the service: %w", verb, p.explain(verb, err))
	}
	p.say("%s", said)
	return nil
}

// serviceStatus prints what the service manager says. A service that does not
// run is an error with the way out.
func serviceStatus(p servicePlan) error {
	if err := p.supported(); err != nil {
		return err
	}
	if p.Platform == systemdName {
		return p.statusSystemd()
	}
	c, err := p.Control(p, "")
	if err != nil {
		return err
	}
	switch status, err := c.Status(); {
	case errors.Is(err, service.ErrNotInstalled):
		return p.notInstalled()
	case err != nil:
		return fmt.Errorf("ask the service manager: %w", err)
	case status != service.StatusRunning:
		return fmt.Errorf("the service does not run; start it: nightbell service start%s", p.userFlag())
	}
	p.say("the service runs")
	return nil
}

// control has the library do one thing.
func (p servicePlan) control(verb string, do func(serviceControl) error, said string) error {
	c, err := p.Control(p, "")
	if err != nil {
		return err
	}
	if err := do(c); errors.Is(err, service.ErrNotInstalled) {
		return p.notInstalled()
	} else if err != nil {
		return fmt.Errorf("%s the service: %w", verb, err)
	}
	p.say("%s", said)
	return nil
}

// supported says why there is no service to speak of on this machine.
func (p servicePlan) supported() error {
	switch {
	case p.Platform == systemdName && !p.exists("/run/systemd/system"), strings.HasPrefix(p.Platform, "linux-") && p.Platform != systemdName,
		strings.HasPrefix(p.Platform, "unix-"), p.Platform == "":
		// /run/systemd/system is systemd's own sign (sd_booted(3)).
		run := "nightbell run"
		if p.Config != "" {
			run = strings.Join(append([]string{serviceName}, p.arguments()...), " ")
		}
		return fmt.Errorf("systemd does not run here, and no other service manager of this system is known; "+
			"have whatever starts programs here (an init script, a container's entry point) keep this one running: %s", run)
	case p.User && p.Platform == windowsName:
		return errors.New("--user: Windows has no services of a user's own; install the system's, as an administrator")
	}
	return nil
}

func (p servicePlan) notInstalled() error {
	return fmt.Errorf("the service is not installed; install it: %s", p.ourselves("install"))
}

// ourselves is how the user runs one of the service commands.
func (p servicePlan) ourselves(verb string) string {
	if p.User {
		return "nightbell service " + verb + p.userFlag()
	}
	if runtime.GOOS == "windows" {
		return "nightbell service " + verb
	}
	return "sudo nightbell service " + verb
}

func (p servicePlan) userFlag() string {
	if p.User {
		return " --user"
	}
	return ""
}

// takeBack takes back what is parked for later, before the service that could
// do so is gone. What cannot be taken back is only said: it is no reason to
// keep a service that is not wanted.
func (p servicePlan) takeBack(cfg, data string) {
	if p.TakeBack == nil {
		return
	}
	left, err := p.TakeBack(p, cfg, data)
	switch {
	case err != nil:
		p.notice("what is parked for later could not be taken back: %v; it comes once, and nothing follows it", err)
	case left != "":
		p.notice("%s It comes once, and nothing follows it; or start the service, and uninstall it again", left)
	}
}

func (p servicePlan) say(format string, args ...any)    { fmt.Fprintf(p.Out, format+"\n", args...) }
func (p servicePlan) notice(format string, args ...any) { p.say("notice: "+format, args...) }

// commandError is a program of the system that did not do what it was asked.
type commandError struct {
	Command string // with its arguments
	Said    string // on standard error, else on standard output
	Err     error  // an *exec.ExitError, or why it could not be run
}

func (e *commandError) Unwrap() error { return e.Err }

func (e *commandError) Error() string {
	if e.Said == "" {
		return fmt.Sprintf("%s: %v", e.Command, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Command, e.Said)
}

// brief is the error with the first line of what the program said, without its
// full stop: systemctl's others say where its log is, and a way out follows.
func (e *commandError) brief() error {
	first, _, _ := strings.Cut(e.Said, "\n")
	return &commandError{e.Command, strings.TrimSuffix(first, "."), e.Err}
}

// runCommandOf is the Run of a real machine.
func runCommandOf(name string, args ...string) (string, error) {
	var out, said strings.Builder
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(said.String())
		if text == "" {
			text = strings.TrimSpace(out.String())
		}
		return out.String(), &commandError{Command: strings.Join(append([]string{name}, args...), " "), Said: text, Err: err}
	}
	return out.String(), nil
}
