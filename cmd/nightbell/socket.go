package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"
)

// errSocketPath is a folder too deep for the name of a Unix socket.
var errSocketPath = errors.New("the path is too long for a socket")

// socketPathMost is the longest path a Unix socket can have on Linux (108
// bytes with the closing zero); other systems have 104.
const socketPathMost = 103

// Who may connect to a socket. The API's asks for no login, so it is the
// owner's alone, or the group's of the service. The page's asks for one always
// and is everybody's on this machine, as a port on loopback is; a proxy that
// were of the group instead could use the API's as well.
const (
	socketOwner fs.FileMode = 0o600
	socketGroup fs.FileMode = 0o660
	socketPage  fs.FileMode = 0o666
)

// listenUnix listens on a socket file. One left behind by a daemon that was
// killed is replaced.
func listenUnix(file string, mode fs.FileMode) (net.Listener, error) {
	if len(file) > socketPathMost {
		return nil, fmt.Errorf("listening on %s: %w", file, errSocketPath)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("making the socket's folder: %w", err)
	}
	if err := ownFolder(filepath.Dir(file)); err != nil {
		return nil, err
	}
	if conn, err := net.DialTimeout("unix", file, time.Second); err == nil {
		conn.Close()
		return nil, fmt.Errorf("listening on %s: another daemon answers there", file)
	}
	if info, err := os.Lstat(file); err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("listening on %s: a file that is no socket is there; choose another path", file)
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("replacing the socket of a daemon that is gone: %w", err)
	}
	l, err := net.Listen("unix", file)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", file, err)
	}
	if err := os.Chmod(file, mode); err != nil {
		l.Close()
		return nil, fmt.Errorf("setting who may use the socket: %w", err)
	}
	return l, nil
}
