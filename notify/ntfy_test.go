package notify

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"nightbell/notify/ntfytest"
)

// post is an ntfy channel to a server of its own.
type post struct {
	*ntfyChannel
	srv *ntfytest.Server
	log *logText
}

// subscribe opens an ntfy channel to a fresh server; v adds to its settings.
func subscribe(t *testing.T, o ntfytest.Options, pace Pace, v Values) post {
	t.Helper()
	o.Real = time.Now
	if o.Now == nil {
		o.Now = noon
	}
	srv := ntfytest.Start(o)
	t.Cleanup(srv.Close)
	log := &logText{}
	return post{openedNtfy(t, srv.URL(), o.Now, pace, v, log), srv, log}
}

// openedNtfy opens a channel to server.
func openedNtfy(t *testing.T, server string, now func() time.Time, pace Pace, v Values, log *logText) *ntfyChannel {
	t.Helper()
	all := Values{"topic": ntfytest.Topic, "server": server}
	for key, value := range v {
		all[key] = value
	}
	c, problems := openNtfy("ntfy", all, Tools{
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: now, Pace: pace})
	if len(problems) > 0 {
		t.Fatalf("opening: %v", problems)
	}
	if r, ok := c.(ntfyReplier); ok {
		return r.ntfyChannel
	}
	return c.(*ntfyChannel)
}

// night is a message as the daemon sends one at night.
func night() Message {
	return Message{Key: "r1", Tag: "nb-r1-0", Level: Alarm, Title: "Reminder", Text: "03:00. Starting or done?", Time: noon(),
		Buttons: []Button{{"Starting", "r1/start/k1", "https://home.example/a/r1/start/k1"},
			{"Done", "r1/done/k2", "https://home.example/a/r1/done/k2"},
			{"Later", "r1/snooze/k3", "https://home.example/a/r1/snooze/k3"}}}
}

// wantFailure checks the kind and the text of an error.
func wantFailure(t *testing.T, err error, kind FailureKind, text string) {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) || f.Kind != kind || err.Error() != text {
		t.Errorf("got  %v\nwant %q of kind %d", err, text, kind)
	}
}

