package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// day is a day of the demo: the phone, the person who holds it, and a voice
// that says what goes on. It is the daemon's waiter and its only channel. The
// clock stands still while a push or an answer is under way, so the day goes
// the same way at every rate and on every machine.
type day struct {
	clock  *daemon.Lapse
	told   *transcript
	desk   *daemon.Daemon
	end    time.Time
	scenes []scene              // one for each reminder of a start, in order; beyond them nobody answers
	over   func()               // ends the daemon
	opened func(*daemon.Daemon) // lets browsers in

	reminder string        // the one whose scene is played
	acts     []act         // that are still to come
	pushed   time.Time     // when their scene began
	acting   chan struct{} // closes when the answer under way was given; nil: none is
	people   sync.WaitGroup
	woken    int
}

// scene is what becomes of one reminder.
type scene []act

// act is one thing that happens in a scene: an answer, without one only words
// of the voice, and without those what is planned now.
type act struct {
	after  time.Duration // after the first push of the reminder
	answer web.What
	length time.Duration // of a snooze
	say    string        // words of the voice, after the answer
}

// demoScenes is the day: most reminders are answered, one is snoozed, and one
// is slept through.
func demoScenes() []scene {
	const minute = time.Minute
	taken := scene{{after: 4 * minute, answer: web.Start}}
	return []scene{
		{
			{after: 3 * minute, answer: web.Start, say: "That is one tap, and all it ever needs."},
			{after: 19 * minute, answer: web.Done, say: "And this one, if you like, says how long it was."},
		},
		{
			{after: 2 * minute, answer: web.Snooze, length: 20 * minute, say: "Not now? It asks again when you say."},
			{after: 26 * minute, answer: web.Start, say: "So the rest of the day moves a little:"},
			{after: 27 * minute},
		},
		taken,
		{
			{after: 12 * minute, say: "You are asleep on the sofa. It asks twice, no more."},
			{after: 46 * minute, say: "After 45 minutes it lets go, and the day makes room for it:"},
			{after: 47 * minute},
			{after: 60 * minute, say: "Before a gap reaches four hours it says so, once."},
		},
		taken, taken, taken, taken,
	}
}

// nightScene is the alarm's: it is the second ring that wakes.
func nightScene() scene {
	return scene{
		{after: 6 * time.Minute, answer: web.Start, say: "It stops ringing, on every device."},
		{after: 21 * time.Minute, answer: web.Done, say: "Back to bed. Nothing rings again before the end of sleep."},
	}
}

// Send is the phone: it shows a push.
func (y *day) Send(_ context.Context, m notify.Message) (notify.Sent, error) {
	who := "phone"
	if m.Level == notify.Alarm {
		who = "ALARM"
	}
	y.told.say(who, m.Text)
	return notify.Sent{}, nil
}

// begin says what is to be seen.
func (y *day) begin(r planner.Routine) {
	fmt.Fprintf(y.told.out, "A day with nightbell, %s times as fast. Nothing is sent, nothing is kept.\n", rateWord(y.clock.Rate()))
	fmt.Fprintf(y.told.out, "The routine: %d sessions a day, sleep from %s to %s, one session at night\n"+
		"between %s and %s. From 13:00 to 15:00 there is a meeting.\n\n",
		r.Target, r.Sleep.From, r.Sleep.To, r.Overnight.Window.From, r.Overnight.Window.To)
	y.planned(context.Background())
}

// planned says what is to come of the day.
func (y *day) planned(ctx context.Context) {
	doc, err := y.desk.Plan(ctx, web.PlanQuery{})
	if err != nil {
		return // the daemon is ending
	}
	var list []string
	for _, s := range doc.Starts {
		if !s.At.Before(y.end) {
			break
		}
		text := s.At.In(y.told.zone).Format("15:04")
		if s.Rings {
			text += " (alarm)"
		}
		list = append(list, text)
	}
	y.told.say("plan", strings.Join(list, " "))
}

