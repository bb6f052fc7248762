package web_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

const asForm = "Content-Type: application/x-www-form-urlencoded"

// last is the newest change of the journal.
func (h *house) last() web.ChangeDoc {
	h.t.Helper()
	c, err := h.daemon.LastChange(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// It is 10:00 in New York; a session at 07:00 is logged and a start is due.
func TestFormsOfThePage(t *testing.T) {
	for _, c := range []struct {
		rule, form string
		status     int
		said       string // what was done; else what the page says did not work
	}{
		{"starting now", "what=start", 303, "Logged 10:00."},
		{"just done", "what=done", 303, "Logged 09:45."},
		{"a tap counts when it was made", "what=start&at=2026-06-10T13:50:00Z&key=a", 303, "Logged 09:50."},
		{"a power session is named", "power=1", 303, "Logged 10:00."},
		{"later", "snooze=10", 303, "Quiet until 10:10."},
		{"not this one", "what=skip", 303, "All right, not this one."},
		{"a nap", "pause=90", 303, "Quiet until 11:30."},
		{"a nap from the tap on", "pause=90&at=2026-06-10T13:50:00Z&key=b", 303, "Quiet until 11:20."},
		{"tonight off", "pause=tonight", 303, "Quiet from 23:00 until tomorrow 07:00."},
		{"quiet until a time ahead", "what=pause&until=14:00", 303, "Quiet until 14:00."},
		{"quiet until a time of tomorrow", "what=pause&until=09:00", 303, "Quiet until tomorrow 09:00."},
		{"rest", "what=rest", 303, "Reminders are resting. Log a session or resume when you like."},
		{"it hurts", "hurts=1", 303, "Noted that it hurts."},
		{"another zone", "what=zone&zone=Europe/Berlin", 303, "Times are those of Europe/Berlin now, where it is 16:00."},
		{"an earlier session", "what=log&ago=20", 303, "Logged 09:40."},
		{"20 minutes before the tap", "what=log&ago=20&at=2026-06-10T13:50:00Z&key=c", 303, "Logged 09:30."},
		{"an earlier session by its time", "what=log&start=2026-06-09T22:15", 303, "Logged yesterday 22:15."},
		{"with seconds, as some browsers send it", "what=log&start=2026-06-09T22:15:30", 303, "Logged yesterday 22:15."},

		{"a session ahead", "what=log&from=log&start=2026-06-10T19:00", 400, "Log it once it has begun."},
		{"no time", "what=log&from=log", 400, "Please give the time"},
		{"a day without a time", "what=log&from=log&start=2026-06-10", 400, "Please give the time"},
		{"minutes that are none", "what=log&from=log&ago=20&minutes=many", 400, "&#34;many&#34; is not a number"},
		{"too many minutes", "what=log&from=log&ago=20&minutes=181", 400, "1 to 180 minutes"},
		{"an amount that is none", "what=log&from=log&ago=20&ml=much", 400, "&#34;much&#34; is not a number"},
		{"a negative amount", "what=log&from=log&ago=20&left=-3", 400, "An amount is 0 to 2000."},
		{"an endless amount", "what=log&from=log&ago=20&right=Inf", 400, "An amount is 0 to 2000."},
		{"a total that its sides do not make", "what=log&from=log&ago=20&ml=60&left=30&right=20", 400, "In all it is 60 ml, on the sides 50 ml"},
		{"a snooze of a day", "snooze=1440", 400, "Please try again."},
		{"a pause of nothing", "what=pause", 400, "a time that lies ahead"},
		{"a kind nobody knows", "what=start&kind=bottle", 400, "Please try again."},
		{"an answer nobody knows", "what=dance", 400, "Please try again."},
		{"a session that is not there", "what=delete&id=99", 404, "That session is not there any more."},
		{"a zone that is none", "what=zone&zone=Atlantis", 400, "Please try again."},
		{"an undo of something else", "what=undo&change=77", 409, "so nothing was taken back"},
		{"a reminder that is gone", "what=skip&reminder=none", 404, "No reminder is open just now."},
	} {
		t.Run(c.rule, func(t *testing.T) {
			h := newHouse(t, "")
			before := h.last()
			got := h.ask("POST", "/do", c.form, asForm)
			if c.status == http.StatusSeeOther {
				if got.status != c.status || h.last().Text != c.said || !strings.HasPrefix(got.header.Get("Location"), "./") {
					t.Errorf("%d, to %q, done: %q; want 303 to a relative place and %q\n%s", got.status, got.header.Get("Location"), h.last().Text, c.said, got.body)
				}
				return
			}
			got.want(t, c.rule, c.status, c.said)
			if h.last() != before {
				t.Errorf("it changed something: %+v", h.last())
			}
		})
	}
}

// A tap that nobody saw answered is sent again, perhaps after it was taken back
// elsewhere: then it is not to happen a second time.
func TestATapThatIsSentTwiceCountsOnce(t *testing.T) {
	for rule, tap := range map[string]string{
		"a session": "what=log&ago=20&at=2026-06-10T13:55:00Z&key=0123456789abcdef&note=twice",
		"a nap":     "pause=90&at=2026-06-10T13:55:00Z&key=fedcba9876543210",
	} {
		h := newHouse(t, "")
		h.ask("POST", "/do", tap, asForm).want(t, rule, 303, "")
		h.ask("POST", "/do", tap, asForm).want(t, rule+", sent again", 303, "")
		h.ask("POST", "/do", fmt.Sprintf("what=undo&change=%d", h.last().ID), asForm).want(t, rule+", taken back", 303, "")
		was := h.last()
		h.ask("POST", "/do", tap, asForm).want(t, rule+", sent once more", 303, "")
		if h.last() != was {
			t.Errorf("%s that was taken back happened again: %+v", rule, h.last())
		}
	}
}

func TestEditKeepsWhatTheFormShowsAsBefore(t *testing.T) {
	h := newHouse(t, "units: oz")
	ml := 44.4
	at := time.Date(2026, 6, 10, 13, 3, 27, 0, time.UTC)
	reply, err := h.daemon.Do(t.Context(), web.Request{What: web.Log, At: at, Session: web.SessionFields{ML: &ml, Minutes: 12, Note: "n"}})
	if err != nil {
		t.Fatal(err)
	}
	page := h.ask("GET", "/session?id=2", "")
	page.want(t, "the form", 200, `value="1.5"`)
	form := url.Values{"what": {"edit"}, "id": {"2"}, "start": {"2026-06-10T09:03"}, "was": {"2026-06-10T09:03"}, "kind": {"hand"},
		"minutes": {""}, "note": {"n"}, "ml": {"1.5"}, "ml.was": {"1.5"}, "left": {"0,5"}, "left.was": {""}}
	h.ask("POST", "/do", form.Encode(), asForm).want(t, "the edit", 303, "")
	list, err := h.daemon.Sessions(t.Context(), web.SessionsQuery{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	got := list.Sessions[0]
	if !got.Start.Equal(at) || *got.ML != ml || got.Kind != "hand" || got.Minutes != nil || got.Note != "n" || *got.LeftML < 14.78 || *got.LeftML > 14.79 {
		t.Errorf("after the edit of %d: %+v, left %v; want start and amount to the last digit, hand, no minutes, half an ounce left", reply.Session, got, *got.LeftML)
	}
}

func TestAmountsAreOffUntilOneIsLogged(t *testing.T) {
	h := newHouse(t, "")
	open := `id="amounts" open`
	if page := h.ask("GET", "/log", ""); strings.Contains(page.body, open) || !strings.Contains(page.body, `id="amounts"`) {
		t.Error("without an amount the fields stand open, or are not there at all")
	}
	if page := h.ask("GET", "/history", ""); strings.Contains(page.body, "Amount") {
		t.Error("the history speaks of amounts that nobody logged")
	}
	h.ask("POST", "/do", "what=log&ago=20&ml=0", asForm).want(t, "zero drops", 303, "")
	h.ask("GET", "/log", "").want(t, "after an amount", 200, open)
	h.ask("GET", "/history", "").want(t, "after an amount", 200, "<td>0 ml</td>")
}

// What was logged weeks ago can be changed as well: the table leads to the day,
// the day to the session, and a night belongs to the day before it.
func TestEverySessionOfTheHistoryCanBeReached(t *testing.T) {
	h := newHouse(t, "privacy: plain\nwords: {session: pump}")
	h.ask("POST", "/do", "what=log&start=2026-05-21T03:05&note=at+last", asForm).want(t, "a night three weeks ago", 303, "")
	h.ask("GET", "/history", "").want(t, "the table", 200, `<a href="history?day=2026-05-20#day">Wed 20 May</a>`)
	day := h.ask("GET", "/history?day=2026-05-20", "")
	day.want(t, "the day", 200, `<a href="session?id=2"><span class="clock">03:05 <small>21 May</small>`)
	day.want(t, "its note", 200, "<small>at last</small>")
	h.ask("GET", "/session?id=2", "").want(t, "the session", 200, `value="2026-05-21T03:05"`)
	h.ask("GET", "/history?day=nonsense", "").want(t, "a day that is none", 200, "Your rhythm")
	h.ask("GET", "/", "").want(t, "the person's own word", 200, `<span class="what">Pump<small`)
}

func TestThePageIsDarkWhileOneSleeps(t *testing.T) {
	h := newHouse(t, "")
	for at, night := range map[string]bool{"2026-06-10T22:59:00-04:00": false, "2026-06-10T23:00:00-04:00": true, "2026-06-11T03:00:00-04:00": true, "2026-06-11T07:00:00-04:00": false} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		h.set(now)
		pairing, err := h.daemon.Pair(t.Context(), web.PairQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/", "/log", "/history", strings.TrimPrefix(pairing.Link, "http://127.0.0.1:8787")} {
			page := h.ask("GET", path, "").body
			if got := strings.Contains(page, `class="night"`) && strings.Contains(page, `name="color-scheme" content="dark"`); got != night {
				t.Errorf("%s at %s is dark: %v; want %v", path, at, got, night)
			}
		}
		for _, path := range []string{"/a/opens/nothing/here", "/nothing"} {
			if page := h.ask("GET", path, "").body; !strings.Contains(page, `class="night"`) {
				t.Errorf("%s at %s tells a stranger when people sleep here", path, at)
			}
		}
	}
}

// Every page helps: whom to call, and that one may stop.
func TestEveryPageSaysWhenToGetHelp(t *testing.T) {
	h := newHouse(t, "")
	for _, path := range []string{"/", "/log", "/history", "/session?id=1", "/report"} {
		page := h.ask("GET", path, "")
		page.want(t, path, 200, "Pain is a reason to call: a lactation consultant (IBCLC)")
		if n := strings.Count(page.body, "You can slow down or stop at any time."); n > 1 || path == "/" && n != 1 {
			t.Errorf("%s says %d times that one may stop; want once", path, n)
		}
		german := h.ask("GET", path, "", "Accept-Language: de")
		german.want(t, path, 200, "Schmerzen sind ein Grund anzurufen")
	}
	if page := h.ask("GET", "/", ""); strings.Contains(page.body, "First drops") {
		t.Error("milestones stand on the first page; they are only for those who ask")
	}
}

func TestThePageHoldsNothingFromElsewhere(t *testing.T) {
	h := newHouse(t, "")
	address := regexp.MustCompile(`(?:src|href|action|content|start_url)="?([a-z]+:)?//`)
	inline := regexp.MustCompile(`<script>|\son\w+="|style="|javascript:`)
	for _, path := range []string{"/", "/log", "/history", "/report"} {
		page := h.ask("GET", path, "")
		if found := address.FindString(page.body); found != "" {
			t.Errorf("%s leads elsewhere: %s", path, found)
		}
		if found := inline.FindString(page.body); found != "" {
			t.Errorf("%s has %q, which its policy forbids", path, found)
		}
		policy := page.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
		if regexp.MustCompile(`(?:src|href|action)="/`).MatchString(page.body) {
			t.Errorf("%s has an address that breaks below a proxy's path", path)
		}
	}
}

func TestThePageIsPacked(t *testing.T) {
	h := newHouse(t, "")
	plain := h.ask("GET", "/", "", "Accept-Encoding: identity")
	packed := h.ask("GET", "/", "", "Accept-Encoding: br, gzip")
	if packed.header.Get("Content-Encoding") != "gzip" || len(packed.body)*2 > len(plain.body) {
		t.Fatalf("%q, %d bytes of %d; want less than half of it", packed.header.Get("Content-Encoding"), len(packed.body), len(plain.body))
	}
	z, err := gzip.NewReader(strings.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil || !strings.Contains(string(text), "</html>") {
		t.Errorf("unpacked: %v, %d bytes", err, len(text))
	}
}

func TestReportsAreRefusedWithTheWayOut(t *testing.T) {
	h := newHouse(t, "")
	for query, holds := range map[string]string{
		"from=2026-06-11&to=2026-06-10": "has no day in it; from comes before to",
		"from=2020-01-01&to=2026-06-10": "longer than a year",
		"from=June":                     "is not a date",
	} {
		h.ask("GET", "/api/v1/report?"+query, "").want(t, query, 400, holds)
	}
	h.ask("GET", "/api/v1/report?from=2026-06-10&to=2026-06-10", "").want(t, "one day", 200, `"days":[{"date":"2026-06-10","sessions":1,"longest_gap":null,"night":false,"ml":null}]`)
}

// yearly is a site on a journal with a year of eleven sessions a day: 4,015.
func yearly(b *testing.B) http.Handler {
	b.Helper()
	now := func() time.Time { return time.Date(2026, 6, 10, 14, 0, 0, 0, time.UTC) }
	log := slog.New(slog.DiscardHandler)
	cfg, err := config.Parse("year.yaml", []byte("timezone: America/New_York\nchannels: [{name: here, type: console}]\n"), 0o600, func(string) (string, bool) { return "", false })
	if err != nil {
		b.Fatal(err)
	}
	opened, err := cfg.Open(notify.Tools{Log: log, Out: io.Discard, Now: now})
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	j, err := journal.OpenFolder(b.Context(), dir, journal.Options{Now: now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { j.Close() })
	ml := 30.5
	id := int64(0)
	for day := range 365 {
		var batch journal.Batch
		for i := range 11 {
			id++
			at := now().AddDate(0, 0, day-365).Add(time.Duration(i+1) * 128 * time.Minute)
			batch.Changes = append(batch.Changes, journal.Change{ID: id, At: at, What: "log", Text: "Logged.", Undoable: true})
			batch.Sessions = append(batch.Sessions, journal.Session{ID: id, Start: at, Kind: planner.Pump, Length: 20 * time.Minute, ML: &ml, Source: "page", Change: id})
		}
		if err := j.Commit(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	d, err := daemon.NewDirect(b.Context(), daemon.Options{Journal: j, Dir: dir, Config: cfg, Opened: opened, Now: now, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	asked := now()
	calm := func() time.Time { // a second between two requests: nobody is to be slowed down
		asked = asked.Add(time.Second)
		return asked
	}
	return web.Site{Desk: d, Entrance: func() web.Entrance { return web.Entrance{} }, Health: web.Health{}, Now: calm, Log: log}.Handler()
}

// The first page and the one with the chart, from the request to the last
// byte, packed, with a year of log.
func BenchmarkPageOfAYear(b *testing.B) {
	site := yearly(b)
	for _, path := range []string{"/", "/history", "/report"} {
		b.Run(strings.Trim(path, "/")+"page", func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8787"+path, nil)
				r.RemoteAddr = "127.0.0.1:9"
				r.Header.Set("Accept-Encoding", "gzip")
				w := httptest.NewRecorder()
				site.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatalf("%d %s", w.Code, w.Body)
				}
			}
		})
	}
}

// A start lapsed without an answer. The page says when it was, and one tap
// opens the form with its time.
func TestThePageKeepsAStartThatNobodyAnswered(t *testing.T) {
	h := newHouse(t, "")
	if body := h.ask("GET", "/", "").body; strings.Contains(body, `id="asked"`) {
		t.Error("it asks although the reminder is still open")
	}
	h.set(time.Date(2026, 6, 10, 14, 50, 0, 0, time.UTC)) // 10:50
	if _, err := h.daemon.Do(t.Context(), web.Request{What: web.Unpark}); err != nil {
		t.Fatal(err) // it changes nothing, and has the loop look
	}
	status, err := h.daemon.Status(t.Context())
	if err != nil || status.Unanswered.IsZero() {
		t.Fatalf("unanswered %v, %v; want the start that was due", status.Unanswered, err)
	}
	at := status.Unanswered.Time
	h.ask("GET", "/", "").want(t, "the page", 200, "Nothing is logged for "+at.Format("15:04")+". If there was a session:")
	link := "log?start=" + at.Format("2006-01-02T15:04")
	h.ask("GET", "/", "").want(t, "its link", 200, `href="`+strings.ReplaceAll(link, ":", "%3a")+`"`)
	h.ask("GET", "/"+link, "").want(t, "the form", 200, `value="`+at.Format("2006-01-02T15:04")+`"`)
	h.ask("GET", "/log?start=%22%3E%3Cb%3E", "").want(t, "a link that somebody made up", 200, `value="2026-06-10T10:30"`)
	h.ask("POST", "/do", "what=log&start="+at.Format("2006-01-02T15:04"), asForm).want(t, "logging it", 303, "")
	if body := h.ask("GET", "/", "").body; strings.Contains(body, `id="asked"`) {
		t.Error("it asks on after the session was logged")
	}
}
