package main

import (
	"fmt"

	"nightbell/daemon/web"
)

// testCommand sends a test push.
type testCommand struct {
	Channel string `arg:"" optional:"" help:"The channel; else every one."`
	Alarm   bool   `help:"Send an alarm and wait for its acknowledgement."`
}

// Run sends it and prints what happens.
func (t *testCommand) Run(c *call) error {
	d, end, err := c.desk(sends)
	if err != nil {
		return err
	}
	defer end()
	return d.Test(c.ctx, web.TestQuery{Channel: t.Channel, Alarm: t.Alarm}, func(line string) { fmt.Fprintln(c.out, line) })
}
