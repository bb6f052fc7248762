package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// staleAfter is how long a delivery may wait before a person should look.
const staleAfter = 5 * time.Minute

// Where says where things stand, for the terminal and the log.
func (d *Daemon) Where() string {
	v := d.view.Load()
	return where(v.state.plan(d.now()), &v.state, d.now())
}

func where(p planner.Plan, s *State, now time.Time) string {
	at := s.sayer(time.Time{}).at
	text := ""
	if last := s.lastSession(now); !last.IsZero() && now.Sub(last) < 24*time.Hour {
		text = fmt.Sprintf("%s since %s", gapWords(now.Sub(last)), at(last))
	} else {
		text = "nothing logged in the last day"
	}
	switch {
	case s.resting():
		return text + "; reminders are resting"
	case len(p.Starts) == 0:
		return text + "; nothing planned"
	}
	next := p.Starts[0].At
	if !next.After(now) {
		return text + "; due since " + at(next)
	}
	a := answering{State: *s, now: now}
	a.say = a.sayer(time.Time{})
	return text + ", next " + a.on(next)
}

// status is the document of how things stand at now.
func status(v *view, dir string, now time.Time) web.StatusDoc {
	s := &v.state
	zone := s.Routine.Location
	p := s.plan(now)
	doc := web.StatusDoc{
		Now: web.In(zone, now), Timezone: zone.String(), HomeTimezone: zone.String(), State: string(p.State), Anchor: web.In(zone, p.Anchor),
		Limit: web.In(zone, p.Limit), Nudge: web.In(zone, p.Nudge), Day: web.DayOf(p, zone),
		PausedUntil: web.In(zone, s.pausedUntil(now)), Reminder: reminderDoc(s), Channels: []web.ChannelDoc{},
		NeedsPerson: []string{}, Last: web.In(zone, s.lastSession(now)), Data: dir, Config: fullPath(v.config.Path),
		TimeLapse: s.lapse(), Pauses: pauseDocs(s, now), Pain: web.In(zone, s.mark(markPain)),
	}
	if s.Home != nil {
		doc.HomeTimezone = s.Home.String()
	}
	doc.Partner, doc.Unanswered = partnerDoc(s), web.In(zone, s.unanswered(now))
	if s.resting() {
		doc.State = "resting"
	} else if len(p.Starts) > 0 {
		next := web.StartOf(p.Starts[0], zone)
		s.ringing(&next)
		doc.Next = &next
	}
	doc.Heartbeat = heartbeatDoc(v, false, now)
	for _, f := range s.Channels {
		doc.Channels = append(doc.Channels, channelDoc(s, f))
	}
	doc.NeedsPerson = append(doc.NeedsPerson, needs(v, p, now)...)
	return doc
}

// pauseDocs are the pauses that have not ended at now, in their order.
func pauseDocs(s *State, now time.Time) []web.PauseDoc {
	docs := []web.PauseDoc{}
	for _, p := range s.Pauses {
		if p.To.After(now) && p.To.After(p.From) {
			docs = append(docs, web.PauseDoc{From: web.In(s.Routine.Location, p.From), To: web.In(s.Routine.Location, p.To)})
		}
	}
	slices.SortFunc(docs, func(a, b web.PauseDoc) int { return a.From.Compare(b.From.Time) })
	return docs
}

