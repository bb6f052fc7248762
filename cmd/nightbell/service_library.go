package main

import (
	"fmt"

	"github.com/kardianos/service"
)

// serviceControl is what the service library does.
type serviceControl interface {
	Install() error
	Uninstall() error
	Start() error
	Stop() error
	Restart() error
	Status() (service.Status, error)
}

// libraryConfig is what the library is told of a plan. text is the unit or the
// job to write, word for word; Windows has none.
func libraryConfig(p servicePlan, text string) *service.Config {
	c := &service.Config{
		Name: serviceName, DisplayName: "Nightbell", Description: unitDescription,
		Executable: p.Program, Arguments: p.arguments(),
		Option: service.KeyValue{"UserService": p.User},
	}
	// The library reads a text as a template; a value of one is written as it
	// is, so that no path can be taken for an action of the template.
	switch p.Platform {
	case windowsName:
		// Two seconds as RestartSec= of the systemd unit, after every crash; a
		// minute without one is a new beginning.
		for name, value := range map[string]any{
			"StartType": "automatic", "OnFailure": "restart", "OnFailureDelayDuration": "2s", "OnFailureResetPeriod": 60,
		} {
			c.Option[name] = value
		}
	case launchdName:
		c.Option["LaunchdConfig"] = "{{WorkingDirectory}}"
		c.WorkingDirectory = text
	default:
		c.Option["SystemdScript"] = "{{Description}}"
		c.Description = text
	}
	return c
}

// libraryControl is kardianos/service for this plan.
func libraryControl(p servicePlan, text string) (serviceControl, error) {
	s, err := service.New(&serviceProgram{}, libraryConfig(p, text))
	if err != nil {
		return nil, fmt.Errorf("speak to the service manager: %w", err)
	}
	return s, nil
}
