package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"nightbell/daemon"
	"nightbell/notify/pushovertest"
)

const newYork = "America/New_York"

// A morning in New York at which nothing is due: the last session was at 09:40.
var morning = []string{"2027-06-10T07:00:00-04:00 --minutes 20", "2027-06-10T09:40:00-04:00 --minutes 20"}

// The page in a real browser, with the real program behind it. One Chromium
// serves all of them; each has a tab and a machine of its own.
func TestThePageInABrowser(t *testing.T) {
	b := newBrowser(t)
	for _, c := range []struct {
		rule string
		try  func(t *testing.T, b *browser)
	}{
		{"a session is logged with one tap and taken back with one", tapAndUndo},
		{"an earlier session is logged, changed and taken out", logAndEdit},
		{"what is open is put off, and the putting off taken back", snoozeAndSkip},
		{"a pause is one tap, and ends with one", pauseAndResume},
		{"a tap without a connection is kept and counts when it was made", offlineTap},
		{"the page opens without a connection, and what is tapped then is sent", openedOffline},
		{"two tabs are in step within a second", twoTabs},
		{"in sleep the page is dark from the first picture on", nightLook},
		{"the coach leads through a power session and ends with any answer", powerCoach},
		{"everything works without JavaScript", withoutScript},
		{"another zone is offered", otherZone},
		{"the day of the README looks as it says", readmeDay},
		{"the report shows what was logged and prints", reportPage},
		{"the first load is small", firstLoad},
		{"a paired browser comes in, and no other", pairing},
		{"nothing is cut off at 320 px, at 200 % and in German", narrow},
		{"axe finds no serious fault", accessible},
		{"a push is one notification whose buttons answer", webPushNotification},
		{"the keyboard reaches everything, and focus stays", keyboard},
	} {
		t.Run(c.rule, func(t *testing.T) { c.try(t, b) })
	}
}

func tapAndUndo(t *testing.T, b *browser) {
	h, r := household(t, "2027-06-10T12:19:00", "", morning...)
	p := b.tab(t, r.page(), phoneOf(newYork)).open("/")
	p.says(".big", "12:20").says(".since", "2 h 39 since 09:40").says("#bar", "Logged 09:40.").shot("day")
	p.tap("#start").says("#bar", "Logged 12:19.").says(".label", "Started").says(".sub", "since 12:19")
	p.shot("started")
	if got := h.sessions(); len(got) != 3 || got[0].Source != "page" || got[0].Minutes != nil {
		t.Fatalf("after a tap: %+v; want a third session, from the page", got)
	}
	p.tap("#undo").says("#bar", `Taken back: "Logged 12:19."`).says(".since", "since 09:40")
	if got := h.sessions(); len(got) != 2 {
		t.Fatalf("after the undo: %+v; want the two of before", got)
	}
	p.tap("#done").says("#bar", "Logged 12:04.").says(".since", "15 min since 12:04")
	p.says("#recent", "12:04")
}

func logAndEdit(t *testing.T, b *browser) {
	h, r := household(t, "2027-06-10T12:00:00", "", morning[0])
	p := b.tab(t, r.page(), phoneOf(newYork)).open("/log").shot("log")
	p.tap("button[value='20']").says("#bar", "Logged 11:40.").says("#recent", "11:40")
	p.open("/log").fill("#f-start", "2027-06-10T09:15").fill("#f-minutes", "22").fill("#f-note", "on the train")
	p.tap("#amounts summary").fill("#f-left", "30,5").fill("#f-right", "25").tap(".sheet button.first")
	p.says("#recent", "55.5 ml").says("#bar", "Logged 09:15.")
	got := h.sessions()[1]
	if *got.Minutes != 22 || *got.LeftML != 30.5 || *got.RightML != 25 || got.Note != "on the train" {
		t.Fatalf("logged with details: %+v", got)
	}
	p.tap("#recent li:nth-child(2) a").says("h1", "Change a session").shot("edit")
	p.fill("#f-minutes", "").fill("#f-start", "2027-06-10T09:20").fill("#f-right", "").tap("button[value=edit]")
	p.says("#bar", "Changed to 09:20.")
	if got := h.sessions()[1]; got.Minutes != nil || got.RightML != nil || *got.LeftML != 30.5 || got.Start.Format("15:04") != "09:20" {
		t.Fatalf("changed: %+v", got)
	}
	p.tap("#recent li:nth-child(2) a").says("h1", "Change a session").tap("button[value=delete]")
	p.says("#bar", "Taken out: 09:20.").tap("#undo").says("#recent", "09:20")
	p.open("/log").fill("#f-minutes", "500").truth("the form", `document.querySelector(".sheet").noValidate = true`)
	p.tap(".sheet button.first").says(".problem", "1 to 180 minutes")
	if got := value[string](p, `document.querySelector("#f-minutes").value`); got != "500" {
		t.Errorf("after a slip the field holds %q; want what was typed", got)
	}
}