func TestNtfyPushes(t *testing.T) {
	long := strings.Repeat("😀", 2000)
	link := func(n int) string { return "https://h/" + strings.Repeat("k", n-10) }
	replies := Values{"replies": true}
	for _, c := range []struct {
		rule string
		v    Values
		m    Message
		ok   func(ntfytest.Notification) bool
	}{
		{"low is 2", nil, Message{Level: Low, Text: "x"}, func(n ntfytest.Notification) bool { return n.Priority == 2 }},
		{"normal is 3", nil, Message{Level: Normal, Text: "x"}, func(n ntfytest.Notification) bool { return n.Priority == 3 }},
		{"high is 4", nil, Message{Level: High, Text: "x"}, func(n ntfytest.Notification) bool { return n.Priority == 4 }},
		{"an alarm is 5", nil, Message{Level: Alarm, Text: "x"}, func(n ntfytest.Notification) bool { return n.Priority == 5 }},
		{"title and text stay whole", nil, night(), func(n ntfytest.Notification) bool {
			return n.Title == "Reminder" && n.Text == "03:00. Starting or done?"
		}},
		{"without a text the title is it", nil, Message{Level: Low, Title: "Reminder"}, func(n ntfytest.Notification) bool { return n.Text == "Reminder" && n.Title == "" }},
		{"a long text is cut at a character and says so", nil, Message{Level: Low, Text: long}, func(n ntfytest.Notification) bool {
			return utf8.ValidString(n.Text) && strings.HasSuffix(n.Text, "😀…") && len(n.Text) > 3900
		}},
		{"a long title is cut at 100 characters", nil, Message{Level: Low, Text: "x", Title: long}, func(n ntfytest.Notification) bool {
			return utf8.RuneCountInString(n.Title) == 100 && strings.HasSuffix(n.Title, "…")
		}},
		{"a title has one line", nil, Message{Level: Low, Text: "x", Title: "a\nb"}, func(n ntfytest.Notification) bool { return n.Title == "ab" }},
		{"broken UTF-8 is mended", nil, Message{Level: Low, Text: "a\xffb"}, func(n ntfytest.Notification) bool { return n.Text == "a\ufffdb" }},
		{"a link opens by a tap", nil, Message{Level: Low, Text: "x", Link: link(512)}, func(n ntfytest.Notification) bool { return n.Click == link(512) }},
		{"a longer link is left out", nil, Message{Level: Low, Text: "x", Link: link(513)}, func(n ntfytest.Notification) bool { return n.Click == "" }},
		{"a link to something else than the web is left out", nil, Message{Level: Low, Text: "x", Link: "tel:112"}, func(n ntfytest.Notification) bool { return n.Click == "" }},
		{"buttons post to their addresses", nil, night(), func(n ntfytest.Notification) bool {
			a := n.Actions
			return len(a) == 3 && a[1].Label == "Done" && a[1].URL == "https://home.example/a/r1/done/k2" && a[1].Action == "http" && a[1].Method == "POST" && a[1].Clear && a[1].Body == ""
		}},
		{"with replies they post their answers to the reply topic", replies, night(), func(n ntfytest.Notification) bool {
			a := n.Actions
			return len(a) == 3 && strings.HasPrefix(a[1].URL, "http://127.0.0.1:") && strings.HasSuffix(a[1].URL, "/"+ntfytest.Topic+"-r") && a[1].Body == "r1/done/k2" && a[1].Clear
		}},
		{"phones may know the server by another name", Values{"replies": true, "phone_server": "https://ntfy.home.arpa/"}, night(), func(n ntfytest.Notification) bool {
			return n.Actions[0].URL == "https://ntfy.home.arpa/"+ntfytest.Topic+"-r"
		}},
		{"the reply topic may have its own name", Values{"replies": true, "reply_topic": "answers-0123456789abcdef"}, night(), func(n ntfytest.Notification) bool {
			return strings.HasSuffix(n.Actions[0].URL, "/answers-0123456789abcdef")
		}},
		{"a fourth button is left out", nil, func() Message {
			m := night()
			m.Buttons = append(m.Buttons, Button{"Skip", "s", "https://h/s"})
			return m
		}(), func(n ntfytest.Notification) bool { return len(n.Actions) == 3 && n.Actions[2].Label == "Later" }},
		{"a button that cannot be carried gives way to the next", nil, func() Message {
			m := night()
			m.Buttons = append([]Button{{"Only by reply", "a", ""}, {"", "b", "https://h/"}, {"Nowhere", "c", "/a/b"}}, m.Buttons...)
			return m
		}(), func(n ntfytest.Notification) bool { return len(n.Actions) == 3 && n.Actions[0].Label == "Starting" }},
		{"an answer that is no line of ASCII goes by its address", replies, Message{Level: Low, Text: "x", Buttons: []Button{{"A", "a\nb", "https://h/a"}, {"B", strings.Repeat("b", 201), "https://h/b"}, {"C", "ü", ""}}},
			func(n ntfytest.Notification) bool {
				return len(n.Actions) == 2 && n.Actions[0].URL == "https://h/a" && n.Actions[1].URL == "https://h/b"
			}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			n := subscribe(t, ntfytest.Options{Token: ntfytest.Token}, brisk(), withToken(c.v))
			if _, err := n.Send(t.Context(), c.m); err != nil {
				t.Fatal(err)
			}
			shown := n.srv.Shown(ntfytest.Topic)
			if len(shown) != 1 || !c.ok(shown[0]) {
				t.Errorf("got %+v", shown)
			}
			if v := n.srv.Violations(); len(v) > 0 {
				t.Errorf("violations: %q", v)
			}
		})
	}
}

func withToken(v Values) Values {
	all := Values{"token": ntfytest.Token}
	for key, value := range v {
		all[key] = value
	}
	return all
}

