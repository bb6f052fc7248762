package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// Taking back what is parked: a request to the service takes at most 10 s
// (notify.Pace), and a failed one is tried again after 5 s.
const (
	unparkWithin = 20 * time.Second
	unparkAgain  = 250 * time.Millisecond
)

// takeBack has what is parked at services taken back, for the service of a
// plan with this configuration and data folder. It returns what stays parked,
// in words; empty: nothing does. The running daemon does it, which alone has
// the secrets and writes the journal; so it comes before the stop.
func (c *call) takeBack(p servicePlan, cfg, data string) (string, error) {
	if data == "" { // Windows: the manager keeps its arguments to itself
		desk, err := c.dial()
		if err != nil || desk == nil {
			return "", err
		}
		return c.unparked(desk)
	}
	sockets := []string{filepath.Join(data, socketName), systemSocket}
	if p.User {
		sockets[1] = c.userSocket()
	}
	for _, socket := range sockets {
		if desk, err := reach(socket); err != nil {
			return "", err
		} else if desk != nil {
			return c.unparked(desk)
		}
	}
	if p.User {
		return c.unparkHere(cfg, data)
	}
	left, err := c.stillParked(data)
	if err != nil || left == "" {
		return "", err
	}
	again, err := c.unparkHere(cfg, data)
	if err != nil {
		return fmt.Sprintf("%s The service does not run, and without it: %v.", left, err), nil
	}
	return again, nil
}

// nothingParked is what `service unpark` of a folder says when nothing is left.
const nothingParked = "Nothing is parked."

// unparkHere takes back what the journal of a data folder says is parked, with
// a configuration's channels and no daemon: as the folder's owner, whom root
// becomes for it.
func (c *call) unparkHere(cfg, data string) (string, error) {
	if info, err := os.Stat(data); err == nil {
		if uid, gid, ok := ownersOf(info); ok && uid != os.Geteuid() && os.Geteuid() == 0 {
			return c.unparkAs(cfg, data, uid, gid)
		}
	}
	if !journal.There(data) {
		return "", nil // it never ran
	}
	own := *c
	own.flags = &commands{Config: cfg, Data: data}
	desk, end, err := own.direct(sends)
	if err != nil {
		return "", err
	}
	defer end()
	return c.unparked(desk)
}

// unparked asks until nothing is left, or for as long as it makes sense.
func (c *call) unparked(desk web.Desk) (string, error) {
	ctx, cancel := context.WithTimeout(c.ctx, unparkWithin)
	defer cancel()
	again := time.NewTicker(unparkAgain)
	defer again.Stop()
	for {
		reply, err := desk.Do(c.ctx, web.Request{What: web.Unpark})
		if err == nil && reply.Already {
			return "", nil
		}
		if _, once := desk.(*daemon.Direct); once {
			return reply.Text, err
		}
		select {
		case <-again.C: // also after an error: a slow machine's daemon answers the next time
		case <-ctx.Done():
			return reply.Text, err
		}
	}
}

// stillParked reads the journal of a service that does not run.
func (c *call) stillParked(data string) (string, error) {
	j, err := journal.OpenFolder(c.ctx, data, journal.Options{ReadOnly: true})
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil // it never ran
	}
	if err != nil {
		return "", err
	}
	defer j.Close()
	left, err := daemon.StillParked(c.ctx, j, c.now())
	if err != nil || left == "" {
		return "", err
	}
	return "Still parked: " + left + ".", nil
}
