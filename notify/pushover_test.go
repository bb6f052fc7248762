package notify

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"nightbell/notify/pushovertest"
)

func TestLevelsBecomePriorities(t *testing.T) {
	repeat := Repeat{Every: time.Minute, For: 30 * time.Minute}
	for _, c := range []struct {
		rule       string
		answerable []string // nil: not set
		level      Level
		repeat     Repeat
		priority   int
	}{
		{"low is quiet", nil, Low, repeat, -1},
		{"normal is normal", nil, Normal, repeat, 0},
		{"high passes the app's quiet hours", nil, High, repeat, 1},
		{"an alarm is answerable unless told otherwise", nil, Alarm, repeat, 2},
		{"an alarm that is not answerable is high", []string{}, Alarm, repeat, 1},
		{"only listed levels are answerable", []string{"high"}, Alarm, repeat, 1},
		{"any level may be listed", []string{"low", "high"}, Low, repeat, 2},
		{"a listed high is answerable", []string{"high", "alarm"}, High, repeat, 2},
		{"a line that wants no repeats rings nobody", []string{"normal", "alarm"}, Normal, Repeat{}, 0},
		{"an alarm that wants no repeats still rings", nil, Alarm, Repeat{}, 2},
	} {
		t.Run(c.rule, func(t *testing.T) {
			v := Values{}
			if c.answerable != nil {
				v["answerable"] = c.answerable
			}
			p := ring(t, brisk(), v)
			m := alarm()
			m.Level, m.Repeat = c.level, c.repeat
			sent, err := p.Send(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			got := p.srv.Messages()[0]
			if got.Priority != c.priority {
				t.Errorf("priority %d, want %d", got.Priority, c.priority)
			}
			rings := c.priority == 2
			if (sent.Receipt != "") != rings || sent.Withdrawable != rings || sent.RepeatsUntil.IsZero() == rings {
				t.Errorf("sent %+v of priority %d", sent, c.priority)
			}
			if rings && (len(got.Tags) != 1 || got.Tags[0] != m.Tag || sent.Receipt != got.Receipt) {
				t.Errorf("tags %q, receipt %q; want tag %q, receipt %q", got.Tags, got.Receipt, m.Tag, sent.Receipt)
			}
		})
	}
}

func TestEmergencyBounds(t *testing.T) {
	for _, c := range []struct {
		rule          string
		every, last   time.Duration
		retry, expire time.Duration
	}{
		{"a usual alarm is taken as it is", time.Minute, 30 * time.Minute, time.Minute, 30 * time.Minute},
		{"retry is at least 30 s", time.Second, 10 * time.Minute, 30 * time.Second, 10 * time.Minute},
		{"50 retries last for 30 min", 30 * time.Second, 30 * time.Minute, 36 * time.Second, 30 * time.Minute},
		{"50 retries last for 3 h", time.Minute, 3 * time.Hour, 216 * time.Second, 3 * time.Hour},
		{"expire is at most 3 h", 5 * time.Minute, 12 * time.Hour, 5 * time.Minute, 3 * time.Hour},
		{"expire is at least 30 s", 0, 0, 30 * time.Second, 30 * time.Second},
		{"the fiftieth part is rounded up", time.Second, 1801 * time.Second, 37 * time.Second, 1801 * time.Second},
		{"parts of a second are rounded up", 60*time.Second + time.Millisecond, 600*time.Second + time.Millisecond, 61 * time.Second, 601 * time.Second},
	} {
		t.Run(c.rule, func(t *testing.T) {
			p := ring(t, brisk(), nil)
			m := alarm()
			m.Repeat = Repeat{Every: c.every, For: c.last}
			sent, err := p.Send(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			got := p.srv.Messages()[0]
			if got.Retry != c.retry || got.Expire != c.expire {
				t.Errorf("retry %v, expire %v; want %v, %v", got.Retry, got.Expire, c.retry, c.expire)
			}
			if want := noon().Add(c.expire); !sent.RepeatsUntil.Equal(want) {
				t.Errorf("repeats until %v, want %v", sent.RepeatsUntil, want)
			}
			if got.Ends().Before(sent.RepeatsUntil) {
				t.Errorf("the service falls silent at %v, before %v", got.Ends(), sent.RepeatsUntil)
			}
		})
	}
}

func TestEveryRepeatFitsTheService(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Repeat{Every: time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "every")),
			For: time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "for"))}
		retry, expire := emergency(r)
		if retry < 30*time.Second || expire < 30*time.Second || expire > 3*time.Hour || retry%time.Second != 0 || expire%time.Second != 0 {
			t.Fatalf("retry %v, expire %v", retry, expire)
		}
		if retry*50 < expire {
			t.Fatalf("50 retries of %v end before %v", retry, expire)
		}
		if r.For <= 3*time.Hour && expire < r.For {
			t.Fatalf("expires after %v, wanted %v", expire, r.For)
		}
	})
}

