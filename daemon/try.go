package daemon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// testWaits is how long a test alarm is kept up and waited for.
const testWaits = 2 * time.Minute

// trial is a test of channels.
type trial struct {
	opened []config.Opened
	words  words
	alarm  bool
	now    func() time.Time
	say    func(string)
	report func(channel string, err error) // whether the service took it; nil: it did
}

// Try sends a test push through the channels of a configuration that no daemon
// runs with yet.
func Try(ctx context.Context, cfg *config.Config, opened []config.Opened, q web.TestQuery, now func() time.Time, say func(string)) error {
	s := State{Settings: SettingsOf(cfg, opened)}
	return s.trial(opened, now, say, func(string, error) {}).try(ctx, q)
}

// trial is a test in the words and the zone of s.
func (s *State) trial(opened []config.Opened, now func() time.Time, say func(string), report func(channel string, err error)) *trial {
	there := func() time.Time { return now().In(s.Routine.Location) }
	return &trial{opened: opened, words: s.sayer(time.Time{}), now: there, say: say, report: report}
}

// try sends a test push on one channel or all and says what happens. It is no
// reminder: of it the journal keeps only how the channel fared.
func (t *trial) try(ctx context.Context, q web.TestQuery) error {
	opened, say := t.opened, t.say
	t.alarm = q.Alarm
	var failed []string
	found := false
	for _, o := range opened {
		if q.Channel != "" && o.Name != q.Channel {
			continue
		}
		found = true
		if o.Partner && q.Channel == "" {
			say(o.Name + ": left alone, because it is the partner's; to try it: nightbell test " + o.Name)
			continue
		}
		if err := t.one(ctx, o); err != nil {
			say(o.Name + ": " + strings.TrimPrefix(err.Error(), "channel "+o.Name+": ") + nextStep(o, err))
			failed = append(failed, o.Name)
		}
	}
	if !found {
		var names []string
		for _, o := range opened {
			names = append(names, o.Name)
		}
		return web.NotFound("no channel %q; there is %s", q.Channel, strings.Join(names, ", "))
	}
	if len(failed) > 0 {
		return fmt.Errorf("the test did not get through on %s", strings.Join(failed, ", "))
	}
	return nil
}

// nextStep is what to do about a test that a service did not take: "; ..." or
// "" where the error says it itself.
func nextStep(o config.Opened, err error) string {
	var f *notify.Failure
	if !errors.As(err, &f) {
		return ""
	}
	switch {
	case f.Kind == notify.Refused:
		return "; check the token and the other settings of this channel, then again: nightbell test " + o.Name
	case f.Kind == notify.Limited:
		return "; it takes no more for now, so try again later"
	case f.Status >= 500:
		return "; the service has trouble, so try again in a few minutes"
	case f.Status == 0:
		return "; check that this machine is online, then try again"
	}
	return ""
}

// one tests one channel.
func (t *trial) one(ctx context.Context, o config.Opened) error {
	m, sent, err := t.send(ctx, o)
	if ctx.Err() == nil { // a test that was broken off says nothing
		t.report(o.Name, err)
	}
	if err != nil || !o.Reaches || !t.alarm {
		return err
	}
	for _, c := range notify.Types() {
		if c.Name != o.Type {
			continue
		}
		for _, sentence := range c.Phones {
			t.say(o.Name + ": " + sentence)
		}
	}
	if from, ok := o.Channel.(notify.Replier); ok {
		return awaitReply(ctx, o, from, m, t.say)
	}
	return awaitTest(ctx, o, m, sent, t.say)
}

// testAnswer begins the line that the button of a test alarm sends back. It
// answers no reminder, so it needs no key, and changes nothing.
const testAnswer = "test/heard/"

// isTest tells whether a line was sent by the button of a test alarm.
func isTest(line string) bool { return strings.HasPrefix(line, testAnswer) }

