package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// serviceAccount is the user and group the service runs as, by number; -1:
// not there yet.
type serviceAccount struct{ uid, gid int }

// prepareSystem makes what the system's service needs beside its unit: the
// user, the group, and folders and files with the right owner.
func (p servicePlan) prepareSystem() error {
	account, err := p.account()
	if err != nil {
		return fmt.Errorf("make the service's user: %w", err)
	}
	if err := p.ownFolder(account); err != nil {
		return fmt.Errorf("make the configuration's folder: %w", err)
	}
	if err := p.openConfig(account); err != nil {
		return fmt.Errorf("let the service read its configuration: %w", err)
	}
	if err := p.makeData(account); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	return nil
}

// account finds the user and the group, and makes what is missing.
func (p servicePlan) account() (serviceAccount, error) {
	gid, err := p.lookUp("group")
	if err != nil {
		return serviceAccount{}, err
	}
	var made []string
	if gid < 0 {
		if err := p.makeAccount("groupadd", "--system", serviceName); err != nil {
			return serviceAccount{}, err
		}
		made = append(made, "group")
	}
	uid, err := p.lookUp("passwd")
	if err != nil {
		return serviceAccount{}, err
	}
	if uid < 0 {
		if err := p.makeAccount("useradd", "--system", "--gid", serviceName, "--home-dir", serviceData, "--no-create-home",
			"--shell", "/usr/sbin/nologin", "--comment", unitDescription, serviceName); err != nil {
			return serviceAccount{}, err
		}
		made = append(made, "user")
	}
	if len(made) == 0 {
		return serviceAccount{uid, gid}, nil
	}
	p.say("made the system %s %s, without a login", strings.Join(made, " and "), serviceName)
	if gid, err = p.lookUp("group"); err != nil {
		return serviceAccount{}, err
	}
	if uid, err = p.lookUp("passwd"); err != nil {
		return serviceAccount{}, err
	}
	if uid < 0 || gid < 0 {
		return serviceAccount{}, fmt.Errorf("getent does not know %s although it was made; wait for the name service's cache, then install again", serviceName)
	}
	return serviceAccount{uid, gid}, nil
}

// lookUp is the number of the service's user or group; -1: there is none.
func (p servicePlan) lookUp(database string) (int, error) {
	line, err := p.Run("getent", database, serviceName)
	if err != nil {
		var exit interface{ ExitCode() int }
		if errors.As(err, &exit) && exit.ExitCode() == 2 { // getent(1): the key was not found
			return -1, nil
		}
		return -1, err
	}
	fields := strings.Split(strings.TrimSpace(line), ":")
	if len(fields) < 3 {
		return -1, fmt.Errorf("getent %s %s: %q is no entry", database, serviceName, line)
	}
	number, err := strconv.Atoi(fields[2])
	if err != nil {
		return -1, fmt.Errorf("getent %s %s: %q is no entry", database, serviceName, line)
	}
	return number, nil
}

func (p servicePlan) makeAccount(name string, args ...string) error {
	_, err := p.Run(name, args...)
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("there is no %s here; make a system user %s with a group of the same name and no login by this system's own means, then install again", name, serviceName)
	}
	return err
}

// ownFolder makes /etc/nightbell, root's, readable by the service.
func (p servicePlan) ownFolder(account serviceAccount) error {
	info, err := os.Lstat(p.at(serviceFolder))
	made := errors.Is(err, fs.ErrNotExist)
	switch {
	case made:
		if err := os.MkdirAll(p.at(serviceFolder), 0o750); err != nil {
			return err
		}
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder; move it away", serviceFolder)
	}
	if !made {
		if uid, gid, ok := p.Owners(info); ok && uid == 0 && gid == account.gid && info.Mode().Perm() == 0o750 {
			return nil
		}
	}
	if err := p.give(serviceFolder, "root:"+serviceName, "0750"); err != nil {
		return err
	}
	verb := "made"
	if !made {
		verb = "set the rights of"
	}
	p.say("%s %s (0750 root:%s)", verb, serviceFolder, serviceName)
	return nil
}

