package daemon

import (
	"time"

	"nightbell/daemon/web"
)

// Entrance is what the configuration in force says of who may come in.
func (d *Daemon) Entrance() web.Entrance {
	cfg := d.view.Load().config
	return web.Entrance{PublicURL: cfg.PublicURL, Always: cfg.LoginAlways, Hosts: cfg.Hosts}
}

// base is what a link to the page begins with; "" when no address is known.
func (c *core) base() string {
	if cfg := c.inForce(); cfg.PublicURL != "" {
		return cfg.PublicURL
	}
	return c.page
}

// zone is the routine's zone.
func (c *core) zone() *time.Location { return c.inForce().Routine.Location }
