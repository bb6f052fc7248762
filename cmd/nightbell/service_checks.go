package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// credentialName is what a credential and its file may be called.
var credentialName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// checkInstall finds everything that would keep the service from starting,
// before anything is changed.
func (p servicePlan) checkInstall() error {
	if err := p.privileged("install"); err != nil {
		return err
	}
	problems := []error{p.checkPaths()}
	if problems[0] == nil { // The rest would repeat it.
		problems = append(problems, p.checkProgram(), p.checkConfig(), p.checkData(), p.checkUnit())
	}
	return errors.Join(problems...)
}

// privileged says who must run the command.
func (p servicePlan) privileged(verb string) error {
	sudo, _ := p.Getenv("SUDO_USER")
	switch {
	case !p.User && p.UID != 0:
		return fmt.Errorf("%s the system's service: that needs root: %s; or only for you: nightbell service %s --user", verb, p.ourselves(verb), verb)
	case p.User && p.UID == 0 && sudo != "" && sudo != "root":
		return fmt.Errorf("%s a service of the user's own: under sudo that would be root's; run it as %s, without sudo: %s", verb, sudo, p.ourselves(verb))
	}
	return nil
}

// checkPaths refuses what a unit cannot say.
func (p servicePlan) checkPaths() error {
	var problems []error
	check := func(what, path string) {
		switch {
		case !filepath.IsAbs(path):
			problems = append(problems, fmt.Errorf("%s %q: a service has no folder of its own to begin at; name an absolute path", what, path))
		case strings.ContainsFunc(path, unicode.IsControl):
			problems = append(problems, fmt.Errorf("%s %q: a unit cannot name a path with control characters; rename it", what, path))
		}
	}
	check("program", p.Program)
	check("configuration", p.Config)
	if p.Data != "" {
		check("data folder", p.Data)
	}
	if p.Platform == systemdName && strings.ContainsAny(p.Program, `$"'\`) {
		problems = append(problems, fmt.Errorf("program %s: systemd starts no program with %s in its path; move it, for example to /usr/local/bin/nightbell", p.Program, `one of $ " ' \`))
	}
	for _, c := range p.Credentials {
		name, file, ok := strings.Cut(c, ":")
		if !ok || !credentialName.MatchString(name) {
			problems = append(problems, fmt.Errorf("credential %q: write NAME:FILE, with letters, digits, . _ - in NAME: pushover:/root/pushover.token", c))
			continue
		}
		check("credential "+name, file)
		if _, err := os.Stat(p.at(file)); filepath.IsAbs(file) && err != nil {
			problems = append(problems, fmt.Errorf("credential %s: there is no file %s; write the secret into it first", name, file))
		}
	}
	if p.User && len(p.Credentials) > 0 {
		problems = append(problems, errors.New("credentials guard a secret from the user who runs the service, which --user cannot; name its file in the configuration (token_file:), with mode 0600"))
	}
	return errors.Join(problems...)
}

func (p servicePlan) checkProgram() error {
	place := "/usr/local/bin/" + serviceName
	if p.User {
		place = "~/.local/bin/" + serviceName
	}
	for _, folder := range strings.Split(p.Program, "/") {
		if strings.HasPrefix(folder, "go-build") {
			return fmt.Errorf("program %s: `go run` removes it when it ends; build one that stays: go build -o nightbell ./cmd/nightbell, then %s", p.Program, p.placing("./nightbell", place))
		}
	}
	info, err := os.Stat(p.at(p.Program))
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return fmt.Errorf("program %s: it is not there, or cannot be run", p.Program)
	}
	if p.Platform != systemdName {
		return nil
	}
	if p.User {
		if by := p.hiding(p.Program); by == "PrivateTmp" {
			p.notice("the program lies in %s, where it will not stay; %s", filepath.Dir(p.Program), p.placing(p.Program, place))
		}
		return nil
	}
	if by := p.hiding(p.Program); by != "" {
		return fmt.Errorf("program %s: the service cannot see it there (%s); %s", p.Program, by, p.placing(p.Program, place))
	}
	if by, ok := p.blocked(p.Program, 0o1, serviceAccount{-1, -1}); ok {
		return fmt.Errorf("program %s: the service's user may not run it (the rights of %s); %s", p.Program, by, p.placing(p.Program, place))
	}
	return nil
}

// placing is how to put the program where a service can start it.
func (p servicePlan) placing(from, to string) string {
	if p.User {
		return fmt.Sprintf("install -D -m 0755 %s %s, then %s service install --user", from, to, to)
	}
	return fmt.Sprintf("sudo install -m 0755 %s %s, then sudo %s service install", from, to, to)
}

func (p servicePlan) checkConfig() error {
	info, err := os.Stat(p.at(p.Config))
	switch {
	case err != nil && p.User:
		return fmt.Errorf("configuration %s: it is not there; make it: nightbell init --config %[1]s", p.Config)
	case err != nil:
		return fmt.Errorf("configuration %s: it is not there; make it: sudo nightbell init --config %[1]s", p.Config)
	case !info.Mode().IsRegular():
		return fmt.Errorf("configuration %s: it is not a file", p.Config)
	}
	if by := p.hiding(p.Config); by != "" && !p.User && p.Platform == systemdName {
		return fmt.Errorf("configuration %s: the service cannot see it there (%s); sudo install -D -m 0640 %s %s/config.yaml, then: sudo nightbell service install --config %s/config.yaml; or for you alone: nightbell service install --user",
			p.Config, by, p.Config, serviceFolder, serviceFolder)
	}
	return nil
}