// openConfig sees to it that the service can read its configuration. A file in
// the service's own folder is set right, another one is only spoken of.
func (p servicePlan) openConfig(account serviceAccount) error {
	info, err := os.Stat(p.at(p.Config))
	if err != nil {
		return err
	}
	by, blocked := p.blocked(p.Config, 0o4, account)
	switch {
	case within(serviceFolder, p.resolved(p.Config)) && (blocked || info.Mode()&0o006 != 0):
		if err := p.give(p.Config, "root:"+serviceName, "0640"); err != nil {
			return err
		}
		p.say("set the rights of %s (0640 root:%s), which the service reads", p.Config, serviceName)
	case blocked && by != p.resolved(p.Config):
		p.notice("the service may not pass %s to read %s; allow it: sudo chmod o+x %s", by, p.Config, by)
	case blocked:
		p.notice("the service may not read %s; allow it: sudo chown root:%s %s, then: sudo chmod 0640 %s", p.Config, serviceName, p.Config, p.Config)
	case info.Mode()&0o004 != 0:
		p.notice("every user of this machine may read %s; if it holds a secret: sudo chown root:%s %s, then: sudo chmod 0640 %s", p.Config, serviceName, p.Config, p.Config)
	}
	return nil
}

// makeData makes a data folder that is not systemd's to make. One that exists
// keeps its owner: it may hold somebody's journal.
func (p servicePlan) makeData(account serviceAccount) error {
	data := p.customData()
	if data == "" {
		return nil
	}
	info, err := os.Stat(p.at(data))
	if errors.Is(err, fs.ErrNotExist) {
		// Only the folder itself is closed: the service must pass those above it.
		if err := os.MkdirAll(p.at(filepath.Dir(data)), 0o755); err != nil {
			return err
		}
		if err := os.Mkdir(p.at(data), 0o700); err != nil {
			return err
		}
		if err := p.give(data, serviceName+":"+serviceName, "0700"); err != nil {
			return err
		}
		p.say("made %s (0700 %s:%s)", data, serviceName, serviceName)
		if by, ok := p.blocked(filepath.Dir(data), 0o1, account); ok {
			p.notice("the service may not pass %s to reach %s; allow it: sudo chmod o+x %s", by, data, by)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if uid, _, ok := p.Owners(info); ok && uid != account.uid {
		p.notice("%s does not belong to %s, so the service cannot write there; if it holds its journal: sudo chown -R %s:%s %s", data, serviceName, serviceName, serviceName, data)
	}
	return nil
}

// give sets owner and mode. chown runs as a program, since it knows names.
func (p servicePlan) give(path, owner, mode string) error {
	if _, err := p.Run("chown", owner, p.at(path)); err != nil {
		return err
	}
	_, err := p.Run("chmod", mode, p.at(path))
	return err
}

// blocked is the first folder above path, or path itself, whose rights keep
// the account from passing or from bit (4 read, 1 run), and whether there is
// one. Access control lists are not looked at.
func (p servicePlan) blocked(path string, bit fs.FileMode, account serviceAccount) (string, bool) {
	path = p.resolved(path)
	for at, need := path, bit; ; at, need = filepath.Dir(at), 0o1 {
		info, err := os.Stat(p.at(at))
		if err != nil {
			return at, true
		}
		granted := info.Mode().Perm()
		switch uid, gid, ok := p.Owners(info); {
		case ok && uid == account.uid:
			granted >>= 6
		case ok && gid == account.gid:
			granted >>= 3
		}
		if granted&need == 0 {
			return at, true
		}
		if at == "/" {
			return "", false
		}
	}
}

// lingering says what becomes of a user's service at logout.
func (p servicePlan) lingering() {
	if !p.User || p.Login == "" || p.lingers() {
		return
	}
	p.notice("without lingering it stops when %s logs out and starts only at the next login; keep it running day and night: sudo loginctl enable-linger %s", p.Login, p.Login)
}

// lingers tells whether the user's services go on after logout.
func (p servicePlan) lingers() bool {
	if p.exists("/var/lib/systemd/linger/" + p.Login) {
		return true
	}
	said, err := p.Run("loginctl", "show-user", p.Login, "--property=Linger")
	return err == nil && strings.TrimSpace(said) == "Linger=yes"
}
