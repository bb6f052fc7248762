package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/planner"
)

// initCommand asks a few questions and writes the configuration.
type initCommand struct {
	Yes    bool   `help:"Ask nothing: take what the flags and the environment say, and the defaults."`
	Force  bool   `help:"Put it in the place of a configuration that is there, which is kept as FILE.old."`
	Zone   string `placeholder:"NAME" help:"Your time zone, such as Europe/Berlin. Else the machine's."`
	Target string `placeholder:"N" help:"Sessions in a day, 1 to 14; 8 when nothing is said."`
	Sleep  string `placeholder:"RANGE" help:"When you sleep: 23:00-07:00, or off."`

	Channel       string `placeholder:"TYPE" values:"pushover ntfy console" help:"How reminders reach you: pushover, ntfy or console."`
	PushoverToken string `placeholder:"TOKEN" help:"The application's token. Else PUSHOVER_TOKEN, which no list of processes shows."`
	PushoverUser  string `placeholder:"KEY" help:"Your user key. Else PUSHOVER_USER."`
	PushoverAPI   string `name:"pushover-api" placeholder:"URL" help:"A relay that speaks the same."`
	NtfyServer    string `placeholder:"URL" help:"Your own server; https://ntfy.sh when nothing is said."`
	NtfyTopic     string `placeholder:"TOPIC" help:"The topic. Else NTFY_TOPIC, else a new one of 128 random bits."`
	NtfyToken     string `placeholder:"TOKEN" help:"An access token of the server. Else NTFY_TOKEN, else none."`
	NoCheck       bool   `help:"Do not ask the service whether it knows these credentials."`

	Service bool `negatable:"" help:"Install and start the service: the system's as root, else your own."`
	Alarm   bool `negatable:"" help:"Ring a test alarm on the phone at the end."`
}

// starter is one first run.
type starter struct {
	*call
	*initCommand
	dialogue
	path    string
	answers config.Answers
	link    string // what a phone opens to subscribe; empty: nothing
	again   bool   // the service did not take what flags and environment said
}

// Run asks, shows tomorrow's plan, and writes. Until then nothing is changed.
func (i *initCommand) Run(c *call) error {
	s := &starter{call: c, initCommand: i, dialogue: dialogue{in: c.in, out: c.out, yes: i.Yes}}
	s.path = c.firstConfig()
	if _, err := os.Lstat(s.path); err == nil && !i.Force {
		return fmt.Errorf("%s is there already; look it over with: nightbell check --config %[1]s, or begin anew with: nightbell init --force --config %[1]s", s.path)
	}
	if !i.Yes && !interactive(c.in) {
		return usage("init asks questions, and standard input is no terminal; say the answers with flags: nightbell init --yes --zone Europe/Berlin --channel ntfy")
	}
	if !i.Yes {
		s.say("A few questions. Enter takes what is in brackets, and nothing is written before the end.")
	}
	if s.path == systemConfig && c.flags.Config == "" {
		s.say("You are root, so this becomes the system's configuration, %s.\nFor one of your own, begin as yourself, or with --config FILE.", systemConfig)
	}
	s.say("You can slow down or stop at any time.\n")
	for _, step := range []func() error{s.askZone, s.askTarget, s.askSleep, s.askChannel, s.askSecrets} {
		if err := step(); err != nil {
			return err
		}
	}
	cfg, err := s.preview()
	if err != nil {
		return err
	}
	s.say("")
	if ok, err := s.agree("Write "+s.path+"?", true); err != nil || !ok {
		if err == nil {
			s.say("Nothing was written.")
		}
		return err
	}
	if err := s.write(cfg); err != nil {
		return err
	}
	return s.after(cfg)
}

// firstConfig is where a first configuration belongs: where the command line
// or the environment says, else the system's place for root, else the user's.
func (c *call) firstConfig() string {
	switch {
	case c.flags.Config != "":
		return c.flags.Config
	case c.env("NIGHTBELL_CONFIG") != "":
		return c.env("NIGHTBELL_CONFIG")
	case os.Geteuid() == 0 && c.env("XDG_CONFIG_HOME") == "":
		return systemConfig
	}
	if folder := c.userFolder("XDG_CONFIG_HOME", ".config"); folder != "" {
		return filepath.Join(folder, "config.yaml")
	}
	return "nightbell.yaml"
}

