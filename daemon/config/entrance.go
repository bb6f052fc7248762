package config

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// listenUnix begins the value of listen that is a Unix socket.
const listenUnix = "unix:"

// Socket is the path of the Unix socket that listen names; "" when it is an
// address and a port.
func (c Config) Socket() string {
	if path, ok := strings.CutPrefix(c.Listen, listenUnix); ok {
		return path
	}
	return ""
}

func (s section) listen(variables variables) string {
	const what = "an address and a port, such as " + DefaultListen
	text, n, ok := s.scalar("listen", what)
	if !ok {
		return DefaultListen
	}
	address, ok := s.expand("listen", text, variables)
	if !ok {
		return DefaultListen
	}
	if path, ok := strings.CutPrefix(address, listenUnix); ok || strings.HasPrefix(address, "/") {
		if !ok || !filepath.IsAbs(path) {
			s.problem("listen", "%s is not the full path of a socket; write it such as unix:/run/nightbell/page.sock", value(n))
			return DefaultListen
		}
		return address
	}
	host, port, err := net.SplitHostPort(address)
	number, errPort := strconv.ParseUint(port, 10, 16)
	ip, errHost := netip.ParseAddr(host)
	if err != nil || errPort != nil || strconv.FormatUint(number, 10) != port || errHost != nil && host != "" && host != "localhost" {
		s.problem("listen", "%s is not an address of this machine; write %s", value(n), what)
		return DefaultListen
	}
	if host != "localhost" && !ip.IsLoopback() {
		s.notice("listen", "other machines can reach this address, over plain http: they need a login, and who listens between sees it; a reverse proxy with https keeps it to the two of them")
	}
	return address
}

// login tells whether this machine is asked for a login too.
func (s section) login() bool {
	n := s.node["login"]
	if s.empty("login") || n.Value == "off" || n.Value == "false" {
		return false
	}
	word, ok := s.choice("login", "always", `""`)
	return ok && word == "always"
}

// hostPattern is a name of a machine without a port: letters, digits and
// dashes between dots (RFC 1123), or an address.
var hostPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// maxHost is the longest name of a machine, in bytes (RFC 1035, 2.3.4).
const maxHost = 253

// hosts reads the further names of this machine.
func (s section) hosts() []string {
	const example = "[nas.local]"
	entries, names := s.list("hosts", "names such as "+example)
	var hosts []string
	for i, n := range entries {
		name := strings.ToLower(n.Value)
		_, err := netip.ParseAddr(name)
		if isNull(n) || len(name) > maxHost || !hostPattern.MatchString(name) && err != nil {
			s.problem(names[i], "%s is not the name of a machine; write it without http:// and port, such as nas.local", value(n))
			continue
		}
		hosts = append(hosts, name)
	}
	return hosts
}

// publicURL reads what links in pushes begin with.
func (s section) publicURL(variables variables) string {
	if s.empty("public_url") {
		return ""
	}
	const what = "the address under which the phone reaches this machine, such as https://home.example/r"
	text, n, ok := s.scalar("public_url", what)
	if !ok || text == "" || text == "off" {
		return ""
	}
	address, ok := s.expand("public_url", text, variables)
	if !ok {
		return ""
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		shown := value(n)
		if strings.ContainsAny(text, "@?#") { // a password, or a key
			shown = "what stands there"
		}
		s.problem("public_url", "%s is not an address that links can begin with; write %s", shown, what)
		return ""
	case u.Scheme == "http":
		s.notice("public_url", "links over plain http show their keys to everyone between; https keeps them to the phone")
	}
	return strings.TrimRight(address, "/")
}
