package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"nightbell/daemon/web"
)

// installed is where a program is that .ci/run installs, so that there its
// absence is an error; elsewhere the test that needs it is skipped.
func installed(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	path = filepath.Join("/usr/sbin", name) // not on every user's path
	if _, err = os.Stat(path); err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing; .ci/run installs it", name)
	}
	t.Skipf("%s is not installed; .ci/run installs it", name)
	return ""
}

// pageAddress is where a daemon says that its page is.
func (r *running) pageAddress() string {
	r.h.t.Helper()
	said := regexp.MustCompile(`page at (\S+), data`)
	r.await("the page's address", func() bool { return said.MatchString(r.log.String()) })
	return strings.TrimPrefix(said.FindStringSubmatch(r.log.String())[1], "http://")
}

// nginx starts a real one on loopback with these lines in its server, and
// returns its address.
func nginx(t *testing.T, dir, lines string) string {
	t.Helper()
	path := installed(t, "nginx")
	at, user := fmt.Sprintf("127.0.0.1:%d", freePort(t)), ""
	if os.Geteuid() == 0 {
		user = "user root;" // the test's folder is the owner's alone
	}
	conf := filepath.Join(dir, "nginx.conf")
	writeFile(t, conf, fmt.Sprintf(`daemon off; %s pid %s/nginx.pid; error_log stderr; worker_processes 1;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path %[2]s/body; proxy_temp_path %[2]s/proxy; fastcgi_temp_path %[2]s/fastcgi;
    uwsgi_temp_path %[2]s/uwsgi; scgi_temp_path %[2]s/scgi;
    client_max_body_size 200m;
    server { listen %[3]s; %[4]s }
}`, user, dir, at, lines))
	cmd := exec.Command(path, "-p", dir, "-e", "stderr", "-c", conf)
	var said syncBuffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is told to end
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	for range 400 {
		if conn, err := net.Dial("tcp", at); err == nil {
			conn.Close()
			return at
		}
		select {
		case <-ended:
			t.Fatalf("nginx ended: %s", said.String())
		case <-time.After(25 * time.Millisecond):
		}
	}
	t.Fatalf("nginx does not answer: %s", said.String())
	return ""
}

// ask sends a request as a browser or a script far away would.
func ask(t *testing.T, method, address, path string, headers ...string) (status int, body string, header http.Header) {
	t.Helper()
	// A stream that should not have been let in has no end of its own.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body) // what is cut short shows in the text
	return resp.StatusCode, string(text), resp.Header
}

// Behind a real proxy nothing is open that was not meant to be, however little
// its configuration says, and everything works for who is paired.
func TestBehindAProxy(t *testing.T) {
	const near, far = "listen: 127.0.0.1:0\n", "listen: 127.0.0.1:0\npublic_url: http://home.example/r\n"
	for _, c := range []struct {
		rule, configuration string
		server              string // UPSTREAM is the daemon
		below               string // the path that the proxy serves the page at
	}{
		{"the shortest configuration of a proxy", near, "location / { proxy_pass http://UPSTREAM; }", ""},
		{"one that says who asked", near, "location / { proxy_pass http://UPSTREAM; proxy_http_version 1.1; proxy_set_header Host localhost; proxy_set_header X-Forwarded-For $remote_addr; }", ""},
		{"one that only says its own name", near, "location / { proxy_pass http://UPSTREAM; proxy_http_version 1.1; proxy_set_header Via nginx; }", ""},
		{"one that says nothing, with public_url", far, "location / { proxy_pass http://UPSTREAM; proxy_http_version 1.1; proxy_set_header Connection \"\"; }", ""},
		{"one that says nothing, with login: always", near + "login: always\n", "location / { proxy_pass http://UPSTREAM; proxy_http_version 1.1; proxy_set_header Connection \"\"; }", ""},
		{"below a path, with the name that was asked for", far, "location /r/ { proxy_pass http://UPSTREAM/; proxy_set_header Host $host; }", "/r"},
		{"over a Unix socket", "listen: unix:SOCKET\npublic_url: http://home.example/r\n", "location / { proxy_pass http://UPSTREAM; proxy_http_version 1.1; proxy_set_header Connection \"\"; }", ""},
		{"over a Unix socket, without public_url", "listen: unix:SOCKET\n", "location / { proxy_pass http://UPSTREAM; proxy_http_version 1.1; proxy_set_header Connection \"\"; }", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			installed(t, "nginx")
			h := newHome(t, "2027-06-10T10:00:00", "")
			socket := filepath.Join(h.dir, "page.sock")
			h.write("config.yaml", "timezone: America/New_York\nchannels: [{name: here, type: console}]\n"+strings.ReplaceAll(c.configuration, "SOCKET", socket))
			d := h.start().ready()
			upstream := d.pageAddress()
			if strings.Contains(c.configuration, "SOCKET") {
				upstream = "unix:" + socket + ":"
			}
			at := nginx(t, h.dir, strings.ReplaceAll(c.server, "UPSTREAM", upstream))
			h.throughProxy(at, c.below)
			d.stop()
			if _, err := os.Stat(socket); err == nil {
				t.Errorf("%s is still there", socket)
			}
		})
	}
}

