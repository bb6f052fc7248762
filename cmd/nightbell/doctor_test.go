package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"nightbell/daemon"
	"nightbell/notify/ntfytest"
	"nightbell/notify/pushovertest"
)

func TestDoctorSaysThatAllIsWell(t *testing.T) {
	srv := pushovertest.Start(pushovertest.Options{Now: daemon.Now})
	defer srv.Close()
	h := newHome(t, "2026-06-10T10:00:00", withPushover(srv.API())+"public_url: https://home.example/r\n")
	h.must("log", "--at", "20m ago")
	r := h.start().ready()
	out, _ := h.run("doctor")
	for _, line := range []string{"ok configuration", "ok data folder", "ok daemon", "ok channel pushover",
		"the service knows these credentials", "note phones, pushover", "Critical Alerts", "note prearm", "note heartbeat", "ok public_url"} {
		if !strings.Contains(unfolded(out), line) {
			t.Errorf("it does not say %q:\n%s", line, out)
		}
	}
	_, err := os.Stat("/run/systemd/system")
	if offered := strings.Contains(unfolded(out), "keeps nightbell run going; nightbell service install"); runtime.GOOS == "linux" && strings.Contains(out, "none is installed") && offered != (err == nil) {
		t.Errorf("it offers a service: %v, and systemd's own sign: %v", offered, err)
	}
	if word := unkind.FindString(out); word != "" {
		t.Errorf("it says %q", word)
	}
	if n := len(srv.Messages()); n != 0 {
		t.Errorf("it sent %d pushes", n)
	}
	r.stop()
}

// needed are the checks of a doctor's document that need a person.
func (h *home) needed() string {
	h.t.Helper()
	out, code := h.run("doctor", "--json")
	var doc doctorDoc
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		h.t.Fatalf("%v\n%s", err, out)
	}
	if (code == exitNot) != doc.NeedsPerson {
		h.t.Errorf("exit code %d, needs_person %v", code, doc.NeedsPerson)
	}
	var list []string
	for _, f := range doc.Checks {
		if f.State == needs {
			list = append(list, f.Check+": "+f.Text+"; "+f.Do)
		}
	}
	return strings.Join(list, "\n")
}

