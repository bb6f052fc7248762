package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"nightbell/daemon/config"
)

// checkCommand validates the configuration.
type checkCommand struct {
	Schema bool `help:"Print a JSON Schema of the configuration instead, for editors."`
}

// Run prints all problems, then all notices; exit 2 on a problem.
func (k *checkCommand) Run(c *call) error {
	if k.Schema {
		return printJSON(c.out, config.Schema())
	}
	path, err := c.configPath()
	if err != nil {
		return err
	}
	cfg, err := config.Load(path, c.getenvFor(path))
	if err != nil {
		return err
	}
	for _, notice := range cfg.Notices {
		printNote(c.out, notice)
	}
	c.noteZone(cfg, path)
	if notice := wakeNotice(installedUnit(), path, cfg.WakeSystem); notice != "" {
		printNote(c.out, notice)
	}
	fmt.Fprintf(c.out, "%s: no problems\n", path)
	return nil
}

// installedUnit is the text of the system's service with its drop-ins; "" where
// none is installed.
func installedUnit() string {
	unit, err := os.ReadFile(systemUnit)
	if err != nil {
		if unit, err = os.ReadFile("/usr/lib/systemd/system/" + serviceUnit); err != nil { // a package's
			return ""
		}
	}
	dropIns, err := filepath.Glob(systemUnit + ".d/*.conf")
	if err != nil { // the pattern is a constant: it is one
		return string(unit)
	}
	for _, file := range dropIns {
		if text, err := os.ReadFile(file); err == nil {
			unit = append(unit, text...)
		}
	}
	return string(unit)
}

// wakeNotice says that the installed unit is not the one that this
// configuration asks for; "" when it is, or is for another configuration.
func wakeNotice(unit, path string, wake bool) string {
	full, err := filepath.Abs(path)
	if err != nil || unitNote(unit, unitConfigNote) != full || strings.Contains(unit, "="+wakeCapability) == wake {
		return ""
	}
	packaged := !strings.HasPrefix(unit, unitMarker)
	way := "install it again: sudo nightbell service install --config " + full
	switch {
	case packaged && !wake:
		return "" // a drop-in of the person's own
	case packaged:
		way = fmt.Sprintf("sudo systemctl edit nightbell, write [Service] and below it PrivateUsers=no, AmbientCapabilities=%s and CapabilityBoundingSet=%s, a line each", wakeCapability, wakeCapability)
	}
	may := "may not wake this machine yet"
	if !wake {
		may = "still may wake this machine"
	}
	return fmt.Sprintf("%s: wake_system: the installed service %s; %s, then: sudo nightbell service restart", path, may, way)
}
