package config

import (
	"slices"
	"testing"
)

func TestWhoMayComeIn(t *testing.T) {
	for _, row := range []struct {
		rule, text, socket string
		hosts              []string
		always             bool
	}{
		{rule: "nothing said is this machine alone, without a login"},
		{rule: "off is nothing said", text: "login: off\nhosts: []\n"},
		{rule: "a login on this machine too", text: "login: always\n", always: true},
		{rule: "a socket for a proxy", text: "listen: unix:/run/nightbell/page.sock\n", socket: "/run/nightbell/page.sock"},
		{rule: "names are compared in lower case", text: "hosts: [NAS.local, 10.0.0.2, \"fd00::1\"]\n", hosts: []string{"nas.local", "10.0.0.2", "fd00::1"}},
	} {
		c, err := sourceOf(zoneLine + row.text).parse()
		if err != nil {
			t.Errorf("%s: %v", row.rule, err)
			continue
		}
		if c.Socket() != row.socket || !slices.Equal(c.Hosts, row.hosts) || c.LoginAlways != row.always {
			t.Errorf("%s: socket %q, hosts %q, always %v", row.rule, c.Socket(), c.Hosts, c.LoginAlways)
		}
	}
}
