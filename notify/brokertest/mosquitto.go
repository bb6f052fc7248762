// Package brokertest runs a real mosquitto on loopback for tests, and is the
// other side of it: a stranger who listens or presses a button.
package brokertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The one user whom the broker lets in.
const (
	User     = "ann"
	Password = "silent hours"
)

// Mosquitto is a broker that ends with its test.
type Mosquitto struct {
	t      testing.TB
	config string
	port   string
	cmd    *exec.Cmd
}

// program finds one of mosquitto's. .ci/run installs them, so there its
// absence is an error; elsewhere the test is skipped.
func program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path = filepath.Join("/usr/sbin", name) // not on every user's path
		if _, err = os.Stat(path); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing; .ci/run installs it", name)
			}
			t.Skipf("%s is not installed; .ci/run installs it", name)
		}
	}
	return path
}

// New starts a broker that speaks plainly.
func New(t testing.TB) *Mosquitto {
	t.Helper()
	return start(t, "")
}

// NewTLS starts a broker with a certificate for 127.0.0.1 that nobody knows;
// authority is the one that signed it, as PEM.
func NewTLS(t testing.TB) (m *Mosquitto, authority string) {
	t.Helper()
	folder := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a house of its own"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	authority = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	for _, f := range []string{folder, filepath.Dir(folder)} {
		must(t, os.Chmod(f, 0o755)) // it gives up root's rights before it reads them
	}
	cert, file := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	must(t, os.WriteFile(cert, []byte(authority), 0o644))
	must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o644))
	return start(t, fmt.Sprintf("certfile %s\nkeyfile %s\n", cert, file)), authority
}

// start starts a broker with more lines for its listener.
func start(t testing.TB, more string) *Mosquitto {
	t.Helper()
	passwd := program(t, "mosquitto_passwd")
	folder := t.TempDir()
	for _, f := range []string{folder, filepath.Dir(folder)} {
		must(t, os.Chmod(f, 0o755)) // it gives up root's rights
	}
	words := filepath.Join(folder, "passwords")
	if out, err := exec.CommandContext(t.Context(), passwd, "-b", "-c", words, User, Password).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	must(t, os.Chmod(words, 0o644))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	m := &Mosquitto{t: t, config: filepath.Join(folder, "mosquitto.conf"), port: port}
	text := fmt.Sprintf("listener %s 127.0.0.1\n%sallow_anonymous false\npassword_file %s\npersistence false\n", port, more, words)
	must(t, os.WriteFile(m.config, []byte(text), 0o644))
	m.Start()
	t.Cleanup(m.Kill)
	return m
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Address is where it listens, plainly.
func (m *Mosquitto) Address() string { return "mqtt://127.0.0.1:" + m.port }

// TLSAddress is where one made by NewTLS listens.
func (m *Mosquitto) TLSAddress() string { return "mqtts://127.0.0.1:" + m.port }

// Start starts it again; it remembers nothing.
func (m *Mosquitto) Start() {
	m.t.Helper()
	m.cmd = exec.Command(program(m.t, "mosquitto"), "-c", m.config)
	must(m.t, m.cmd.Start())
	Eventually(m.t, "mosquitto listens", func() bool {
		c, err := net.DialTimeout("tcp", "127.0.0.1:"+m.port, time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// Kill ends it as a power cut would.
func (m *Mosquitto) Kill() {
	if m.cmd != nil {
		_ = m.cmd.Process.Kill()
		_ = m.cmd.Wait()
		m.cmd = nil
	}
}

func (m *Mosquitto) client(name, topic string, more ...string) *exec.Cmd {
	return exec.CommandContext(m.t.Context(), program(m.t, name),
		append([]string{"-h", "127.0.0.1", "-p", m.port, "-u", User, "-P", Password, "-V", "5", "-q", "1", "-t", topic}, more...)...)
}

// Said is what a stranger who comes now hears of a topic: what is retained;
// empty: nothing.
func (m *Mosquitto) Said(topic string) string {
	out, err := m.client("mosquitto_sub", topic, "-C", "1", "-W", "2").Output()
	if err != nil {
		return ""
	}
	return strings.TrimRight(string(out), "\n")
}

// Hear listens to a topic on which something is retained. Once it returns it
// has heard that; what it returns waits for n messages in all, that one
// included, and gives them a line each.
func (m *Mosquitto) Hear(topic string, n int) func() string {
	m.t.Helper()
	ear := m.client("mosquitto_sub", topic, "-C", fmt.Sprint(n), "-W", "10")
	out, err := ear.StdoutPipe()
	must(m.t, err)
	must(m.t, ear.Start())
	first := make([]byte, 1)
	_, err = io.ReadFull(out, first)
	must(m.t, err)
	return func() string {
		rest, err := io.ReadAll(out)
		must(m.t, err)
		_ = ear.Wait()
		return string(first) + string(rest)
	}
}

// Tell says something, as a button does; more are flags of mosquitto_pub.
func (m *Mosquitto) Tell(topic, text string, more ...string) {
	m.t.Helper()
	if out, err := m.client("mosquitto_pub", topic, append([]string{"-m", text}, more...)...).CombinedOutput(); err != nil {
		m.t.Fatalf("%v\n%s", err, out)
	}
}

// eventually bounds how long Eventually waits: a client that lost its broker
// tries again after as much as a minute (autopaho's backoff doubles up to that).
const eventually = 90 * time.Second

// Eventually waits for something of another process.
func Eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(eventually); !is(); {
		if time.Now().After(end) {
			t.Fatalf("in %s, not: %s", eventually, what)
		}
		<-time.After(5 * time.Millisecond)
	}
}
