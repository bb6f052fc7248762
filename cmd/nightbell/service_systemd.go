package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// installSystemd refuses before it changes anything, says everything that it
// changes, and can be repeated: what is right already stays as it is.
func (p servicePlan) installSystemd() error {
	p, err := p.withCredentials()
	if err != nil {
		return err
	}
	if err := p.checkInstall(); err != nil {
		return err
	}
	if !p.User {
		if err := p.prepareSystem(); err != nil {
			return err
		}
	}
	changed, err := p.writeUnit()
	if err != nil {
		return err
	}
	p.lingering()
	if p.User && p.Wake {
		p.notice("wake_system: a user's own service cannot wake the machine, which systemd lets only the system's do: sudo nightbell service install")
	}
	switch _, err := p.systemctl("is-active", "--quiet", serviceUnit); {
	case err != nil:
		p.say("start it: %s", p.ourselves("start"))
	case changed:
		p.say("it still runs as it was started; take over the new unit: %s", p.ourselves("restart"))
	default:
		p.say("it runs")
	}
	if !p.User {
		p.say("whoever uses nightbell here joins its group, then logs in again: sudo usermod -aG %s NAME", serviceName)
	}
	return nil
}

// writeUnit writes the unit through the library, which also enables it, and
// tells whether it is another one than before. When something fails, what was
// there before is there again.
func (p servicePlan) writeUnit() (changed bool, err error) {
	path, err := p.unitPath()
	if err != nil {
		return false, err
	}
	text := unitText(p)
	old, err := os.ReadFile(p.at(path))
	switch {
	case err == nil && string(old) == text:
		if err := p.enable(); err != nil {
			return false, fmt.Errorf("install the service: %w", p.explain("install", err))
		}
		p.say("%s is as it should be, and enabled", path)
		return false, nil
	case err == nil:
		// The library writes no unit over another one.
		if err := os.Remove(p.at(path)); err != nil {
			return false, fmt.Errorf("install the service: %w", err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("install the service: %w", err)
	}
	if err := p.installUnit(path, text); err != nil {
		if old != nil {
			err = errors.Join(err, os.WriteFile(p.at(path), old, 0o644))
		} else if p.wrote(path, text) {
			err = errors.Join(err, os.Remove(p.at(path)))
		}
		return false, fmt.Errorf("install the service: %w", p.explain("install", err))
	}
	p.say("wrote %s and enabled it", path)
	return true, nil
}

func (p servicePlan) installUnit(path, text string) error {
	c, err := p.Control(p, text)
	if err == nil {
		err = c.Install()
	}
	if err != nil && p.wrote(path, text) {
		// It is written, so systemctl failed, and the library keeps to itself what
		// it said: ask again.
		return p.enable()
	}
	return err
}

func (p servicePlan) wrote(path, text string) bool {
	now, err := os.ReadFile(p.at(path))
	return err == nil && string(now) == text
}

func (p servicePlan) enable() error {
	if _, err := p.systemctl("daemon-reload"); err != nil {
		return err
	}
	_, err := p.systemctl("enable", serviceUnit)
	return err
}

// uninstallSystemd stops the service and removes its unit, and nothing else.
func (p servicePlan) uninstallSystemd() error {
	path, text, err := p.removable(p.unitPath, func(text string) bool { return strings.HasPrefix(text, unitMarker) })
	if err != nil {
		return err
	}
	p.takeBack(unitNote(text, unitConfigNote), unitNote(text, unitDataNote))
	if _, err := p.systemctl("stop", serviceUnit); err != nil {
		return fmt.Errorf("uninstall the service: %w", p.explain("uninstall", err))
	}
	c, err := p.Control(p, text)
	if err != nil {
		return err
	}
	if err := c.Uninstall(); err != nil {
		if _, aloud := p.systemctl("disable", serviceUnit); aloud != nil {
			err = aloud
		}
		return fmt.Errorf("uninstall the service: %w", p.explain("uninstall", err))
	}
	p.say("stopped the service and removed %s", path)
	p.say("kept: the data in %s, the configuration %s", unitNote(text, unitDataNote), unitNote(text, unitConfigNote))
	if !p.User {
		p.say("kept: the user and group %s (sudo userdel %s removes them)", serviceName, serviceName)
	}
	return nil
}

// unitNote is what a unit says behind one of the notes in its head.
func unitNote(text, note string) string {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, note); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "(not noted)"
}

// statusSystemd prints systemd's own words, then ours where they help.
func (p servicePlan) statusSystemd() error {
	shown, err := p.systemctl("show", "--property=LoadState,ActiveState,AssertResult,AssertTimestampMonotonic", serviceUnit)
	if err != nil {
		return fmt.Errorf("ask systemd: %w", p.explain("status", err))
	}
	state := map[string]string{}
	for line := range strings.Lines(shown) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		state[name] = value
	}
	switch state["LoadState"] {
	case "not-found":
		return p.notInstalled()
	case "masked":
		return fmt.Errorf("the service is masked, so that nothing starts it; undo that: %s", p.systemctlText("unmask", serviceUnit))
	}
	// Its exit code says what show has said already.
	said, err := p.systemctl("status", "--no-pager", "--full", "--lines=10", serviceUnit)
	if said == "" && err != nil {
		return fmt.Errorf("ask systemd: %w", p.explain("status", err))
	}
	p.say("%s", strings.TrimRight(said, "\n"))
	switch active := state["ActiveState"]; active {
	case "active", "reloading":
		return nil
	case "activating":
		return fmt.Errorf("the service is being started; if that goes on, the reason is here: %s", p.journalText())
	default:
		// Before the first start the result is no as well, at 0 µs.
		if state["AssertResult"] == "no" && state["AssertTimestampMonotonic"] != "0" {
			return fmt.Errorf("the service does not run: there is no configuration yet; make it: %s; then: %s", p.making(), p.ourselves("start"))
		}
		return fmt.Errorf("the service does not run (%s); start it: %s; why it ended: %s", active, p.ourselves("start"), p.journalText())
	}
}

