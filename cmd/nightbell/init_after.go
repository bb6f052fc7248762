package main

import (
	"fmt"
	"os"
	"path/filepath"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/daemon/web"
)

// after offers what comes next, or says it.
func (s *starter) after(cfg *config.Config) error {
	opened, err := s.open(cfg)
	if err != nil {
		return err
	}
	if s.link != "" {
		s.subscribe()
	}
	if s.answers.Channel != "console" {
		if err := s.ring(cfg, opened); err != nil {
			return err
		}
	}
	return s.serve()
}

// ring offers a test push, and a test alarm.
func (s *starter) ring(cfg *config.Config, opened []config.Opened) error {
	reaches := opened[:1] // the one that was asked for; the console needs no test
	try := func(alarm bool) error {
		return daemon.Try(s.ctx, cfg, reaches, web.TestQuery{Alarm: alarm}, s.now, func(line string) { s.say("  %s", line) })
	}
	if !s.yes {
		if ok, err := s.agree("Send a test push to the phone?", true); err != nil {
			return err
		} else if ok {
			if err := try(false); err != nil {
				s.say("  %v; again, whenever you like: nightbell test", err)
				return nil
			}
		}
	}
	ok := s.Alarm
	if !s.yes {
		var err error
		if ok, err = s.agree("Ring a test alarm, as at night? It stops when you answer it", s.Alarm); err != nil {
			return err
		}
	}
	if !ok {
		return nil
	}
	if err := try(true); err != nil {
		s.say("  %v; again, whenever you like: nightbell test --alarm", err)
	}
	return nil
}

// serve offers the service, and ends with how to go on.
func (s *starter) serve() error {
	p, err := s.servicePlan(os.Geteuid() != 0)
	if err != nil {
		return err
	}
	if p.Config, err = filepath.Abs(s.path); err != nil {
		return err
	}
	can := p.supported() == nil
	ok := s.Service
	if can && !s.yes {
		whose := map[bool]string{true: "your own service", false: "the system's service"}[p.User]
		if ok, err = s.agree("Keep it running day and night, as "+whose+"?", true); err != nil {
			return err
		}
	}
	named := ""
	if s.flags.Config != "" {
		named = " --config " + s.path
	}
	brought := p.packaged() != "" && p.Config == systemConfig // a package's unit, which reads this file
	if ok {
		if brought {
			return serviceStart(p)
		}
		if err := serviceInstall(p); err != nil {
			if !can { // another try would end the same
				return fmt.Errorf("%w\nthe configuration is written", err)
			}
			return fmt.Errorf("%w\nthe configuration is written; try again with: %s%s", err, p.ourselves("install"), named)
		}
		return serviceStart(p)
	}
	s.say("\nReminders begin with:   nightbell run%s", named)
	switch {
	case can && brought:
		s.say("and day and night with: %s", p.ourselves("start"))
	case can:
		s.say("and day and night with: %s%s, then %s", p.ourselves("install"), named, p.ourselves("start"))
	}
	return nil
}
