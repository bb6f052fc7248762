package daemon

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/notify/buddytest"
)

// friends is a daemon and a Baby Buddy at 10:00 on 10 June 2026 in New York,
// compared when the test says.
type friends struct {
	t      *testing.T
	passed atomic.Int64 // nanoseconds since then
	d      *Daemon
	there  *buddytest.Server
	b      *buddy
}

func (f *friends) now() time.Time {
	return time.Date(2026, 6, 10, 14, 0, 0, 0, time.UTC).Add(time.Duration(f.passed.Load()))
}

func newFriends(t *testing.T) *friends {
	t.Helper()
	f := &friends{t: t}
	f.there = buddytest.Start(f.now)
	t.Cleanup(f.there.Close)
	text := "timezone: America/New_York\nrest_after: off\nchannels: [{name: here, type: console}]\n" +
		"baby_buddy: {url: \"" + f.there.URL() + "\", token: " + buddytest.Token + ", child: 1}\n"
	o := opened(t, text, f.now, slog.New(slog.DiscardHandler))
	started := make(chan struct{})
	o.Synced, o.Ready = func() (bool, error) { return true, nil }, func(string) { close(started) }
	var err error
	f.d, err = New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	there, problems := notify.OpenBabyBuddy(o.Config.BabyBuddy.Values, notify.Tools{Pace: notify.Pace{Request: 5 * time.Second}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	f.b = &buddy{d: f.d, settings: o.Config.BabyBuddy, there: there}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	f.d.config.BabyBuddy = config.BabyBuddy{} // no rounds but the test's
	f.d.o.Wait = func(ctx context.Context, _ time.Time, wake <-chan struct{}) (Woke, error) {
		select {
		case <-ctx.Done():
			return WokeByEnd, nil
		case <-wake:
			return WokeByChange, nil
		}
	}
	go func() {
		defer close(done)
		if err := f.d.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	<-started // what Run sets up is not to come after what a test puts in its place
	return f
}

func (f *friends) round() {
	f.t.Helper()
	if err := f.b.round(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

func (f *friends) do(q web.Request) web.Reply {
	f.t.Helper()
	reply, err := f.d.Do(f.t.Context(), q)
	if err != nil {
		f.t.Fatal(err)
	}
	return reply
}

// here are the sessions, oldest first, in words.
func (f *friends) here() string {
	f.t.Helper()
	all, err := f.d.Sessions(f.t.Context(), web.SessionsQuery{})
	if err != nil {
		f.t.Fatal(err)
	}
	var list []string
	for _, s := range all.Sessions {
		text := s.Start.Format("15:04") + " " + s.Source
		if s.Minutes != nil {
			text += " " + (time.Duration(*s.Minutes) * time.Minute).String()
		}
		if s.ML != nil {
			text += " ml"
		}
		if s.Note != "" {
			text += " " + s.Note
		}
		list = append(list, text)
	}
	slices.Reverse(list)
	return strings.Join(list, "; ")
}

// others are the entries there, oldest first, in words.
func (f *friends) others() string {
	var list []string
	zone := f.d.view.Load().state.Routine.Location
	for _, e := range f.there.Entries() {
		text := e.Start.In(zone).Format("15:04") + "-" + e.End.In(zone).Format("15:04")
		if e.Notes != nil && *e.Notes != "" {
			text += " " + *e.Notes
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}

func (f *friends) is(rule, here, others string) {
	f.t.Helper()
	if got := f.here(); got != here {
		f.t.Errorf("%s: here is %q, want %q", rule, got, here)
	}
	if got := f.others(); got != others {
		f.t.Errorf("%s: there is %q, want %q", rule, got, others)
	}
	before := len(f.there.Requests())
	f.round()
	if after := f.there.Requests(); len(after) != before || f.here() != here || f.others() != others {
		f.t.Errorf("%s: a second round changed something: %v, here %q, there %q", rule, after[before:], f.here(), f.others())
	}
}

func (f *friends) ago(d time.Duration) time.Time { return f.now().Add(-d) }

func TestASessionIsCopiedToBabyBuddyOnceItIsOver(t *testing.T) {
	f := newFriends(t)
	f.do(web.Request{What: web.Log, At: f.ago(2 * time.Hour), Source: "cli", Session: web.SessionFields{Minutes: 20, Note: "calm"}})
	f.do(web.Request{What: web.Start, Source: "page"})
	f.round()
	f.is("one under way waits: it would end in the future", "08:00 cli 20m0s calm; 10:00 page", "08:00-08:20 calm")
	f.passed.Add(int64(16 * time.Minute))
	f.round()
	f.is("over", "08:00 cli 20m0s calm; 10:00 page", "08:00-08:20 calm; 10:00-10:15")
}

func TestASessionOfBabyBuddysCounts(t *testing.T) {
	f := newFriends(t)
	f.there.Log(f.ago(90*time.Minute), 25, 0, "there")
	f.round()
	f.is("logged here", "08:30 baby_buddy 25m0s there", "08:30-08:55 there")
	doc, err := f.d.Status(t.Context())
	if err != nil || !doc.Last.Equal(f.ago(90*time.Minute)) {
		t.Errorf("the last session is at %v, %v; want the one logged there", doc.Last, err)
	}
}

func TestChangesFollow(t *testing.T) {
	f := newFriends(t)
	id := f.there.Log(f.ago(90*time.Minute), 25, 0, "there")
	mine := f.do(web.Request{What: web.Log, At: f.ago(4 * time.Hour), Source: "cli"})
	f.round()
	f.there.Edit(id, func(e *buddytest.Entry) { e.Start = e.Start.Add(-5 * time.Minute); *e.Amount = 40 })
	f.do(web.Request{What: web.Edit, ID: mine.Session, Edit: web.SessionEdit{Note: web.To("mine")}})
	f.round()
	f.is("each side follows the other", "06:00 cli mine; 08:25 baby_buddy 30m0s ml there", "06:00-06:15 mine; 08:25-08:55 there")
	f.there.Edit(2, func(e *buddytest.Entry) { note := "hers"; e.Notes = &note })
	f.do(web.Request{What: web.Edit, ID: mine.Session, Edit: web.SessionEdit{Note: web.To("both")}})
	f.round()
	f.is("where both changed, the side it was logged on counts", "06:00 cli both; 08:25 baby_buddy 30m0s ml there", "06:00-06:15 both; 08:25-08:55 there")
}

func TestWhatIsTakenOut(t *testing.T) {
	f := newFriends(t)
	theirs := f.there.Log(f.ago(90*time.Minute), 25, 0, "")
	kept := f.there.Log(f.ago(8*time.Hour), 20, 0, "")
	mine := f.do(web.Request{What: web.Log, At: f.ago(4 * time.Hour), Source: "cli"})
	second := f.do(web.Request{What: web.Log, At: f.ago(6 * time.Hour), Source: "cli"})
	f.round()
	if got := f.others(); got != "02:00-02:20; 04:00-04:15; 06:00-06:15; 08:30-08:55" {
		t.Fatalf("there is %q", got)
	}
	f.there.Delete(theirs)
	f.do(web.Request{What: web.Delete, ID: mine.Session})
	f.round()
	f.is("an original takes its copy with it", "02:00 baby_buddy 20m0s; 04:00 cli", "02:00-02:20; 04:00-04:15")

	all, _ := f.d.Sessions(t.Context(), web.SessionsQuery{})
	f.do(web.Request{What: web.Delete, ID: all.Sessions[1].ID}) // the copy of kept
	for _, e := range f.there.Entries() {
		if e.ID != kept {
			f.there.Delete(e.ID) // the copy of second
		}
	}
	f.round()
	f.is("a copy is only that, and is not copied again", "04:00 cli", "02:00-02:20")
	_ = second
}

func TestWhatBabyBuddyRefusesIsNotTriedAgain(t *testing.T) {
	f := newFriends(t)
	f.there.Log(f.ago(3*time.Hour), 30, 0, "") // 07:00 to 07:30
	f.round()
	mine := f.do(web.Request{What: web.Log, At: f.ago(3*time.Hour - 20*time.Minute), Source: "cli"}) // touches it
	f.round()
	f.is("refused once", "07:00 baby_buddy 30m0s; 07:20 cli", "07:00-07:30")
	f.do(web.Request{What: web.Edit, ID: mine.Session, Edit: web.SessionEdit{Start: web.To(f.ago(2 * time.Hour))}})
	f.round()
	f.is("tried again once it changed", "07:00 baby_buddy 30m0s; 08:00 cli", "07:00-07:30; 08:00-08:15")
}

func TestAnAnswerThatWasLostIsFoundAsAnEcho(t *testing.T) {
	f := newFriends(t)
	f.do(web.Request{What: web.Log, At: f.ago(2 * time.Hour), Source: "cli"})
	f.there.Deafen(true)
	if err := f.b.round(t.Context()); err == nil {
		t.Fatal("a lost answer is no error")
	}
	f.there.Deafen(false)
	f.round()
	f.is("neither added twice nor logged twice", "08:00 cli", "08:00-08:15")
	if got := f.there.Requests(); len(got) != 1 {
		t.Errorf("asked %v; want one request that changes something", got)
	}
}

// A copy that was asked for may stand there, though nobody heard the answer:
// what happens to either side meanwhile is done to both.
func TestACopyWhoseAnswerWasLostFollows(t *testing.T) {
	for _, c := range []struct {
		rule, here, others string
		meanwhile          func(f *friends, session int64)
	}{
		{"moved here", "07:50 cli", "07:50-08:05", func(f *friends, session int64) {
			f.do(web.Request{What: web.Edit, ID: session, Edit: web.SessionEdit{Start: web.To(f.ago(130 * time.Minute))}})
		}},
		{"taken out here", "", "", func(f *friends, _ int64) { f.do(web.Request{What: web.Undo}) }},
		{"changed there", "08:00 cli hers", "08:00-08:15 hers", func(f *friends, _ int64) {
			f.there.Edit(1, func(e *buddytest.Entry) { note := "hers"; e.Notes = &note })
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			f := newFriends(t)
			mine := f.do(web.Request{What: web.Log, At: f.ago(2 * time.Hour), Source: "cli"})
			f.there.Deafen(true)
			if err := f.b.round(t.Context()); err == nil {
				t.Fatal("a lost answer is no error")
			}
			f.there.Deafen(false)
			c.meanwhile(f, mine.Session)
			f.round()
			f.is(c.rule, c.here, c.others)
		})
	}
}

// A copy that was asked for and never came there is asked for again.
func TestACopyThatNeverArrivedIsMadeAgain(t *testing.T) {
	f := newFriends(t)
	f.do(web.Request{What: web.Log, At: f.ago(2 * time.Hour), Source: "cli"})
	f.there.Break(func(r *http.Request) int {
		if r.Method == http.MethodPost {
			return http.StatusBadGateway
		}
		return 0
	})
	if err := f.b.round(t.Context()); err == nil {
		t.Fatal("a 502 is no error")
	}
	f.there.Break(nil)
	f.round()
	f.is("made again", "08:00 cli", "08:00-08:15")
}

func TestNursingIsNotCopied(t *testing.T) {
	f := newFriends(t)
	f.do(web.Request{What: web.Log, At: f.ago(2 * time.Hour), Source: "cli", Session: web.SessionFields{Kind: "nurse"}})
	f.round()
	f.is("nursing is no entry of its pumping log", "08:00 cli", "")
}

func TestABabyBuddyThatIsAwayIsSaid(t *testing.T) {
	f := newFriends(t)
	f.there.Break(func(*http.Request) int { return 500 })
	if err := f.b.round(t.Context()); err == nil || strings.Contains(err.Error(), buddytest.Token) {
		t.Errorf("got %v", err)
	}
	f.there.Break(func(*http.Request) int { return 403 })
	if err := f.b.round(t.Context()); err == nil || !strings.Contains(err.Error(), "compare baby_buddy.token") {
		t.Errorf("got %v", err)
	}
	f.b.away.Store(&brokerAway{f.ago(buddyAway), io.ErrUnexpectedEOF})
	if got := f.b.needs(f.now(), "n.yaml"); len(got) != 1 || !strings.Contains(got[0], "look at baby_buddy in n.yaml") {
		t.Errorf("needs %q", got)
	}
	f.b.worked.Store(true)
	f.b.away.Store(&brokerAway{f.ago(time.Minute), io.ErrUnexpectedEOF})
	if got := f.b.needs(f.now(), "n.yaml"); len(got) != 0 {
		t.Errorf("briefly away, it needs %q", got)
	}
	f.b.worked.Store(false)
	if got := f.b.needs(f.now(), "n.yaml"); len(got) != 1 {
		t.Error("one that never answered needs nobody")
	}
	f.there.Break(nil)
	for i := range 120 {
		f.there.Log(f.ago(47*time.Hour-time.Duration(i)*20*time.Minute), 5, 0, strings.Repeat("x", 100))
	}
	f.round()
	if got := strings.Count(f.here(), "baby_buddy"); got != 120 {
		t.Errorf("%d sessions taken from 120 entries on three pages", got)
	}
}
