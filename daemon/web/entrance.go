package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Entrance is what the configuration says of who may come in.
type Entrance struct {
	PublicURL string   // what links begin with; empty: nothing leads here from outside
	Always    bool     // this machine needs a login too
	Hosts     []string // further names of this machine, in lower case
}

// homely tells whether a request needs no login: it comes from this machine,
// to this machine's own address, past no proxy, and nothing else can reach the
// daemon. What a request says of where it comes from never grants anything.
func (e Entrance) homely(r *http.Request) bool {
	if e.PublicURL != "" || e.Always || forwarded(r) {
		return false
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr) // a Unix socket has none
	return err == nil && peer.Addr().Unmap().IsLoopback() && loopbackName(hostName(r.Host))
}

// forwarded tells whether a request shows that a proxy passed it on. HTTP/1.0
// is one of the signs: it is how nginx before 1.29.7 speaks to what is behind
// it when nobody says otherwise, and no browser does.
func forwarded(r *http.Request) bool {
	if !r.ProtoAtLeast(1, 1) {
		return true
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded") || slices.Contains(proxyHeaders(), name) {
			return true
		}
	}
	return false
}

// proxyHeaders are those, besides X-Forwarded-*, that proxies add (RFC 7239,
// RFC 9110 7.6.3, and the habits of nginx, Cloudflare, Akamai and Tailscale).
func proxyHeaders() []string {
	return []string{"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "X-Original-Forwarded-For", "X-Cluster-Client-Ip",
		"Cf-Connecting-Ip", "True-Client-Ip", "Fastly-Client-Ip", "Tailscale-User-Login"}
}

// knows tells whether the name that a request was sent to is one of this
// machine's: a name that somebody else made lead here opens nothing.
func (e Entrance) knows(r *http.Request) bool {
	name := hostName(r.Host)
	if e.named(name) {
		return true
	}
	// The address itself, where others can reach it: numbers cannot be made to
	// lead elsewhere.
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	ip, err := netip.ParseAddr(name)
	if err != nil || local == nil {
		return false
	}
	at, err := netip.ParseAddrPort(local.String())
	return err == nil && at.Addr().Unmap() == ip.Unmap()
}

// named tells whether a name is one of this machine's by the configuration.
func (e Entrance) named(name string) bool {
	if loopbackName(name) || slices.Contains(e.Hosts, name) {
		return true
	}
	u, err := url.Parse(e.PublicURL)
	return err == nil && u.Host != "" && strings.EqualFold(u.Hostname(), name)
}

// Check finds what is wrong with an address that a link is to begin with.
func (e Entrance) Check(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return Wrong("%q is no address that a link can begin with; write it such as http://nas.local:8787", address)
	}
	name := strings.ToLower(u.Hostname())
	if _, err := netip.ParseAddr(name); err != nil && !e.named(name) {
		return Wrong("%s is no name of this machine, so a link with it would be refused; add it to hosts: in the configuration first", name)
	}
	return nil
}

// crossOrigin refuses what another site's page makes a browser send.
func (e Entrance) crossOrigin() *http.CrossOriginProtection {
	p := http.NewCrossOriginProtection()
	if u, err := url.Parse(e.PublicURL); err == nil && u.Host != "" {
		// A proxy may put another Host in the place of the one that was asked.
		_ = p.AddTrustedOrigin(u.Scheme + "://" + u.Host) // parsed, so it is an origin
	}
	return p
}

// hostName is a Host without its port, in lower case.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// loopbackName tells whether a name can only be this machine.
func loopbackName(name string) bool {
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && ip.IsLoopback()
}
