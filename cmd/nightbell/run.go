package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// runCommand is the daemon in the foreground: what the service runs.
type runCommand struct {
	TimeLapse *float64 `name:"time-lapse" placeholder:"RATE" help:"Try the routine out on a clock RATE times as fast, with a journal of its own: 60 makes an hour a minute."`
	From      string   `placeholder:"T" help:"Where the time-lapse begins: 07:00, 2026-11-01T22:00 or RFC 3339; else now."`
	Really    bool     `help:"Let the time-lapse send to phones too."`
}

// Limits of the HTTP servers: a home server's page is small and its readers
// are near.
const (
	headerWithin = 5 * time.Second
	answerWithin = 30 * time.Second
	idleWithin   = 2 * time.Minute
	headerMost   = 16 << 10
)

// Run runs until SIGTERM or SIGINT; a second one ends it at once.
func (r *runCommand) Run(c *call) error {
	run := c.daemon
	switch {
	case r.TimeLapse != nil:
		run = func(ctx context.Context) error { return r.inTimeLapse(ctx, c) }
	case r.From != "" || r.Really:
		return usage("--from and --really belong to a time-lapse; add a rate, such as --time-lapse 60")
	case underServiceManager():
		return runAsService(c.daemon)
	}
	// The heap is about 2 MB; letting it grow by a quarter instead of twofold
	// costs no time that anybody could notice, and keeps the process small.
	debug.SetGCPercent(25)
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	c.onSignal(cancel)
	if r.TimeLapse != nil {
		c.onLostReader(cancel)
	}
	return run(ctx)
}

// daemon is the daemon from its configuration to its end.
func (c *call) daemon(ctx context.Context) error {
	path, err := c.configPath()
	if err != nil {
		return err
	}
	cfg, problem, dir, err := c.configure(path)
	if err != nil {
		return err
	}
	log := logger(c, cfg)
	for _, text := range append(tight(limits()), cfg.Notices...) { // limits first: it may die of one the next moment
		log.Warn(text)
	}
	if problem != nil {
		log.Error("the configuration file has a problem; reminders go on with the last good copy", "err", problem)
	}
	return c.occupy(ctx, path, dir, cfg, problem, log)
}

// occupy takes the data folder and serves from it.
func (c *call) occupy(ctx context.Context, path, dir string, cfg *config.Config, problem error, log *slog.Logger) error {
	if err := ownFolder(dir); err != nil {
		return err
	}
	if err := makeFolder(dir); err != nil {
		return err
	}
	lock, err := c.hold(ctx, dir, log)
	if err != nil {
		return err
	}
	defer lock.Release()
	return c.serve(ctx, path, dir, cfg, problem, log)
}

// A command that meets no daemon has the data folder for as long as it takes,
// mostly less than a second. A daemon that begins just then waits for it this
// long, and looks so often: a status that is asked for every minute must not
// keep reminders from beginning.
const (
	holdWithin = 10 * time.Second
	holdAgain  = 50 * time.Millisecond
)

// runningSince is in what a daemon, and no command, writes of itself.
const runningSince = ", running since "

// hold takes the data folder. Another daemon's is not waited for.
func (c *call) hold(ctx context.Context, dir string, log *slog.Logger) (*daemon.Held, error) {
	ctx, end := context.WithTimeout(ctx, holdWithin)
	defer end()
	again := time.NewTicker(holdAgain)
	defer again.Stop()
	for said := false; ; said = true {
		lock, err := daemon.Lock(dir, "nightbell "+stamp().version+runningSince+c.now().UTC().Format(time.RFC3339))
		var other *daemon.LockedError
		if !errors.As(err, &other) || strings.Contains(other.Holder, runningSince) || ctx.Err() != nil {
			return lock, err
		}
		if !said {
			log.Info("waiting for a command that has the data folder", "holder", other.Holder)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
		}
	}
}

// configure loads the configuration, or the last good copy of it.
func (c *call) configure(path string) (cfg *config.Config, problem error, dir string, err error) {
	cfg, problem = config.Load(path, c.getenv)
	named := cfg
	var broken *config.Error
	if errors.As(problem, &broken) {
		named = &config.Config{Data: broken.Data} // a broken file still names its folder
	}
	if dir, err = c.dataDir(named); err != nil {
		return nil, nil, "", err
	}
	if problem == nil {
		return cfg, nil, dir, nil
	}
	good, err := config.LoadGood(dir, c.getenv)
	if err != nil {
		return nil, nil, "", problem // what is wrong with the file itself
	}
	return good, problem, dir, nil
}

func logger(c *call, cfg *config.Config) *slog.Logger {
	c.logs = new(slog.LevelVar)
	c.logs.Set(cfg.Log.Level)
	o := &slog.HandlerOptions{Level: c.logs}
	return slog.New(handler(c.err, o, cfg.Log.JSON))
}

func handler(w io.Writer, o *slog.HandlerOptions, asJSON bool) slog.Handler {
	if asJSON {
		return slog.NewJSONHandler(w, o)
	}
	return slog.NewTextHandler(w, o)
}

// onSignal ends softly at the first SIGTERM or SIGINT and at once at the second.
func (c *call) onSignal(cancel context.CancelFunc) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(exitNot)
	}()
}

// onLostReader ends softly when nobody reads what is printed any more, as in
// nightbell demo | head, so that what was made for the time being is removed.
func (c *call) onLostReader(cancel context.CancelFunc) {
	lost := make(chan os.Signal, 1)
	notifyLostReader(lost)
	go func() {
		<-lost
		cancel()
	}()
}