// fullPath is a path that means the same in every folder.
func fullPath(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// reminderDoc is the document of the open reminder, null without one.
func reminderDoc(s *State) *web.ReminderDoc {
	r := s.openStart()
	if r == nil {
		r = s.openNudge()
	}
	if r == nil {
		return nil
	}
	zone := s.Routine.Location
	doc := &web.ReminderDoc{
		ID: r.ID, Kind: r.Kind, Due: web.In(zone, r.Due), State: string(r.State),
		SnoozedUntil: web.In(zone, r.Snoozed), Pushes: []web.PushDoc{},
	}
	for _, d := range s.Deliveries {
		if d.Reminder != r.ID {
			continue
		}
		push := web.PushDoc{Channel: d.Channel, Level: d.Level.String(), At: web.In(zone, later(d.Created, d.Done)), Outcome: string(d.State), Tries: d.Tries}
		if d.Withdraw && d.State == journal.Sent {
			push.Outcome = "withdrawn"
		}
		doc.Pushes = append(doc.Pushes, push)
	}
	return doc
}

// unansweredFor is how long a start that nobody answered is kept in sight:
// chosen so that the night's alarm still is at breakfast.
const unansweredFor = 12 * time.Hour

// unanswered is the newest start that a push asked for and that lapsed, as long
// as no session was logged since; zero: none. Where nothing urges, nothing asks
// for it either.
func (s *State) unanswered(now time.Time) time.Time {
	due := time.Time{}
	for _, r := range s.Reminders {
		if r.State == journal.Lapsed && kindOf(r.Kind).start && r.Round > 0 && !r.Due.After(now) && now.Sub(r.Due) < unansweredFor {
			due = later(due, r.Due)
		}
	}
	if due.IsZero() || s.resting() || s.hurts() || s.openStart() != nil || !s.pausedUntil(now).IsZero() {
		return time.Time{}
	}
	for _, e := range s.Sessions {
		if e.Start.After(due.Add(-s.together())) {
			return time.Time{}
		}
	}
	return due
}

// partnerDoc is who else is told of an alarm, null for nobody.
func partnerDoc(s *State) *web.PartnerDoc {
	doc := &web.PartnerDoc{After: int(s.PartnerAfter / time.Second)}
	for _, f := range s.Channels {
		if f.Partner {
			doc.Channels = append(doc.Channels, f.Name)
		}
	}
	if doc.After == 0 || len(doc.Channels) == 0 {
		return nil
	}
	return doc
}

func channelDoc(s *State, f Facts) web.ChannelDoc {
	h := s.health(f.Name)
	zone := s.Routine.Location
	doc := web.ChannelDoc{Name: f.Name, Type: f.Type, LastSuccess: web.In(zone, h.LastSuccess), Answers: []string{}, Partner: f.Partner}
	for _, d := range s.Deliveries {
		if d.Channel == f.Name && d.State == journal.Pending {
			doc.Queued++
		}
	}
	failing := h.LastErrorAt.After(h.LastSuccess)
	if failing {
		doc.LastError = &h.LastError
	}
	doc.OK = !h.Broken && !(failing && doc.Queued > 0)
	for l := notify.Low; l <= notify.Alarm; l++ {
		if f.Repeats != nil && f.Repeats(l) {
			doc.Answers = append(doc.Answers, l.String())
		}
	}
	return doc
}

// Status is how things stand.
func (d *Daemon) Status(context.Context) (web.StatusDoc, error) {
	v := d.view.Load()
	doc := status(v, d.dir, d.now())
	doc.Running = true
	if text := settlingWords(v.settling); text != "" {
		doc.Starting = &text
	}
	doc.Heartbeat = heartbeatDoc(v, true, d.now())
	d.countIgnored(doc.Channels, v)
	if err := d.aliveNow(); err != nil {
		doc.NeedsPerson = append(doc.NeedsPerson, err.Error()+"; restart the daemon, and please report it with the log")
	}
	if text := unreachable(v); text != "" {
		doc.NeedsPerson = append([]string{text}, doc.NeedsPerson...)
	}
	doc.NeedsPerson = withNotes(doc.NeedsPerson, v.opened)
	doc.NeedsPerson = append(doc.NeedsPerson, d.house.Load().needs(d.now(), v.config.Path)...)
	doc.NeedsPerson = append(doc.NeedsPerson, d.buddy.Load().needs(d.now(), v.config.Path)...)
	return doc, nil
}

// Plan is the plan of now, or of another instant.
func (d *Daemon) Plan(_ context.Context, q web.PlanQuery) (web.PlanDoc, error) {
	return planDoc(&d.view.Load().state, q, d.now()), nil
}

func planDoc(s *State, q web.PlanQuery, now time.Time) web.PlanDoc {
	if !q.Now.IsZero() {
		now = q.Now
	}
	until := time.Time{}
	if q.Hours > 0 {
		until = now.Add(time.Duration(q.Hours * float64(time.Hour)))
	}
	p, zone := s.plan(now), s.Routine.Location
	doc := web.PlanOf(p, zone, until)
	for i := range doc.Starts {
		s.ringing(&doc.Starts[i])
	}
	doc.Resting, doc.Pauses = s.resting(), pauseDocs(s, now)
	if q.Explain {
		doc.Explanation = web.ExplanationOf(planner.Explain(s.routine(), s.History(s.mark(markSince)), now), p, zone)
	}
	return doc
}

// Health answers the probes.
func (d *Daemon) Health() web.Health {
	return web.Health{Alive: d.aliveNow, Ready: d.ready}
}

// aliveWithin is how long past its own instant the loop may be before it
// counts as stuck.
const aliveWithin = 30 * time.Second

func (d *Daemon) aliveNow() error {
	p, now, most := d.pulse.Load(), d.now(), lapsed(d.o.Rate, aliveWithin)
	switch {
	case p == nil: // it has not begun
	case !p.waits && now.Sub(p.since) > most:
		return fmt.Errorf("the loop has been at one step since %s", p.since.UTC().Format(time.RFC3339))
	case p.waits && !p.until.IsZero() && now.Sub(p.until) > most:
		return fmt.Errorf("the loop was to look again at %s and has not", p.until.UTC().Format(time.RFC3339))
	}
	return nil
}

func (d *Daemon) ready() error {
	v := d.view.Load()
	switch {
	case len(v.settling) > 0:
		return fmt.Errorf("starting: %s", settlingWords(v.settling))
	case v.turned.IsZero():
		return errors.New("starting")
	case v.failing != nil:
		return fmt.Errorf("the journal cannot be written: %w", v.failing)
	case v.held != nil:
		return fmt.Errorf("waiting for the clock: %w", v.held)
	}
	if err := d.aliveNow(); err != nil {
		return err
	}
	return d.journal.Writable(context.Background())
}

// Backup writes a consistent copy of the journal.
func (d *Daemon) Backup(ctx context.Context, w io.Writer) error { return d.copyTo(ctx, w) }
