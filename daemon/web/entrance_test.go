package web_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"nightbell/daemon/web"
)

// request is one to host, from a peer, with headers.
func request(host, peer string, headers ...string) *http.Request {
	r := httptest.NewRequest("GET", "http://"+host+"/", nil)
	r.RemoteAddr = peer
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func TestWhoNeedsNoLogin(t *testing.T) {
	const here = "127.0.0.1:40000"
	for _, c := range []struct {
		rule    string
		e       web.Entrance
		r       *http.Request
		without bool
	}{
		{"this machine, to its own address", web.Entrance{}, request("127.0.0.1:8787", here), true},
		{"this machine, by IPv6", web.Entrance{}, request("[::1]:8787", "[::1]:40000"), true},
		{"this machine, by IPv4 in IPv6", web.Entrance{}, request("127.0.0.1", "[::ffff:127.0.0.1]:40000"), true},
		{"this machine, by any address of loopback", web.Entrance{}, request("127.9.9.9", here), true},
		{"this machine, as localhost", web.Entrance{}, request("LOCALHOST:8787", here), true},
		{"a name that leads to loopback may be anybody's", web.Entrance{}, request("localhost.evil.example", here), false},
		{"a name below localhost", web.Entrance{}, request("evil.localhost", here), false},
		{"loopback in other letters", web.Entrance{}, request("2130706433", here), false},
		{"another machine", web.Entrance{}, request("127.0.0.1:8787", "192.0.2.7:40000"), false},
		{"a Unix socket has a proxy before it", web.Entrance{}, request("localhost", "@"), false},
		{"with a public_url others may be behind it", web.Entrance{PublicURL: "https://home.example"}, request("127.0.0.1:8787", here), false},
		{"login: always", web.Entrance{Always: true}, request("127.0.0.1:8787", here), false},
		{"a further name of this machine", web.Entrance{Hosts: []string{"nas.local"}}, request("nas.local", here), false},
		{"X-Forwarded-For", web.Entrance{}, request("127.0.0.1", here, "X-Forwarded-For: 127.0.0.1"), false},
		{"an empty X-Forwarded-For", web.Entrance{}, request("127.0.0.1", here, "X-Forwarded-For: "), false},
		{"any other header that begins so", web.Entrance{}, request("127.0.0.1", here, "x-forwarded-ssl: on"), false},
		{"Forwarded", web.Entrance{}, request("127.0.0.1", here, "Forwarded: for=127.0.0.1"), false},
		{"Via", web.Entrance{}, request("127.0.0.1", here, "Via: 1.1 proxy"), false},
		{"X-Real-IP", web.Entrance{}, request("127.0.0.1", here, "X-Real-IP: 127.0.0.1"), false},
		{"CF-Connecting-IP", web.Entrance{}, request("127.0.0.1", here, "CF-Connecting-IP: 127.0.0.1"), false},
	} {
		if got := web.HomelyForTest(c.e, c.r); got != c.without {
			t.Errorf("%s: without a login %v; want %v", c.rule, got, c.without)
		}
	}
	old := request("127.0.0.1", here)
	old.ProtoMinor = 0
	if web.HomelyForTest(web.Entrance{}, old) {
		t.Error("HTTP/1.0 needs no login; only proxies speak it")
	}
}

func TestNamesOfThisMachine(t *testing.T) {
	e := web.Entrance{PublicURL: "https://Home.example:8443/r", Hosts: []string{"nas.local", "192.0.2.9"}}
	for host, want := range map[string]bool{
		"127.0.0.1:8787": true, "localhost": true, "[::1]": true, "home.example": true, "HOME.EXAMPLE:1": true, "nas.local:8787": true,
		"192.0.2.9": true, "192.0.2.7:8787": true, // the address that was connected to
		"192.0.2.8": false, "evil.example": false, "home.example.evil.example": false, "nas.local.": false, "": false,
	} {
		r := request("x", "192.0.2.200:40000")
		r.Host = host
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{IP: net.ParseIP("192.0.2.7"), Port: 8787})))
		if got := web.KnowsForTest(e, r); got != want {
			t.Errorf("%q is a name of this machine: %v; want %v", host, got, want)
		}
	}
}
