package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"nightbell/daemon/config"
)

// Where the system service lives.
const (
	systemConfig = "/etc/nightbell/config.yaml"
	systemSocket = "/run/nightbell/nightbell.sock"
	systemUnit   = "/etc/systemd/system/nightbell.service"
	socketName   = "nightbell.sock"
)

// errNoConfig is that nobody named a configuration and the usual places hold none.
var errNoConfig = errors.New("no configuration found")

func (c *call) env(name string) string {
	v, _ := c.getenv(name)
	return v
}

// configPath is the configuration file in force: the flag, NIGHTBELL_CONFIG,
// then the first of the usual places that holds one.
func (c *call) configPath() (string, error) {
	if c.flags.Config != "" {
		return c.flags.Config, nil
	}
	if v := c.env("NIGHTBELL_CONFIG"); v != "" {
		return v, nil
	}
	places := []string{"nightbell.yaml"}
	if folder := c.userFolder("XDG_CONFIG_HOME", ".config"); folder != "" {
		places = append(places, filepath.Join(folder, "config.yaml"))
	}
	places = append(places, systemConfig)
	for _, place := range places {
		if _, err := os.Stat(place); err == nil {
			return place, nil
		}
	}
	return "", usage("%w; looked for %s; begin with: nightbell init, or name one with --config", errNoConfig, strings.Join(places, ", "))
}

// checkNamed refuses a --config that names no file: whoever names one means
// that one. Only what systemd starts goes on, with the last good copy: there
// nobody reads the error, and the night's alarm matters more.
func (c *call) checkNamed() error {
	if c.flags.Config == "" || c.env("NOTIFY_SOCKET") != "" {
		return nil
	}
	if _, err := os.Stat(c.flags.Config); !errors.Is(err, fs.ErrNotExist) {
		return nil // what else may be wrong with it, its reader says
	}
	_, err := config.Load(c.flags.Config, c.getenv)
	return err
}

// userFolder is nightbell's folder below one of the user's base folders.
func (c *call) userFolder(variable, below string) string {
	if v := c.env(variable); filepath.IsAbs(v) {
		return filepath.Join(v, "nightbell")
	}
	if home := c.env("HOME"); home != "" {
		return filepath.Join(home, below, "nightbell")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, below, "nightbell")
	}
	return ""
}

// dataDir is the data folder in force. cfg may be nil.
func (c *call) dataDir(cfg *config.Config) (string, error) {
	if c.flags.Data != "" {
		return filepath.Abs(c.flags.Data)
	}
	// systemd lists several state folders with colons; ours is the first.
	if v, _, _ := strings.Cut(c.env("STATE_DIRECTORY"), ":"); v != "" {
		return v, nil
	}
	if cfg != nil && cfg.Data != "" {
		return filepath.Abs(cfg.Data)
	}
	if folder := c.userFolder("XDG_STATE_HOME", filepath.Join(".local", "state")); folder != "" {
		return folder, nil
	}
	return "", usage("no data folder: there is no home folder; name one with --data")
}

// userSocket is where a daemon that a user runs listens: in the user's
// runtime folder, or a folder of the user's own below the temporary one.
func (c *call) userSocket() string {
	if v := c.env("XDG_RUNTIME_DIR"); filepath.IsAbs(v) {
		return filepath.Join(v, "nightbell", socketName)
	}
	if runtime.GOOS == "windows" {
		return filepath.Join(c.userFolder("LOCALAPPDATA", "AppData"), socketName)
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("nightbell-%d", os.Getuid()), socketName)
}

// ownSockets are the sockets of a daemon with this data folder, the one that
// others look for first. Under systemd that is the runtime folder's alone.
func (c *call) ownSockets(dir string) []string {
	if c.lapse != nil {
		// Only who names its folder means a time-lapse.
		return []string{filepath.Join(dir, socketName)}
	}
	if v, _, _ := strings.Cut(c.env("RUNTIME_DIRECTORY"), ":"); v != "" {
		return []string{filepath.Join(v, socketName)}
	}
	sockets := []string{filepath.Join(dir, socketName)}
	if c.flags.Data == "" {
		sockets = append(sockets, c.userSocket())
	}
	return sockets
}
