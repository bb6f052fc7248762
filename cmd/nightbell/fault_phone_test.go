package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nightbell/notify/ntfytest"
	"nightbell/notify/pushovertest"
)

// phones is a machine with a channel of each type that reaches a phone, each
// with a line of its own, on a clock that the test sets.
type phones struct {
	*home
	pushover *pushovertest.Server
	ntfy     *ntfytest.Server
	hook     *hook
	lines    map[string]*line // by channel
}

// hook is who takes a webhook's posts.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	pushes []string // their texts
}

func newHook(t *testing.T) *hook {
	k := &hook{}
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var push struct {
			Text     string
			Withdraw bool
		}
		text, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(text, &push) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if !push.Withdraw {
			k.pushes = append(k.pushes, push.Text)
		}
	}))
	t.Cleanup(k.Close)
	return k
}

// channel is the line of the configuration that leads here.
func (k *hook) channel() string {
	return fmt.Sprintf("  - {name: hook, type: webhook, url: %q, secret: aTestSecretOf30Characters00001}\n", k.URL)
}

func (k *hook) texts() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]string(nil), k.pushes...)
}

// newPhones is such a machine at a wall-clock time. use is delivery.use.
func newPhones(t *testing.T, wall, use string, rate float64) *phones {
	t.Helper()
	p := &phones{home: onSetClock(t, wall, "", rate), lines: map[string]*line{}}
	p.pushover = pushovertest.Start(pushovertest.Options{Now: p.now})
	t.Cleanup(p.pushover.Close)
	p.ntfy = ntfytest.Start(ntfytest.Options{Now: p.now, Requests: -1})
	t.Cleanup(p.ntfy.Close)
	p.hook = newHook(t)
	for name, addr := range map[string]string{"pushover": p.pushover.Addr(), "ntfy": p.ntfy.Addr(), "hook": p.hook.Listener.Addr().String()} {
		p.lines[name] = newLine(t, addr)
	}
	p.write("config.yaml", fmt.Sprintf(`timezone: America/New_York
listen: 127.0.0.1:0
log: {level: debug}
delivery: {use: %s}
channels:
  - {name: pushover, type: pushover, token: %s, user: %s, api: "http://%s/1"}
  - {name: ntfy, type: ntfy, server: "http://%s", topic: %s}
  - {name: hook, type: webhook, url: "http://%s/hook", secret: aTestSecretOf30Characters00001}
`, use, pushovertest.Token, pushovertest.User, p.lines["pushover"].addr(), p.lines["ntfy"].addr(), ntfytest.Topic, p.lines["hook"].addr()))
	t.Cleanup(func() {
		for _, v := range append(p.pushover.Violations(), p.ntfy.Violations()...) {
			t.Errorf("a rule of friendly use was broken: %s", v)
		}
	})
	return p
}

func (p *phones) cut(cut bool) {
	for _, l := range p.lines {
		l.set(cut)
	}
}

// shown is what reached each phone so far, a line each.
func (p *phones) shown() (texts []string) {
	for _, m := range p.pushover.Messages() {
		texts = append(texts, "pushover: "+m.Text)
	}
	for _, m := range p.ntfy.Messages(ntfytest.Topic) {
		if m.Event == "message" {
			texts = append(texts, "ntfy: "+m.Text)
		}
	}
	for _, text := range p.hook.texts() {
		texts = append(texts, "hook: "+text)
	}
	return texts
}

// needs waits until status says what a person has to do, with exit code 1.
func (r *running) needs(what ...string) {
	r.h.t.Helper()
	out := ""
	r.await(fmt.Sprintf("status to say %q", what), func() bool {
		var code int
		out, code = r.h.run("status")
		return code == exitNot && !slices.ContainsFunc(what, func(text string) bool { return !strings.Contains(unfolded(out), text) })
	})
}

// well runs status, which must exit with 0.
func (h *home) well() {
	h.t.Helper()
	if out, code := h.run("status"); code != exitDone {
		h.t.Errorf("status: exit code %d, want %d: nothing needs a person any more\n%s", code, exitDone, out)
	}
}

