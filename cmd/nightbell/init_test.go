package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/notify/ntfytest"
	"nightbell/notify/pushovertest"
)

// newcomer is somebody at a terminal who has never run the program, on the
// evening of 10 June 2027 in Berlin.
type newcomer struct {
	t   *testing.T
	dir string
	env map[string]string
}

func newNewcomer(t *testing.T) *newcomer {
	dir := t.TempDir()
	return &newcomer{t, dir, map[string]string{"HOME": dir, "XDG_CONFIG_HOME": filepath.Join(dir, "xdg"), "TZ": "Europe/Berlin", "NO_COLOR": "1"}}
}

func (n *newcomer) path() string { return filepath.Join(n.dir, "xdg", "nightbell", "config.yaml") }

// init runs init; typed are the lines that are typed in.
func (n *newcomer) init(typed string, args ...string) (out string, code int) {
	n.t.Helper()
	var text bytes.Buffer
	p := program{
		args: append([]string{"init"}, args...), in: strings.NewReader(typed), out: &text, err: &text,
		getenv: func(name string) (string, bool) { v, ok := n.env[name]; return v, ok },
		now:    func() time.Time { return time.Date(2027, 6, 10, 18, 0, 0, 0, time.UTC) },
	}
	code = p.run(n.t.Context())
	return text.String(), code
}

// written is the configuration that was written.
func (n *newcomer) written() *config.Config {
	n.t.Helper()
	cfg, err := config.Load(n.path(), func(string) (string, bool) { return "", false })
	if err != nil {
		n.t.Fatal(err)
	}
	return cfg
}

// untouched holds that nothing was left behind.
func (n *newcomer) untouched(after string) {
	n.t.Helper()
	err := filepath.WalkDir(n.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n.t.Errorf("%s left %s behind", after, path)
		}
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
}

func newPushover(t *testing.T) (*pushovertest.Server, []string) {
	srv := pushovertest.Start(pushovertest.Options{Now: daemon.Now})
	t.Cleanup(srv.Close)
	return srv, []string{"--channel", "pushover", "--pushover-api", srv.API()}
}

