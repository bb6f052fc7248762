//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// as lets cmd run as another user, of one group.
func as(cmd *exec.Cmd, uid, gid int) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), Groups: []uint32{uint32(gid)}}}
}

// unparkAs has the owner of a data folder take back what is parked: the same
// command, as that user, because root writes nothing into another user's
// journal. It is given the variables that the service would have; credentials
// only the service manager hands out.
func (c *call) unparkAs(cfg, data string, uid, gid int) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(c.ctx, 2*unparkWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "service", "unpark", "--config", cfg, "--data", data)
	cmd.Dir = "/" // the present one may be root's alone
	cmd.Env = append(os.Environ(), variablesIn(filepath.Join(filepath.Dir(cfg), "environment"))...)
	as(cmd, uid, gid)
	var out, said strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if text := strings.TrimPrefix(strings.TrimSpace(said.String()), "nightbell: "); text != "" {
			return "", errors.New(text)
		}
		return "", err
	}
	text := strings.TrimSpace(out.String())
	if text == nothingParked {
		return "", nil
	}
	return text, nil
}

// variablesIn reads a file of NAME=value lines, as systemd's EnvironmentFile.
func variablesIn(file string) []string {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil // the unit takes it for optional, too
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || strings.HasPrefix(name, "#") || strings.HasPrefix(name, ";") {
			continue
		}
		if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		list = append(list, name+"="+value)
	}
	return list
}
