package main

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"

	"nightbell/daemon/config"
	"nightbell/daemon/web"
)

// door is a handler that is there before what is behind it.
type door struct{ behind atomic.Pointer[http.Handler] }

func (d *door) open(h http.Handler) { d.behind.Store(&h) }

// ServeHTTP hands on to what is behind the door by now.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*d.behind.Load()).ServeHTTP(w, r) }

// knock listens for the page before the journal is open: a journal of years takes a
// while to look through, and who probes the process learns so long that it
// lives and what it is at.
func (s *servers) knock(cfg *config.Config, log *slog.Logger) error {
	l, err := listenPage(cfg)
	if err != nil {
		return err
	}
	s.page = l
	if file := cfg.Socket(); file != "" {
		s.files = append(s.files, file)
	}
	s.door.open(web.Probes(web.Health{
		Alive: func() error { return nil },
		Ready: func() error { return errors.New("opening the journal") },
	}))
	s.serve(l, &s.door, log)
	return nil
}

// listenPage listens where the configuration says that the page is.
func listenPage(cfg *config.Config) (net.Listener, error) {
	if file := cfg.Socket(); file != "" {
		return listenUnix(file, socketPage)
	}
	return net.Listen("tcp", cfg.Listen)
}

// address is what leads a browser to the page; "" when nothing does.
func (s *servers) address() string {
	if s.page == nil {
		return ""
	}
	at, err := netip.ParseAddrPort(s.page.Addr().String())
	if err != nil {
		return "" // a socket: what leads there is the proxy's
	}
	if at.Addr().IsUnspecified() {
		at = netip.AddrPortFrom(nearAddress(), at.Port())
	}
	return "http://" + at.String()
}

// nearAddress is the first address of this machine that others near it can
// use, or loopback where there is none.
func nearAddress() netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		all = nil // then loopback it is
	}
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if err == nil && prefix.Addr().Is4() && prefix.Addr().IsGlobalUnicast() {
			return prefix.Addr()
		}
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}