// problem is what a configuration would say of one answer.
func (s *starter) problem(text string) error {
	_, err := config.Parse("answer", []byte(text), 0o600, s.getenv)
	var bad *config.Error
	if !errors.As(err, &bad) || len(bad.Problems) == 0 {
		return err
	}
	_, said := placed(bad.Problems[0])
	return errors.New(said)
}

// placed takes "file:2: routine.target: 20 is not ..." apart, whose line means
// nothing to who has not seen the file yet.
func placed(finding string) (key, text string) {
	_, text, _ = strings.Cut(finding, ": ")
	key, text, _ = strings.Cut(text, ": ")
	return key, text
}

func (s *starter) askZone() error {
	zone, err := s.settle(s.Zone, "Your time zone", guessZone(s.getenv, ""), func(text string) (string, error) {
		switch name := knownZone(text); {
		case text == "":
			return "", usage("this machine does not say in which zone it is; say it, such as Europe/Berlin or America/New_York (--zone)")
		case name == "":
			return "", usage("%q is not a time zone; write one such as Europe/Berlin or America/New_York (--zone)", text)
		default:
			return name, nil
		}
	})
	s.answers.Zone = zone
	return err
}

func (s *starter) askTarget() error {
	_, err := s.settle(s.Target, "Sessions in a day. Eight is what most guidance begins with; fewer is fine too", "8", func(text string) (string, error) {
		n, err := strconv.Atoi(text)
		if err != nil {
			return "", usage("%q is not a number; write one from 1 to 14 (--target)", text)
		}
		s.answers.Target = n
		if err := s.problem(fmt.Sprintf("timezone: %s\nroutine: {target: %d}\n", s.answers.Zone, n)); err != nil {
			return "", usage("%w (--target)", err)
		}
		return text, nil
	})
	return err
}

func (s *starter) askSleep() error {
	sleep, err := s.settle(s.Sleep, "When you sleep, or off", "23:00-07:00", func(text string) (string, error) {
		text = strings.ToLower(strings.ReplaceAll(text, " ", ""))
		if text == "off" {
			return text, nil
		}
		r, err := planner.ParseRange(text)
		if err != nil {
			return "", usage("%w (--sleep)", err)
		}
		if err := s.problem(fmt.Sprintf("timezone: %s\nroutine: {sleep: %q}\n", s.answers.Zone, r)); err != nil {
			return "", usage("%w (--sleep)", err)
		}
		return r.String(), nil
	})
	s.answers.Sleep = sleep
	return err
}

// candidate is the configuration as it would be written.
func (s *starter) candidate() (*config.Config, error) {
	s.answers.Written = s.now().Format(time.DateOnly)
	text, err := config.Fill(s.answers)
	if err != nil {
		return nil, err
	}
	cfg, err := config.Parse(s.path, text, 0o600, s.getenv)
	if err == nil {
		cfg.Text = text
	}
	return cfg, err
}

// open makes the channels of a candidate.
func (s *starter) open(cfg *config.Config) ([]config.Opened, error) {
	return cfg.Open(s.tools(cfg, slog.New(slog.DiscardHandler), s.out))
}

// preview shows what tomorrow would be like.
func (s *starter) preview() (*config.Config, error) {
	cfg, err := s.candidate()
	if err != nil {
		return nil, err
	}
	r := cfg.Routine
	waking := r.DayStart
	if r.Sleep != nil {
		waking = r.Sleep.To
	}
	tomorrow := planner.DateOf(s.now().In(r.Location).AddDate(0, 0, 1))
	begin := waking.On(tomorrow, r.Location)
	history := planner.History{Sessions: []planner.Session{{Start: begin, Kind: planner.Pump}}, Since: begin}
	doc := daemon.PlanOf(cfg, history, planner.Make(r, history, begin), begin.Add(24*time.Hour))
	s.say("\nTomorrow, if you begin at %s; every session that you log moves the rest:\n", begin.Format("15:04"))
	var rows [][]string
	for _, start := range doc.Starts {
		rows = append(rows, []string{"  " + start.At.Format("Mon 15:04"), kindWord(start), start.Text})
	}
	printTable(s.out, rows)
	for _, notice := range cfg.Notices {
		if key, said := placed(notice); !strings.HasPrefix(key, "channels") { // those are the answer itself
			s.say("\n%s", said)
		}
	}
	return cfg, nil
}