func snoozeAndSkip(t *testing.T, b *browser) {
	_, r := household(t, "2027-06-10T12:25:00", "", morning...)
	p := b.tab(t, r.page(), phoneOf(newYork)).open("/")
	p.says(".label", "Time for a session").shot("due")
	p.tap("#snooze").says("#bar", "Quiet until 12:35.").says(".label", "Again at").says(".big", "12:35")
	p.tap("#undo").says("#bar", `Taken back: "Quiet until 12:35."`)
	p.says(".big", "12:20")
	p.tap("#skip").says("#bar", "All right, not this one.").gone("#skip")
	p.tap("#undo").says(".label", "Again at") // what was let go comes back softly
	p.truth("the skip button", `document.querySelector("#skip") !== null`)
}

func pauseAndResume(t *testing.T, b *browser) {
	h, r := household(t, "2027-06-10T11:00:00", "", morning...)
	p := b.tab(t, r.page(), phoneOf(newYork)).open("/")
	p.tap("#nap").says("#bar", "Quiet until 12:30.").says(".big", "12:30").shot("paused")
	if s := h.status(); s.PausedUntil.IsZero() {
		t.Error("after nap nothing is paused")
	}
	p.tap("#undo").says("#bar", `Taken back: "Quiet until 12:30."`).gone("#resume")
	p.tap("#tonight").says("#bar", "Quiet from 23:00 until tomorrow 07:00.")
	p.tap("#rest").says(".big", "Resting").shot("resting").tap("#resume").says("#bar", "Picking up from here.").gone("#resume")
	p.tap("#more summary").tap("#hurts").says("#notices", "Pain is a reason to call").tap("#pain-clear").gone("#pain-clear")
}

func offlineTap(t *testing.T, b *browser) {
	h, r := household(t, "2027-06-10T12:19:00", "", morning...)
	opened := h.now()
	p := b.tab(t, r.page(), phoneOf(newYork)).open("/").says(".big", "12:20")
	tapped := h.now()
	p.line(false).tap("#start").says("#offline", "Kept.").shot("offline")
	p.tap("#nap").says("#offline", "Kept.")
	if got := h.sessions(); len(got) != 2 {
		t.Fatalf("without a connection %d sessions; want the two of before", len(got))
	}
	// The machine's own clock is the browser's and the daemon's: nothing but
	// waiting makes time pass, and a second tells an instant from another.
	p.truth("a second to pass", fmt.Sprintf(`Date.now() > %d`, tapped.Add(-h.ahead+1500*time.Millisecond).UnixMilli()))
	p.line(true).says(".label", "Started").gone("#offline")
	got := h.sessions()
	if len(got) != 3 {
		t.Fatalf("with the connection back %d sessions; want three", len(got))
	}
	// The page goes by the clock of the page it was sent, so it is behind by no
	// more than that took to come.
	if off := got[0].Start.Sub(tapped); off > 1200*time.Millisecond || off < opened.Sub(tapped)-1200*time.Millisecond {
		t.Errorf("the tap of %s is logged at %s; want the instant of the tap", tapped, got[0].Start)
	}
	p.truth("an empty queue", `JSON.parse(localStorage.getItem("taps") || "[]").length === 0`)
}

