package web

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"nightbell/planner"
)

func languages(t *testing.T) catalogue {
	t.Helper()
	c, err := readCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	if len(c) < 2 || c[0].Code != "en" {
		t.Fatalf("the catalogue begins with %s and has %d languages; want en and others", c[0].Code, len(c))
	}
	return c
}

// places are what a text leaves open.
var places = regexp.MustCompile(`\{\d\}`)

func TestEveryTextIsInEveryLanguage(t *testing.T) {
	c := languages(t)
	english := c[0]
	for _, l := range c[1:] {
		for key, text := range english.Texts {
			ours, ok := l.Texts[key]
			if !ok || ours == "" {
				t.Errorf("%s has no %q", l.Code, key)
				continue
			}
			want, got := places.FindAllString(text, -1), places.FindAllString(ours, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(slices.Compact(want), slices.Compact(got)) {
				t.Errorf("%s: %q leaves open %v, in English %v", l.Code, key, got, want)
			}
		}
		for key := range l.Texts {
			if _, ok := english.Texts[key]; !ok {
				t.Errorf("%s has %q, which English has not", l.Code, key)
			}
		}
		if len(l.Days) != 7 || len(l.Months) != 12 {
			t.Errorf("%s has %d days and %d months", l.Code, len(l.Days), len(l.Months))
		}
		for text, ours := range l.Said {
			if want, got := len(regexp.MustCompile(`\{\w+\}`).FindAllString(text, -1)), len(places.FindAllString(ours, -1)); want != got {
				t.Errorf("%s says %q with %d places, in English %d", l.Code, ours, got, want)
			}
		}
	}
}

// Words that no text may have, and nothing that praises or promises (words.md).
func TestTheCatalogueIsKind(t *testing.T) {
	unkind := map[string]*regexp.Regexp{
		"en": regexp.MustCompile(`(?i)\b(missed|late|overdue|behind|failed|should have|must|streak|\d of \d left|lose your supply|your baby needs|good job|well done|goal|breast|hormone\w*)\b|!`),
		"de": regexp.MustCompile(`(?i)\b(verpasst\w*|versäumt\w*|verspätet\w*|zu spät|überfällig\w*|im Rückstand|gescheitert\w*|fehlgeschlagen\w*|hättest|musst|müsstest|solltest|Serie|dein Baby braucht|super|toll gemacht|Ziel|Brust|Hormon\w*)\b|!|\b(?-i:Sie|Ihnen|Ihre?)\b`),
	}
	for _, l := range languages(t) {
		words, ok := unkind[l.Code]
		if !ok {
			t.Fatalf("no words are listed that %s may not have", l.Code)
		}
		for key, text := range l.Texts {
			if word := words.FindString(text); word != "" {
				t.Errorf("%s: %q says %q: %s", l.Code, key, word, text)
			}
		}
		for _, text := range l.Said {
			if word := words.FindString(text); word != "" {
				t.Errorf("%s says %q: %s", l.Code, word, text)
			}
		}
	}
}

// What a template may say without the catalogue: the hours of the ring.
var (
	action  = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	markup  = regexp.MustCompile(`(?s)<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>`)
	letters = regexp.MustCompile(`\pL+`)
	told    = regexp.MustCompile(`\.T\(? ?"([\w.]+)"`)
	spoken  = regexp.MustCompile(`(?:aria-label|title|placeholder|alt)="([^"]*)"`)
)

func TestTemplatesSayNothingOfTheirOwn(t *testing.T) {
	files, err := fs.Glob(pageFiles, "templates/page_*.html")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d templates, %v", len(files), err)
	}
	for _, file := range files {
		text, err := pageFiles.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		plain := action.ReplaceAllString(string(text), "")
		for _, m := range spoken.FindAllStringSubmatch(plain, -1) {
			if word := letters.FindString(m[1]); word != "" {
				t.Errorf("%s says %q in an attribute, outside the catalogue", file, m[1])
			}
		}
		if word := letters.FindString(markup.ReplaceAllString(plain, "")); word != "" {
			t.Errorf("%s says %q outside the catalogue", file, word)
		}
	}
}

