package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"nightbell/daemon"
	"nightbell/notify/pushovertest"
)

// The whole way: an alarm that nobody answers reaches the partner's device, and
// the tap there ends the ringing on both and logs nothing.
func TestAPartnersTapEndsTheRingingAndLogsNothing(t *testing.T) {
	t.Parallel()
	n := &night{home: onSetClock(t, justBefore, "", 1)}
	n.srv = pushovertest.Start(pushovertest.Options{Now: n.now, Real: daemon.Now, Scale: 0.005})
	t.Cleanup(n.srv.Close)
	n.write("config.yaml", withPushover(n.srv.API())+fmt.Sprintf(
		"  - {name: theirs, type: pushover, token: aTestTokenOf30Characters000001, user: uTestUserKeyOf30Characters0001, device: tablet, api: %q}\n"+
			"partner: {after: 5m, channels: [theirs]}\n", n.srv.API()))
	n.must("log", "--at", nightBefore)
	theirs := func() (m pushovertest.Message, ok bool) {
		for _, m := range n.srv.Messages() {
			if m.Device == "tablet" {
				return m, true
			}
		}
		return m, false
	}
	d := n.start()
	d.await("the alarm", func() bool { return n.alarms() == 1 && strings.Contains(d.log.String(), "kind=sent") })
	n.clock.jump(t, 6*time.Minute)
	d.await("the partner's", func() bool { _, ok := theirs(); return ok })
	m, _ := theirs()
	if m.Priority != 2 || m.Title != "Reminder" || m.Text != "No answer yet to the reminder of 03:00." {
		t.Errorf("the partner got priority %d, %q, %q", m.Priority, m.Title, m.Text)
	}
	d.await("both receipts on disk", func() bool { return strings.Count(d.log.String(), "kind=sent") >= 2 })
	n.srv.Acknowledge(m.Receipt, n.now().Truncate(time.Second))
	d.await("silence", n.silent)
	if got := n.sessions(); len(got) != 1 {
		t.Errorf("%d sessions; the partner's tap logs none", len(got))
	}
	doc := n.status()
	if doc.Partner == nil || doc.Partner.After != 300 || len(doc.Partner.Channels) != 1 || doc.Partner.Channels[0] != "theirs" {
		t.Errorf("status shows %+v; want the partner's channel, after 300 s", doc.Partner)
	}
	d.stop()
}

func TestDoctorKnowsWhoseAChannelIs(t *testing.T) {
	t.Parallel()
	h := newHome(t, "2026-06-10T10:00:00", `timezone: America/New_York
listen: 127.0.0.1:0
channels:
  - {name: here, type: console}
  - {name: theirs, type: webhook, url: "http://127.0.0.1:1/", secret: 0123456789abcdef0123}
partner: {channels: [theirs]}
`)
	out, _ := h.run("doctor")
	for _, line := range []string{"ok partner", "told of an alarm that nobody answers for 15 min, on theirs, which gets nothing else", "none reaches a phone"} {
		if !strings.Contains(unfolded(out), line) {
			t.Errorf("doctor does not say %q:\n%s", line, out)
		}
	}
}
