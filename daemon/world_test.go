package daemon

import (
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// world runs Step against a clock of its own and a phone's service that
// answers as the test says. It keeps every push that the service took.
type world struct {
	t      *testing.T
	state  State
	now    time.Time
	zone   *time.Location
	answer func(journal.Delivery, notify.Message) *notify.Failure // nil: everything is taken
	pushes []pushed
	wake   time.Time
	loses  bool // what answer says is failed went out whole, and brought no answer
	tried  map[string]int
	keeps  bool // the service keeps every push where it can be taken back
}

// pushed is one message that the service took.
type pushed struct {
	at      time.Time
	channel string
	message notify.Message
	kind    string
	back    bool      // a withdrawal
	parked  time.Time // the service holds it until then
}

func (p pushed) String() string {
	what := p.message.Level.String()
	switch {
	case p.back:
		what = "withdrawn"
	case !p.parked.IsZero():
		what = p.parked.In(p.at.Location()).Format("for 02T15:04")
	}
	return fmt.Sprintf("%s %s %s %q", p.at.Format("02T15:04"), p.kind, what, p.message.Text)
}

// newWorld is a world in New York at a wall-clock time of 10 June 2026.
func newWorld(t *testing.T, at string, change ...func(*Settings)) *world {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, zone: zone, tried: map[string]int{}}
	w.now = w.at(at)
	w.state.Settings = Settings{
		Routine: planner.Default(zone), RestAfter: 48 * time.Hour, Policies: config.DefaultReminders(),
		Privacy: config.Discreet, Use: config.UseFirst,
		Channels: []Facts{phone("pushover")},
	}
	for _, f := range change {
		f(&w.state.Settings)
	}
	w.state.Snapshot.NextSession, w.state.Snapshot.NextChange, w.state.Snapshot.NextAnswer, w.state.Snapshot.NextMark = 1, 1, 1, 1
	w.state.Alive = w.now
	return w
}

// phone is a channel such as Pushover: it rings alarms by itself.
func phone(name string) Facts {
	return Facts{Name: name, Type: "pushover", Reaches: true, Withdraws: true, Adds: true, Repeats: func(l notify.Level) bool { return l == notify.Alarm }}
}

// at reads "10T03:00" (June) or "2026-11-01T03:00".
func (w *world) at(text string) time.Time {
	w.t.Helper()
	if len(text) == len("10T03:00") {
		text = "2026-06-" + text
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", text, w.zone)
	if err != nil {
		w.t.Fatal(err)
	}
	return at
}

// to lets the time pass until at: every step and every delivery in between.
func (w *world) to(at string) *world {
	w.t.Helper()
	end := w.at(at)
	for steps := 0; ; steps++ {
		if steps > 20000 {
			w.t.Fatalf("no end before %s: stuck at %s\n%s", at, w.now, w.told())
		}
		w.step()
		next := w.next()
		if next.IsZero() || next.After(end) {
			break
		}
		w.now = next
	}
	w.now = end
	w.step()
	return w
}

// off lets the time pass with the machine off.
func (w *world) off(until string) *world {
	w.t.Helper()
	w.now = w.at(until)
	return w
}

// step steps until nothing more happens at this instant.
func (w *world) step() {
	w.t.Helper()
	for range 100 {
		if !w.wake.IsZero() && w.wake.Before(w.now) {
			w.state.Alive = w.wake
		} else {
			w.state.Alive = w.now
		}
		r := Step(w.state, w.now)
		w.state, w.wake = r.State, r.Wake
		if again := Step(w.state, w.now); !empty(again.Batch) {
			w.t.Fatalf("asking twice gave more at %s: %+v", w.now, again.Batch)
		}
		if !w.deliver() {
			return
		}
	}
	w.t.Fatalf("deliveries without end at %s", w.now)
}

// deliver tries every delivery that is due.
func (w *world) deliver() bool {
	some := false
	for _, d := range w.state.Deliveries {
		if d.State != journal.Pending || d.Next.After(w.now) {
			continue
		}
		some = true
		o := outcome{delivery: d.ID, at: w.now}
		p := pushed{at: w.now.In(w.zone), channel: d.Channel, back: d.Withdraw, parked: d.Parked}
		if r := w.state.reminder(d.Reminder); r != nil {
			p.kind = r.Kind
		}
		if !d.Withdraw {
			m, ok := w.state.compose(d, w.now)
			if !ok {
				w.t.Fatalf("no message for %+v", d)
			}
			p.message = m
		}
		if w.answer != nil {
			o.failure = w.answer(d, p.message)
		}
		if w.loses && o.failure != nil {
			w.tried[d.ID]++
			o.unheard = w.tried[d.ID]
		}
		if o.failure == nil {
			w.pushes = append(w.pushes, p)
			if !d.Parked.IsZero() || w.keeps && !d.Withdraw {
				o.sent = notify.Sent{Withdrawable: true}
			} else if p.message.Level == notify.Alarm {
				o.sent = notify.Sent{Receipt: d.ID, RepeatsUntil: w.now.Add(p.message.Repeat.For), Withdrawable: true}
			}
		}
		w.state.Snapshot.Apply(record(&w.state, o))
	}
	return some
}

// next is the next instant at which something happens by itself.
func (w *world) next() time.Time {
	next := w.wake
	for _, d := range w.state.Deliveries {
		if d.State == journal.Pending && d.Next.After(w.now) {
			next = sooner(next, d.Next)
		}
	}
	return next
}

// do carries a request out now.
func (w *world) do(q web.Request) web.Reply {
	w.t.Helper()
	b, reply, err := Answer(w.state, q, w.now)
	if err != nil {
		w.t.Fatalf("%s: %v", q.What, err)
	}
	w.state.Snapshot.Apply(b)
	w.step()
	return reply
}

// log logs a session that began then.
func (w *world) log(at string) *world {
	w.t.Helper()
	w.do(web.Request{What: web.Log, At: w.at(at)})
	return w
}

// acknowledge lets the phone acknowledge its ringing alarm.
func (w *world) acknowledge() {
	w.t.Helper()
	for _, d := range w.state.Deliveries {
		if d.Receipt != "" && !d.ReceiptDone {
			w.state.Snapshot.Apply(Acknowledge(w.state, d, notify.Receipt{Acknowledged: true, At: w.now}, w.now))
			w.step()
			return
		}
	}
	w.t.Fatalf("nothing rings at %s\n%s", w.now, w.told())
}

// told is everything the service took, a line each.
func (w *world) told() string {
	var lines []string
	for _, p := range w.pushes {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// take returns what the service took since the last take.
func (w *world) take() []pushed {
	got := w.pushes
	w.pushes = nil
	return got
}

// expect compares what the service took since the last look with lines such
// as "11T03:00 overnight alarm".
func (w *world) expect(want ...string) {
	w.t.Helper()
	got := w.take()
	var lines []string
	for _, p := range got {
		lines = append(lines, strings.TrimSpace(strings.SplitN(p.String(), `"`, 2)[0]))
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		w.t.Errorf("at %s\n got  %s\n want %s", w.now.In(w.zone).Format("02T15:04"), strings.Join(lines, "\n      "), strings.Join(want, "\n      "))
	}
}
