package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/daemon/journal"
)

// configuration reads the file in force.
func (d *doctor) configuration() {
	const check = "configuration"
	path, err := d.configPath()
	if err != nil {
		// Whoever is not of the group cannot even see that it is there.
		if _, err := os.Stat(systemConfig); errors.Is(err, fs.ErrPermission) {
			d.add(check, notice, "", "that of the service, %s, is for its group alone to read", systemConfig)
			return
		}
		if d.status == nil {
			d.add(check, needs, "make one: nightbell init", "there is none yet")
			return
		}
		path = d.status.Config
		d.add(check, notice, "", "none is found here, so the daemon's is looked at; elsewhere name it: --config %s", path)
	}
	d.path = path
	d.cfg, err = config.Load(path, d.getenvFor(path))
	var bad *config.Error
	if errors.As(err, &bad) {
		d.unreadable(bad)
		return
	}
	if err != nil {
		d.add(check, needs, "", "%v", err)
		return
	}
	for _, n := range d.cfg.Notices {
		d.add(check, notice, "", "%s", n)
	}
	rights := "mode not looked at"
	if info, err := os.Stat(path); err == nil && runtime.GOOS != "windows" {
		rights = fmt.Sprintf("mode %04o", info.Mode().Perm())
		if info.Mode().Perm()&0o022 != 0 {
			d.add(check, needs, "chmod go-w "+path, "others may change %s (%s)", path, rights)
			return
		}
	}
	d.add(check, sound, "", "%s is in order (%s)", path, rights)
}

// unreadable says what is wrong with the configuration. Of the secrets of a
// daemon that runs by it, it is the daemon that knows: a service has
// variables and credentials that no command sees.
func (d *doctor) unreadable(bad *config.Error) {
	const check = "configuration"
	state, whose := needs, ""
	var err error
	if d.cfg, err = config.LoadWithoutChannels(d.path, d.getenv); err != nil {
		d.cfg = nil
	} else {
		d.mute = true
		if d.status != nil && samePath(d.status.Config, d.path) {
			state, whose = notice, "the daemon has read it; not to be read here: "
		}
	}
	for _, problem := range bad.Problems {
		d.add(check, state, "", "%s%s", whose, problem)
	}
}

// clock asks whether the machine's clock is kept right.
func (d *doctor) clock() {
	const check = "clock"
	now := d.now()
	if err := daemon.Plausible(now, stamp().built, time.Time{}); err != nil {
		d.add(check, needs, "set it, and have it kept: sudo timedatectl set-ntp true", "%v", err)
		return
	}
	switch ok, err := daemon.Synchronised(); {
	case errors.Is(err, errors.ErrUnsupported):
		d.add(check, notice, "", "it is %s; whether something keeps it right cannot be told here", now.Format("Mon 15:04 MST"))
	case err != nil:
		d.add(check, notice, "", "it is %s; %v", now.Format("Mon 15:04 MST"), err)
	case !ok:
		// No more than a notice: a hypervisor or a program may keep it right
		// without telling the kernel.
		d.add(check, notice, "if that is wrong: sudo timedatectl set-ntp true", "it is %s; the kernel does not know of anything that keeps it right", now.Format("Mon 15:04 MST"))
	default:
		d.add(check, sound, "", "it is %s, and kept right", now.Format("Mon 15:04 MST"))
	}
}

// zoneFiles are where systems say which version of the zone database they have.
func zoneFiles() []string {
	return []string{"/usr/share/zoneinfo/tzdata.zi", "/usr/share/zoneinfo/+VERSION"}
}

// zones tells which rules of time changes are in force.
func (d *doctor) zones() {
	const check = "time zones"
	name := "the routine's zone"
	if d.cfg != nil {
		name = d.cfg.Routine.Location.String()
	}
	for _, file := range zoneFiles() {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		first, _, _ := strings.Cut(string(text), "\n")
		d.add(check, sound, "", "%s by the system's database, version %s", name, strings.TrimPrefix(strings.TrimSpace(first), "# version "))
		return
	}
	if _, err := os.Stat("/usr/share/zoneinfo/Europe/Berlin"); err == nil {
		d.add(check, sound, "", "%s by the system's database", name)
		return
	}
	d.add(check, notice, "", "%s by the database inside this program, which is as new as the program; governments change their rules at short notice", name)
}

// Room for the journal: below the first no backup would fit (a year's journal
// is some 3 MiB, and seven copies are kept), below the second it is the disk
// that wants looking after.
const (
	roomLeast  = 32 << 20
	roomLittle = 256 << 20
)

