package daemon

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// lateAfter is how long after its instant a push speaks of "since" instead
// of the instant itself: about the time after which "12:20" reads as wrong.
const lateAfter = 10 * time.Minute

// said is what a text may speak of.
type said struct {
	reminder journal.Reminder
	now      time.Time
	late     bool      // more than lateAfter past its instant
	last     time.Time // start of the last counted session; zero: none to speak of
	pattern  []time.Duration
}

// words speaks for one configuration. Everything a phone shows is made here.
type words struct {
	at      func(time.Time) string // an instant as people read it
	privacy config.Privacy
	word    string
}

// clockWords returns how instants are written: HH:MM in the routine's zone,
// with the zone's abbreviation when the clock on the wall has changed since the
// message before, by the season or by a journey. before is in the zone of then.
func clockWords(zone *time.Location, before time.Time) func(time.Time) string {
	return func(t time.Time) string {
		local := t.In(zone)
		text := local.Format("15:04")
		if before.IsZero() {
			return text
		}
		_, was := before.Zone()
		if name, is := local.Zone(); was != is {
			text += " " + name
		}
		return text
	}
}

func (w words) plain() bool { return w.privacy == config.Plain }

// name is the word for a session: the person's own only in plain privacy.
func (w words) name() string {
	if w.plain() && w.word != "" {
		return w.word
	}
	return "session"
}

func (w words) title() string {
	if w.plain() {
		return "Nightbell"
	}
	return "Reminder"
}

// since is the instant of the reminder, as a stretch once it lies back.
func (w words) since(s said) string {
	if s.late {
		return "Since " + w.at(s.reminder.Due)
	}
	return w.at(s.reminder.Due)
}

// nightMost is how many characters a text at night has at most: what a lock
// screen shows to somebody who has just been woken, without unfolding it.
const nightMost = 60

func (w words) session(s said) string {
	switch {
	case s.reminder.Wakes && !w.plain():
		return w.since(s) + ", if it suits. Then back to bed."
	case s.reminder.Wakes:
		text := "Night " + w.name() + ", if it suits. Then back to bed."
		if utf8.RuneCountInString(text) > nightMost {
			return words{at: w.at, privacy: w.privacy}.session(s) // without the person's own word
		}
		return text
	case !w.plain():
		return w.since(s) + ". Starting or done?"
	case s.late:
		return "Time for a " + w.name() + " since " + w.at(s.reminder.Due) + ", when you're ready."
	}
	return "Time for a " + w.name() + " when you're ready."
}

// awake is what a night start says once its sleep is over: the words of the
// present, by day.
func (w words) awake(s said) string {
	s.reminder.Wakes, s.late = false, true
	return w.session(s)
}

func (w words) first(s said) string {
	if s.reminder.Wakes {
		return w.session(s)
	}
	if w.plain() {
		return "Whenever you're ready: the first " + w.name() + "."
	}
	return "Whenever you're ready. Starting or done?"
}

func (w words) resume(s said) string {
	if s.reminder.Wakes {
		return w.session(s)
	}
	return "Picking up from here. " + w.session(s)
}

func (w words) power(s said) string {
	if s.reminder.Wakes {
		return w.session(s)
	}
	if !w.plain() {
		return w.since(s) + ", the long one. Starting or done?"
	}
	var steps []string
	for _, d := range s.pattern {
		steps = append(steps, fmt.Sprint(int(d/time.Minute)))
	}
	return "Power " + w.name() + " when you're ready: " + strings.Join(steps, ", ") + " min."
}

func (w words) nudge(s said) string {
	if s.last.IsZero() {
		return "It's been a while. A good moment, if you can."
	}
	return "It's been " + gapWords(s.now.Sub(s.last)) + ". A good moment, if you can."
}

// coach says what the present part of a power session is, and until when: true
// whenever it is read before that.
func (w words) coach(s said) string {
	ends := s.reminder.Due
	for i, part := range s.pattern {
		if ends = ends.Add(part); !ends.After(s.now) {
			continue
		}
		if i%2 == 1 {
			return "Rest until " + w.at(ends) + "."
		}
		return "Go on until " + w.at(ends) + "."
	}
	return "That was the last part."
}

// partner tells somebody else of an alarm that nobody answers. It says no more
// than that, whatever the privacy: the phone is not the person's own.
func (w words) partner(s said) string {
	return "No answer yet to the reminder of " + w.at(s.reminder.Due) + "."
}

// parkedNudge says nothing that the time until it comes could make untrue.
func (w words) parkedNudge(said) string { return "A good moment, if you can." }

// line says the words that were fixed when the line was opened.
func (w words) line(s said) string { return s.reminder.Text }

// gapWords writes a stretch as people read it: "2 h 40", "50 min". It is
// rounded down to five minutes, the grid of the plan.
func gapWords(d time.Duration) string {
	minutes := int(d/time.Minute) / 5 * 5
	switch h, m := minutes/60, minutes%60; {
	case h == 0:
		return fmt.Sprintf("%d min", max(m, 0))
	case m == 0:
		return fmt.Sprintf("%d h", h)
	default:
		return fmt.Sprintf("%d h %02d", h, m)
	}
}