func (p servicePlan) checkData() error {
	data := p.customData()
	if data == "" || p.User {
		return nil
	}
	if by := p.hiding(data); by != "" {
		return fmt.Errorf("data folder %s: the service cannot keep anything there (%s); take data: out of the configuration, so that it is %s, or name a folder like /srv/nightbell; or for you alone: nightbell service install --user", data, by, serviceData)
	}
	if info, err := os.Stat(p.at(data)); err == nil && !info.IsDir() {
		return fmt.Errorf("data folder %s: it is not a folder", data)
	}
	// /srv itself would become nightbell's own.
	if strings.Count(data, "/") < 2 {
		return fmt.Errorf("data folder %s: it should be nightbell's alone; name one below it: %s", data, filepath.Join(data, serviceName))
	}
	return nil
}

// checkUnit refuses to write over anything that somebody else wrote.
func (p servicePlan) checkUnit() error {
	if path := p.packaged(); path != "" {
		return fmt.Errorf("a package has brought %s, which this would shadow; use that one: %s", path, p.systemctlText("enable", "--now", serviceName))
	}
	path, err := p.unitPath()
	if err != nil {
		return err
	}
	info, err := os.Lstat(p.at(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("look at the unit: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is a link, masked or made by somebody else; take it away first: %s, %s", path, p.systemctlText("unmask", serviceName), p.systemctlText("disable", serviceName))
	default:
		text, err := os.ReadFile(p.at(path))
		if err != nil {
			return fmt.Errorf("look at the unit: %w", err)
		}
		if !strings.HasPrefix(string(text), unitMarker) {
			return notOurs(path)
		}
	}
	other := p
	other.User = !p.User
	if path, err := other.unitPath(); err == nil && other.exists(path) {
		p.notice("%s is installed too: two daemons have two journals and both send; %s removes it", path, other.ourselves("uninstall"))
	}
	return nil
}

// removable reads what uninstall is to remove, which has to be there and ours.
func (p servicePlan) removable(place func() (string, error), ours func(text string) bool) (path, text string, err error) {
	if err := p.privileged("uninstall"); err != nil {
		return "", "", err
	}
	if path, err = place(); err != nil {
		return "", "", err
	}
	read, err := os.ReadFile(p.at(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", "", p.notInstalled()
	case err != nil:
		return "", "", fmt.Errorf("uninstall the service: %w", err)
	case !ours(string(read)):
		return "", "", notOurs(path)
	}
	return path, string(read), nil
}

func notOurs(path string) error {
	return fmt.Errorf("%s was not written by nightbell; move it away if it is no longer wanted", path)
}

// packaged is the unit that a package of the system's installed; empty: none.
func (p servicePlan) packaged() string {
	kind := "system"
	if p.User {
		kind = "user"
	}
	for _, folder := range []string{"/usr/local/lib/systemd/", "/usr/lib/systemd/", "/lib/systemd/"} {
		if path := folder + kind + "/" + serviceUnit; p.exists(path) {
			return path
		}
	}
	return ""
}

// hiding is the setting of the unit that hides path from the service, also
// when path only leads there; empty: none.
func (p servicePlan) hiding(path string) string {
	for _, h := range []struct{ folder, by string }{
		{"/home", "ProtectHome"}, {"/root", "ProtectHome"}, {"/run/user", "ProtectHome"},
		{"/tmp", "PrivateTmp"}, {"/var/tmp", "PrivateTmp"},
	} {
		for _, way := range []string{path, p.resolved(path)} {
			if within(h.folder, way) || within(p.resolved(h.folder), way) {
				return h.by
			}
		}
	}
	return ""
}

func within(folder, path string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// resolved is path without links; what does not exist stays as it is.
func (p servicePlan) resolved(path string) string {
	for rest, tail := path, ""; rest != "/" && rest != "."; rest, tail = filepath.Dir(rest), filepath.Join(filepath.Base(rest), tail) {
		if real, err := filepath.EvalSymlinks(p.at(rest)); err == nil {
			return filepath.Join("/", strings.TrimPrefix(real, p.Root), tail)
		}
	}
	return path
}

// withCredentials adds the files of /etc/nightbell/credentials, by their names.
func (p servicePlan) withCredentials() (servicePlan, error) {
	if p.User {
		return p, nil
	}
	folder := serviceFolder + "/credentials"
	files, err := os.ReadDir(p.at(folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		return p, fmt.Errorf("look for credentials: %w", err)
	}
	all := append([]string(nil), p.Credentials...)
	given := map[string]bool{}
	for _, c := range all {
		name, _, _ := strings.Cut(c, ":")
		given[name] = true
	}
	for _, f := range files {
		switch name := f.Name(); {
		case given[name]:
		case !f.Type().IsRegular() || !credentialName.MatchString(name):
			p.notice("%s/%s is no credential: not a file, or a name with more than letters, digits, . _ -", folder, name)
		default:
			all = append(all, name+":"+folder+"/"+name)
		}
	}
	p.Credentials = all
	return p, nil
}