func TestWhatDoctorNeedsAPersonFor(t *testing.T) {
	srv := pushovertest.Start(pushovertest.Options{Now: daemon.Now, Token: strings.Repeat("o", 30)})
	defer srv.Close()
	h := newHome(t, "2026-06-10T10:00:00", withPushover(srv.API()))
	for _, c := range []struct {
		rule string
		make func()
		want string
	}{
		{"no daemon", func() {}, "daemon: none is running, so nothing reminds; start it: nightbell service start, or nightbell run"},
		{"credentials that the service does not know", func() {}, "channel pushover: checking token and user: the service answered 400"},
		{"a data folder that others may look into", func() {
			if err := os.MkdirAll(filepath.Join(h.dir, ".local/state/nightbell"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, "; chmod 0700 " + filepath.Join(h.dir, ".local/state/nightbell")},
		{"a configuration that others may change", func() {
			if err := os.Chmod(filepath.Join(h.dir, "config.yaml"), 0o622); err != nil {
				t.Fatal(err)
			}
		}, "; chmod go-w " + filepath.Join(h.dir, "config.yaml")},
		{"a broken configuration, with its lines", func() { h.write("config.yaml", "timezone: Europe/Berlin\nroutnie: {}\n") }, "config.yaml:2: "},
		{"no configuration", func() { os.Remove(filepath.Join(h.dir, "config.yaml")) }, "config.yaml: there is no such file; make it with: nightbell init"},
	} {
		c.make()
		if got := h.needed(); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\nwant %q", c.rule, got, c.want)
		}
	}
	if _, err := os.Stat(filepath.Join(h.dir, ".local/state/nightbell/journal.db")); err == nil {
		t.Error("doctor made a journal")
	}
}

// One cause is one line, whoever noticed it: the push that nobody took, the
// channel that knows, and the check that asks.
func TestACauseIsSaidOnce(t *testing.T) {
	h := newHome(t, "2026-06-10T10:00:00", "timezone: America/New_York\nlisten: 127.0.0.1:0\nchannels: [{name: web, type: webpush, contact: \"mailto:ann@mail.example\"}]\n")
	r := h.start().ready()
	defer r.stop()
	if out, code := h.run("test"); code != exitNot {
		t.Fatalf("a push to nobody got through: %s", out)
	}
	for _, args := range [][]string{{"status"}, {"doctor"}} {
		if out, _ := h.run(args...); strings.Count(unfolded(out), "no browser is subscribed; open the page on the phone") != 1 {
			t.Errorf("%s:\n%s", args[0], out)
		}
	}
}

func TestThatNoPhoneIsReachedIsSaidOnce(t *testing.T) {
	h := newHome(t, "2026-06-10T10:00:00", "timezone: America/New_York\nlisten: 127.0.0.1:0\nchannels: [{name: here, type: console}]\n")
	r := h.start().ready()
	defer r.stop()
	if got := h.needed(); strings.Count(got, "reaches a phone") != 1 {
		t.Errorf("it says\n%s", got)
	}
}

func TestDoctorAsksWhetherAServerHoldsAlarms(t *testing.T) {
	for _, c := range []struct {
		rule string
		old  bool
		want string
	}{
		{"a new one", false, ""},
		{"one of before 2.16", true, "the server cannot hold an alarm for prearm"},
	} {
		var ahead atomic.Int64 // of the machine's clock, which the server shares
		srv := ntfytest.Start(ntfytest.Options{Now: func() time.Time { return daemon.Now().Add(time.Duration(ahead.Load())) }, Requests: -1, Old: c.old})
		h := newHome(t, "2026-06-10T10:00:00", fmt.Sprintf(`timezone: America/New_York
listen: 127.0.0.1:0
channels: [{name: ntfy, type: ntfy, server: %q, topic: %s, replies: true, prearm: true, insecure_http: true}]
`, srv.URL(), ntfytest.Topic))
		ahead.Store(int64(h.ahead))
		got := h.needed()
		if strings.Contains(got, "channel ntfy") != (c.want != "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\nwant %q", c.rule, got, c.want)
		}
		if shown := srv.Shown(ntfytest.Topic); len(shown) != 0 {
			t.Errorf("%s: the phone shows %v", c.rule, shown)
		}
		srv.Close()
	}
}

func TestDoctorLooksAtTheFolderOfTheDaemon(t *testing.T) {
	h := newHome(t, "2026-06-10T10:00:00", onTerminal)
	state, sockets := filepath.Join(h.dir, "state"), filepath.Join(h.dir, serviceName)
	for _, dir := range []string{state, sockets} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	service := h.command("run") // as a service manager starts it
	service.Env = append(service.Env, "STATE_DIRECTORY="+state, "RUNTIME_DIRECTORY="+sockets)
	r := h.launch(service).ready()
	if out, _ := h.run("doctor"); !strings.Contains(out, state+", with ") {
		t.Errorf("it does not look at %s:\n%s", state, out)
	}
	r.stop()
}

func TestWhichDataFolderAUnitNames(t *testing.T) {
	unit := unitText(unitPlans("/usr/local/bin/nightbell")["service-custom.unit"])
	const path, data = "/srv/my bells/100%.yaml", "/srv/my bells/data"
	for _, c := range []struct{ rule, unit, path, want string }{
		{"of the configuration in force", unit, path, data},
		{"where none can be read", unit, "", data},
		{"not of another configuration", unit, "/home/ann/nightbell.yaml", ""},
		{"not without a unit", "", path, ""},
	} {
		if got := dataOfUnit(c.unit, c.path); got != c.want {
			t.Errorf("%s: %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestDoctorLeavesTheDaemonsSecretsToTheDaemon(t *testing.T) {
	srv := pushovertest.Start(pushovertest.Options{Now: daemon.Now})
	defer srv.Close()
	h := newHome(t, "2026-06-10T10:00:00", strings.Replace(withPushover(srv.API()), pushovertest.Token, `"${NIGHTBELL_TEST_TOKEN}"`, 1))
	unset := "config.yaml:"
	if got := h.needed(); !strings.Contains(got, unset) {
		t.Errorf("no daemon has read it: %s", got)
	}
	service := h.command("run")
	service.Env = append(service.Env, "NIGHTBELL_TEST_TOKEN="+pushovertest.Token)
	r := h.launch(service).ready()
	if got := h.needed(); strings.Contains(got, "configuration: ") {
		t.Errorf("the daemon that runs has read it, and still: %s", got)
	}
	if out, _ := h.run("doctor"); !strings.Contains(unfolded(out), "note configuration the daemon has read it; not to be read here: ") || !strings.Contains(out, unset) {
		t.Errorf("it does not say what cannot be read here:\n%s", out)
	}
	h.write("config.yaml", "timezone: Europe/Berlin\nroutnie: {}\n")
	if got := h.needed(); !strings.Contains(got, "config.yaml:2: ") {
		t.Errorf("what is wrong with the file itself is nobody's secret: %s", got)
	}
	r.stop()
}
