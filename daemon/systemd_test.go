//go:build unix

package daemon

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

func TestSystemdIsTold(t *testing.T) {
	tests := []struct {
		rule string
		tell func() error
		want string // a regular expression over the whole datagram; empty: nothing is sent
	}{
		{"ready", func() error { return SystemdReady("") }, `READY=1`},
		{"ready with a status", func() error { return SystemdReady("next start 14:00") }, "READY=1\nSTATUS=next start 14:00"},
		{"reloading carries the clock that systemd asks for", SystemdReloading, "RELOADING=1\nMONOTONIC_USEC=[0-9]+"},
		{"stopping", SystemdStopping, `STOPPING=1`},
		{"a status is one line, whatever it holds", func() error { return SystemdStatus("a\nWATCHDOG=trigger\r\n b") }, `STATUS=a WATCHDOG=trigger b`},
		{"an empty status says nothing", func() error { return SystemdStatus(" \n") }, ``},
		{"alive", SystemdAlive, `WATCHDOG=1`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			// The address of a socket has room for about 100 bytes, a test's folder may need more.
			dir, err := os.MkdirTemp("", "nb")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			path := filepath.Join(dir, "notify")
			conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			t.Setenv("NOTIFY_SOCKET", path)
			if err := tt.tell(); err != nil {
				t.Fatal(err)
			}
			// A message of our own behind it shows where it ends, also when it is nothing.
			if err := tell("END=1"); err != nil {
				t.Fatal(err)
			}
			if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 4096)
			n, err := conn.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			if want == "" {
				want = "END=1"
			}
			if got := string(buf[:n]); !regexp.MustCompile(`^(?:` + want + `)$`).MatchString(got) {
				t.Errorf("systemd was told %q, want %q", got, want)
			}
		})
	}
}

func TestSystemdThatIsNotThere(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	for name, tell := range map[string]func() error{
		"ready": func() error { return SystemdReady("up") }, "reloading": SystemdReloading, "stopping": SystemdStopping,
		"status": func() error { return SystemdStatus("up") }, "alive": SystemdAlive,
	} {
		if err := tell(); err != nil {
			t.Errorf("%s without systemd: %v", name, err)
		}
	}
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "gone"))
	if err := SystemdAlive(); err == nil {
		t.Error("a socket that is gone is no error")
	}
}

func TestWatchdogInterval(t *testing.T) {
	me := strconv.Itoa(os.Getpid())
	tests := []struct {
		rule, usec, pid string
		want            time.Duration
		fails           bool
	}{
		{rule: "half of what is allowed", usec: "60000000", pid: me, want: 30 * time.Second},
		{rule: "none without systemd"},
		{rule: "none when another process is watched", usec: "60000000", pid: "1"},
		{rule: "nonsense is an error", usec: "often", pid: me, fails: true},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Setenv("WATCHDOG_USEC", tt.usec)
			t.Setenv("WATCHDOG_PID", tt.pid)
			got, err := WatchdogInterval()
			if got != tt.want || (err != nil) != tt.fails {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}
