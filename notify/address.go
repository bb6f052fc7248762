package notify

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// checkAddress returns a service's root in one spelling, or what is wrong with
// it. Plain http would show what is named by shows to whoever listens on the way.
func checkAddress(text, example, shows string, insecure bool) (string, string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", "is not an address; write " + example
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", "holds a name, a ? or a #; write only scheme, host and path: " + example
	}
	if text := plainly(u, shows, insecure); text != "" {
		return "", text
	}
	u.Host = strings.ToLower(u.Host)
	return strings.TrimRight(u.String(), "/"), ""
}

// plainly says what is wrong with plain http to where u leads; empty: nothing.
func plainly(u *url.URL, shows string, insecure bool) string {
	if u.Scheme != "http" || insecure || loopback(u.Hostname()) {
		return ""
	}
	return fmt.Sprintf("plain http to %s would show %s to anyone on the way; write https://, or insecure_http: true on this channel", u.Hostname(), shows)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// private tells whether strangers cannot reach host: an address of a home
// network (RFC 1918, RFC 4193, link-local, RFC 6598 as VPNs use it), or a name
// that the public name service never has: one without a dot, .local
// (RFC 6762), .home.arpa (RFC 8375), .internal (reserved by ICANN in 2024).
func private(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || netip.MustParsePrefix("100.64.0.0/10").Contains(ip)
	}
	for _, end := range []string{".local", ".home.arpa", ".internal", ".localhost"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return !strings.Contains(host, ".")
}