func TestEnterTakesWhatIsInBrackets(t *testing.T) {
	n := newNewcomer(t)
	out, code := n.init("\n\n\nconsole\n\n")
	if code != 0 || strings.Count(out, "You can slow down or stop at any time.") != 1 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	for _, said := range []string{"Your time zone [Europe/Berlin]: ", "fewer is fine too [8]: ", "When you sleep, or off [23:00-07:00]: ",
		"Tomorrow, if you begin at 07:00", "  Sat 03:00  overnight, alarm", "Write " + n.path() + "? [yes]: ", "Reminders begin with:   nightbell run"} {
		if !strings.Contains(out, said) {
			t.Errorf("it does not say %q:\n%s", said, out)
		}
	}
	if word := unkind.FindString(out); word != "" {
		t.Errorf("it says %q:\n%s", word, out)
	}
	cfg := n.written()
	if cfg.Routine.Location.String() != "Europe/Berlin" || cfg.Routine.Target != 8 || len(cfg.Channels) != 1 {
		t.Errorf("written: %+v", cfg)
	}
	if info, err := os.Stat(n.path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if out, code := n.init("", "--yes"); code != 1 || !strings.Contains(out, "is there already; look it over with: nightbell check") {
		t.Errorf("a second time: exit code %d, %s", code, out)
	}
	if out, code := n.init("", "--yes", "--force", "--channel", "console", "--target", "6"); code != 0 || n.written().Routine.Target != 6 {
		t.Errorf("with --force: exit code %d, %s", code, out)
	}
	if old, err := os.ReadFile(n.path() + ".old"); err != nil || !strings.Contains(string(old), "target: 8") {
		t.Errorf("the one before is not kept: %v", err)
	}
}

func TestAnAnswerThatCannotBeIsAskedAgain(t *testing.T) {
	n := newNewcomer(t)
	out, code := n.init("Atlantis\namerica/new york\nmany\n20\n7\n23-7\n22:30 - 06:30\npigeon\nconsole\nmaybe\ny\n")
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	for _, said := range []string{`"Atlantis" is not a time zone`, `"many" is not a number`, "20 is out of range; write 1 to 14", `"23-7" is not a range`,
		`"pigeon" is none of pushover, ntfy, console`, "yes or no?"} {
		if !strings.Contains(out, said) {
			t.Errorf("it does not say %q:\n%s", said, out)
		}
	}
	cfg := n.written()
	if cfg.Routine.Location.String() != "America/New_York" || cfg.Routine.Target != 7 || cfg.Routine.Sleep.String() != "22:30-06:30" {
		t.Errorf("written: %+v", cfg.Routine)
	}
}

func TestPushoverIsAskedBeforeAnythingIsWritten(t *testing.T) {
	srv, flags := newPushover(t)
	n := newNewcomer(t)
	wrong := strings.Repeat("x", 30)
	out, code := n.init("\n\n\n"+"short\n"+pushovertest.Token+"\n"+wrong+"\n"+"yes\n"+pushovertest.Token+"\n"+pushovertest.User+"\n"+"yes\n"+"yes\n"+"no\n", flags...)
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	for _, said := range []string{"this has 5 characters", "user key is invalid", "Type them again?", "Pushover knows these credentials.",
		"pushover: accepted after"} {
		if !strings.Contains(out, said) {
			t.Errorf("it does not say %q:\n%s", said, out)
		}
	}
	if strings.Contains(out, pushovertest.Token) || strings.Contains(out, pushovertest.User) || strings.Contains(out, wrong) {
		t.Errorf("it shows a secret:\n%s", out)
	}
	if got := srv.Messages(); len(got) != 1 || got[0].Priority > 0 {
		t.Errorf("the phone got %+v; want one quiet test", got)
	}
	if v := n.written().Channels[0].Values; v["token"] != pushovertest.Token || v["user"] != pushovertest.User {
		t.Errorf("written: %v", v)
	}
}

func TestNtfyGetsTopicsNobodyCanGuess(t *testing.T) {
	srv := ntfytest.Start(ntfytest.Options{Now: daemon.Now, Requests: -1})
	defer srv.Close()
	topics := map[string]bool{}
	for range 2 {
		n := newNewcomer(t)
		out, code := n.init("\n\n\nntfy\n" + srv.URL() + "\nnone\n\n" + "yes\nyes\nno\n")
		if code != 0 {
			t.Fatalf("exit code %d\n%s", code, out)
		}
		if !strings.Contains(out, "token is not an access token: those begin with tk_") {
			t.Errorf("a token that cannot be one was not asked for again:\n%s", out)
		}
		v := n.written().Channels[0].Values
		topic, reply := v["topic"].(string), v["reply_topic"].(string)
		if !regexp.MustCompile(`^[a-z2-7]{26}$`).MatchString(topic) || topic == reply || topics[topic] {
			t.Errorf("topics %q and %q; want 128 random bits each", topic, reply)
		}
		topics[topic] = true
		if !strings.Contains(out, "  topic:  "+topic+"\n") || !strings.Contains(out, "██") || strings.Contains(out, reply) {
			t.Errorf("want the topic with its code, and nothing of the other:\n%s", out)
		}
		if len(srv.Shown(topic)) != 1 {
			t.Errorf("the phone shows %v; want the test", srv.Shown(topic))
		}
	}
}

func TestInitLeavesNothingBehindBeforeTheEnd(t *testing.T) {
	srv, flags := newPushover(t)
	for _, c := range []struct {
		rule, typed string
		args        []string
		code        int
		said        string
	}{
		{"the input ends", "\n\n", nil, exitNot, "stopped before the end; nothing was written"},
		{"no to the last question", "\n\n\nconsole\nno\n", nil, exitDone, "Nothing was written."},
		{"a service that does not know the credentials", "",
			append([]string{"--yes", "--pushover-token", strings.Repeat("x", 30), "--pushover-user", pushovertest.User}, flags...), exitNot, "to write it all the same: --no-check"},
		{"no token", "", append([]string{"--yes"}, flags...), exitWrong, "--pushover-token, or PUSHOVER_TOKEN"},
		{"a flag that cannot be", "", []string{"--yes", "--sleep", "9"}, exitWrong, "(--sleep)"},
		{"no zone to guess", "", []string{"--yes", "--zone", "Mars/Base", "--channel", "console"}, exitWrong, "(--zone)"},
		{"a program that answers without end", strings.Repeat("x\n", 100), nil, exitNot, "stopped before the end"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			n := newNewcomer(t)
			out, code := n.init(c.typed, c.args...)
			if code != c.code || !strings.Contains(out, c.said) {
				t.Errorf("exit code %d, want %d and %q:\n%s", code, c.code, c.said, out)
			}
			n.untouched(c.rule)
		})
	}
	if got := srv.Messages(); len(got) != 0 {
		t.Errorf("the phone got %v", got)
	}
}

