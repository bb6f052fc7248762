package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"rsc.io/qr"

	"nightbell/notify"
)

// checkWithin bounds asking a service whether it knows the credentials: a
// request may take 10 s, and ntfy is asked three times.
const checkWithin = 40 * time.Second

func (s *starter) askChannel() error {
	preset := "pushover"
	if s.env("NTFY_TOPIC") != "" || s.NtfyTopic != "" {
		preset = "ntfy"
	}
	if !s.yes && s.Channel == "" {
		s.say("\nHow reminders reach you:")
		s.say("  pushover  rings at night until you acknowledge it; an account, 5 USD once after 30 days (https://pushover.net)")
		s.say("  ntfy      free and without an account; rings once, and again after 5 and 15 minutes (https://ntfy.sh)")
		s.say("  console   only prints, to look around")
	}
	channel, err := s.settle(s.Channel, "Channel", preset, func(text string) (string, error) {
		switch text = strings.ToLower(text); text {
		case "pushover", "ntfy", "console":
			return text, nil
		}
		return "", usage("%q is none of pushover, ntfy, console (--channel)", text)
	})
	s.answers.Channel = channel
	return err
}

// askSecrets asks what the channel needs, until the service knows it.
func (s *starter) askSecrets() error {
	for range triesMost {
		var err error
		switch s.answers.Channel {
		case "pushover":
			err = s.askPushover()
		case "ntfy":
			err = s.askNtfy()
		}
		if err != nil || s.NoCheck || s.answers.Channel == "console" {
			return err
		}
		err = s.check()
		if err == nil {
			s.say("  %s knows these credentials.", map[string]string{"pushover": "Pushover", "ntfy": "The server"}[s.answers.Channel])
			return nil
		}
		if s.yes {
			return fmt.Errorf("%w; nothing was written; to write it all the same: --no-check", err)
		}
		s.say("  %v", err)
		again, err := s.agree("Type them again? (no keeps them as they are)", true)
		if err != nil || !again {
			return err
		}
		s.again = true
	}
	return errLeft
}

// check asks the service.
func (s *starter) check() error {
	cfg, err := s.candidate()
	if err != nil {
		return err
	}
	opened, err := s.open(cfg)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.ctx, checkWithin)
	defer cancel()
	for _, o := range opened {
		if c, ok := o.Channel.(notify.Checker); ok {
			if err := c.Check(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// given is a flag's value, else a variable's.
func (s *starter) given(flag, variable string) string {
	switch {
	case s.again:
		return ""
	case flag != "":
		return flag
	}
	return s.env(variable)
}

func (s *starter) askPushover() error {
	settings := map[string]string{}
	s.answers.Settings = settings
	if s.PushoverAPI != "" {
		settings["api"] = s.PushoverAPI
	}
	token, user := s.given(s.PushoverToken, "PUSHOVER_TOKEN"), s.given(s.PushoverUser, "PUSHOVER_USER")
	if !s.yes && (token == "" || user == "") {
		s.say("  Install Pushover on the phone. Your user key is on its first page, and on https://pushover.net;")
		s.say("  an application's token: https://pushover.net/apps/build. What you paste is not shown.")
	}
	for _, one := range []struct{ key, question, flag, value string }{
		{"token", "  The application's token", "--pushover-token, or PUSHOVER_TOKEN", token},
		{"user", "  Your user key", "--pushover-user, or PUSHOVER_USER", user},
	} {
		accept := s.accepts("pushover", one.key, one.flag)
		var err error
		if one.value != "" || s.yes {
			settings[one.key], err = accept(one.value)
		} else {
			settings[one.key], err = s.secret(one.question, accept)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// accepts reads one secret of a channel type, and says what is wrong with that
// one: the others are not looked at here.
func (s *starter) accepts(channel, key, flag string) func(string) (string, error) {
	return func(text string) (string, error) {
		for _, t := range notify.Types() {
			if t.Name != channel {
				continue
			}
			_, problems := t.Open(channel, notify.Values{key: text}, notify.Tools{Now: s.now})
			for _, p := range problems {
				if p.Key == key {
					return "", usage("%s %s (%s)", p.Key, p.Text, flag)
				}
			}
		}
		return text, nil
	}
}

// ntfyPublic is the server that everybody may use.
const ntfyPublic = "https://ntfy.sh"

func (s *starter) askNtfy() error {
	server, err := s.settle(s.NtfyServer, "  The server", ntfyPublic, func(text string) (string, error) {
		text = strings.TrimRight(text, "/")
		if at, err := url.Parse(text); err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
			return "", usage("%q is not the address of a server; write one such as https://ntfy.sh (--ntfy-server)", text)
		}
		return text, nil
	})
	if err != nil {
		return err
	}
	token, accept := s.given(s.NtfyToken, "NTFY_TOKEN"), s.accepts("ntfy", "token", "--ntfy-token, or NTFY_TOKEN")
	if token == "" && !s.yes && (server != ntfyPublic || s.again) {
		token, err = s.secret("  An access token, or nothing", accept)
	} else {
		token, err = accept(token)
	}
	if err != nil {
		return err
	}
	topic := s.given(s.NtfyTopic, "NTFY_TOPIC")
	if topic == "" {
		topic = randomTopic()
	}
	at, err := url.Parse(server)
	if err != nil {
		return err
	}
	// The phone's buttons answer through a topic of its own, so that who sees
	// the one on a screen does not know the other.
	s.answers.Settings = map[string]string{"server": server, "topic": topic, "reply_topic": randomTopic()}
	if at.Scheme == "http" {
		s.answers.Settings["insecure_http"] = "true"
	}
	if token != "" {
		s.answers.Settings["token"] = token
	}
	if _, err := s.candidate(); err != nil {
		return err
	}
	s.link = "ntfy://" + at.Host + "/" + topic
	if at.Scheme == "http" {
		s.link += "?secure=false"
	}
	return nil
}

// randomTopic is a topic of 128 random bits, in letters that can be typed on a
// phone: small ones and digits, none that look alike.
func randomTopic() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // It never fails (crypto/rand).
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(bits[:]))
}

// subscribe says how the phone gets at the topic. Whoever knows it reads the
// pushes and can answer them, so it is said once, here.
func (s *starter) subscribe() {
	s.say("\nOn the phone: install ntfy, then subscribe to this topic. It is a password: whoever knows it can read and answer.")
	s.say("  server: %s", s.answers.Settings["server"])
	s.say("  topic:  %s", s.answers.Settings["topic"])
	if picture, err := qrText(s.link); err == nil {
		s.say("\nAn Android phone takes it from its camera:\n\n%s", picture)
	}
	s.say("In the app: for alarms, Android has \"Keep alerting\" and \"Override Do Not Disturb\" for each topic.")
}

// qrText draws a code in half blocks, two rows of it in one of the terminal,
// with the margin of four modules that readers want (ISO/IEC 18004). Light is
// drawn, so that it reads on a dark terminal.
func qrText(text string) (string, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", errors.New("the address is too long for a code")
	}
	const margin = 4
	var picture strings.Builder
	for y := -margin; y < code.Size+margin; y += 2 {
		for x := -margin; x < code.Size+margin; x++ {
			upper, lower := !code.Black(x, y), !code.Black(x, y+1)
			switch {
			case upper && lower:
				picture.WriteString("█")
			case upper:
				picture.WriteString("▀")
			case lower:
				picture.WriteString("▄")
			default:
				picture.WriteString(" ")
			}
		}
		picture.WriteString("\n")
	}
	return picture.String(), nil
}