// A text that nothing shows is in nobody's way of being wrong.
func TestEveryTextIsUsedAndEveryUseHasItsText(t *testing.T) {
	english := languages(t)[0]
	used := map[string]bool{}
	for _, pattern := range []string{"*.go", "templates/page_*.html"} {
		files, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range told.FindAllStringSubmatch(string(text), -1) {
				used[m[1]] = true
			}
			for _, m := range regexp.MustCompile(`wrongForm\("([\w.]+)"`).FindAllStringSubmatch(string(text), -1) {
				used[m[1]] = true
			}
		}
	}
	for _, kind := range []string{"session", "power", "overnight", "first", "resume", "pump", "nurse", "hand"} {
		used["kind."+kind] = true // put together from the kinds
	}
	for _, day := range []string{"yesterday", "tomorrow"} {
		used[day] = true
	}
	delete(used, "kind.")
	for key := range used {
		if _, ok := english.Texts[key]; !ok {
			t.Errorf("%q is shown and not in the catalogue", key)
		}
	}
	for key := range english.Texts {
		if !used[key] {
			t.Errorf("%q is in the catalogue and never shown", key)
		}
	}
}

// Whatever the planner gives as a reason is said in every language.
func TestReasonsAreSaidInEveryLanguage(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	power := planner.DefaultPower(20 * 60)
	busy := planner.Busy{Range: planner.Range{From: 13 * 60, To: 15 * 60}}
	variants := map[string]func(*planner.Routine){
		"as it comes":         func(*planner.Routine) {},
		"power and busy time": func(r *planner.Routine) { r.Power, r.Busy = &power, []planner.Busy{busy} },
		"a timetable": func(r *planner.Routine) {
			for hour := range 8 {
				r.Times = append(r.Times, planner.Clockwork{At: planner.TimeOfDay(hour * 180)})
			}
		},
		"few sessions": func(r *planner.Routine) { r.Target = 4 },
		"many":         func(r *planner.Routine) { r.Target = 12 },
	}
	said := map[string]bool{}
	for _, change := range variants {
		r := planner.Default(zone)
		change(&r)
		for hours := range 24 * 8 {
			// From the night in which clocks go back, so that a zone is named.
			now := time.Date(2026, 10, 29, 0, 20, 0, 0, zone).Add(time.Duration(hours) * time.Hour)
			h := planner.History{Sessions: []planner.Session{{Start: now.Add(-time.Hour), Kind: planner.Pump}}, Since: now.Add(-240 * time.Hour)}
			switch hours % 8 {
			case 3:
				h.Pauses = []planner.Pause{{From: now, To: now.Add(5 * time.Hour)}}
			case 5:
				h.Sessions = nil
			}
			for _, s := range planner.Make(r, h, now).Starts {
				said[s.Text] = true
			}
		}
	}
	if len(said) < 200 {
		t.Fatalf("only %d sentences came up", len(said))
	}
	clock := regexp.MustCompile(`\d\d:\d\d`)
	for _, l := range languages(t)[1:] {
		for text := range said {
			line := l.Say(text)
			if line.English {
				t.Errorf("%s cannot say %q", l.Code, text)
			} else if !slices.Equal(clock.FindAllString(line.Text, -1), clock.FindAllString(text, -1)) {
				t.Errorf("%s says %q for %q: other times", l.Code, line.Text, text)
			}
		}
	}
}

