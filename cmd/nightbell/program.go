package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// Exit codes (README, Commands).
const (
	exitDone  = 0
	exitNot   = 1 // could not be done, or something needs a person
	exitWrong = 2 // wrong usage or configuration
)

// program is one run of the command line, with all it may touch.
type program struct {
	args   []string
	in     io.Reader
	out    io.Writer
	err    io.Writer
	getenv func(string) (string, bool)
	now    func() time.Time
	pace   notify.Pace   // zero: the documented one
	settle time.Duration // how long a start waits before it reads receipts; 0: as the pace of reading them
	waiter func(now func() time.Time) (daemon.Waiter, func() error, error)
	doze   daemon.Waiter        // the senders'; nil: the daemon's own
	synced func() (bool, error) // whether the machine's clock is kept right
	logs   *slog.LevelVar       // from which level on the daemon logs; nil: there is none
	at     func(point string)   // told of each point of a push's way (daemon.Options.At); nil: nobody is
	lapse  *lapse               // the clock is that of a time-lapse; nil: it is the machine's
}

// commands is the command line; kong reads its tags.
type commands struct {
	Config string `placeholder:"FILE" help:"The configuration. Else NIGHTBELL_CONFIG, ./nightbell.yaml, the user's configuration folder, /etc/nightbell/config.yaml."`
	Data   string `placeholder:"DIR" help:"The data folder. Else STATE_DIRECTORY, the configuration's data, the user's state folder."`

	Run        runCommand        `cmd:"" help:"Run the daemon in the foreground."`
	Demo       demoCommand       `cmd:"" help:"See a day in two minutes: no phone, no configuration, nothing kept."`
	Init       initCommand       `cmd:"" help:"Begin: a few questions, then the configuration, tomorrow's plan and a test push."`
	Check      checkCommand      `cmd:"" help:"Check the configuration: all problems, then all notices."`
	Plan       planCommand       `cmd:"" help:"Show the coming starts and why they lie there."`
	Simulate   simulateCommand   `cmd:"" help:"Try the routine out on somebody who does not obey, for days or a year, in a moment."`
	Status     statusCommand     `cmd:"" help:"Show where things stand; exit 1 if something needs a person."`
	Log        logCommand        `cmd:"" help:"Log a session."`
	Start      startCommand      `cmd:"" help:"Answer: starting now."`
	Done       doneCommand       `cmd:"" help:"Answer: just finished."`
	Snooze     snoozeCommand     `cmd:"" help:"Answer: later."`
	Skip       skipCommand       `cmd:"" help:"Answer: not this one."`
	Sessions   sessionsCommand   `cmd:"" help:"List the log; edit or delete a session of it."`
	Undo       undoCommand       `cmd:"" help:"Take the last change back."`
	Pause      pauseCommand      `cmd:"" help:"No reminders for a while."`
	Resume     resumeCommand     `cmd:"" help:"End a pause or resting."`
	Rest       restCommand       `cmd:"" help:"No reminders until resume or the next session. You can slow down or stop at any time."`
	Pain       painCommand       `cmd:"" help:"It hurts: nothing urges, and whom to call. pain clear: back to before."`
	Zone       zoneCommand       `cmd:"" help:"Travelling: times are those of another zone from now on."`
	Test       testCommand       `cmd:"" help:"Send a test push and report what the service answers."`
	Pair       pairCommand       `cmd:"" help:"Pair a browser with the page; list and revoke those that are."`
	Token      tokenCommand      `cmd:"" help:"Tokens for programs and calendars: create, list, revoke."`
	Report     reportCommand     `cmd:"" help:"Write a page to print, for a lactation consultant."`
	Doctor     doctorCommand     `cmd:"" help:"Look at everything that reminders rest on, and say what to do; no push, nothing changed."`
	Backup     backupCommand     `cmd:"" help:"Write a consistent copy of the journal, also while the daemon runs."`
	Export     exportCommand     `cmd:"" help:"Write the whole history: CSV, JSON Lines, or a calendar."`
	Import     importCommand     `cmd:"" help:"Take a history in: an export, Baby Buddy's, or any CSV by --map. All of it or nothing; twice adds nothing, but what got another start there meanwhile counts as new."`
	Service    serviceCommand    `cmd:"" help:"Install and steer the system service."`
	Completion completionCommand `cmd:"" help:"Print what bash, zsh or fish need to complete commands; --install writes it to its place."`
	Man        manCommand        `cmd:"" help:"Print the manual page; to read it: nightbell man | man -l -"`
	Version    versionCommand    `cmd:"" help:"Show version, commit and Go version."`
}

// call is what every command gets: the program, the global flags and a context.
type call struct {
	*program
	ctx   context.Context
	flags *commands
}

// usageError is a wrong use of the command line: exit code 2.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// quietError ends with exit code 1 after everything has been said.
var errSaid = errors.New("said already")

// run parses the arguments, carries the command out and returns the exit code.
func (p *program) run(ctx context.Context) int {
	out := &printed{Writer: p.out}
	p.out = out
	var c commands
	ended := -1
	parser, err := parserFor(&c, p.out, p.err, func(code int) { ended = code })
	if err != nil {
		fmt.Fprintln(p.err, "nightbell:", err)
		return exitWrong
	}
	args := asPeopleType(p.args)
	kctx, err := parser.Parse(args)
	if ended >= 0 {
		return p.wrote(ended, out)
	}
	if err != nil {
		fmt.Fprintln(p.err, "nightbell:", inWords(err, args))
		return exitWrong
	}
	now := &call{program: p, ctx: ctx, flags: &c}
	// Installing a service says by itself where its configuration belongs, and
	// init makes one.
	if err := now.checkNamed(); err != nil && !strings.HasPrefix(kctx.Command(), "service ") && kctx.Command() != "init" {
		return p.code(err)
	}
	code := p.code(kctx.Run(now))
	if c := kctx.Command(); c == "run" || c == "demo" {
		return code // who reads along is not what a daemon is for
	}
	return p.wrote(code, out)
}

// printed is what a command prints to. It keeps the first error: a full disk
// must not leave half a list behind a command that says it is done. Its methods
// are safe for concurrent use.
type printed struct {
	io.Writer
	mu  sync.Mutex
	err error
}

func (p *printed) Write(b []byte) (int, error) {
	n, err := p.Writer.Write(b)
	if err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.err = cmp.Or(p.err, err)
	}
	return n, err
}

// wrote is the exit code of a command that ended with this one, once its output
// is looked at.
func (p *program) wrote(code int, out *printed) int {
	out.mu.Lock()
	defer out.mu.Unlock()
	if out.err == nil || code != exitDone {
		return code
	}
	fmt.Fprintln(p.err, "nightbell: printing it:", out.err)
	return exitNot
}

// code says an error and turns it into an exit code.
func (p *program) code(err error) int {
	var wrong usageError
	var bad *config.Error
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errSaid):
		return exitNot
	case errors.As(err, &bad):
		for _, problem := range bad.Problems {
			fmt.Fprintln(p.err, "nightbell:", problem)
		}
		for _, notice := range bad.Notices {
			fmt.Fprintln(p.err, "nightbell: notice:", notice)
		}
		return exitWrong
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(p.err, "nightbell:", strings.TrimRight(line, "\n"))
	}
	if errors.As(err, &wrong) || web.IsWrong(err) {
		return exitWrong
	}
	return exitNot
}