// folder looks at the data folder: whose it is, who may look in, and room.
func (d *doctor) folder() {
	const check = "data folder"
	dir, err := d.dataFolder()
	if err != nil {
		d.add(check, needs, "", "%v", err)
		return
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.add(check, sound, "", "%s will be made", dir)
		return
	case err != nil && serviceIsInstalled():
		d.add(check, notice, "", "%s is the service's alone to look at", dir)
		return
	case err != nil:
		d.add(check, needs, ownersWay(dir), "%s cannot be looked at: %v", dir, err)
		return
	case !info.IsDir():
		d.add(check, needs, "move it away, or name another with data:", "%s is not a folder", dir)
		return
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		d.add(check, needs, "chmod 0700 "+dir, "others may look into %s (mode %04o), where it is written when somebody pumped", dir, mode)
	}
	free, err := journal.Free(dir)
	if err != nil {
		d.add(check, notice, "", "%s: the room there cannot be told: %v", dir, err)
		return
	}
	switch mib := free >> 20; {
	case free < roomLeast:
		d.add(check, needs, "make room there", "%s has %d MiB of room", dir, mib)
	case free < roomLittle:
		d.add(check, notice, "", "%s has %d MiB of room, which is little", dir, mib)
	default:
		d.add(check, sound, "", "%s, with %d MiB of room", dir, mib)
	}
}

// dataFolder is the one that the daemon says it uses. Without a daemon it is
// the service's where that is meant, else the one of a daemon that this user
// would start.
func (d *doctor) dataFolder() (string, error) {
	if d.status != nil {
		return d.status.Data, nil
	}
	if d.flags.Data == "" {
		if dir := dataOfUnit(installedUnit(), d.path); dir != "" {
			return dir, nil
		}
	}
	return d.dataDir(d.cfg)
}

// dataOfUnit is the data folder of a unit, when its configuration is the one in
// force or there is none that this user can read; else "", as without a unit.
func dataOfUnit(unit, path string) string {
	if unit == "" || path != "" && path != unitNote(unit, unitConfigNote) {
		return ""
	}
	return unitNote(unit, unitDataNote)
}

// ask asks the daemon how it is, before everything else: what it uses and what
// it could read is looked at differently.
func (d *doctor) ask() {
	desk, err := d.dial()
	if err != nil || desk == nil {
		d.silent = err
		return
	}
	doc, err := desk.Status(d.ctx)
	if err != nil {
		d.silent = err
		return
	}
	d.status = &doc
}

// daemon says what the daemon says of itself, and asks its probes.
func (d *doctor) daemon() {
	const check = "daemon"
	switch {
	case d.silent != nil:
		d.add(check, needs, "", "%v", d.silent)
		return
	case d.status == nil:
		d.add(check, needs, "start it: nightbell service start, or nightbell run", "none is running, so nothing reminds")
		return
	}
	for _, text := range d.status.NeedsPerson {
		d.add(check, needs, "", "%s", text)
	}
	d.add(check, sound, "", "it runs, by %s", d.status.Config)
	d.listening()
}

// probeWithin bounds asking the probe of a daemon on this machine, which
// answers from memory.
const probeWithin = 5 * time.Second

// listening asks the address of listen whether the daemon is behind it.
func (d *doctor) listening() {
	const check = "listen"
	if d.cfg == nil {
		return
	}
	if filepath.IsAbs(d.cfg.Listen) {
		d.add(check, sound, "", "%s, for a reverse proxy", d.cfg.Listen)
		return
	}
	ctx, cancel := context.WithTimeout(d.ctx, probeWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.cfg.Listen+"/readyz", nil)
	var resp *http.Response
	if err == nil {
		resp, err = (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	}
	switch {
	case err != nil:
		d.add(check, needs, "see its log; or choose another port with listen:, then restart", "nothing answers at %s: %v", d.cfg.Listen, err)
		return
	case resp.StatusCode != http.StatusOK:
		d.add(check, needs, "see: nightbell status", "%s answers that it is not ready (%s)", d.cfg.Listen, resp.Status)
	default:
		d.add(check, sound, "", "%s answers, and is ready", d.cfg.Listen)
	}
	resp.Body.Close()
}

// service asks the service manager, where there is one.
func (d *doctor) service() {
	const check = "service"
	way := "" // to have one: none where no service manager runs
	for _, user := range []bool{false, true} {
		p, err := d.servicePlan(user)
		if err != nil || p.supported() != nil {
			continue
		}
		if p.installed() != nil {
			way = "; nightbell service install"
			continue
		}
		if p.Platform != systemdName {
			d.add(check, notice, "", "see: nightbell service status%s", p.userFlag())
			return
		}
		said, err := p.systemctl("show", "--property=ActiveState,UnitFileState", serviceUnit)
		switch {
		case err != nil:
			d.add(check, notice, "", "%v", p.explain("status", err))
		case !strings.Contains(said, "ActiveState=active"):
			d.add(check, needs, p.ourselves("start"), "it is installed and does not run")
		case strings.Contains(said, "UnitFileState=disabled"):
			d.add(check, needs, p.ourselves("install"), "it runs, and will not after the next start of the machine")
		case user && !p.lingers():
			d.add(check, needs, "sudo loginctl enable-linger "+p.login(), "it stops when %s logs out", p.login())
		default:
			d.add(check, sound, "", "it runs, and starts with the machine")
		}
		return
	}
	d.add(check, notice, "", "none is installed: reminders last as long as something keeps nightbell run going%s", way)
}
