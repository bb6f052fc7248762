package daemon

import (
	"context"
	"io"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// Direct is the desk of a command where no daemon runs: the same answers, on
// the journal itself. It must hold the data folder's lock. It opens no
// reminder and sends none: that is the daemon's, when it comes back.
type Direct struct {
	core
	damage string // Options.Damage
}

// NoDaemon is what a person is told who changes or reads something without one.
const NoDaemon = "no daemon is running, so nothing reminds; start it with: nightbell service start, or nightbell run"

// NewDirect makes a Direct; of o it needs what a Daemon's loop would not.
func NewDirect(ctx context.Context, o Options) (*Direct, error) {
	d := &Direct{core: newCore(o), damage: o.Damage}
	d.inForce = func() *config.Config { return d.config }
	if err := d.load(ctx); err != nil {
		return nil, err
	}
	d.use(o.Config, o.Opened, o.Secret)
	d.begin()
	return d, nil
}

// begin lets reminders begin now where they never did. It is not written, so
// it is done anew each time that the journal is read: they begin when the
// daemon first runs.
func (d *Direct) begin() {
	if d.state.mark(markSince).IsZero() {
		p := stepper{State: d.state, now: d.now()}
		p.begin()
		d.state = p.State
	}
}

func (d *Direct) view() *view {
	return &view{state: d.state, config: d.config, opened: d.opened, damage: d.damage}
}

// Status is how things stand by the journal.
func (d *Direct) Status(context.Context) (web.StatusDoc, error) {
	doc := status(d.view(), d.dir, d.now())
	doc.NeedsPerson = append([]string{NoDaemon}, doc.NeedsPerson...)
	return doc, nil
}

// Plan is the plan of now, or of another instant.
func (d *Direct) Plan(_ context.Context, q web.PlanQuery) (web.PlanDoc, error) {
	return planDoc(&d.state, q, d.now()), nil
}

// Sessions lists the log, newest first.
func (d *Direct) Sessions(ctx context.Context, q web.SessionsQuery) (web.SessionsDoc, error) {
	return d.listSessions(ctx, &d.state, q)
}

// Do carries a request out; when it returns, the change is on disk.
func (d *Direct) Do(ctx context.Context, q web.Request) (web.Reply, error) {
	now := d.now()
	if q.What == web.Unpark {
		return d.unpark(ctx, now)
	}
	b, reply, err := d.decide(ctx, q, now)
	if err != nil {
		return reply, err
	}
	if err := d.carry(ctx, b); err != nil {
		return web.Reply{}, err
	}
	return d.fill(q, reply, d.state.plan(now)), nil
}

// carry writes a change down.
func (d *Direct) carry(ctx context.Context, b journal.Batch) error {
	after := d.state
	whole := after.Snapshot.Apply(b)
	after.follow()
	if err := d.commit(ctx, b, after); err != nil {
		return unwritten(err)
	}
	if whole {
		return nil
	}
	if err := d.load(ctx); err != nil {
		return err
	}
	d.begin()
	return nil
}

// Export writes the whole history.
func (d *Direct) Export(ctx context.Context, format string, w io.Writer) error {
	return d.export(ctx, &d.state, format, w)
}

// Import takes a history in; when it returns, the change is on disk.
func (d *Direct) Import(ctx context.Context, q web.ImportQuery, r io.Reader) (web.ImportDoc, error) {
	now := d.now()
	f, err := readImport(q, r, d.config, now)
	if err != nil {
		return web.ImportDoc{}, err
	}
	b, doc, err := d.takeIn(ctx, q, f, now)
	if err != nil || empty(b) {
		return doc, err
	}
	if err := d.carry(ctx, b); err != nil {
		return web.ImportDoc{}, err
	}
	return d.state.followed(doc, d.state.plan(now)), nil
}

// Test sends a test push.
func (d *Direct) Test(ctx context.Context, q web.TestQuery, say func(string)) error {
	return d.state.trial(d.opened, d.now, say, func(channel string, err error) {
		b, after := tested(&d.state, channel, err, d.now()), d.state
		after.Snapshot.Apply(b)
		if err := d.commit(context.WithoutCancel(ctx), b, after); err != nil {
			d.log.Warn("writing down how a test went", keyChannel, channel, keyErr, err)
		}
	}).try(ctx, q)
}

// Backup writes a consistent copy of the journal.
func (d *Direct) Backup(ctx context.Context, w io.Writer) error { return d.copyTo(ctx, w) }