// send checks a channel's credentials and sends the test push.
func (t *trial) send(ctx context.Context, o config.Opened) (notify.Message, notify.Sent, error) {
	if c, ok := o.Channel.(notify.Checker); ok {
		if err := c.Check(ctx); err != nil {
			return notify.Message{}, notify.Sent{}, err
		}
		t.say(o.Name + ": the service knows these credentials")
	}
	at := t.now()
	m := notify.Message{
		Key: "test", Tag: fmt.Sprintf("nb-test-%d", at.Unix()), Level: notify.Normal, Time: at,
		Title: t.words.title(), Text: "A test. All is well.",
	}
	if t.alarm {
		m.Level, m.Text = notify.Alarm, "A test alarm. Nothing to do."
		m.Repeat = notify.Repeat{Every: alarmRetry, For: testWaits}
	}
	_, acknowledged := o.Channel.(notify.Receipter)
	_, replied := o.Channel.(notify.Replier)
	switch b, _ := buttonOf("heard"); {
	case t.alarm && acknowledged:
		m.Text = "A test alarm. Acknowledge it to stop it."
	case t.alarm && replied:
		m.Text, m.Buttons = "A test alarm. Tap "+b.label+".", []notify.Button{{Label: b.label, Answer: testAnswer + rand.Text()}}
	}
	begin := t.now()
	sent, err := o.Channel.Send(ctx, m)
	switch {
	case err != nil:
	case !o.Reaches:
		t.say(o.Name + ": shown here; this channel reaches no phone")
	default:
		t.say(fmt.Sprintf("%s: accepted after %d ms", o.Name, t.now().Sub(begin).Milliseconds()))
	}
	return m, sent, err
}

// Test sends a test push.
func (d *Daemon) Test(ctx context.Context, q web.TestQuery, say func(string)) error {
	v := d.view.Load()
	return v.state.trial(v.opened, d.now, say, func(channel string, err error) {
		written := make(chan struct{})
		if !d.inbox.put(func(now time.Time) {
			d.apply(tested(&d.state, channel, err, now), now)
			d.show(now)
			close(written)
		}) {
			return // it is stopping
		}
		select { // whoever asks for the status next is to see it
		case <-written:
		case <-ctx.Done():
		}
	}).try(ctx, q)
}

// tested is how a channel fared in a test at an instant: one that did not get
// through is shown as not working until a push or a test does.
func tested(s *State, channel string, err error, at time.Time) journal.Batch {
	health := s.health(channel)
	event := journal.Event{At: at, Channel: channel, Kind: "tested"}
	if err != nil {
		event.Kind, event.Text = "failed", err.Error()
		health.LastError, health.LastErrorAt, health.Broken = err.Error(), at, true
	} else {
		health.LastSuccess, health.Broken = at, false
	}
	return journal.Batch{Health: []journal.Health{health}, Events: []journal.Event{event}}
}

// awaitTest waits until the test alarm is acknowledged, and takes it back if
// it is not.
func awaitTest(ctx context.Context, o config.Opened, m notify.Message, sent notify.Sent, say func(string)) error {
	from, ok := o.Channel.(notify.Receipter)
	if !ok || sent.Receipt == "" {
		say(o.Name + ": this service does not tell whether an alarm was acknowledged")
		return nil
	}
	say(fmt.Sprintf("%s: ringing; acknowledge it on the phone within %d min", o.Name, int(testWaits/time.Minute)))
	ctx, cancel := context.WithTimeout(ctx, testWaits)
	defer cancel()
	for {
		got, err := from.Receipt(ctx, sent.Receipt)
		switch {
		case ctx.Err() != nil:
			withdrawTest(ctx, o, m)
			return errors.New("the alarm was accepted, but nobody acknowledged it in time; it has been taken back")
		case err != nil:
			say(fmt.Sprintf("%s: %v", o.Name, err))
		case got.Acknowledged:
			by := ""
			if got.By != "" {
				by = " on " + got.By
			}
			say(o.Name + ": acknowledged" + by + ", so the phone can stop a night's alarm")
			return nil
		case got.Expired, got.Gone:
			return errors.New("the alarm ended without an acknowledgement")
		}
	}
}

// awaitReply waits until the button of the test alarm comes back through the
// service, as the answers of a night do, and takes the alarm back.
func awaitReply(ctx context.Context, o config.Opened, from notify.Replier, m notify.Message, say func(string)) error {
	say(fmt.Sprintf("%s: tap %s on the phone within %d min", o.Name, m.Buttons[0].Label, int(testWaits/time.Minute)))
	listening, end := context.WithTimeout(ctx, testWaits)
	defer end()
	tapped := false
	err := from.Replies(listening, "", func(got notify.Reply) {
		if got.Text == m.Buttons[0].Answer {
			tapped = true
			end()
		}
	})
	withdrawTest(ctx, o, m)
	switch {
	case tapped:
		say(o.Name + ": the tap came back, so the phone can answer a night's alarm")
		return nil
	case listening.Err() != nil:
		return errors.New("the alarm was accepted, but no tap came back in time; it has been taken back")
	}
	return err
}

func withdrawTest(ctx context.Context, o config.Opened, m notify.Message) {
	if w, ok := o.Channel.(notify.Withdrawer); ok {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		_ = w.Withdraw(ctx, m.Tag) // it expires by itself within testWaits
	}
}
