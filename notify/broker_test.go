package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// mosquitto is a real broker on loopback, with one user, ann, whose password
// is "silent hours".
type mosquitto struct {
	t      *testing.T
	config string
	port   string
	cmd    *exec.Cmd
}

// mosquittoProgram finds the broker; .ci/run installs it, so there its absence
// is an error.
func mosquittoProgram(t *testing.T, name, folder string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path = filepath.Join(folder, name) // not on every user's path
		if _, err = os.Stat(path); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing; .ci/run installs it", name)
			}
			t.Skipf("%s is not installed; .ci/run installs it", name)
		}
	}
	return path
}

func newMosquitto(t *testing.T) *mosquitto {
	t.Helper()
	passwd := mosquittoProgram(t, "mosquitto_passwd", "/usr/bin")
	folder := t.TempDir()
	for _, f := range []string{folder, filepath.Dir(folder)} {
		if err := os.Chmod(f, 0o755); err != nil { // it gives up root's rights
			t.Fatal(err)
		}
	}
	words := filepath.Join(folder, "passwords")
	if out, err := exec.CommandContext(t.Context(), passwd, "-b", "-c", words, "ann", "silent hours").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Chmod(words, 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	config := filepath.Join(folder, "mosquitto.conf")
	text := fmt.Sprintf("listener %s 127.0.0.1\nallow_anonymous false\npassword_file %s\npersistence false\n", port, words)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	m := &mosquitto{t: t, config: config, port: port}
	m.start()
	t.Cleanup(m.kill)
	return m
}

func (m *mosquitto) start() {
	m.t.Helper()
	m.cmd = exec.Command(mosquittoProgram(m.t, "mosquitto", "/usr/sbin"), "-c", m.config)
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	eventually(m.t, "mosquitto listens", func() bool {
		c, err := net.DialTimeout("tcp", "127.0.0.1:"+m.port, time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// kill ends it as a power cut would.
func (m *mosquitto) kill() {
	if m.cmd != nil {
		_ = m.cmd.Process.Kill()
		_ = m.cmd.Wait()
		m.cmd = nil
	}
}

// said is what a stranger who comes now hears of a topic: what is retained.
func (m *mosquitto) said(topic string) string {
	out, err := exec.Command(mosquittoProgram(m.t, "mosquitto_sub", "/usr/bin"),
		"-h", "127.0.0.1", "-p", m.port, "-u", "ann", "-P", "silent hours", "-t", topic, "-C", "1", "-W", "2", "-V", "5").Output()
	if err != nil {
		return ""
	}
	return strings.TrimRight(string(out), "\n")
}

func (m *mosquitto) tell(topic, text string, more ...string) {
	m.t.Helper()
	args := append([]string{"-h", "127.0.0.1", "-p", m.port, "-u", "ann", "-P", "silent hours", "-t", topic, "-m", text, "-V", "5", "-q", "1"}, more...)
	if out, err := exec.Command(mosquittoProgram(m.t, "mosquitto_pub", "/usr/bin"), args...).CombinedOutput(); err != nil {
		m.t.Fatalf("%v\n%s", err, out)
	}
}

// eventually waits for something of another process, ten seconds at most.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); {
		if time.Now().After(end) {
			t.Fatalf("in ten seconds, not: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// brokerLog is what a use was told of, in order.
type brokerLog struct {
	mu    sync.Mutex
	lines []string
}

func (l *brokerLog) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *brokerLog) count(line string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, have := range l.lines {
		if strings.HasPrefix(have, line) {
			n++
		}
	}
	return n
}

func (l *brokerLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// serveBroker uses a broker as the daemon does, until the test or end ends it.
func serveBroker(t *testing.T, b *Broker) (log *brokerLog, end func()) {
	t.Helper()
	log = &brokerLog{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- b.Serve(ctx, BrokerUse{
			ID: "nightbell-test", Last: Told{"n/online", "offline", true}, Hear: []string{"n/do"},
			Up: func() {
				log.add("up")
				for _, m := range []Told{{"n/online", "online", true}, {"n/state", `{"next":null}`, true}} {
					if err := b.Tell(ctx, m); err != nil {
						log.add("tell: " + err.Error())
					}
				}
			},
			Heard: func(m Told) { log.add(fmt.Sprintf("heard %s %q kept %v", m.Topic, m.Text, m.Keep)) },
			Down:  func(err error) { log.add("down: " + err.Error()) },
		})
	}()
	var once sync.Once
	end = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("serve: %v", err)
			}
		})
	}
	t.Cleanup(end)
	return log, end
}

func openBroker(t *testing.T, v Values) *Broker {
	t.Helper()
	b, problems := OpenBroker(v, Tools{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return b
}

func TestABrokerIsToldAndHeard(t *testing.T) {
	m := newMosquitto(t)
	b := openBroker(t, Values{"broker": "mqtt://127.0.0.1:" + m.port, "user": "ann", "password": "silent hours"})
	log, end := serveBroker(t, b)
	eventually(t, "up", func() bool { return log.count("up") == 1 })
	eventually(t, "online is kept for whoever comes later", func() bool { return m.said("n/online") == "online" })
	m.tell("n/do", "start")
	eventually(t, "heard", func() bool { return log.count(`heard n/do "start" kept false`) == 1 })
	end()
	if got := m.said("n/online"); got != "offline" {
		t.Errorf("after the end the broker says %q, want offline", got)
	}
	if err := b.Tell(t.Context(), Told{Topic: "n/state"}); !errors.Is(err, ErrNoBroker) {
		t.Errorf("telling after the end: %v", err)
	}
	if strings.Contains(log.String(), "tell:") {
		t.Errorf("log:\n%s", log)
	}
}

func TestABrokerThatWasAwayIsToldAnew(t *testing.T) {
	m := newMosquitto(t)
	b := openBroker(t, Values{"broker": "mqtt://127.0.0.1:" + m.port, "user": "ann", "password": "silent hours"})
	log, _ := serveBroker(t, b)
	eventually(t, "up", func() bool { return log.count("up") == 1 })
	m.kill()
	eventually(t, "down", func() bool { return log.count("down: ") >= 1 })
	if err := b.Tell(t.Context(), Told{Topic: "n/state", Text: "x"}); err == nil {
		t.Error("a broker that is dead was told something")
	}
	m.start() // it kept nothing
	eventually(t, "up again", func() bool { return log.count("up") == 2 })
	eventually(t, "told anew", func() bool { return m.said("n/online") == "online" })
}

func TestTheBrokerSpeaksForAClientThatDied(t *testing.T) {
	m := newMosquitto(t)
	b := openBroker(t, Values{"broker": "mqtt://127.0.0.1:" + m.port, "user": "ann", "password": "silent hours"})
	log, _ := serveBroker(t, b)
	eventually(t, "online", func() bool { return log.count("up") == 1 && m.said("n/online") == "online" })
	var heard bytes.Buffer
	ear := exec.CommandContext(t.Context(), mosquittoProgram(t, "mosquitto_sub", "/usr/bin"),
		"-h", "127.0.0.1", "-p", m.port, "-u", "ann", "-P", "silent hours", "-t", "n/online", "-C", "3", "-W", "10", "-V", "5")
	out, err := ear.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := ear.Start(); err != nil {
		t.Fatal(err)
	}
	first := make([]byte, len("online\n"))
	if _, err := io.ReadFull(out, first); err != nil { // it listens from here on
		t.Fatal(err)
	}
	b.line.Load().TerminateConnectionForTest() // the line breaks without a goodbye
	if _, err := io.Copy(&heard, out); err != nil {
		t.Fatal(err)
	}
	_ = ear.Wait()
	if got := string(first) + heard.String(); got != "online\noffline\nonline\n" {
		t.Errorf("others heard %q, want online, offline by the broker, and online again", got)
	}
}

func TestABrokerRefusesAWrongPassword(t *testing.T) {
	m := newMosquitto(t)
	b := openBroker(t, Values{"broker": "mqtt://127.0.0.1:" + m.port, "user": "ann", "password": "not that one"})
	log, _ := serveBroker(t, b)
	eventually(t, "down", func() bool { return log.count("down: ") >= 1 })
	if want := "down: talking to the MQTT broker: it refuses the user and password; compare them with the broker's"; log.count(want) == 0 {
		t.Errorf("got:\n%s\nwant: %s", log, want)
	}
	if strings.Contains(log.String(), "not that one") {
		t.Errorf("the password is in: %s", log)
	}
}

func TestBrokerSettings(t *testing.T) {
	tests := []struct {
		rule   string
		values Values
		want   string // empty: taken
	}{
		{"TLS to anywhere", Values{"broker": "mqtts://broker.example"}, ""},
		{"plain to this machine", Values{"broker": "mqtt://localhost"}, ""},
		{"plain to another machine shows the log", Values{"broker": "mqtt://192.168.1.5"}, "broker plain mqtt to 192.168.1.5 would show the log and the password to anyone on the way; write mqtts://, or insecure_mqtt: true"},
		{"plain to another machine if asked for", Values{"broker": "mqtt://192.168.1.5", "insecure_mqtt": true}, ""},
		{"a password belongs beside the address", Values{"broker": "mqtts://ann:x@broker.example"}, "broker holds more than scheme, host and port; write mqtts://broker.local:8883, and user: and password: beside it"},
		{"another scheme", Values{"broker": "https://broker.example"}, "broker is not the address of a broker; write mqtts://broker.local:8883, or mqtt:// for one on this machine"},
		{"a password without a user", Values{"broker": "mqtts://broker.example", "password": "silent hours"}, "user is not set, and the password is of no use without it"},
		{"a certificate that is none", Values{"broker": "mqtts://broker.example", "ca": "hello"}, "ca holds no certificate; it begins with -----BEGIN CERTIFICATE-----"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			_, problems := OpenBroker(tt.values, Tools{})
			got := ""
			for _, p := range problems {
				got += p.Key + " " + p.Text
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
