package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// plistMarker stands in every plist that install wrote and may write over.
const plistMarker = `<!-- Written by "nightbell service install"`

// plistThrottle is the least time between two starts, in seconds: a crash at
// 2 a.m. must not cost the alarm at 3. 2 s as RestartSec= of the systemd unit;
// launchd's own is 10 s.
const plistThrottle = 2

// plistUmask is 0077 in decimal, as plists write it.
const plistUmask = 0o077

// plistText is the launchd job of the plan. It is our own text: the library's
// runs a system's job as root, with files that everybody may read, and starts
// it anew after ten seconds.
func plistText(p servicePlan) (string, error) {
	home, err := p.jobHome()
	if err != nil {
		return "", err
	}
	log := filepath.Join(home, "Library/Logs", serviceName+".log")
	var b strings.Builder
	key := func(why, name, value string) {
		fmt.Fprintf(&b, "\t<!-- %s -->\n\t<key>%s</key>\n\t%s\n", why, name, value)
	}
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + plistMarker + ", which may write it again. -->\n" +
		`<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n<plist version=\"1.0\">\n<dict>\n")
	key("Its name in launchctl list, which every user can read; it says little.", "Label", plistString(serviceName))
	args := "<array>\n\t\t" + plistString(p.Program) + "\n"
	for _, a := range p.arguments() {
		args += "\t\t" + plistString(a) + "\n"
	}
	key("One daemon, in the foreground.", "ProgramArguments", args+"\t</array>")
	key("Starts at boot, or at login if it is the user's own.", "RunAtLoad", "<true/>")
	key("Started anew whenever it ends, for whatever reason.", "KeepAlive", "<true/>")
	key("Never sooner than so many seconds after the start before; launchd's own is 10.", "ThrottleInterval", "<integer>"+strconv.Itoa(plistThrottle)+"</integer>")
	key("It ends what it is sending within 10 s; a little more for a slow disk.", "ExitTimeOut", "<integer>15</integer>")
	key("Sessions, answers and keys are private: 077, for the owner alone.", "Umask", "<integer>"+strconv.Itoa(plistUmask)+"</integer>")
	key("No memory, and so no secret, in a dump on the disk.", "HardResourceLimits", "<dict>\n\t\t<key>Core</key>\n\t\t<integer>0</integer>\n\t</dict>")
	key("A reminder's minute counts, so launchd is not to slow it down as background work.", "ProcessType", plistString("Interactive"))
	if !p.User {
		key("It needs no right of root's: it runs as who installed it, whose commands find it.", "UserName", plistString(p.jobUser()))
		key("launchd sets none for a daemon; the data folder lies below it.", "EnvironmentVariables", "<dict>\n\t\t<key>HOME</key>\n\t\t"+plistString(home)+"\n\t</dict>")
	}
	key("What it says, for who looks for the reason of an end.", "StandardOutPath", plistString(log))
	key("The same file, so that the order stays.", "StandardErrorPath", plistString(log))
	b.WriteString("</dict>\n</plist>\n")
	return b.String(), nil
}

// plistString is a text as a plist's value.
func plistString(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return "<string>" + b.String() + "</string>"
}

// jobUser is who the system's job runs as.
func (p servicePlan) jobUser() string {
	name, _ := p.Getenv("SUDO_USER")
	return name
}

// jobHome is the home of who the job runs as.
func (p servicePlan) jobHome() (string, error) {
	if p.User {
		return p.home()
	}
	name := p.jobUser()
	if name == "" || name == "root" {
		return "", errors.New("install the system's service: it is to run as you and not as root, so call it with sudo from your own account: sudo nightbell service install")
	}
	home, err := p.HomeOf(name)
	if err != nil {
		return "", fmt.Errorf("install the system's service: find the home of %s: %w", name, err)
	}
	return home, nil
}

// plistPath is where the plist lies, by launchd's and the library's rule.
func (p servicePlan) plistPath() (string, error) {
	if !p.User {
		return "/Library/LaunchDaemons/" + serviceName + ".plist", nil
	}
	home, err := p.home()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "Library/LaunchAgents", serviceName+".plist"), nil
}

// installLaunchd writes the job through the library, over one of ours alone,
// and leaves what was there before when that fails.
func (p servicePlan) installLaunchd() error {
	if err := p.privileged("install"); err != nil {
		return err
	}
	if err := p.checkPaths(); err != nil {
		return err
	}
	if err := errors.Join(p.checkProgram(), p.checkConfig()); err != nil {
		return err
	}
	path, err := p.plistPath()
	if err != nil {
		return err
	}
	text, err := plistText(p)
	if err != nil {
		return err
	}
	old, err := os.ReadFile(p.at(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("install the service: %w", err)
	case !strings.Contains(string(old), plistMarker):
		return notOurs(path)
	case string(old) == text:
		p.say("%s is as it should be", path)
		return nil
	default:
		// The library writes no job over another one.
		if err := os.Remove(p.at(path)); err != nil {
			return fmt.Errorf("install the service: %w", err)
		}
	}
	c, err := p.Control(p, text)
	if err == nil {
		err = c.Install()
	}
	if err != nil {
		if old != nil {
			err = errors.Join(err, os.WriteFile(p.at(path), old, 0o644))
		}
		return fmt.Errorf("install the service: %w", err)
	}
	p.say("wrote %s", path)
	if old != nil {
		p.say("if it runs, it runs as it was started; take over the new job: %s", p.ourselves("restart"))
		return nil
	}
	p.say("start it: %s", p.ourselves("start"))
	return nil
}

// uninstallLaunchd stops the job and removes its plist, and nothing else.
func (p servicePlan) uninstallLaunchd() error {
	path, text, err := p.removable(p.plistPath, func(text string) bool { return strings.Contains(text, plistMarker) })
	if err != nil {
		return err
	}
	cfg, data := plistPlaces(text)
	if data == "" {
		home, err := p.jobHome()
		if err != nil {
			return err
		}
		data = filepath.Join(home, ".local/state", serviceName)
	}
	p.takeBack(cfg, data)
	if err := p.control("uninstall", serviceControl.Uninstall, "stopped the service and removed "+path); err != nil {
		return err
	}
	p.say("kept: the data in %s, the configuration %s", data, cfg)
	return nil
}

// plistPlaces finds the configuration and the data folder among the arguments
// of a job; a path that is not there is empty.
func plistPlaces(text string) (cfg, data string) {
	d := xml.NewDecoder(strings.NewReader(text))
	for before := ""; ; {
		token, err := d.Token()
		if err != nil {
			return cfg, data
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "string" {
			continue
		}
		var value string
		if d.DecodeElement(&value, &start) != nil {
			return cfg, data
		}
		switch before {
		case "--config":
			cfg = value
		case "--data":
			data = value
		}
		before = value
	}
}