func TestFieldsFitTheService(t *testing.T) {
	long := func(n int) string { return strings.Repeat("😀", n) }
	for _, c := range []struct {
		rule  string
		m     Message
		wrong func(pushovertest.Message) bool
	}{
		{"a text of 1024 characters stays whole, whatever its bytes", Message{Text: long(1024)},
			func(m pushovertest.Message) bool { return m.Text != long(1024) }},
		{"a longer text is cut by characters and says so", Message{Text: long(1025)},
			func(m pushovertest.Message) bool { return m.Text != long(1023)+"…" }},
		{"a title of 250 characters stays whole", Message{Text: "x", Title: long(250)},
			func(m pushovertest.Message) bool { return m.Title != long(250) }},
		{"a longer title is cut", Message{Text: "x", Title: long(251)},
			func(m pushovertest.Message) bool { return m.Title != long(249)+"…" }},
		{"a link of 512 characters stays whole", Message{Text: "x", Link: "https://h/" + strings.Repeat("k", 502), LinkTitle: "Open"},
			func(m pushovertest.Message) bool {
				return m.Link != "https://h/"+strings.Repeat("k", 502) || m.LinkTitle != "Open"
			}},
		{"a longer link is left out with its title: cut, it would lead elsewhere", Message{Text: "x", Link: "https://h/" + strings.Repeat("k", 503), LinkTitle: "Open"},
			func(m pushovertest.Message) bool { return m.Link != "" || m.LinkTitle != "" }},
		{"a link's title is cut at 100 characters", Message{Text: "x", Link: "https://h/", LinkTitle: long(101)},
			func(m pushovertest.Message) bool { return m.LinkTitle != long(99)+"…" }},
		{"a link's title without a link is left out", Message{Text: "x", LinkTitle: "Open"},
			func(m pushovertest.Message) bool { return m.LinkTitle != "" }},
		{"a message without text takes its title for it", Message{Title: "Reminder"},
			func(m pushovertest.Message) bool { return m.Text != "Reminder" || m.Title != "" }},
		{"broken UTF-8 is mended", Message{Text: "a\xffb", Title: "\xc3"},
			func(m pushovertest.Message) bool { return m.Text != "a\ufffdb" || m.Title != "\ufffd" }},
		{"the time is the instant it speaks of", Message{Text: "x", Time: noon().Add(-time.Hour)},
			func(m pushovertest.Message) bool { return !m.Timestamp.Equal(noon().Add(-time.Hour)) }},
		{"without a time the service takes its own", Message{Text: "x"},
			func(m pushovertest.Message) bool { return !m.Timestamp.IsZero() }},
		{"a message that does not ring has no tag", Message{Text: "x", Tag: "r1-1"},
			func(m pushovertest.Message) bool { return m.Form.Has("tags") }},
		{"the level's sound is named", Message{Text: "x"},
			func(m pushovertest.Message) bool { return m.Sound != "magic" }},
		{"the device is named", Message{Text: "x"},
			func(m pushovertest.Message) bool { return m.Device != "phone,tablet" }},
	} {
		t.Run(c.rule, func(t *testing.T) {
			p := ring(t, brisk(), Values{"sounds": map[string]string{"normal": "magic", "alarm": "persistent"}, "device": "phone,tablet"})
			c.m.Level = Normal
			if _, err := p.Send(t.Context(), c.m); err != nil {
				t.Fatal(err)
			}
			got := p.srv.Messages()[0]
			if !utf8.ValidString(got.Form.Encode()) || c.wrong(got) {
				t.Errorf("got %+v", got)
			}
			if v := p.srv.Violations(); len(v) > 0 {
				t.Errorf("violations: %q", v)
			}
		})
	}
}

func TestMessagesTheServiceCannotTake(t *testing.T) {
	for _, c := range []struct {
		rule, want string
		m          Message
	}{
		{"no level", "channel pushover: sending: the message has no level; use low, normal, high or alarm", Message{Text: "x"}},
		{"a level above alarm", "channel pushover: sending: the message has no level; use low, normal, high or alarm", Message{Level: Alarm + 1, Text: "x"}},
		{"no words", "channel pushover: sending: the message is empty; give it a text or a title", Message{Level: Low, Text: " \n"}},
		{"a tag with other characters", `channel pushover: sending: the tag "a/b" is not one; use 1 to 40 letters, digits, _ and -`, Message{Level: Low, Text: "x", Tag: "a/b"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			p := ring(t, brisk(), nil)
			_, err := p.Send(t.Context(), c.m)
			var f *Failure
			if !errors.As(err, &f) || f.Kind != Refused || err.Error() != c.want {
				t.Errorf("got %v, want a refusal %q", err, c.want)
			}
			if n := len(p.srv.Requests()); n != 0 {
				t.Errorf("%d requests left the machine", n)
			}
		})
	}
}
