package main

import (
	"fmt"

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
	cfg, err := config.Load(path, c.getenv)
	if err != nil {
		return err
	}
	for _, notice := range cfg.Notices {
		fmt.Fprintln(c.out, notice)
	}
	c.noteZone(cfg, path)
	fmt.Fprintf(c.out, "%s: no problems\n", path)
	return nil
}