// wait is the daemon's waiter: it lets the time run to whatever comes first,
// the daemon's next look, the next act, or the end of the day.
func (y *day) wait(ctx context.Context, until time.Time, wake <-chan struct{}) (daemon.Woke, error) {
	still := y.acting
	if status, err := y.desk.Status(ctx); err != nil {
		return 0, err
	} else if still == nil && status.Channels[0].Queued == 0 {
		if until = y.look(ctx, status, until); ctx.Err() != nil {
			return daemon.WokeByEnd, nil
		}
		if y.acting == nil {
			return y.clock.Wait(ctx, until, wake)
		}
	}
	select { // the clock stands still
	case <-ctx.Done():
		return daemon.WokeByEnd, nil
	case <-wake:
	case <-still:
		y.acting = nil
	}
	return daemon.WokeByChange, nil
}

// look sees what there is to do now, and returns until when there is nothing.
func (y *day) look(ctx context.Context, status web.StatusDoc, until time.Time) time.Time {
	now := y.clock.Now()
	if !now.Before(y.end) {
		y.finish(ctx)
		return now
	}
	if r := status.Reminder; r != nil && r.ID != y.reminder && r.Kind != "nudge" {
		y.reminder, y.pushed, y.acts = r.ID, now, y.scene(status)
	}
	if len(y.acts) > 0 {
		next := y.pushed.Add(y.acts[0].after)
		if !next.After(now) {
			y.play(ctx)
			return now
		}
		until = sooner(until, next)
	}
	return sooner(until, y.end)
}

// sooner is the earlier of two instants; zero is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// scene is the next one; the alarm has its own.
func (y *day) scene(status web.StatusDoc) scene {
	if status.Next != nil && status.Next.Wakes {
		y.woken++
		return nightScene()
	}
	if len(y.scenes) == 0 {
		return nil
	}
	s := y.scenes[0]
	y.scenes = y.scenes[1:]
	return s
}

// play plays the next act. An answer is given by a goroutine of its own: the
// loop that is to take it is the one that waits here.
func (y *day) play(ctx context.Context) {
	a := y.acts[0]
	y.acts = y.acts[1:]
	switch {
	case a.answer != "":
		given := make(chan struct{})
		y.acting = given
		y.people.Go(func() {
			defer close(given)
			y.answer(ctx, a)
		})
	case a.say != "":
		y.told.say("", a.say)
	default:
		y.planned(ctx)
	}
}

func (y *day) answer(ctx context.Context, a act) {
	reply, err := y.desk.Do(ctx, web.Request{What: a.answer, For: a.length, Source: "cli"})
	if err != nil {
		if ctx.Err() == nil {
			y.told.say("you", string(a.answer)+" -> "+err.Error())
		}
		return
	}
	y.told.say("you", string(a.answer)+" -> "+reply.Text)
	if a.say != "" {
		y.told.say("", a.say)
	}
}

// finish says how the day went, and ends it.
func (y *day) finish(ctx context.Context) {
	defer y.over()
	doc, err := y.desk.Sessions(ctx, web.SessionsQuery{})
	if err != nil {
		return
	}
	longest := time.Duration(0)
	for i := 1; i < len(doc.Sessions); i++ { // the newest first
		longest = max(longest, doc.Sessions[i-1].Start.Sub(doc.Sessions[i].Start.Time))
	}
	fmt.Fprintf(y.told.out, "\nThat was a day: %d sessions, the longest gap %s, woken %s.\n", len(doc.Sessions), stretch(longest), times(y.woken))
	fmt.Fprint(y.told.out, demoEnd)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// demoEnd is where to go from here.
const demoEnd = `One reminder was snoozed and one slept through; both were fine.

A phone shows less: "Reminder: 12:20. Starting or done?" is all that anyone
can read on a lock screen, unless you choose privacy: plain.

Your own: copy config.example.yaml to nightbell.yaml and set your zone and
sleep. A day of it:  nightbell run --time-lapse 720 --from 07:00
For real:            nightbell run
You can slow down or stop at any time: nightbell rest
`
