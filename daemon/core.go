package daemon

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// Keys of the log.
const (
	keyErr      = "err"
	keyOK       = "ok"
	keyChannel  = "channel"
	keyReminder = "reminder"
	keyKind     = "kind"
	keyNext     = "next"
	keyAudit    = "audit"
	keyCount    = "count"
	keyFault    = "fault"
	keyStack    = "stack"
)

// core is what the running daemon and a command without one share: the
// journal, the state that was read from it, and the one way to change both.
type core struct {
	journal *journal.Journal
	dir     string
	log     *slog.Logger
	now     func() time.Time
	state   State
	config  *config.Config
	opened  []config.Opened
	logins  *logins
	page    string                // what leads to the page on this machine; empty: nothing known
	inForce func() *config.Config // the configuration, for others than the loop
}

// newCore is what o says of it.
func newCore(o Options) core {
	return core{journal: o.Journal, dir: o.Dir, log: o.Log, now: o.Now, page: o.Page, logins: &logins{journal: o.Journal, log: o.Log}}
}

// load reads the state from the journal.
func (c *core) load(ctx context.Context) error {
	snapshot, err := c.journal.Snapshot(ctx, c.now())
	if err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	c.state.Snapshot = snapshot
	c.state.follow()
	return nil
}

// use takes a configuration over.
func (c *core) use(cfg *config.Config, opened []config.Opened, secret Secret) {
	c.config, c.opened = cfg, opened
	c.state.Settings = SettingsOf(cfg, opened)
	c.state.Secret = secret
	c.state.follow()
}

// SettingsOf is what the policy needs of a configuration and its channels.
func SettingsOf(cfg *config.Config, opened []config.Opened) Settings {
	s := Settings{
		Routine: cfg.Routine, Home: cfg.Routine.Location, RestAfter: cfg.RestAfter, Policies: cfg.Reminders,
		Privacy: cfg.Privacy, Word: cfg.SessionWord, Use: cfg.Use, PublicURL: cfg.PublicURL,
		PartnerAfter: cfg.Partner.After,
	}
	for _, o := range opened {
		f := Facts{Name: o.Name, Type: o.Type, Reaches: o.Reaches, Partner: o.Partner}
		_, f.Withdraws = o.Channel.(notify.Withdrawer)
		if a, ok := o.Channel.(notify.Adder); ok {
			f.Adds = a.Adds()
		}
		if r, ok := o.Channel.(notify.Repeater); ok {
			f.Repeats = r.Repeats
		}
		for _, settings := range cfg.Channels {
			if settings.Name == o.Name {
				f.Awake = settings.Values["acknowledge"] == "awake"
				_, can := o.Channel.(notify.Parker)
				f.Parks = can && settings.Values["prearm"] == true
			}
		}
		s.Channels = append(s.Channels, f)
	}
	return s
}

// commit writes a batch and, once it is on disk, takes the state after it over.
func (c *core) commit(ctx context.Context, b journal.Batch, after State) error {
	if !empty(b) {
		if err := c.journal.Commit(ctx, b); err != nil {
			return err
		}
	}
	c.state = after
	return nil
}

func empty(b journal.Batch) bool {
	return len(b.Changes)+len(b.Sessions)+len(b.Passed)+len(b.Pauses)+len(b.Marks)+
		len(b.Reminders)+len(b.Deliveries)+len(b.Answers)+len(b.Health)+len(b.Requests)+len(b.Events) == 0
}

// decide turns a request into its batch and reply. One that brings the key of
// a request that was carried out changes nothing and is answered as that was.
func (c *core) decide(ctx context.Context, q web.Request, now time.Time) (journal.Batch, web.Reply, error) {
	if q.Key == "" {
		return c.decideNew(ctx, q, now)
	}
	done, found, err := c.journal.Request(ctx, q.Key)
	if err != nil {
		return journal.Batch{}, web.Reply{}, fmt.Errorf("looking whether this was asked before: %w", err)
	}
	if found {
		reply, err := c.again(ctx, q, done, now)
		return journal.Batch{}, reply, err
	}
	b, reply, err := c.decideNew(ctx, q, now)
	if err == nil {
		b.Requests = []journal.Request{{Key: q.Key, Hash: q.Hash(), At: now, Session: reply.Session, Text: reply.Text}}
	}
	return b, reply, err
}

