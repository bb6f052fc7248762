package daemon

import (
	"fmt"
	"strings"
	"time"

	sdnotify "github.com/coreos/go-systemd/v22/daemon"
)

// What systemd is told. Every function does nothing, without an error, where
// nobody listens (no NOTIFY_SOCKET: a terminal, a container, another system).
// A caller logs an error and goes on: the reminders matter more.

// SystemdReady says that the daemon is up, or done reloading, with one line of
// status as `systemctl status` shows it; an empty one is left out.
func SystemdReady(status string) error { return tell(sdnotify.SdNotifyReady, statusLine(status)) }

// SystemdReloading says that the configuration is being read again.
// SystemdReady follows, also when the old one stays in force.
func SystemdReloading() error {
	return tell(sdnotify.SdNotifyReloading, strings.TrimSpace(sdnotify.SdNotifyMonotonicUsec()))
}

// SystemdStopping says that the end has begun.
func SystemdStopping() error { return tell(sdnotify.SdNotifyStopping) }

// SystemdStatus changes the line of status. It must carry nothing private:
// every user of the machine can read it.
func SystemdStatus(status string) error { return tell(statusLine(status)) }

// SystemdAlive feeds the watchdog.
func SystemdAlive() error { return tell(sdnotify.SdNotifyWatchdog) }

// WatchdogInterval is how often to call SystemdAlive: half of what systemd
// allows, as sd_watchdog_enabled(3) advises. Zero: nobody watches.
func WatchdogInterval() (time.Duration, error) {
	within, err := sdnotify.SdWatchdogEnabled(false)
	if err != nil {
		return 0, fmt.Errorf("read the watchdog's interval from systemd: %w", err)
	}
	return within / 2, nil
}

func statusLine(status string) string {
	// A line break would begin a message of its own.
	status = strings.Join(strings.Fields(status), " ")
	if status == "" {
		return ""
	}
	return "STATUS=" + status
}

func tell(lines ...string) error {
	var said []string
	for _, l := range lines {
		if l != "" {
			said = append(said, l)
		}
	}
	if len(said) == 0 {
		return nil
	}
	if _, err := sdnotify.SdNotify(false, strings.Join(said, "\n")); err != nil {
		return fmt.Errorf("tell systemd %s: %w", said[0], err)
	}
	return nil
}
