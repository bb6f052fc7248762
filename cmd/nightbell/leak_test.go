package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"nightbell/notify/pushovertest"
)

// gossip is a server that answers with an error and everything it was told,
// where it can: in the reason, the header, the redirect. It keeps the keys of
// the buttons it saw.
type gossip struct {
	mu   sync.Mutex
	keys map[string]bool
	seen map[string]int // requests, by the first part of the path
}

// keysOfPushes finds the keys of buttons and links: 128 bits in base64url.
var keysOfPushes = regexp.MustCompile(`/(?:start|done|snooze|skip|answer)/([A-Za-z0-9_-]{22})`)

func (g *gossip) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	told := r.URL.RequestURI() + " " + string(body) + " " + r.Header.Get("Authorization")
	part := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 2)[0]
	text := string(body)
	if plain, err := url.QueryUnescape(text); err == nil {
		text += plain
	}
	g.mu.Lock()
	g.seen[part]++
	for _, m := range keysOfPushes.FindAllStringSubmatch(strings.ReplaceAll(text, `\/`, "/"), -1) {
		g.keys[m[1]] = true
	}
	g.mu.Unlock()
	oneLine := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, told)
	w.Header().Set("X-Told", oneLine)
	w.Header().Set("X-Limit-App-Remaining", oneLine)
	switch part {
	case "refuses":
		w.WriteHeader(401)
	case "unknown":
		w.WriteHeader(404)
	case "limits":
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(429)
	case "breaks":
		w.WriteHeader(503)
	case "elsewhere":
		w.Header().Set("Location", "https://user:"+url.QueryEscape(oneLine)+"@other.example/?"+oneLine)
		w.WriteHeader(307)
	case "aborts":
		panic(http.ErrAbortHandler)
	}
	fmt.Fprintf(w, `{"status":0,"code":40000,"error":%q,"errors":[%q]}`, oneLine, oneLine)
}

// secretsOf are the secrets of the leak test, by where they come from.
func secretsOf() map[string]string {
	return map[string]string{
		"pushover token, in a variable":   pushovertest.Token,
		"pushover user, in a file":        pushovertest.User,
		"ntfy topic, in a file":           "t0picFile0123456789abcdef",
		"ntfy token, in a variable":       "tk_ntfyT0kenntfyT0kenntfyT0ke",
		"ntfy reply topic, in a variable": "replyT0pic0123456789abcdef",
		"webhook address, in a variable":  "h00kpath0123456789",
		"webhook secret, in a file":       "h00ksecret0123456789",
		"heartbeat address":               "heartbeatPath0123456789",
		"broker password, in a file":      "br0kerPassw0rd0123",
		"Baby Buddy token, in a variable": "babybuddyT0ken0123456789",
		"ntfy topic, literal":             "literalT0pic0123456789abcd",
		"webhook secret, literal":         "literalS3cret0123456789",
	}
}

// leaky is a machine with a channel for every way to fail, each with secrets
// of its own kind.
func leaky(t *testing.T, g *gossip) *home {
	t.Helper()
	srv := httptest.NewServer(g)
	t.Cleanup(srv.Close)
	s := secretsOf()
	h := newHome(t, justBefore, "")
	h.write("topic", s["ntfy topic, in a file"]+"\n")
	h.write("user", s["pushover user, in a file"]+"\n")
	h.write("brokerpassword", s["broker password, in a file"]+"\n")
	h.write("hooksecret", s["webhook secret, in a file"]+"\n")
	h.env = []string{"BABY=" + s["Baby Buddy token, in a variable"], "PUSH_TOKEN=" + s["pushover token, in a variable"], "NTFY_TOKEN=" + s["ntfy token, in a variable"],
		"REPLIES=" + s["ntfy reply topic, in a variable"], "HOOK=" + srv.URL + "/refuses/" + s["webhook address, in a variable"]}
	plain, err := net.Listen("tcp", "127.0.0.1:0") // nobody accepts: what speaks TLS to it hangs or is reset
	if err != nil {
		t.Fatal(err)
	}
	plain.Close()
	hook := func(name, address string) string {
		return fmt.Sprintf("  - {name: %s, type: webhook, url: %q, secret: %s}\n", name, address+"/"+s["webhook address, in a variable"], s["webhook secret, literal"])
	}
	ntfy := func(name, server, topic string) string {
		return fmt.Sprintf("  - {name: %s, type: ntfy, server: %q, %s, token: \"${NTFY_TOKEN}\", reply_topic: \"${REPLIES}\", replies: true, prearm: true}\n", name, server, topic)
	}
	literal := "topic: " + s["ntfy topic, literal"]
	h.write("config.yaml", "timezone: America/New_York\nlisten: 127.0.0.1:0\npublic_url: https://home.example/r\nlog: {level: debug}\ndelivery: {use: all}\n"+
		"home_assistant: {broker: \"mqtt://127.0.0.1:1\", user: ann, password_file: brokerpassword}\n"+
		"baby_buddy: {url: \""+srv.URL+"/refuses\", token: \"${BABY}\", child: 1}\n"+
		"heartbeat: {url: \""+srv.URL+"/refuses/"+s["heartbeat address"]+"\"}\nchannels:\n"+
		fmt.Sprintf("  - {name: push, type: pushover, token: \"${PUSH_TOKEN}\", user_file: user, api: %q}\n", srv.URL+"/refuses")+
		"  - {name: hook, type: webhook, url: \"${HOOK}\", secret_file: hooksecret}\n"+
		hook("hook-unknown", srv.URL+"/unknown")+hook("hook-limits", srv.URL+"/limits")+hook("hook-breaks", srv.URL+"/breaks")+
		hook("hook-elsewhere", srv.URL+"/elsewhere")+hook("hook-aborts", srv.URL+"/aborts")+
		hook("hook-tls", strings.Replace(srv.URL, "http:", "https:", 1)+"/x")+hook("hook-gone", "http://"+plain.Addr().String())+hook("hook-nowhere", "https://name.invalid")+
		ntfy("ntfy", srv.URL+"/refuses", "topic_file: topic")+ntfy("ntfy-breaks", srv.URL+"/breaks", literal)+ntfy("ntfy-aborts", srv.URL+"/aborts", literal)+
		ntfy("ntfy-elsewhere", srv.URL+"/elsewhere", literal)+ntfy("ntfy-tls", strings.Replace(srv.URL, "http:", "https:", 1)+"/x", literal)+
		ntfy("ntfy-nowhere", "https://name.invalid", literal))
	return h
}

