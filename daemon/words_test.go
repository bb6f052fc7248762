package daemon

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
)

// Everything a lock screen can show, in every state in which it is shown.
func everyText(t *testing.T, privacy config.Privacy, see func(kind string, night bool, title, text string)) {
	t.Helper()
	w := newWorld(t, "10T12:00", func(s *Settings) { s.Privacy, s.Word = privacy, "pump" })
	w.state.Snapshot.Apply(journal.Batch{Sessions: []journal.Session{{ID: 1, Start: w.at("10T08:00"), Kind: "pump", Change: 1}}})
	for _, k := range kinds() {
		for _, wakes := range []bool{false, true} {
			for _, late := range []time.Duration{0, time.Hour} {
				r := journal.Reminder{ID: "x", Kind: k.name, Wakes: wakes, Due: w.now, Text: "Reminders are resting. Log a session or resume when you like."}
				if wakes && !k.start {
					continue
				}
				s := said{reminder: r, now: w.now.Add(late), late: late > 0, last: w.at("10T08:00"), pattern: []time.Duration{20 * time.Minute, 10 * time.Minute}}
				say := w.state.sayer(time.Time{})
				see(k.name, wakes, say.title(), k.text(say, s))
				see("partner", true, words{}.title(), say.partner(s))
				if wakes {
					see(k.name, false, say.title(), say.awake(s))
				}
			}
		}
	}
}

func TestADiscreetPushSaysNothingOfWhatItIsFor(t *testing.T) {
	telling := regexp.MustCompile(`(?i)\b(body|baby|milk|breast|pump\w*|lactat\w*|nurs\w*|feed\w*)\b`)
	everyText(t, config.Discreet, func(kind string, _ bool, title, text string) {
		if word := telling.FindString(title + " " + text); word != "" || title != "Reminder" {
			t.Errorf("%s: %q, %q says %q", kind, title, text, word)
		}
	})
}

func TestPushesAreKindAndShort(t *testing.T) {
	unkind := regexp.MustCompile(`(?i)\b(missed|late|overdue|behind|failed|should have|must|streak|left|lose|supply|hormone\w*)\b`)
	for _, privacy := range []config.Privacy{config.Discreet, config.Plain} {
		everyText(t, privacy, func(kind string, night bool, title, text string) {
			if word := unkind.FindString(text); word != "" {
				t.Errorf("%s says %q: %q", kind, word, text)
			}
			if strings.Contains(text, "!") {
				t.Errorf("%s shouts: %q", kind, text)
			}
			if night && (len([]rune(text)) > 60 || strings.Contains(text, "?")) {
				t.Errorf("%s at night: %q; want at most 60 characters and no question", kind, text)
			}
			if text == "" || title == "" {
				t.Errorf("%s says nothing", kind)
			}
		})
	}
}

// The longest word that the configuration takes, and the one line that does
// not wait for the morning.
func TestWhatMayComeAtNightIsShort(t *testing.T) {
	for _, word := range []string{"pump", strings.Repeat("ü", 22), strings.Repeat("ü", 23), strings.Repeat("ü", 40)} {
		say := words{at: func(time.Time) string { return "03:00 EST" }, privacy: config.Plain, word: word}
		for _, late := range []bool{false, true} {
			text := say.session(said{reminder: journal.Reminder{Wakes: true}, late: late})
			if n := len([]rune(text)); n > 60 || strings.Contains(text, word) != (len([]rune(word)) <= 22) {
				t.Errorf("with a word of %d letters: %q, %d characters; want at most 60, with the word where it fits", len([]rune(word)), text, n)
			}
		}
	}
	if n := len([]rune(journalDamaged)); n > 60 {
		t.Errorf("%q has %d characters; want at most 60", journalDamaged, n)
	}
}

func TestThePersonsOwnWordOnlyInPlainPrivacy(t *testing.T) {
	found := false
	everyText(t, config.Plain, func(_ string, _ bool, _, text string) { found = found || strings.Contains(text, "pump") })
	if !found {
		t.Error("the person's own word is used nowhere")
	}
}

func TestTheZoneIsNamedOnlyWhenItChanged(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	after := time.Date(2026, 11, 1, 7, 30, 0, 0, time.UTC)
	for before, want := range map[time.Duration]string{0: "02:30", -time.Hour: "02:30", -5 * time.Hour: "02:30 EST"} {
		last := time.Time{}
		if before != 0 {
			last = after.Add(before).In(zone)
		}
		if got := clockWords(zone, last)(after); got != want {
			t.Errorf("the message before came %s earlier: %q; want %q", -before, got, want)
		}
	}
}

func TestGapWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 min", 50 * time.Minute: "50 min", 3 * time.Hour: "3 h", 3*time.Hour + 32*time.Minute: "3 h 30", 2*time.Hour + 5*time.Minute: "2 h 05",
	} {
		if got := gapWords(d); got != want {
			t.Errorf("%s: %q; want %q", d, got, want)
		}
	}
}
