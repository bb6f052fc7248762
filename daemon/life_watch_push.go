package daemon

import (
	"fmt"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// pushWatch checks each push: whether it may go out, and whether it went out
// before.
type pushWatch struct {
	taken   map[string]int       // how often a service took a delivery
	lost    map[string]int       // ... and the machine did not hear of it
	offered map[int64]bool       // instants of starts that were pushed, by whatever service
	named   map[offered]string   // the key under which a start was pushed
	alarmed map[string]bool      // bursts (by tag) of which a service of the person's own is known to have taken a push
	spaced  map[string]time.Time // true, by reminder: until then its next push may wait, for the try before brought no answer
	rung    map[string]time.Time // clock, by burst: when a service of the person's own took its first push
	again   map[string]int       // how often a channel took a push of one burst
	refused map[string]bool      // reminders of which a service refused a withdrawal
	denied  map[string]bool      // bursts of which a service refused a push: that one counts as the first
	never   map[string]bool      // pushes that a service is known to have refused: they are not tried again
	waits   map[string]wait      // deliveries for which a service asked to wait
	theirs  map[string]string    // by reminder and channel: the push by which the partner is known to have been told
	begun   map[string]begun     // when a reminder was first pushed
	happens int                  // what may begin a new burst: acts, edits, and clocks that were set
	look    time.Time            // true: when to look whether something rings in vain; zero: nothing does
}

// begun is when a reminder was first pushed.
type begun struct {
	at      time.Time // clock
	happens int       // what had happened by then, less the bursts that were over
}

// wait is what a service asked for.
type wait struct {
	until time.Time // true
	sets  int       // how often the clock had been set by then
}

// offered is one start, or one nudge, as pushes name it.
type offered struct {
	due   int64
	nudge bool
}

func newPushWatch() pushWatch {
	return pushWatch{
		taken: map[string]int{}, lost: map[string]int{}, offered: map[int64]bool{}, named: map[offered]string{},
		alarmed: map[string]bool{}, again: map[string]int{}, spaced: map[string]time.Time{}, rung: map[string]time.Time{}, refused: map[string]bool{}, begun: map[string]begun{},
		denied: map[string]bool{}, never: map[string]bool{}, waits: map[string]wait{}, theirs: map[string]string{},
	}
}

// clockSet forgets what a clock that was set may say differently.
func (w *pushWatch) clockSet() {
	w.happens++
	clear(w.named)
	clear(w.begun)
	for burst := range w.rung {
		w.rung[burst] = time.Time{} // nobody knows when that was, by this clock
	}
}

// lost notes that a service took a delivery and nobody at home knows.
func (w *promiseWatch) lost(delivery string) { w.pushes.lost[delivery]++ }

// unheard notes that a request brought no answer. Where what is taken twice is
// shown twice, the next push may then wait: that is the promise's own exception
// (doc.go, A service that does not answer), written down here once more.
func (w *promiseWatch) unheard(l *life, at *line, delivery string) {
	for _, d := range l.state.Deliveries {
		r := l.state.reminder(d.Reminder)
		if d.ID != delivery || d.Withdraw || !at.Adds || r == nil || l.state.levelAt(*r, l.clock()) == notify.Alarm {
			continue
		}
		minutes := []int{1, 2, 5, 10, 20}
		n := min(at.unheard[delivery], len(minutes))
		until := l.now.Add(time.Duration(minutes[n-1]) * time.Minute)
		at.spaced = later(at.spaced, until)
		w.pushes.spaced[d.Reminder] = until
	}
}

// outcome notes what the daemon hears of a delivery. One that was refused is
// never sent there again.
func (w *promiseWatch) outcome(l *life, o outcome) {
	i := slices.IndexFunc(l.state.Deliveries, func(d journal.Delivery) bool { return d.ID == o.delivery })
	if i < 0 {
		return
	}
	d := l.state.Deliveries[i]
	if f := o.failure; f != nil {
		if f.Kind == notify.Refused {
			w.pushes.never[d.ID], w.pushes.denied[tag(d.Reminder, d.Burst)] = true, true
		}
		since := max(0, l.clock().Sub(o.at)) // that it said so: on a full disk it is written down later
		w.pushes.waits[d.ID] = wait{l.now.Add(f.RetryAfter - since), w.answers.sets}
	}
	switch at := l.phone.line(d.Channel); {
	case o.failure == nil:
		if r := l.phone.rings[o.sent.Receipt]; r != nil {
			r.known = true
		}
		if at.Reaches && !at.Partner && !d.Withdraw && d.Parked.IsZero() {
			w.pushes.alarmed[tag(d.Reminder, d.Burst)] = true
		}
		if at.Partner && !d.Withdraw {
			w.pushes.theirs[d.Reminder+at.Name] = d.ID
		}
	case o.failure.Kind == notify.Refused && d.Withdraw:
		w.pushes.refused[d.Reminder] = true
	case o.failure.Kind == notify.Refused && !d.Parked.IsZero():
		w.offers.unheld[d.Parked.Add(-parkedAfter).Unix()] = true
		w.touch(l.clock())
	case o.failure.Kind == notify.Refused:
		w.touch(l.clock())
		w.offers.push(l.clock())
		if r := l.state.reminder(d.Reminder); r != nil {
			w.backs.push(r.Due)
			w.pushes.offered[r.Due.Unix()] = true // and given up, where there is no other channel
		}
	}
}

// sends looks at a push as its request goes out.
func (w *promiseWatch) sends(l *life, d journal.Delivery) {
	if w.pushes.never[d.ID] {
		w.breaks(l, LineOnce, "%s was refused, and is tried again", d.ID)
	}
	if asked := w.pushes.waits[d.ID]; asked.sets == w.answers.sets && l.now.Before(asked.until) {
		w.breaks(l, LineOnce, "%s is tried again, and the service asked to wait for another %s", d.ID, asked.until.Sub(l.now))
	}
	if d.Withdraw || !d.Parked.IsZero() {
		return // neither makes a sound
	}
	now := l.clock()
	r := l.state.reminder(d.Reminder)
	if r == nil {
		w.breaks(l, LineQuiet, "a push of a reminder nobody knows any more: %s", d.ID)
		return
	}
	if c, closed := l.notes.closed[d.Reminder]; closed && c.State != journal.Told { // what one channel told may go to the others
		w.breaks(l, LineQuiet, "a push of a %s that is %s", c.Kind, c.State)
	}
	for _, h := range w.hush {
		if h.holds(now) {
			w.breaks(l, LineQuiet, "a push of a %s in a pause until %s", r.Kind, w.say(h.to))
		}
	}
	if until := w.offers.snoozed[d.Reminder]; until.After(now) {
		w.breaks(l, LineQuiet, "a push of a %s in a snooze until %s", r.Kind, w.say(until))
	}
	if w.sleepsOn(l, now) && r.Kind != kindResting {
		w.breaks(l, LineQuiet, "a push of a %s, and rest_after has passed since %s", r.Kind, w.say(w.word))
	}
	if (w.resting || l.state.resting()) && r.Kind != kindResting {
		w.breaks(l, LineQuiet, "a push of a %s while resting", r.Kind)
	}
	if w.quiet.holds(now) && !kindOf(r.Kind).paced && d.Reminder != w.backs.open { // who begins a power session in it has asked for the coach
		w.breaks(l, LineNight, "a push of a %s, and the quiet is until %s", r.Kind, w.say(w.quiet.to))
	}
}

// accepted looks at a push that a service took.
func (w *promiseWatch) accepted(l *life, at *line, d journal.Delivery, m notify.Message, kind string) {
	p := &w.pushes
	defer func() { at.spaced = time.Time{} }()
	p.taken[d.ID]++
	if p.taken[d.ID] > 1+p.lost[d.ID] {
		w.breaks(l, LineOnce, "%s was taken %d times, and %d were not heard of", d.ID, p.taken[d.ID], p.lost[d.ID])
	}
	k := kindOf(kind)
	if !w.hurts.IsZero() && (m.Level > notify.Normal || k.name == kindNudge || k.paced) {
		w.breaks(l, LineQuiet, "a %s at level %s while it hurts", kind, m.Level)
	}
	if stopped := w.backs.stopped[m.Key]; !stopped.IsZero() && m.Level == notify.Alarm {
		w.breaks(l, LineQuiet, "an alarm %s after somebody stopped its ringing", l.now.Sub(stopped))
	}
	if told := w.pushes.theirs[d.Reminder+at.Name]; at.Partner && told != "" && told != d.ID {
		w.breaks(l, LineOnce, "the partner is told by %s, and was by %s", d.ID, told)
	}
	if at.Partner && m.Level < notify.Alarm {
		w.breaks(l, LineQuiet, "the partner is told of what is no alarm: a %s at level %s", kind, m.Level)
	}
	if k.start || k.name == kindNudge {
		start := offered{m.Time.Unix(), k.name == kindNudge}
		if key, ok := p.named[start]; ok && key != m.Key {
			w.breaks(l, LineOnce, "the %s of %s was pushed under two keys", kind, w.say(m.Time))
		}
		p.named[start] = m.Key
		first, ok := p.begun[m.Key]
		if !ok {
			first = begun{l.clock(), p.happens - d.Burst}
			p.begun[m.Key] = first
		}
		if d.Burst > p.happens-first.happens+w.hushesSince(first.at, l.clock()) {
			w.breaks(l, LineOnce, "the %s of %s is in burst %d, and nobody asked for it", kind, w.say(m.Time), d.Burst)
		}
	}
	id := fmt.Sprintf("%s/%d/%s", d.Reminder, d.Burst, at.Name)
	if p.taken[d.ID] == 1 {
		p.again[id]++
	}
	if p.again[id] > w.mostly(k) {
		w.breaks(l, LineOnce, "%s took %d pushes of one %s", at.Name, p.again[id], kind)
	}
	if !at.Reaches || at.Partner {
		return // it reaches nobody, or somebody else
	}
	if k.start {
		burst := tag(d.Reminder, d.Burst)
		if _, ok := p.rung[burst]; !ok {
			p.rung[burst] = l.clock()
		}
		if !p.offered[m.Time.Unix()] {
			w.came(l, kind, m)
		}
		if p.begun[m.Key].at.After(w.moved) { // not by another routine
			w.loud(l, kind, m)
		}
		p.offered[m.Time.Unix()] = true
		w.backs.push(m.Time)
	}
	w.offers.push(l.clock())
	w.touch(l.clock())
	w.outage.push(l, w, m.Key)
}

// hushesSince counts the pauses that began after from, by now: each silences
// what is open, which goes on at its end, or once it is taken back.
func (w *promiseWatch) hushesSince(from, now time.Time) int {
	n := 0
	for _, h := range w.hush {
		if h.from.After(from) && !h.from.After(now) {
			n++
		}
	}
	for _, began := range w.backs.hushed {
		if began.After(from) {
			n++
		}
	}
	return n
}

// comes looks at a parked message that a service delivers by itself. It may
// whenever the machine could not take it back.
func (w *promiseWatch) comes(l *life, p parkedMessage) {
	w.touch(l.clock())
	w.offers.push(l.clock())
	w.pushes.offered[p.message.Time.Unix()] = true
	w.offers.rang[p.message.Time.Unix()] = true
	if min(l.works(), l.lineWorks(p.line)) < promiseSlack || w.pushes.refused[p.delivery.Reminder] {
		return
	}
	if l.skew != 0 {
		return // the service goes by the true clock, and the daemon knows another
	}
	now := l.clock()
	if r := l.state.openStart(); r != nil && r.Snoozed.After(now) {
		w.breaks(l, LineQuiet, "a parked message came, and a snooze is until %s", w.say(r.Snoozed))
	}
	if c, closed := l.notes.closed[p.delivery.Reminder]; closed {
		w.breaks(l, LineWithdrawn, "a parked message came that was %s at %s", c.State, w.say(c.Closed))
	}
	for _, h := range w.hush {
		if h.holds(now) {
			w.breaks(l, LineQuiet, "a parked message came in a pause until %s", w.say(h.to))
		}
	}
	if w.resting || l.state.resting() {
		w.breaks(l, LineQuiet, "a parked message came while resting")
	}
	if !w.hurts.IsZero() && l.now.Sub(w.hurts) >= promiseSlack && p.message.Level > notify.Normal {
		w.breaks(l, LineQuiet, "a parked message came at level %s while it hurts", p.message.Level)
	}
	if w.quiet.holds(now) {
		w.breaks(l, LineNight, "a parked message came, and the quiet is until %s", w.say(w.quiet.to))
	}
}

// rings looks whether something rings on that should have been taken back.
func (w *promiseWatch) rings(l *life) {
	w.pushes.look = time.Time{}
	for _, r := range l.phone.ringing {
		at := l.phone.line(r.channel)
		if !r.sounds(l.now) || !at.Withdraws || r.sets != w.answers.sets || w.pushes.refused[r.reminder] {
			continue // a clock that was set tells the daemon another end of it
		}
		if w.hurts.IsZero() && !l.ringsInVain(r) {
			r.over = time.Time{}
			continue
		}
		if r.over.IsZero() {
			r.over = l.now
		}
		if min(l.now.Sub(r.over), l.works(), l.lineWorks(at)) >= promiseSlack {
			w.breaks(l, LineWithdrawn, "%s rings on for %s", r.reminder, l.now.Sub(r.over))
			r.stopped = l.now
			continue
		}
		w.pushes.look = l.now.Add(promiseSlack)
	}
}

// ringsInVain tells whether what the ring asks for is over.
func (l *life) ringsInVain(r *ring) bool {
	if _, closed := l.notes.closed[r.reminder]; closed {
		return true
	}
	if stopped := l.watch.backs.stopped[r.reminder]; !stopped.IsZero() && !r.from.After(stopped) {
		return true
	}
	open := l.state.reminder(r.reminder)
	return open != nil && tagOf(*open) != r.tag
}