// sayer returns the words of this state, for a message at now.
func (s *State) sayer(before time.Time) words {
	return words{at: clockWords(s.Routine.Location, before), privacy: s.Privacy, word: s.Word}
}

// levelAt is how loud a push of r is at now. An alarm stays one while its
// sleep lasts; what comes after it is a normal message. So is everything while
// it hurts.
func (s *State) levelAt(r journal.Reminder, now time.Time) notify.Level {
	switch {
	case !r.Acknowledged.IsZero():
		return notify.Low // the ringing was stopped: from there only a quiet line
	case s.hurts(), r.Wakes && !s.sameSleep(r.Due, now):
		return min(r.Level, notify.Normal)
	}
	return r.Level
}

// sameSleep tells whether now lies in the sleep in which due lies.
func (s *State) sameSleep(due, now time.Time) bool {
	_, to, ok := s.Routine.Asleep(due)
	return ok && now.Before(to)
}

// compose makes the message of one delivery as it is to be sent at now. It is
// made when it is sent, so that its words are true then.
func (s *State) compose(d journal.Delivery, now time.Time) (notify.Message, bool) {
	r := s.reminder(d.Reminder)
	if r == nil {
		return notify.Message{}, false
	}
	k, policy := kindOf(r.Kind), s.policyOf(*r)
	if k.parked {
		now = r.Due // its words have to be true when it comes
	}
	say := s.sayer(s.lastSent(now))
	about := said{reminder: *r, now: now, late: now.Sub(r.Due) >= lateAfter}
	about.pattern = s.pattern()
	about.last = s.lastSession(now)
	level := s.levelAt(*r, now)
	m := notify.Message{Key: r.ID, Tag: tagOf(*r), Round: max(d.Round-1, 0), Time: r.Due, Title: say.title(), Level: level}
	switch {
	case s.partners(d.Channel):
		m.Title, m.Text = words{}.title(), say.partner(about)
	case k.start && r.Wakes && !s.sameSleep(r.Due, now):
		m.Text = say.awake(about)
	case k.start && d.Level > level && !s.hurts(): // it took a nudge with it
		m.Level, m.Text = d.Level, say.nudge(about)
	default:
		m.Text = k.text(say, about)
	}
	if policy.GiveUp > 0 && !k.line {
		m.Repeat = notify.Repeat{Every: alarmRetry, For: s.outside(policy.GiveUp)}
	}
	switch {
	case s.partners(d.Channel):
		s.addButtons(&m, r.ID, web.Start, web.Done, web.Heard)
	case k.start, k.name == kindNudge:
		s.addButtons(&m, r.ID, web.Start, web.Done, web.Snooze)
	case k.paced:
		s.addButtons(&m, r.ID, web.Done)
	case k.parked:
		s.addButtons(&m, r.ID, web.Start, web.Done)
	}
	switch {
	case k.start:
		m.Answers = []string{"nightbell start", "nightbell done", "nightbell snooze 10m", "nightbell skip"}
	case k.name == kindNudge:
		m.Answers = []string{"nightbell start", "nightbell done", "nightbell snooze 10m"}
	case k.paced:
		m.Answers = []string{"nightbell done"}
	case k.name == kindNoted:
		m.Answers = []string{"nightbell undo"}
	case k.name == kindUnlogged:
		m.Answers = []string{"nightbell log"}
	case k.name == kindResting:
		m.Answers = []string{"nightbell log", "nightbell resume"}
	}
	return m, true
}

// alarmRetry is how often a service that repeats by itself does so: 60 s
// (daemon.md, Repeats).
const alarmRetry = 60 * time.Second

// lastSession is the start of the last counted session, zero without one.
func (s *State) lastSession(now time.Time) time.Time {
	last := time.Time{}
	h := s.History(s.mark(markSince))
	for i, standing := range planner.Counted(s.Routine, h, now) {
		if standing.Counted {
			last = later(last, h.Sessions[i].Start)
		}
	}
	return last
}

// lastSent is when the newest push before now went out, in the zone of then;
// zero: none known.
func (s *State) lastSent(now time.Time) time.Time {
	last := time.Time{}
	for _, d := range s.Deliveries {
		if !d.Withdraw && d.Parked.IsZero() && !s.partners(d.Channel) && d.State == journal.Sent && d.Done.After(last) && d.Done.Before(now) {
			last = d.Done.In(d.Created.Location())
		}
	}
	return last
}

// linkPath is what action links begin with, below public_url.
const linkPath = "/a/"

// addButtons gives a message the answers that can be given on the phone.
func (s *State) addButtons(m *notify.Message, reminder string, wanted ...web.What) {
	if len(s.Secret) == 0 {
		return
	}
	for _, b := range buttons() {
		if !slices.Contains(wanted, b.what) {
			continue // services show three; the page behind the link has the rest
		}
		button := notify.Button{Label: b.label, Answer: s.Secret.answerOf(reminder, b.action)}
		if s.PublicURL != "" {
			button.URL = s.PublicURL + linkPath + button.Answer
		}
		m.Buttons = append(m.Buttons, button)
	}
	if s.PublicURL != "" {
		m.Link, m.LinkTitle = s.PublicURL+linkPath+s.Secret.answerOf(reminder, asking), "Answer"
	}
}