// Every channel is out of reach for an hour in which a reminder is due. When
// they are back, the phone hears of it once, in the words of the present.
func TestEveryChannelDownForAnHour(t *testing.T) {
	t.Parallel()
	p := newPhones(t, "2027-06-10T12:19:00", "first", leisurely)
	p.must("log", "--at", "2027-06-10T09:40:00-04:00")
	p.cut(true)
	d := p.start().ready()
	p.clock.run(t, 900) // an hour in 4 s
	due := mustTime(t, "2027-06-10T12:20:00-04:00")
	d.await("an hour without a network", func() bool { return p.now().After(due.Add(time.Hour)) })
	p.clock.run(t, leisurely) // a command takes what would be a quarter of an hour
	d.needs("channel pushover has not taken a push since 12:", "channel ntfy has not taken a push", "channel hook has not taken a push", "it is tried again every minute")
	for name, l := range p.lines {
		if n := l.tries(); n < 3 || n > 90 { // an hour of tries, a minute apart and what this machine adds; 5 s apart it would be 720
			t.Errorf("%s was tried %d times in an hour; want a try each minute", name, n)
		}
	}
	p.clock.run(t, 60)
	// One line is back a moment before the others, as each channel's next try
	// comes at a moment of its own.
	p.lines["ntfy"].set(false)
	d.await("the push", func() bool { return len(p.shown()) > 0 })
	d.await("its outcome", func() bool { return strings.Contains(d.log.String(), "kind=sent") })
	p.cut(false)
	back := p.now()
	d.await("two quiet minutes", func() bool { return p.now().After(back.Add(2 * time.Minute)) })
	if got := p.shown(); len(got) != 1 || !strings.Contains(got[0], ": It's been 3 h ") {
		t.Errorf("the phone showed %q; want one push, in the words of the present", got)
	}
	p.well()
	d.stop()
}

// One service takes its push and never answers. The others ring, and nothing
// else waits for it.
func TestOneServiceHangs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule, use string
		within    time.Duration // of the alarm's instant, on the machine's clock; most of it is what a busy machine may add
	}{
		{"every channel: the others at once", "all", 8 * time.Second},
		// A request is given up after 2 s here, in the place of the real 10 s.
		{"the first that works: the next takes over", "first", 10 * time.Second},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			p := newPhones(t, "2027-06-11T02:59:30", c.use, leisurely)
			p.pushover.Fail(pushovertest.Hang(), -1)
			p.must("log", "--at", nightBefore)
			d := p.start().ready()
			p.clock.run(t, 10)
			d.await("the alarm on another channel", func() bool { return len(p.ntfy.Shown(ntfytest.Topic)) == 1 })
			late := p.ntfy.Requests()[0].At.Sub(mustTime(t, "2027-06-11T03:00:00-04:00")) / 10
			if late > c.within {
				t.Errorf("the alarm reached ntfy after %s; want it within %s beside a channel that hangs", late, c.within)
			}
			if c.use == "all" {
				d.await("the third channel", func() bool { return len(p.hook.texts()) == 1 })
			}
			p.must("done") // within the two seconds that a command waits
			d.await("a clean screen", func() bool { return len(p.ntfy.Shown(ntfytest.Topic)) == 0 })
			if n := len(p.sessions()); n != 2 {
				t.Errorf("%d sessions; want the answer's beside the one before", n)
			}
			p.clock.run(t, 120)
			d.needs("channel pushover has not let a push be taken back", "no answer within", "it is tried again every minute")
			p.pushover.Heal()
			d.await("all told", func() bool { _, code := p.run("status"); return code == exitDone })
			d.stop()
		})
	}
}

// Pushover takes every push and loses every answer. It shows each of them, so
// they come further and further apart, and status says when the next does.
func TestEveryAnswerIsLost(t *testing.T) {
	t.Parallel()
	n := newSlumber(t, "2027-06-10T12:19:00", leisurely)
	n.must("log", "--at", "2027-06-10T09:40:00-04:00")
	n.srv.Fail(pushovertest.DropAnswer().On("messages"), -1)
	d := n.start().ready()
	n.clock.run(t, 600) // an hour in 6 s
	due := mustTime(t, "2027-06-10T12:20:00-04:00")
	d.await("an hour of lost answers", func() bool { return n.now().After(due.Add(time.Hour)) })
	n.clock.run(t, 1)
	d.needs("channel pushover has not taken a push since 12:", "it is tried again at 1")
	if got := len(n.srv.Messages()); got < 4 || got > 8 { // at 0, 1, 3, 8, 18, 38 and 58 min
		t.Errorf("the phone showed the push %d times within an hour; want about seven", got)
	}
	n.srv.Heal()
	n.clock.run(t, 600)
	d.await("the push with its answer", func() bool { _, code := n.run("status"); return code == exitDone })
	n.must("done")
	d.stop()
}