// whatNeedsAPerson are the functions whose sentences end up under "needs a
// person", and the sentences that are made elsewhere.
func whatNeedsAPerson(t *testing.T) []string {
	t.Helper()
	said := []string{
		"no daemon is running, so nothing reminds; start it with: nightbell service start, or nightbell run",
		"channel web: no browser is subscribed; open the page on the phone and switch notifications on there",
		"channel web: Ann's phone takes no pushes since 2 January 15:04 UTC; open the page there and switch notifications on again, or forget it there",
		"the entry of 2026-06-10 12:00 lies in the future and does not count yet; give it another time if that one is wrong",
		"the loop has been at one step since 2026-06-10T12:00:00Z; restart the daemon, and please report it with the log",
		"the journal was damaged (the file is empty); what is left of it lies in /d/j.db; it starts again from the backup /d/b.db",
		"the journal was damaged (it is cut); it starts again empty, because there is no good backup",
		"wake_system has no effect: not permitted",
		"nothing answers at 127.0.0.1:8787: in use; choose another port with listen: in n.yaml, then restart",
	}
	makers := []string{"needs", "heartNeeds", "unreachable", "aliveNow", "mend", "chore", "audit", "auditOfPlan", "auditOf"}
	files, err := filepath.Glob("../*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	verb := regexp.MustCompile(`%[sv]`)
	found := map[string]bool{}
	for _, file := range files {
		f, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			made, ok := d.(*ast.FuncDecl)
			if !ok || strings.HasSuffix(file, "_test.go") || !slices.Contains(makers, made.Name.Name) {
				continue
			}
			found[made.Name.Name] = true
			ast.Inspect(made.Body, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == gotoken.STRING {
					text, err := strconv.Unquote(lit.Value)
					if err == nil && strings.Count(text, " ") > 2 {
						said = append(said, verb.ReplaceAllString(strings.ReplaceAll(text, "%w", "%v"), "03:00"))
					}
				}
				return true
			})
		}
	}
	if len(found) != len(makers) {
		t.Fatalf("of %q only these are there: %v", makers, found)
	}
	return said
}

// What needs a person is said in the person's language; what a program said in
// it stays as it is.
func TestWhatNeedsAPersonIsSaidInEveryLanguage(t *testing.T) {
	said := whatNeedsAPerson(t)
	if len(said) < 30 {
		t.Fatalf("only %d sentences were found", len(said))
	}
	for _, l := range languages(t)[1:] {
		for _, text := range said {
			if strings.HasSuffix(text, " ") { // a time stands behind it
				text += "03:00"
			}
			if line := l.Say(text); line.English {
				t.Errorf("%s cannot say %q", l.Code, text)
			}
		}
	}
	german := languages(t).of("de")
	for english, want := range map[string]string{
		"channel hook does not work: sending: connection refused; check its settings, then: nightbell test hook":                                                       "Der Kanal hook geht nicht: sending: connection refused; prüf seine Einstellungen, dann: nightbell test hook",
		"channel ntfy has not taken a push since 03:00: no route; it is tried again every minute":                                                                      "Der Kanal ntfy hat seit 03:00 keine Mitteilung angenommen: no route; ein neuer Versuch kommt jede Minute",
		"no heartbeat is sent since 03:05, for the channels: no channel that reaches a phone works; look at the line and the channel's settings, then: nightbell test": "Seit 03:05 geht kein Lebenszeichen hinaus, wegen „Kanäle“: kein Kanal, der ein Telefon erreicht, geht; sieh nach der Leitung und den Einstellungen des Kanals, dann: nightbell test",
	} {
		if got := german.Say(english).Text; got != want {
			t.Errorf("%q in German: %q; want %q", english, got, want)
		}
	}
}

