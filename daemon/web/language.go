package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The catalogue: every text of the page and the report, one file a language.
// A translation is one more file. English is the language of the program: what
// the daemon says (the reasons of a plan, what a change did) reaches the page
// in the words of log and `status`, and "said" turns those into another
// language.
//
//go:embed words
var catalogueFiles embed.FS

// Language is one language of the catalogue.
type Language struct {
	Code   string            `json:"-"` // as in the name of its file: en, de
	Texts  map[string]string `json:"texts"`
	Days   []string          `json:"days"`   // from Sunday
	Months []string          `json:"months"` // from January
	// Said gives what the daemon says in this language. In braces are gap (a
	// length), on (a clock time, with its day), n (a number), session (a session
	// in words), zone and name (as they are), said (another of these sentences)
	// and cause (one of these sentences, or a program's words as they are).
	Said map[string]string `json:"said"`

	sentences []sentence
}

// sentence is one entry of Said, ready to be compared.
type sentence struct {
	english *regexp.Regexp
	holes   []string
	ours    string
}

// catalogue holds the languages by their code. The first is English.
type catalogue []*Language

// readCatalogue reads the embedded files.
func readCatalogue() (catalogue, error) {
	entries, err := catalogueFiles.ReadDir("words")
	if err != nil {
		return nil, fmt.Errorf("reading the catalogue: %w", err)
	}
	var all catalogue
	for _, e := range entries {
		text, err := catalogueFiles.ReadFile(path.Join("words", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading the catalogue: %w", err)
		}
		l := &Language{Code: strings.TrimSuffix(e.Name(), ".json")}
		if err := json.Unmarshal(text, l); err != nil {
			return nil, fmt.Errorf("reading the catalogue's %s: %w", e.Name(), err)
		}
		l.prepare()
		all = append(all, l)
	}
	slices.SortStableFunc(all, func(a, b *Language) int {
		return strings.Compare(strings.TrimPrefix(a.Code, "en"), strings.TrimPrefix(b.Code, "en"))
	})
	return all, nil
}

// hole finds what varies in a sentence; holes says how that looks in English.
var hole = regexp.MustCompile(`\\\{(gap|on|n|session|zone|name|said|cause)\\\}`)

func holes(name string) string {
	switch name {
	case "gap":
		return `(\d+ min|\d+ h(?: \d\d)?)`
	case "n":
		return `(\d+)`
	case "name":
		return `(\S+)`
	case "on":
		return `((?:(?:yesterday|tomorrow|[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2}|\d{1,2} [A-Z][a-z]{2} \d{4}) )?\d\d:\d\d(?: [A-Z]{2,5})?)`
	}
	return `(.+?)`
}

func (l *Language) prepare() {
	for english, ours := range l.Said {
		s := sentence{ours: ours}
		pattern := hole.ReplaceAllStringFunc(regexp.QuoteMeta(english), func(found string) string {
			name := hole.FindStringSubmatch(found)[1]
			s.holes = append(s.holes, name)
			return holes(name)
		})
		s.english = regexp.MustCompile("^" + pattern + "$")
		l.sentences = append(l.sentences, s)
	}
	// A fixed order, the exact ones first.
	slices.SortFunc(l.sentences, func(a, b sentence) int {
		if n := len(a.holes) - len(b.holes); n != 0 {
			return n
		}
		return strings.Compare(a.english.String(), b.english.String())
	})
}

// T is a text of the catalogue with its places filled in.
func (l *Language) T(key string, args ...any) string { return fill(l.Texts[key], args...) }

// fill puts args into the places {0}, {1} of a text.
func fill(text string, args ...any) string {
	for i, a := range args {
		text = strings.ReplaceAll(text, "{"+strconv.Itoa(i)+"}", fmt.Sprint(a))
	}
	return text
}

// Line is a sentence of the daemon as this language shows it.
type Line struct {
	Text    string
	English bool // it stands in English on a page in another language
}

// Say is what the daemon says, in this language where the catalogue has it.
func (l *Language) Say(text string) Line {
	if ours, ok := l.said(text); ok {
		return Line{Text: ours}
	}
	return Line{Text: text, English: l.Code != "en"}
}

func (l *Language) said(text string) (string, bool) {
	for _, s := range l.sentences {
		m := s.english.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		args := make([]any, len(s.holes))
		for i, name := range s.holes {
			args[i] = m[i+1]
			switch name {
			case "on":
				args[i] = l.on(m[i+1])
			case "session":
				args[i] = l.session(m[i+1])
			case "said":
				inner, ok := l.said(m[i+1])
				if !ok {
					return "", false
				}
				args[i] = inner
			case "cause":
				if inner, ok := l.said(m[i+1]); ok {
					args[i] = inner
				}
			}
		}
		return fill(s.ours, args...), true
	}
	return "", false
}

// on turns "yesterday 22:00" and "Mon 2 Jan 22:00" into this language.
func (l *Language) on(text string) string {
	for _, day := range []string{"yesterday", "tomorrow"} {
		if rest, ok := strings.CutPrefix(text, day+" "); ok {
			return l.T(day) + " " + rest
		}
	}
	if t, err := time.Parse("Mon 2 Jan 15:04", text); err == nil {
		return l.T("date", l.day(text[:3]), t.Day(), l.Months[t.Month()-1]) + " " + t.Format("15:04")
	}
	if t, err := time.Parse("2 Jan 2006 15:04", text); err == nil {
		return strings.TrimSpace(l.T("date", "", t.Day(), l.Months[t.Month()-1])) + t.Format(" 2006 15:04")
	}
	return text
}

// day is a weekday by its English abbreviation.
func (l *Language) day(english string) string {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if d.String()[:3] == english {
			return l.Days[d]
		}
	}
	return english
}