// leaks holds texts against secrets, in the forms in which one could leak.
type leaks struct {
	t       *testing.T
	secrets map[string]string
}

func (l leaks) in(place, text string) {
	l.t.Helper()
	for what, secret := range l.secrets {
		for form, s := range map[string]string{
			"as it is": secret, "in base64": base64.StdEncoding.EncodeToString([]byte(secret)), "in hex": hex.EncodeToString([]byte(secret)),
			"for an address": url.QueryEscape(secret), "its first half": secret[:len(secret)/2+2],
		} {
			if i := strings.Index(text, s); i >= 0 {
				l.t.Errorf("%s holds the %s, %s: ...%.160q", place, what, form, text[max(0, i-60):])
				break
			}
		}
	}
}

// TestNoSecretLeaks provokes every kind of failure on the real program with
// secrets of every kind, and then reads all it says and keeps.
func TestNoSecretLeaks(t *testing.T) {
	t.Parallel()
	g := &gossip{keys: map[string]bool{}, seen: map[string]int{}}
	h := leaky(t, g)
	h.must("log", "--at", nightBefore)
	d := h.start().ready()
	d.await("an error of each channel", func() bool {
		for _, c := range h.status().Channels {
			if c.LastError == nil {
				return false
			}
		}
		return true
	})
	l := leaks{t, secretsOf()}
	out, code := h.run("token", "create", "script")
	token := regexp.MustCompile(`[A-Za-z0-9_-]{22,}`).FindString(out)
	if code != 0 || token == "" {
		t.Fatalf("token create: %d\n%s", code, out)
	}
	out, _ = h.run("pair")
	link := regexp.MustCompile(`https://home\.example/r/\S+`).FindString(out)
	l.secrets["token of a script"], l.secrets["link that pairs"] = token, link[strings.LastIndexAny(link, "/=#")+1:]
	g.mu.Lock()
	keys := len(g.keys)
	for key := range g.keys {
		l.secrets["key of a button "+key[:3]] = key
	}
	g.mu.Unlock()
	if keys < 3 || len(l.secrets["link that pairs"]) < 16 {
		t.Fatalf("%d keys seen in pushes, link %q; the test looks at too little", keys, link)
	}

	for _, args := range [][]string{
		{"status"}, {"status", "--json"}, {"plan"}, {"plan", "--json", "--explain"}, {"sessions", "--json"}, {"check"}, {"token", "list"}, {"pair", "list"},
		{"test"}, {"test", "--alarm", "push"}, {"export", "--format", "jsonl"}, {"export", "--format", "ics"}, {"version"}, {"snooze"}, {"undo"}, {"check", "--schema"}, {"service", "status"},
	} {
		out, _ := h.run(args...)
		l.in("nightbell "+strings.Join(args, " "), out)
	}
	askTheSite(t, l, d, token)
	if cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", d.cmd.Process.Pid)); err == nil {
		l.in("the process list", string(cmdline))
	} else if runtime.GOOS == "linux" {
		t.Error(err)
	}
	h.must("backup", filepath.Join(h.dir, "copy.db"))

	// What is wrong with a configuration is said without its values.
	good, err := os.ReadFile(filepath.Join(h.dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range brokenConfigurations() {
		h.write("broken.yaml", wrong)
		out, code := h.run("check", "--config", "broken.yaml")
		if code == 0 {
			t.Errorf("check takes %s", wrong)
		}
		l.in("check of "+wrong, out)
	}
	h.write("config.yaml", string(good)+"  - {name: ntfy-wrong, type: ntfy, topic: \"${HOOK}\"}\n")
	d.await("the broken file", func() bool { return strings.Contains(d.log.String(), "has a problem") })
	out, _ = h.run("status")
	l.in("status with a broken file", out)
	d.stop()
	l.in("the log", d.log.String())
	out, _ = h.run("status") // the daemon is gone, and the file broken
	l.in("status without a daemon", out)
	lookThroughFiles(t, l, h.dir)
}

// brokenConfigurations hold secrets where they do not belong, or in a form that
// is none.
func brokenConfigurations() []string {
	s := secretsOf()
	const head = "timezone: UTC\nchannels:\n"
	return []string{
		head + "  - {name: a, type: pushover, token: [" + s["pushover token, in a variable"] + "], user: {a: " + s["pushover user, in a file"] + "}}\n",
		head + "  - {name: a, type: pushover, token: " + s["pushover token, in a variable"] + "x, user: " + s["pushover user, in a file"] + "!}\n",
		head + "  - {name: a, type: ntfy, topic: \"" + s["ntfy topic, literal"] + "/x\", token: " + s["ntfy token, in a variable"] + "?}\n",
		head + "  - {name: a, type: ntfy, server: \"https://ann:" + s["webhook secret, literal"] + "@ntfy.example\", topic: x}\n",
		head + "  - {name: a, type: webhook, url: \"ftp://host/" + s["webhook address, in a variable"] + "\", secret: \"" + s["webhook secret, literal"][:8] + "\"}\n",
		head + "  - {name: a, type: webhook, url: \"https://ann:" + s["webhook secret, literal"] + "@host/x\", secret_file: none/" + "x}\n",
		head + "  - {name: a, type: webhook, url: \"http://host.example/" + s["webhook address, in a variable"] + "\", secret: \"" + s["webhook secret, literal"] + "\"}\n",
		"timezone: UTC\nheartbeat: {url: \"http://host.example/" + s["heartbeat address"] + "\"}\n",
		"timezone: UTC\nheartbeat: {url: \"https://ann:" + s["webhook secret, literal"] + "@host.example/" + s["heartbeat address"] + "\"}\n",
		"timezone: UTC\nheartbeat: {url: [\"" + s["heartbeat address"] + "\"]}\n",
		"timezone: UTC\nhome_assistant: {broker: \"mqtt://ann:" + s["webhook secret, literal"] + "@broker.example\", password: [\"" + s["broker password, in a file"] + "\"]}\n",
		"timezone: UTC\nbaby_buddy: {url: \"http://ann:" + s["webhook secret, literal"] + "@baby.example\", token: \"" + s["Baby Buddy token, in a variable"] + " x\", child: 1}\n",
		"timezone: UTC\npublic_url: \"https://ann:" + s["webhook secret, literal"] + "@home.example/r\"\n",
	}
}

// askTheSite asks over TCP, with and without a token, with true and forged keys.
func askTheSite(t *testing.T, l leaks, d *running, token string) {
	t.Helper()
	at := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(d.log.String())
	if at == "" {
		t.Fatalf("the daemon does not say where it listens:\n%s", d.log.String())
	}
	for _, path := range []string{"/", "/healthz", "/readyz", "/metrics", "/api/v1/status", "/api/v1/plan", "/api/v1/sessions", "/api/v1/openapi.json", "/a/x/start/" + strings.Repeat("A", 22), "/none"} {
		for _, with := range []string{"", token} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if with != "" {
				req.Header.Set("Authorization", "Bearer "+with)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
			resp.Body.Close()
			l.in("GET "+path, fmt.Sprint(resp.Header)+string(body))
		}
	}
}

// lookThroughFiles reads all that the daemon keeps. A copy of the configuration
// holds what that held, and is for the owner alone; so is the buttons' secret.
func lookThroughFiles(t *testing.T, l leaks, dir string) {
	t.Helper()
	ours := map[string]bool{"config.yaml": true, "broken.yaml": true, "topic": true, "user": true, "hooksecret": true, "brokerpassword": true} // what the person wrote
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || ours[e.Name()] && filepath.Dir(path) == dir {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %o; others may read it", e.Name(), info.Mode().Perm())
		}
		here := leaks{t, map[string]string{}}
		for what, secret := range l.secrets {
			if e.Name() != "last-good.yaml" || !strings.Contains(what, "literal") && what != "webhook address, in a variable" && what != "heartbeat address" {
				here.secrets[what] = secret // those stand in the configuration itself
			}
		}
		here.in("the file "+e.Name(), string(text))
		return nil
	})
	if err != nil || files < 4 {
		t.Errorf("looked through %d files: %v", files, err)
	}
}