func TestWhatIsSaidKeepsItsTimesAndDays(t *testing.T) {
	c := languages(t)
	german := c.of("de")
	for english, want := range map[string]string{
		"Logged 09:40.":                                                 "Eingetragen: 09:40.",
		"Logged yesterday 22:05.":                                       "Eingetragen: gestern 22:05.",
		"Logged Mon 2 Mar 22:05, 20 min.":                               "Eingetragen: Mo 2. März 22:05, 20 min.",
		"Logged 2 Jan 2025 22:05.":                                      "Eingetragen: 2. Jan. 2025 22:05.",
		`Taken back: "Logged 09:40."`:                                   "Zurückgenommen: „Eingetragen: 09:40.“",
		`Taken back: "Reminders are resting."`:                          "Zurückgenommen: „Die Erinnerungen ruhen.“",
		"Imported 164 sessions from hist.csv.":                          "Aus hist.csv übernommen: 164 Sitzungen.",
		"Imported 1 session from a.csv. 12 were there already.":         "Aus a.csv übernommen: 1 Sitzung. 12 waren schon da.",
		"Taken out: Tue 9 Jun 09:40, power, 20 min.":                    "Herausgenommen: Di 9. Juni 09:40, Power-Sitzung, 20 min.",
		"Quiet from 23:00 until tomorrow 07:00.":                        "Ruhe von 23:00 bis morgen 07:00.",
		"Times are those of Europe/Berlin now, where it is 18:00.":      "Zeiten sind jetzt die von Europe/Berlin, dort ist es 18:00.",
		"2 h 40 after 09:40, to keep the day even.":                     "2 h 40 nach 09:40, damit der Tag gleichmäßig bleibt.",
		"Night session, if it suits. 4 h after 23:00.":                  "Nachtsitzung, wenn es passt. 4 h nach 23:00.",
		"Right after your busy time, 45 min after 01:30 EDT.":           "Gleich nach deiner belegten Zeit, 45 min nach 01:30 EDT.",
		"Reminders are resting. Log a session or resume when you like.": "Die Erinnerungen ruhen. Trag eine Sitzung ein oder mach weiter, wann du magst.",
	} {
		if got := german.Say(english); got.Text != want || got.English {
			t.Errorf("%q in German: %q; want %q", english, got.Text, want)
		}
		if got := c[0].Say(english); got.Text != english || got.English {
			t.Errorf("%q in English: %+v; want it as it is", english, got)
		}
	}
	if got := german.Say("Something new."); got.Text != "Something new." || !got.English {
		t.Errorf("a sentence without a translation: %+v; want it in English, and marked so", got)
	}
}

func TestTheLanguageIsTheReaders(t *testing.T) {
	c := languages(t)
	for rule, want := range map[string]struct{ accept, cookie, query, code string }{
		"English when nothing is said":            {"", "", "", "en"},
		"what the browser asks for":               {"de-AT,en;q=0.8", "", "", "de"},
		"by its weights":                          {"en;q=0.3,de;q=0.9", "", "", "de"},
		"the next one where the first is unknown": {"fr,de;q=0.5", "", "", "de"},
		"English where all are unknown":           {"fr,it", "", "", "en"},
		"a choice before the browser's":           {"de", "en", "", "en"},
		"?lang= before everything":                {"en", "en", "de", "de"},
		"nonsense is passed over":                 {"de;q=zwei", "xx", "yy", "de"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/?lang="+want.query, nil)
		r.Header.Set("Accept-Language", want.accept)
		if want.cookie != "" {
			r.AddCookie(&http.Cookie{Name: languageCookie, Value: want.cookie})
		}
		if got := c.choose(r).Code; got != want.code {
			t.Errorf("%s: %s; want %s", rule, got, want.code)
		}
	}
}

func TestLengthsAndNumbersRead(t *testing.T) {
	c := languages(t)
	for d, want := range map[time.Duration]string{0: "0 min", -time.Minute: "0 min", 59 * time.Minute: "59 min", time.Hour: "1 h", 160 * time.Minute: "2 h 40", 65 * time.Minute: "1 h 05"} {
		if got := c[0].Gap(d); got != want {
			t.Errorf("%s reads %q; want %q", d, got, want)
		}
	}
	for _, l := range c {
		for v, want := range map[float64]string{7: "7", 6.66: "6.7", 100: "100"} {
			if got := l.Number(v, 1); got != strings.Replace(want, ".", l.T("point"), 1) {
				t.Errorf("%s writes %v as %q", l.Code, v, got)
			}
		}
	}
}