// session turns "Tue 9 Jun 09:40, power, 20 min" into this language.
func (l *Language) session(text string) string {
	parts := strings.Split(text, ", ")
	parts[0] = l.on(parts[0])
	for i, p := range parts[1:] {
		switch p {
		case "power", "nurse", "hand":
			parts[i+1] = l.T("kind." + p)
		}
	}
	return strings.Join(parts, ", ")
}

// Gap is a length as people read it: "2 h 40", "3 h", "45 min".
func (l *Language) Gap(d time.Duration) string {
	minutes := int(max(d, 0) / time.Minute)
	switch {
	case minutes < 60:
		return l.T("min", minutes)
	case minutes%60 == 0:
		return l.T("h", minutes/60)
	}
	return l.T("hmin", minutes/60, fmt.Sprintf("%02d", minutes%60))
}

// Date is a day such as "Wed 10 Jun".
func (l *Language) Date(t time.Time) string {
	return l.T("date", l.Days[t.Weekday()], t.Day(), l.Months[t.Month()-1])
}

// ShortDate is a day such as "10 Jun".
func (l *Language) ShortDate(t time.Time) string {
	return l.T("date.short", t.Day(), l.Months[t.Month()-1])
}

// Number is a number with at most so many decimals, without zeros at its end.
func (l *Language) Number(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return strings.Replace(text, ".", l.T("point"), 1)
}

// languageCookie keeps a choice of language in the browser. It is no secret
// and says nothing else.
const languageCookie = "lang"

// of is the language with a code, nil for one that the catalogue has not.
func (c catalogue) of(code string) *Language {
	if i := slices.IndexFunc(c, func(l *Language) bool { return l.Code == code }); i >= 0 {
		return c[i]
	}
	return nil
}

// choose is the language of a request: ?lang=, else the one chosen before,
// else what the browser asks for, else English.
func (c catalogue) choose(r *http.Request) *Language {
	if l := c.of(r.URL.Query().Get("lang")); l != nil {
		return l
	}
	if kept, err := r.Cookie(languageCookie); err == nil {
		if l := c.of(kept.Value); l != nil {
			return l
		}
	}
	best, weight := c[0], 0.0
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, q, _ := strings.Cut(strings.TrimSpace(part), ";q=")
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		w, err := strconv.ParseFloat(q, 64)
		if err != nil {
			w = 1
		}
		if l := c.of(primary); l != nil && w > weight {
			best, weight = l, w
		}
	}
	return best
}