// serve opens what the daemon needs and runs it.
func (c *call) serve(ctx context.Context, path, dir string, cfg *config.Config, problem error, log *slog.Logger) error {
	s := &servers{}
	defer s.close()
	refused := s.knock(cfg, log)
	j, err := journal.OpenFolder(ctx, dir, journal.Options{Now: c.now, Log: log})
	if err != nil {
		return err
	}
	defer j.Close()
	secret, err := daemon.LoadSecret(dir)
	if err != nil {
		return err
	}
	if problem == nil {
		if c.lapse == nil {
			c.moved(ctx, dir, cfg, secret, j, log)
		}
		if err := config.SaveGood(dir, cfg.Text); err != nil {
			log.Warn("keeping a copy of the configuration", "err", err)
		}
	}
	opened, err := c.open(cfg, log)
	if err != nil {
		return err
	}
	wait, closeWait, err := c.waiter(c.now)
	if err != nil {
		return err
	}
	defer closeWait()
	watch, err := daemon.WatchdogInterval()
	if err != nil {
		log.Warn("the watchdog", "err", err)
	}
	harmed, err := j.DamageSince(ctx, c.now().Add(-damageNews))
	if err != nil {
		return err
	}
	o := daemon.Options{
		Secret: secret, Page: s.address(),
		Journal: j, Dir: dir, Config: cfg, Opened: opened, Now: c.now, Wait: wait, Doze: c.doze, Log: log,
		Built: stamp().built, Synced: c.synced, Watch: watch, Receipts: c.settle, Problem: problem, Damage: harmed,
		Reload: func() (*config.Config, []config.Opened, error) { return c.reload(path, dir, cfg, log) },
		Ready: func(where string) {
			fmt.Fprintf(c.out, "nightbell: %s\n", where)
		},
		Rested: slim, At: c.at, Needs: tight(limits()),
	}
	if c.lapse != nil {
		c.lapse.options(&o)
	} else if cfg.WakeSystem {
		rouse, end, err := daemon.NewRouser()
		if err != nil {
			log.Warn("wake_system has no effect", "err", err)
			o.Needs = append(o.Needs, "wake_system has no effect: "+err.Error())
		} else {
			defer end()
			o.Rouse = rouse
		}
	}
	if refused != nil {
		// Reminders do not need it, so they do not wait for it.
		log.Error("the page and the probes are not answered, reminders go on; free that address, or choose another: listen", "err", refused)
		o.Needs = append(o.Needs, fmt.Sprintf("nothing answers at %s: %v; choose another port with listen: in %s, then restart", cfg.Listen, refused, cfg.Path))
	}
	d, err := daemon.New(ctx, o)
	if err != nil {
		return err
	}
	if err := c.listen(ctx, s, d, dir, log); err != nil {
		return err
	}
	watcher := watchConfig(ctx, path, log, func() { d.Reload(ctx) })
	defer watcher()
	return d.Run(ctx)
}

// damageNews is for how long a journal that was set aside is said again by
// whoever starts: a command may have met it, or a daemon that died before it
// could tell.
const damageNews = 24 * time.Hour

// servers are the daemon's ears: the page on TCP or a socket of its own, the API
// on its sockets.
type servers struct {
	all   []*http.Server
	files []string
	page  net.Listener // nil: nothing listens there
	door  door         // what is served on page
}

func (s *servers) close() {
	for _, server := range s.all {
		server.Close()
	}
	for _, file := range s.files {
		os.Remove(file)
	}
}

// listen opens the sockets, and the door to the daemon.
func (c *call) listen(ctx context.Context, s *servers, d *daemon.Daemon, dir string, log *slog.Logger) error {
	where := ""
	if s.page != nil {
		where = fmt.Sprintf("page at %s, ", cmp.Or(s.address(), s.page.Addr().String()))
		s.admit(ctx, d, c.now, log)
	}
	for i, file := range c.ownSockets(dir) {
		mode := socketOwner
		if file == systemSocket {
			mode = socketGroup
		}
		l, err := listenUnix(file, mode)
		switch {
		case err == nil:
			s.files = append(s.files, file)
			s.serve(l, web.API(d, log), log)
		case i == 0 && !errors.Is(err, errSocketPath):
			return err
		default:
			log.Info("commands find this daemon only with --data", "err", err)
		}
	}
	fmt.Fprintf(c.out, "nightbell: %sdata in %s\n", where, dir)
	return nil
}

// admit opens the door to the page of a daemon.
func (s *servers) admit(ctx context.Context, d *daemon.Daemon, now func() time.Time, log *slog.Logger) {
	site := web.Site{
		Desk: d, Actions: d, Door: d, Browsers: d, Health: d.Health(), Entrance: d.Entrance, Changed: d.Changed, Stop: ctx.Done(),
		Metrics: d.WriteMetrics, Now: now, Log: log,
	}
	s.door.open(site.Handler())
}

func (s *servers) serve(l net.Listener, h http.Handler, log *slog.Logger) {
	server := &http.Server{
		Handler: contained(h, log), ReadHeaderTimeout: headerWithin, ReadTimeout: answerWithin, WriteTimeout: answerWithin,
		IdleTimeout: idleWithin, MaxHeaderBytes: headerMost, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	s.all = append(s.all, server)
	go server.Serve(newSeated(l, seatsOf(filesMost())))
}