func TestEveryAnswerHasAFlag(t *testing.T) {
	_, flags := newPushover(t)
	n := newNewcomer(t)
	n.env["PUSHOVER_TOKEN"] = pushovertest.Token
	out, code := n.init("", append(flags, "--yes", "--zone", "Asia/Tokyo", "--target", "9", "--sleep", "off", "--pushover-user", pushovertest.User)...)
	if code != 0 || strings.Contains(out, "]: ") {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	cfg := n.written()
	if cfg.Routine.Location.String() != "Asia/Tokyo" || cfg.Routine.Target != 9 || cfg.Routine.Sleep != nil || cfg.Channels[0].Values["token"] != pushovertest.Token {
		t.Errorf("written: %+v %v", cfg.Routine, cfg.Channels)
	}
}

func TestTheZoneIsGuessed(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	link := func(to string) {
		os.Remove(filepath.Join(root, "etc/localtime"))
		if err := os.Symlink(to, filepath.Join(root, "etc/localtime")); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ rule, tz, localtime, timezone, want string }{
		{"TZ first", "Asia/Tokyo", "/usr/share/zoneinfo/Europe/Berlin", "Europe/Paris", "Asia/Tokyo"},
		{"TZ with a colon", ":Asia/Tokyo", "", "", "Asia/Tokyo"},
		{"TZ as a file", ":/usr/share/zoneinfo/Asia/Tokyo", "", "", "Asia/Tokyo"},
		{"TZ as a rule is no zone", "CET-1CEST", "/usr/share/zoneinfo/Europe/Berlin", "", "Europe/Berlin"},
		{"where the clock's file leads", "", "../usr/share/zoneinfo/America/Argentina/Ushuaia", "Europe/Paris", "America/Argentina/Ushuaia"},
		{"Debian's file", "", "nowhere", "Europe/Paris\n", "Europe/Paris"},
		{"nobody lives in UTC", "UTC", "/usr/share/zoneinfo/Etc/UTC", "Etc/UTC", ""},
		{"nothing", "", "nowhere", "", ""},
	} {
		link("nowhere")
		if c.localtime != "" {
			link(c.localtime)
		}
		writeFile(t, filepath.Join(root, "etc/timezone"), c.timezone)
		got := guessZone(func(string) (string, bool) { return c.tz, c.tz != "" }, root)
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
	for typed, want := range map[string]string{"europe/berlin": "Europe/Berlin", "America/new york": "America/New_York", "africa/dar_es_salaam": "Africa/Dar_es_Salaam",
		"EST": "", "Local": "", "../etc/passwd": "", "": ""} {
		if got := knownZone(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

// Root is told before the first question where the answers go: not to the home
// of whoever sits there.
func TestRootIsToldWhatItConfigures(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root configures the system; the project's check script does")
	}
	if _, err := os.Lstat(systemConfig); err == nil {
		t.Skip("this machine has a configuration, so init begins nothing")
	}
	n := newNewcomer(t)
	delete(n.env, "XDG_CONFIG_HOME")
	out, code := n.init("", "--yes", "--zone", "Nowhere/None")
	if code != exitWrong || !strings.HasPrefix(out, "You are root, so this becomes the system's configuration, "+systemConfig) {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if _, err := os.Lstat(systemConfig); err == nil {
		t.Error("it was written, with a zone that is none")
	}
}