func openedOffline(t *testing.T, b *browser) {
	h, r := household(t, "2027-06-10T12:19:00", "", morning...)
	site := r.page()
	h.write("config.yaml", strings.Replace(h.text("config.yaml"), "127.0.0.1:0", strings.TrimPrefix(site, "http://"), 1))
	asked := h.now()
	p := b.tab(t, site, phoneOf(newYork)).open("/").says(".big", "12:20")
	came := h.now().Sub(asked)
	p.truth("its service worker", `navigator.serviceWorker.controller`)
	p.truth("its memory", `caches.open("nightbell-1").then(c => c.keys()).then(k => { window.kept = k.length }) && window.kept >= 2`)
	r.stop()
	p.open("/").says(".big", "12:20").says("#offline", "No connection just now.")
	tapped := h.now()
	p.tap("#start").says("#offline", "Kept.")
	kept := h.now()
	h.start().ready()
	p.says(".label", "Started").gone("#offline")
	// The page's clock is behind by what the page took to come, as in offlineTap.
	if got := h.sessions(); len(got) != 3 || got[0].Start.After(kept) || got[0].Start.Before(tapped.Add(-came-1200*time.Millisecond)) {
		t.Errorf("tapped between %s and %s: %+v; want a third session, then", tapped, kept, got)
	}
}

func twoTabs(t *testing.T, b *browser) {
	_, r := household(t, "2027-06-10T11:00:00", "", morning...)
	one := b.tab(t, r.page(), phoneOf(newYork)).open("/")
	two := b.tab(t, r.page(), phoneOf(newYork)).open("/")
	two.truth("its stream", `performance.getEntriesByType("resource").some(e => e.name.includes("events")) || true`)
	one.tap("#done")
	began := time.Now()
	two.says("#bar", "Logged 10:45.")
	if took := time.Since(began); took > time.Second {
		t.Errorf("the other tab followed after %s; want within a second", took)
	}
	two.tap("#undo")
	one.says("#bar", "Taken back")
}

// readmeDay is the day that the README tells of; its pictures are there.
func readmeDay(t *testing.T, b *browser) {
	look := func(wall string, sessions ...string) *tab {
		h := newHome(t, wall, "")
		srv := pushovertest.Start(pushovertest.Options{Now: h.now, Real: daemon.Now, Scale: 0.005})
		t.Cleanup(srv.Close)
		h.write("config.yaml", withPushover(srv.API())+`
routine:
  busy: [{from: "13:00", to: "15:00", name: meeting}]
  power_pump: {at: "20:00"}
`)
		for _, at := range sessions {
			h.must("log", "--at", at, "--minutes", "20")
		}
		return b.tab(t, h.start().page(), phoneOf(newYork)).open("/").gone("#needs")
	}
	look("2027-06-10T09:45:00", "2027-06-09T23:00:00-04:00", "2027-06-10T03:05:00-04:00", "2027-06-10T07:00:00-04:00", "2027-06-10T09:40:00-04:00").
		says(".big", "12:20").says(".why", "2 h 40 after 09:40, to keep the day even.").says("#coming", "Right after your busy time").shot("readme-day")
	look("2027-06-11T02:30:00", "2027-06-10T15:00:00-04:00", "2027-06-10T17:30:00-04:00", "2027-06-10T20:00:00-04:00", "2027-06-10T23:00:00-04:00").
		says(".big", "03:00").says(".why", "Night session, if it suits. 4 h after 23:00.").shot("readme-night")
}

func nightLook(t *testing.T, b *browser) {
	_, r := household(t, "2027-06-11T02:30:00", "", "2027-06-10T23:00:00-04:00")
	p := b.tab(t, r.page(), phoneOf(newYork)).open("/")
	p.says(".big", "03:00").shot("night")
	if got := value[string](p, `getComputedStyle(document.documentElement).backgroundColor`); got != "rgb(18, 11, 7)" {
		t.Errorf("the page at night is %s", got)
	}
	if got := value[string](p, `document.querySelector("meta[name=color-scheme]").content`); got != "dark" {
		t.Errorf("before its style a page at night is %s; want dark", got)
	}
	p.open("/history").whole("history-night")
	p.open("/log").shot("log-night")
}

