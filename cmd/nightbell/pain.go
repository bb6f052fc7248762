package main

import "nightbell/daemon/web"

// painCommand says that it hurts, or that it does no longer.
type painCommand struct {
	Clear string `arg:"" optional:"" placeholder:"clear" help:"clear: reminders are as before."`
}

// Run notes it, and prints whom to call.
func (p *painCommand) Run(c *call) error {
	if p.Clear != "" && p.Clear != "clear" {
		return usage("pain %s: write nightbell pain, or nightbell pain clear", p.Clear)
	}
	on := p.Clear == ""
	return c.ask(web.Request{What: web.Pain, On: &on}, false, nil)
}