func (p servicePlan) journalText() string {
	if p.User {
		return "journalctl --user -u nightbell -n 50"
	}
	return "sudo journalctl -u nightbell -n 50"
}

// systemctl asks the manager that the plan is for.
func (p servicePlan) systemctl(args ...string) (string, error) {
	if p.User {
		args = append([]string{"--user"}, args...)
	}
	return p.Run("systemctl", args...)
}

func (p servicePlan) systemctlText(args ...string) string {
	if p.User {
		return "systemctl --user " + strings.Join(args, " ")
	}
	return "sudo systemctl " + strings.Join(args, " ")
}

// explain adds the way out to what systemctl is known to say.
func (p servicePlan) explain(verb string, err error) error {
	var c *commandError
	if !errors.As(err, &c) {
		return err
	}
	has := func(texts ...string) bool {
		for _, t := range texts {
			if strings.Contains(c.Said, t) {
				return true
			}
		}
		return false
	}
	switch {
	case p.User && has("Failed to connect to bus", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
		return fmt.Errorf("%w; this shell has no systemd of the user's, as under su or sudo: log in as %s, or keep one running with: sudo loginctl enable-linger %s, then: export XDG_RUNTIME_DIR=/run/user/$(id -u)", err, p.login(), p.login())
	case !p.User && has("Access denied", "authentication required", "Permission denied"):
		return fmt.Errorf("%w; it needs root: %s", c.brief(), p.ourselves(verb))
	case has("Assertion failed"): // AssertPathExists= in the unit
		return fmt.Errorf("%w; there is no configuration yet; make it: %s", c.brief(), p.making())
	}
	return err
}

// making is how to make the configuration that the installed unit names.
func (p servicePlan) making() string {
	path := p.packaged()
	if path == "" {
		path, _ = p.unitPath()
	}
	text, _ := os.ReadFile(p.at(path)) // unreadable: no name
	making := "nightbell init --config " + unitNote(string(text), unitConfigNote)
	if p.User {
		return making
	}
	return "sudo " + making
}

// unitPath is where the unit lies, by systemd's and the library's rule. Root
// is not in front of it.
func (p servicePlan) unitPath() (string, error) {
	if !p.User {
		return "/etc/systemd/system/" + serviceUnit, nil
	}
	home, err := p.home()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".config/systemd/user", serviceUnit), nil
}

// installed says so when there is no unit to start, stop or restart.
func (p servicePlan) installed() error {
	path, err := p.unitPath()
	if err != nil {
		return err
	}
	if p.exists(path) || p.packaged() != "" {
		return nil
	}
	return p.notInstalled()
}

func (p servicePlan) home() (string, error) {
	if home, _ := p.Getenv("HOME"); filepath.IsAbs(home) {
		return home, nil
	}
	return "", errors.New("find the user's own units: HOME is not set; set it to the home folder")
}

// userData is where the daemon keeps a user's journal when nothing else is said.
func (p servicePlan) userData() string {
	if state, _ := p.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, serviceName)
	}
	home, err := p.home()
	if err != nil {
		return "~/.local/state/" + serviceName
	}
	return filepath.Join(home, ".local/state", serviceName)
}

func (p servicePlan) login() string {
	if p.Login == "" {
		return "NAME"
	}
	return p.Login
}

// at is where path lies on this machine.
func (p servicePlan) at(path string) string { return p.Root + path }

func (p servicePlan) exists(path string) bool {
	_, err := os.Lstat(p.at(path))
	return err == nil
}
