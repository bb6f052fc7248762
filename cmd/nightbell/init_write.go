package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"

	"nightbell/daemon/config"
)

// write writes the configuration, for its owner alone; in /etc the service's
// group may read it, once there is one. The one that was there is kept.
func (s *starter) write(cfg *config.Config) (err error) {
	doing := func(err error) error { return fmt.Errorf("writing the configuration: %w", err) }
	if err := os.MkdirAll(filepath.Dir(s.path), 0o755); err != nil {
		return doing(err)
	}
	if s.Force {
		if err := os.Rename(s.path, s.path+".old"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return doing(err)
		}
	}
	f, err := os.OpenFile(s.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return doing(err)
	}
	_, err = f.Write(cfg.Text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return doing(errors.Join(err, os.Remove(s.path)))
	}
	s.say("Written to %s, for %s.", s.path, s.share())
	if found, err := s.configPath(); err == nil && !samePath(found, s.path) {
		s.say("In this folder %s comes before it; move that away, or name the new one with --config.", found)
	}
	return nil
}

// share lets the service's group read the system's configuration, and says who
// may read it.
func (s *starter) share() string {
	if os.Geteuid() != 0 || s.path != systemConfig {
		return "you alone to read (0600)"
	}
	if err := shareWith(s.path, serviceName); err != nil {
		return "root alone to read (0600); nightbell service install gives it to the service"
	}
	return "root and the service to read (0640 root:" + serviceName + ")"
}

// shareWith lets a group read a file of root's.
func shareWith(path, group string) error {
	g, err := user.LookupGroup(group)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(g.Gid)
	if err != nil {
		return err
	}
	return errors.Join(os.Chown(path, 0, gid), os.Chmod(path, 0o640))
}