// again is the reply to a request that was carried out before.
func (c *core) again(ctx context.Context, q web.Request, done journal.Request, now time.Time) (web.Reply, error) {
	if done.Hash != q.Hash() {
		return web.Reply{}, web.Conflict("the Idempotency-Key %q was used for another request; give each request a key of its own", q.Key)
	}
	reply := web.Reply{Text: done.Text, Session: done.Session, Already: true}
	if done.Session != 0 {
		e, found, err := c.journal.Session(ctx, done.Session)
		if err != nil {
			return reply, fmt.Errorf("looking for the session: %w", err)
		}
		if found {
			reply.Logged = &sessionDocs([]journal.Session{e}, &c.state, now)[0]
		}
	}
	return reply, nil
}

// decideNew turns a request into its batch and reply, undo included.
func (c *core) decideNew(ctx context.Context, q web.Request, now time.Time) (journal.Batch, web.Reply, error) {
	switch q.What {
	case web.Edit, web.Delete:
		return c.rewrite(ctx, q, now)
	case web.Unpark:
		return journal.Batch{}, web.Reply{}, nil // what it changes, the step decides
	case web.Zone:
		return c.travel(q, now)
	case web.Undo:
		return takeBack(ctx, c.journal, c.state, q, now)
	}
	return Answer(c.state, q, now)
}

// fill completes a reply from the plan after the change.
func (c *core) fill(q web.Request, reply web.Reply, plan planner.Plan) web.Reply {
	if reply.Session != 0 && reply.Logged == nil {
		for _, doc := range sessionDocs(c.state.Sessions, &c.state, plan.Now) {
			if doc.ID == reply.Session {
				reply.Logged = &doc
			}
		}
	}
	if c.state.resting() || len(plan.Starts) == 0 {
		return reply
	}
	a := &answering{State: c.state, now: plan.Now}
	a.say = a.sayer(time.Time{})
	next := plan.Starts[0].At
	reply.Next = next.In(c.state.Routine.Location)
	r := c.state.openStart()
	switch {
	case q.What == web.Rest, q.Session.Pain, q.What == web.Pain && c.state.hurts(): // no urging on
	case next.After(plan.Now):
		reply.Text += " Next around " + a.on(next) + "."
	case !c.state.pausedUntil(plan.Now).IsZero():
	case r != nil && r.Snoozed.After(plan.Now) && q.What != web.Snooze:
		reply.Text += " The reminder of " + a.on(next) + " comes back at " + a.say.at(r.Snoozed) + "; to let it go: nightbell skip."
	case q.What == web.Log, q.What == web.Undo, q.What == web.Zone:
		reply.Text += " The next is due now, since " + a.on(next) + "."
	}
	return reply
}

// unwritten is what a person is told when the journal cannot be written.
func unwritten(err error) error {
	return web.Unavailable("this could not be written down, so it is not logged: %w; see: nightbell status", err)
}

// copyTo writes a consistent copy of the journal to w.
func (c *core) copyTo(ctx context.Context, w io.Writer) error {
	folder, err := os.MkdirTemp(c.dir, ".copy-")
	if err != nil {
		return fmt.Errorf("copying the journal: %w", err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "journal.db")
	if err := c.journal.Backup(ctx, file); err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("copying the journal: %w", err)
	}
	defer f.Close()
	if _, err := io.Copy(w, f); err != nil {
		return fmt.Errorf("copying the journal: %w", err)
	}
	return nil
}
