package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// lapse is a time-lapse that a program runs in.
type lapse struct {
	*daemon.Lapse
	really bool // also through channels that reach a phone
}

// inTimeLapse runs the daemon on a fast clock, with a journal of its own.
func (r *runCommand) inTimeLapse(ctx context.Context, c *call) error {
	rate := *r.TimeLapse
	if !(rate >= daemon.LapseLeast && rate <= daemon.LapseMost) { // NaN is no rate either
		return usage("--time-lapse %g; use %d to %d: 60 makes an hour a minute, 720 a day two minutes", rate, daemon.LapseLeast, daemon.LapseMost)
	}
	path, err := c.configPath()
	if err != nil {
		return err
	}
	cfg, err := config.Load(path, c.getenv)
	if err != nil {
		return err
	}
	from, err := lapseFrom(r.From, c.now(), cfg.Routine.Location)
	if err != nil {
		return usage("--from: %w", err)
	}
	fast := *c.program
	fast.lapse = &lapse{daemon.NewLapse(from, rate, daemon.Stopwatch()), r.Really}
	fast.now = fast.lapse.Now
	fast.waiter = func(func() time.Time) (daemon.Waiter, func() error, error) {
		return fast.lapse.Wait, func() error { return nil }, nil
	}
	if err := fast.lapse.allows(cfg.Channels); err != nil {
		return err
	}
	dir, end, err := c.lapseFolder()
	if err != nil {
		return err
	}
	defer end()
	// The page and the probes of a real daemon stay where people look for them.
	cfg.Listen = "127.0.0.1:0"
	lapsed := &call{program: &fast, ctx: ctx, flags: c.flags}
	lapsed.introduce(cfg, dir, from)
	err = lapsed.occupy(ctx, path, dir, cfg, nil, fast.lapse.logger(lapsed, cfg))
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // told to end before it had begun
	}
	return err
}

// lapseFrom reads where a time-lapse begins: now, a wall-clock time of a day
// (the last 07:00), a date with one, or RFC 3339.
func lapseFrom(text string, now time.Time, z *time.Location) (time.Time, error) {
	if date, clock, ok := strings.Cut(strings.Replace(text, "T", " ", 1), " "); ok {
		d, errDate := planner.ParseDate(date)
		t, errClock := planner.ParseTimeOfDay(clock)
		if errDate == nil && errClock == nil {
			return t.On(d, z), nil
		}
	}
	if text == "" {
		return now, nil
	}
	at, err := instant(text, now, z)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a time; write now, 07:00, 2026-11-01T22:00, or 2026-11-01T22:00:00-04:00", text)
	}
	return at, nil
}

// allows refuses channels that reach a phone: reminders in such a haste are
// nobody's wish.
func (l *lapse) allows(channels []config.Channel) error {
	var names []string
	for _, ch := range channels {
		if ch.Reaches {
			names = append(names, ch.Name)
		}
	}
	if l.really || len(names) == 0 {
		return nil
	}
	return usage("a time-lapse would send reminders %s times as fast to a phone, through %s; take that out of the configuration (or unset its variables), or add --really",
		rateWord(l.Rate()), strings.Join(names, ", "))
}

// lapseFolder is where a time-lapse keeps its journal: an empty folder that
// was named, or one that end removes.
func (c *call) lapseFolder() (dir string, end func(), err error) {
	if c.flags.Data == "" {
		if dir, err = os.MkdirTemp("", "nightbell-"); err != nil {
			return "", nil, fmt.Errorf("making a folder for the time-lapse: %w", err)
		}
		return dir, func() { os.RemoveAll(dir) }, nil
	}
	if dir, err = c.dataDir(nil); err != nil {
		return "", nil, err
	}
	entries, err := os.ReadDir(dir)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", nil, fmt.Errorf("looking at the data folder: %w", err)
	case len(entries) > 0:
		return "", nil, usage("%s is not empty, and a time-lapse never writes into a journal that stands; name an empty folder with --data, or leave it out", dir)
	}
	return dir, func() {}, nil
}

// introduce says what is about to run.
func (c *call) introduce(cfg *config.Config, dir string, from time.Time) {
	day := time.Duration(float64(24*time.Hour) / c.lapse.Rate())
	fmt.Fprintf(c.out, "nightbell: a time-lapse from %s\nnightbell: %s times as fast, so a day takes %s\n",
		from.In(cfg.Routine.Location).Format("Mon 2 Jan 2006 15:04"), rateWord(c.lapse.Rate()), briefly(day))
	fmt.Fprintf(c.out, "nightbell: answer it from another terminal, with start, done, snooze or skip:\n"+
		"    nightbell --data %s start\n", dir)
}

// briefly is a length that may be seconds.
func briefly(d time.Duration) string {
	if d < 2*time.Minute {
		return d.Round(time.Second / 10).String()
	}
	return stretch(d)
}

// logger is the daemon's, with the time of the time-lapse on each line. What
// goes well is on the terminal already, so the log keeps to the rest unless
// everything is asked for.
func (l *lapse) logger(c *call, cfg *config.Config) *slog.Logger {
	o := &slog.HandlerOptions{Level: cfg.Log.Level}
	if cfg.Log.Level == slog.LevelInfo {
		o.Level = slog.LevelWarn
	}
	o.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			a.Value = slog.TimeValue(l.Now().In(cfg.Routine.Location))
		}
		return a
	}
	log := slog.New(handler(c.err, o, cfg.Log.JSON)).With("time_lapse", l.Rate())
	log.Warn("time runs fast")
	return log
}

// options turns a daemon's options into those of a time-lapse.
func (l *lapse) options(o *daemon.Options) {
	o.Doze, o.Rate, o.Watch = l.Doze, l.Rate(), 0
	// It may begin at any instant, before this program was built too.
	o.Built, o.Synced = time.Time{}, func() (bool, error) { return true, nil }
}

// channels puts a transcript in the place of every console.
func (l *lapse) channels(c *call, cfg *config.Config, opened []config.Opened) []config.Opened {
	for i, o := range opened {
		if o.Type == "console" {
			opened[i].Channel = &transcript{out: c.out, now: l.Now, zone: cfg.Routine.Location, colour: c.colour()}
		}
	}
	return opened
}

// open makes the channels of a configuration, as this program may use them.
func (c *call) open(cfg *config.Config, log *slog.Logger) ([]config.Opened, error) {
	if c.lapse != nil {
		if err := c.lapse.allows(cfg.Channels); err != nil {
			return nil, err
		}
	}
	opened, err := cfg.Open(c.tools(cfg, log, c.out))
	if err == nil && c.lapse != nil {
		opened = c.lapse.channels(c, cfg, opened)
	}
	return opened, err
}

// rateWord is a rate as people write it.
func rateWord(rate float64) string { return strconv.FormatFloat(rate, 'f', -1, 64) }

// lapseWords says in status that time runs fast.
func lapseWords(rate float64) string {
	return rateWord(rate) + " times as fast: a time-lapse, none of its reminders is real"
}

// presently is what the clock of a daemon shows: this machine's, or that of
// its time-lapse.
func presently(doc web.StatusDoc, now time.Time) time.Time {
	if doc.TimeLapse != nil {
		return doc.Now.Time
	}
	return now
}

var _ notify.Channel = (*transcript)(nil)