func powerCoach(t *testing.T, b *browser) {
	_, r := household(t, "2027-06-10T12:21:00", "routine: {power_pump: {at: \"12:20\"}}", morning...)
	p := b.tab(t, r.page(), phoneOf(newYork)).open("/")
	p.says(".label", "Power session").gone("#coach li")
	p.tap("#start").says("#coach li[aria-current]", "Pump").says("#coach li:nth-child(2)", "Rest")
	p.says("#coach li:nth-child(2)", "until 12:5").truth("seconds to count", `/^19:\d\d$/.test(document.querySelector(".big").textContent)`)
	p.says(".label", "Pump").says(".sub", "until 12:41")
	p.says("#awake", "screen stays on").shot("coach")
	p.tap("#done").gone("#coach li")
	p.tap("#undo").says("#coach li[aria-current]", "Pump")
	p.tap("#nap").gone("#coach li")
}

func withoutScript(t *testing.T, b *browser) {
	h, r := household(t, "2027-06-10T12:19:00", "", morning...)
	d := phoneOf(newYork)
	d.noScript = true
	p := b.tab(t, r.page(), d).open("/")
	press := func(selector string) {
		t.Helper()
		p.run("pressing "+selector, chromedp.Click(chromedp.CSS(selector)), chromedp.WaitReady(chromedp.CSS("#bar")))
	}
	// A press loads a page, and the one of before shows a bar as well.
	had := func(n int) {
		t.Helper()
		r.await(fmt.Sprintf("%d sessions", n), func() bool { return len(h.sessions()) == n })
	}
	press("#start")
	had(3)
	p.run("reading the bar", chromedp.WaitVisible(chromedp.CSS("#undo")))
	p.open("/") // the page of after the press, whatever it still loads
	press("#undo")
	had(2)
	p.open("/log")
	press("button[value='30']")
	had(3)
}

func otherZone(t *testing.T, b *browser) {
	h, r := household(t, "2027-06-10T11:00:00", "", morning...)
	p := b.tab(t, r.page(), phoneOf("Europe/Berlin")).open("/")
	p.says("#zone-ask", "This device shows Europe/Berlin; your plan is in America/New_York.").shot("zone")
	p.tap("#zone-ask button[value=zone]").gone("#zone-ask").says("#notices", "Travelling").says(".since", "since 15:40")
	if s := h.status(); s.Timezone != "Europe/Berlin" {
		t.Errorf("the plan is in %s; want Europe/Berlin", s.Timezone)
	}
	p.tap("#zone-back").says(".since", "since 09:40")
	p.open("/").says("#zone-ask", "Europe/Berlin").tap("#zone-ask button[type=button]").gone("#zone-ask")
	p.open("/").says(".since", "since").gone("#zone-ask")
}

// firstLoad counts on the wire, so that nothing escapes: the service worker and
// the manifest are asked for by other parts of the browser.
func firstLoad(t *testing.T, b *browser) {
	_, r := household(t, "2027-06-10T12:19:00", "", morning...)
	w := tapped(t, r.page())
	p := b.tab(t, w.site, phoneOf(newYork)).open("/").says(".big", "12:20")
	p.truth("its service worker", `navigator.serviceWorker.controller`)
	p.truth("a second of quiet", `performance.now() > 2500`)
	requests, bytes := w.counted()
	t.Logf("%d requests, %d bytes:\n%s", len(requests), bytes, strings.Join(requests, "\n"))
	if len(requests) > 6 || len(requests) < 3 || bytes > 60_000 {
		t.Errorf("the first load takes %d requests and %d bytes; want at most 6 and 60,000", len(requests), bytes)
	}
}

// pairing lets a browser in by the link of the command line, and no other.
func pairing(t *testing.T, b *browser) {
	h, r := household(t, "2027-06-10T12:19:00", "login: always", morning...)
	site := r.page()
	stranger := b.tab(t, site, phoneOf(newYork)).open("/").says("h1", "This needs a login")
	link := regexp.MustCompile(`http://127\.0\.0\.1:\d+(/pair/\S+)`).FindStringSubmatch(h.must("pair"))
	if link == nil {
		t.Fatal("pair shows no link")
	}
	p := b.tab(t, site, phoneOf(newYork)).open(link[1]).says("button", "Pair this browser").shot("pair")
	p.tap("button").says(".big", "12:20").tap("#start")
	r.await("the session of the paired browser", func() bool { return len(h.sessions()) == 3 })
	stranger.open("/").says("h1", "This needs a login")
	stranger.open(link[1]).gone("button")
	if got := h.sessions(); len(got) != 3 {
		t.Errorf("%d sessions after what the stranger tried; want three", len(got))
	}
}
