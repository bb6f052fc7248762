package daemon

import "nightbell/daemon/web"

// Entrance is what the configuration in force says of who may come in.
func (d *Daemon) Entrance() web.Entrance {
	cfg := d.view.Load().config
	return web.Entrance{PublicURL: cfg.PublicURL}
}