// throughProxy comes by a proxy as a stranger, then with a token, then as a
// browser that pairs.
func (h *home) throughProxy(at, below string) {
	t := h.t
	t.Helper()
	const public = "Host: home.example"
	h.must("log", "--at", "3h ago")
	for _, path := range []string{"/", "/history", "/report", "/api/v1/status", "/api/v1/sessions", "/api/v1/events", "/api/v1/logins", "/api/v1/calendar.ics", "/metrics"} {
		if status, body, _ := ask(t, "GET", at, below+path, public); status != http.StatusUnauthorized && status != http.StatusForbidden {
			t.Errorf("a stranger's GET %s: %d %.200s", path, status, body)
		}
	}
	for _, path := range []string{"/do", "/api/v1/undo", "/api/v1/sessions", "/api/v1/pairings", "/api/v1/reminders/open/start"} {
		if status, body, _ := ask(t, "POST", at, below+path, public, "X-Forwarded-For: 127.0.0.1"); status != http.StatusUnauthorized && status != http.StatusForbidden {
			t.Errorf("a stranger's POST %s: %d %.200s", path, status, body)
		}
	}
	if status, body, _ := ask(t, "GET", at, below+"/healthz", public); status != http.StatusOK {
		t.Errorf("healthz: %d %s", status, body)
	}
	out := h.must("token", "create", "script")
	token := "Authorization: Bearer " + strings.Fields(out)[0]
	if status, body, _ := ask(t, "GET", at, below+"/api/v1/status", public, token); status != http.StatusOK || !strings.Contains(body, `"state"`) {
		t.Errorf("a token: %d %.200s", status, body)
	}
	var doc web.PairDoc
	if err := json.Unmarshal([]byte(h.must("pair", "--json", "--url", "http://127.0.0.1:1")), &doc); err != nil {
		t.Fatal(err)
	}
	link := below + strings.TrimPrefix(doc.Link, "http://127.0.0.1:1")
	if status, body, _ := ask(t, "GET", at, link, public); status != http.StatusOK || !strings.Contains(body, "Pair this browser") {
		t.Errorf("a pairing link: %d %.200s", status, body)
	}
	status, body, header := ask(t, "POST", at, link, public)
	if status != http.StatusSeeOther || header.Get("Location") != "../" {
		t.Fatalf("pairing: %d %.200s %v", status, body, header)
	}
	cookie, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
	if status, body, _ := ask(t, "GET", at, below+"/", public, "Cookie: "+cookie); status != http.StatusOK {
		t.Errorf("the paired browser's page: %d %.200s", status, body)
	}
	if status, body, _ := ask(t, "POST", at, below+"/api/v1/undo", public, "Cookie: "+cookie, "Origin: http://evil.example"); status != http.StatusForbidden {
		t.Errorf("another site, in the paired browser: %d %.200s", status, body)
	}
	if status, body, _ := ask(t, "POST", at, below+"/api/v1/undo", public, "Cookie: "+cookie); status != http.StatusOK {
		t.Errorf("the paired browser's undo: %d %.200s", status, body)
	}
	h.eventThroughProxy(at, below, "Cookie: "+cookie)
}

// eventThroughProxy reads the first event of a stream.
func (h *home) eventThroughProxy(at, below, cookie string) {
	h.t.Helper()
	conn, err := net.Dial("tcp", at)
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // far more than an event takes
	fmt.Fprintf(conn, "GET %s/api/v1/events HTTP/1.1\r\nHost: home.example\r\n%s\r\n\r\n", below, cookie)
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, 1<<20)
	var head bytes.Buffer
	for lines.Scan() {
		fmt.Fprintln(&head, lines.Text())
		if strings.HasPrefix(lines.Text(), "data: {") {
			return
		}
	}
	h.t.Errorf("no event came: %v\n%s", lines.Err(), head.String())
}
