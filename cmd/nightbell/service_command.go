package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"nightbell/daemon/config"
)

// serviceCommand steers the system service.
type serviceCommand struct {
	Install   serviceInstallCommand   `cmd:"" help:"Write the service and enable it; then: nightbell service start."`
	Uninstall serviceUninstallCommand `cmd:"" help:"Remove the service. The data stays."`
	Unpark    serviceUnparkCommand    `cmd:"" help:"Take back what push services hold for later; a package asks for it before it goes."`
	Start     serviceStartCommand     `cmd:"" help:"Start it."`
	Stop      serviceStopCommand      `cmd:"" help:"Stop it."`
	Restart   serviceRestartCommand   `cmd:"" help:"Restart it."`
	Status    serviceStatusCommand    `cmd:"" help:"What the service manager says of it."`
}

// userFlag chooses between the system's service and the user's own.
type userFlag struct {
	User bool `help:"Your own service instead of the system's."`
}

func (c *call) servicePlan(user bool) (servicePlan, error) {
	p, err := serviceOn(c.out, c.getenv)
	p.User, p.TakeBack = user, c.takeBack
	return p, err
}

// serviceInstallCommand installs.
type serviceInstallCommand struct {
	userFlag
	Credential []string `sep:"none" placeholder:"NAME:FILE" help:"Hand a secret's file to the service (LoadCredential); the configuration names it as NAME."`
}

// Run installs the service for the configuration in force.
func (s *serviceInstallCommand) Run(c *call) error {
	p, err := c.servicePlan(s.User)
	if err != nil {
		return err
	}
	p.Credentials = s.Credential
	path, err := c.configPath()
	if err != nil {
		return err
	}
	if p.Config, err = filepath.Abs(path); err != nil {
		return err
	}
	// A broken file would only fail later, out of sight. Its secrets may be
	// the service's alone, so a problem with one of those is not asked about.
	if cfg, err := config.LoadWithoutChannels(path, c.getenv); err == nil {
		p.Data, p.Wake = cfg.Data, cfg.WakeSystem
	}
	if c.flags.Data != "" {
		p.Data = c.flags.Data
	}
	if p.Data != "" {
		if p.Data, err = filepath.Abs(p.Data); err != nil {
			return err
		}
	}
	return serviceInstall(p)
}

type (
	serviceUninstallCommand struct{ userFlag }
	serviceUnparkCommand    struct{ userFlag }
	serviceStartCommand     struct{ userFlag }
	serviceStopCommand      struct{ userFlag }
	serviceRestartCommand   struct{ userFlag }
	serviceStatusCommand    struct{ userFlag }
)

// Run removes the service.
func (s *serviceUninstallCommand) Run(c *call) error {
	p, err := c.servicePlan(s.User)
	if err != nil {
		return err
	}
	return serviceUninstall(p)
}

// Run takes back what is parked, whoever installed the service; with --data,
// what the journal there says is parked, where nothing runs.
func (s *serviceUnparkCommand) Run(c *call) error {
	if c.flags.Data != "" {
		left, err := c.unparkHere(c.flags.Config, c.flags.Data)
		if err == nil {
			fmt.Fprintln(c.out, cmp.Or(left, nothingParked))
		}
		return err
	}
	p, err := c.servicePlan(s.User)
	if err != nil {
		return err
	}
	unit := installedUnit()
	if p.User {
		path, err := p.unitPath()
		if err != nil {
			return err
		}
		text, _ := os.ReadFile(path) // empty: none is installed
		unit = string(text)
	}
	if unit == "" {
		return p.notInstalled()
	}
	p.takeBack(unitNote(unit, unitConfigNote), unitNote(unit, unitDataNote))
	return nil
}

// Run starts the service.
func (s *serviceStartCommand) Run(c *call) error { return c.steer(s.User, serviceStart) }

// Run stops the service.
func (s *serviceStopCommand) Run(c *call) error { return c.steer(s.User, serviceStop) }

// Run restarts the service.
func (s *serviceRestartCommand) Run(c *call) error { return c.steer(s.User, serviceRestart) }

// Run says what the service manager says.
func (s *serviceStatusCommand) Run(c *call) error { return c.steer(s.User, serviceStatus) }

func (c *call) steer(user bool, do func(servicePlan) error) error {
	p, err := c.servicePlan(user)
	if err != nil {
		return err
	}
	return do(p)
}