func TestNtfyRounds(t *testing.T) {
	round := func(m Message, n int) Message { m.Round = n; return m }
	other := night()
	other.Tag = "nb-r2-0"
	for _, c := range []struct {
		rule  string
		o     ntfytest.Options
		sends []Message
		fails int // of the deletions, from the first on
		shown int
		rang  int // times in all
		takes bool
	}{
		{"one push", ntfytest.Options{}, []Message{night()}, 0, 1, 1, true},
		{"a second try replaces without a second sound", ntfytest.Options{}, []Message{night(), night()}, 0, 1, 1, true},
		{"a repeat takes the place and rings", ntfytest.Options{}, []Message{night(), round(night(), 1)}, 0, 1, 2, true},
		{"each further repeat rings too", ntfytest.Options{}, []Message{night(), round(night(), 1), round(night(), 2), round(night(), 3)}, 0, 1, 4, true},
		{"another burst stays", ntfytest.Options{}, []Message{other, night(), round(night(), 1)}, 0, 2, 3, true},
		{"what cannot be taken away does not keep a push back", ntfytest.Options{}, []Message{night(), round(night(), 1)}, 1, 2, 2, true},
		{"without a tag nothing is replaced", ntfytest.Options{}, []Message{{Level: Low, Text: "x"}, {Level: Low, Text: "x", Round: 1}}, 0, 2, 2, false},
		{"an older server shows each", ntfytest.Options{Old: true}, []Message{night(), round(night(), 1)}, 0, 2, 2, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			n := subscribe(t, c.o, brisk(), nil)
			n.srv.Fail(ntfytest.Status(503).On("DELETE"), c.fails)
			for _, m := range c.sends {
				sent, err := n.Send(t.Context(), m)
				if err != nil || sent.Withdrawable != c.takes {
					t.Errorf("sent %+v, %v", sent, err)
				}
			}
			if shown, rang := n.srv.Shown(ntfytest.Topic), n.srv.Rings(ntfytest.Topic); len(shown) != c.shown || rang != c.rang {
				t.Errorf("shown %+v, rang %d times; want %d, %d", shown, rang, c.shown, c.rang)
			}
		})
	}
}

func TestEveryNtfyPushFits(t *testing.T) {
	n := &ntfyChannel{topic: strings.Repeat("t", 64), phoneServer: "https://" + strings.Repeat("h", 60) + ".example", replyTopic: strings.Repeat("r", 64),
		log: slog.New(slog.DiscardHandler)}
	rapid.Check(t, func(t *rapid.T) {
		n.replies = rapid.Bool().Draw(t, "replies")
		text := rapid.StringN(1, -1, 6000)
		m := Message{Level: Alarm, Tag: strings.Repeat("t", 40), Text: text.Draw(t, "text") + strings.Repeat(rapid.SampledFrom([]string{"", "\"", "\x01", "😀", "\u2028"}).Draw(t, "fill"), 1500),
			Title: text.Draw(t, "title"), Link: "https://h/" + rapid.StringMatching(`["a-z]{0,600}`).Draw(t, "link")}
		for range rapid.IntRange(0, 5).Draw(t, "buttons") {
			m.Buttons = append(m.Buttons, Button{text.Draw(t, "label"), rapid.StringMatching(`["-~]{0,250}`).Draw(t, "answer"), "https://h/" + rapid.StringMatching(`["a-z]{0,600}`).Draw(t, "url")})
		}
		push, err := n.compose(m)
		if err != nil {
			if strings.TrimSpace(printable(m.Text+m.Title)) == "" {
				return
			}
			t.Fatal(err)
		}
		push.Sequence, push.Delay = parkedAs(m.Tag), "1804129200"
		body, err := push.fit()
		var got ntfyPush
		if err != nil || json.Unmarshal([]byte(body), &got) != nil || len(body) > 4096 || got.Message == "" || !utf8.ValidString(body) || len(got.Actions) > 3 {
			t.Fatalf("%d bytes, %v: %+v", len(body), err, got)
		}
	})
}

func TestNtfyMessagesTheServiceCannotTake(t *testing.T) {
	const noLevel = "channel ntfy: sending: the message has no level; use low, normal, high or alarm"
	for _, c := range []struct {
		rule, want string
		m          Message
	}{
		{"no level", noLevel, Message{Text: "x"}},
		{"a level above alarm", noLevel, Message{Level: Alarm + 1, Text: "x"}},
		{"no words", "channel ntfy: sending: the message is empty; give it a text or a title", Message{Level: Low, Text: " \n"}},
		{"a tag with other characters", `channel ntfy: sending: the tag "a/b" is not one; use 1 to 40 letters, digits, _ and -`, Message{Level: Low, Text: "x", Tag: "a/b"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			n := subscribe(t, ntfytest.Options{}, brisk(), nil)
			_, err := n.Send(t.Context(), c.m)
			wantFailure(t, err, Refused, c.want)
			if len(n.srv.Requests()) != 0 {
				t.Error("a request left the machine")
			}
		})
	}
}

func TestNtfyWithdraw(t *testing.T) {
	t.Run("takes every push of the tag off the phone and no other", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{}, brisk(), nil)
		n.srv.Fail(ntfytest.Status(503).On("DELETE"), 1) // so that both names are out
		other := night()
		other.Tag = "nb-r2-0"
		again := night()
		again.Round = 1
		for _, m := range []Message{night(), again, other} {
			if _, err := n.Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		if err := n.Withdraw(t.Context(), night().Tag); err != nil {
			t.Fatal(err)
		}
		if shown := n.srv.Shown(ntfytest.Topic); len(shown) != 1 || shown[0].Sequence != "nb-r2-0-0" {
			t.Errorf("shown %+v", shown)
		}
	})
	t.Run("leaves what is parked", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{}, brisk(), nil)
		if err := n.Park(t.Context(), night(), noon().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := n.Withdraw(t.Context(), night().Tag); err != nil || len(n.srv.Scheduled(ntfytest.Topic)) != 1 {
			t.Errorf("%v; parked %v", err, n.srv.Scheduled(ntfytest.Topic))
		}
	})
	t.Run("works although the answer was lost", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{}, brisk(), nil)
		n.srv.Fail(ntfytest.DropAnswer(), 1)
		if _, err := n.Send(t.Context(), night()); err == nil || len(n.srv.Shown(ntfytest.Topic)) != 1 {
			t.Fatal("accepted without an answer, or not at all")
		}
		if err := n.Withdraw(t.Context(), night().Tag); err != nil || len(n.srv.Shown(ntfytest.Topic)) != 0 {
			t.Errorf("%v; shown %v", err, n.srv.Shown(ntfytest.Topic))
		}
	})
	t.Run("nothing being out is no error", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{}, brisk(), nil)
		if err := n.Withdraw(t.Context(), "none"); err != nil {
			t.Error(err)
		}
	})
	t.Run("an older server takes nothing back", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{Old: true}, brisk(), nil)
		wantFailure(t, n.Withdraw(t.Context(), "a"), Refused,
			"channel ntfy: withdrawing: the service answered 404: page not found; it takes no push back, which ntfy can from version 2.16 on")
	})
	for _, tag := range []string{"", "a/b", "..", strings.Repeat("a", 41)} {
		t.Run("a tag that is none is refused: "+tag, func(t *testing.T) {
			n := subscribe(t, ntfytest.Options{}, brisk(), nil)
			for _, err := range []error{n.Withdraw(t.Context(), tag), n.Unpark(t.Context(), tag)} {
				var f *Failure
				if !errors.As(err, &f) || f.Kind != Refused || len(n.srv.Requests()) != 0 {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

// A tap on the phone comes back as the reply that the daemon reads.
func TestNtfyAnswersGoRound(t *testing.T) {
	n := subscribe(t, ntfytest.Options{Token: ntfytest.Token, Open: []string{ntfytest.Topic + "-r"}}, brisk(), withToken(Values{"replies": true}))
	if _, err := n.Send(t.Context(), night()); err != nil {
		t.Fatal(err)
	}
	if err := n.srv.Tap(t.Context(), n.srv.Shown(ntfytest.Topic)[0], "Done"); err != nil {
		t.Fatal(err)
	}
	if len(n.srv.Shown(ntfytest.Topic)) != 0 {
		t.Error("still shown")
	}
	got, err := ntfyReplier{n.ntfyChannel}.Waiting(t.Context(), "")
	if err != nil || len(got) != 1 || got[0].Text != "r1/done/k2" || !got[0].At.Equal(noon()) || got[0].ID == "" {
		t.Errorf("got %+v, %v", got, err)
	}
	if v := n.srv.Violations(); len(v) > 0 {
		t.Errorf("violations: %q", v)
	}
}
