package planner

import (
	"strings"
	"testing"
)

func TestParseTimeOfDay(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       TimeOfDay
		err        string
	}{
		{"midnight", "00:00", 0, ""},
		{"the last minute", "23:59", 1439, ""},
		{"an hour alone is refused", "7", 0, `"7" is not a time of day; write "07:00"`},
		{"a missing colon is refused", "0700", 0, `"0700" is not a time of day; write "07:00"`},
		{"a missing zero is refused", "7:30", 0, `"7:30" is not a time of day; write "07:30"`},
		{"there is no hour 25", "25:00", 0, `"25:00" is not a time of day; write "07:00"`},
		{"midnight at the end is 00:00", "24:00", 0, `"24:00" is not a time of day; write "00:00"`},
		{"there is no minute 60", "07:60", 0, `"07:60" is not a time of day; write "07:00"`},
		{"a word is refused", "yes", 0, `"yes" is not a time of day; write "07:00"`},
		{"seconds are refused", "07:00:00", 0, `"07:00:00" is not a time of day; write "07:00"`},
		{"nothing is refused", "", 0, `"" is not a time of day; write "07:00"`},
		{"a sign is refused", "+7:00", 0, `"+7:00" is not a time of day; write "07:00"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseTimeOfDay(c.text)
			if got != c.want || errorText(err) != c.err {
				t.Errorf("%v, %v; want %v, %s", got, err, c.want, c.err)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestParseRange(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       Range
		err        string
	}{
		{"a night", "23:00-07:00", Range{23 * 60, 7 * 60}, ""},
		{"hours alone are refused", "23-7", Range{}, `"23-7" is not a range; write "23:00-07:00" or off`},
		{"an end alone is refused", "23:00", Range{}, `"23:00" is not a range; write "23:00-07:00" or off`},
		{"a word is refused", "yes", Range{}, `"yes" is not a range; write "23:00-07:00" or off`},
		{"blanks are refused", "09:00 - 12:00", Range{}, `"09:00 - 12:00" is not a range; write "09:00-12:00" or off`},
		{"equal ends are refused", "07:00-07:00", Range{}, `"07:00-07:00" begins and ends at the same time; write a range such as "23:00-07:00" or off`},
		{"a third end is refused", "01:00-02:00-03:00", Range{}, `"01:00-02:00-03:00" is not a range; write "01:00-07:00" or off`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseRange(c.text)
			if got != c.want || errorText(err) != c.err {
				t.Errorf("%v, %v; want %v, %s", got, err, c.want, c.err)
			}
		})
	}
}

func TestParseDate(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       Date
		err        string
	}{
		{"a date", "2026-03-08", Date{2026, 3, 8}, ""},
		{"a leap day", "2028-02-29", Date{2028, 2, 29}, ""},
		{"a day that no year has", "2026-02-29", Date{}, `"2026-02-29" is not a date; write year, month and day, such as "2026-03-08"`},
		{"another order is refused", "08.03.2026", Date{}, `"08.03.2026" is not a date; write year, month and day, such as "2026-03-08"`},
		{"the year 0 is refused", "0000-01-01", Date{}, `"0000-01-01" is not a date; write year, month and day, such as "2026-03-08"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseDate(c.text)
			if got != c.want || errorText(err) != c.err {
				t.Errorf("%v, %v; want %v, %s", got, err, c.want, c.err)
			}
		})
	}
	if (Date{}).String() != "" || !(Date{}).IsZero() {
		t.Error("the zero Date is no date")
	}
}

func TestParseWeekdays(t *testing.T) {
	const wrong = ` is not a list of days; write "mon-fri" or "sat,sun", or leave days out for every day`
	for _, c := range []struct {
		name, text string
		want       string // as written back
		err        string
	}{
		{"a range", "mon-fri", "mon-fri", ""},
		{"a list", "sat,sun", "sat,sun", ""},
		{"a single day", "wed", "wed", ""},
		{"both", "mon, wed-fri", "mon,wed-fri", ""},
		{"a range that goes round the week", "sat-mon", "mon,sat,sun", ""},
		{"capitals", "Mon-FRI", "mon-fri", ""},
		{"every day", "sun-sat", "mon-sun", ""},
		{"a long name is refused", "monday", "", `"monday"` + wrong},
		{"a foreign name is refused", "mo-fr", "", `"mo-fr"` + wrong},
		{"letters across two names are refused", "unm", "", `"unm"` + wrong},
		{"nothing is refused", "", "", `""` + wrong},
		{"a dangling comma is refused", "mon,", "", `"mon,"` + wrong},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseWeekdays(c.text)
			if errorText(err) != c.err || err == nil && got.String() != c.want {
				t.Errorf("%v, %v; want %v, %s", got, err, c.want, c.err)
			}
		})
	}
}

func FuzzParseTimeOfDay(f *testing.F) {
	for _, s := range []string{"07:00", "7", "0700", "25:00", "yes", "24:00", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, err := ParseTimeOfDay(s)
		switch {
		case err == nil && (at.String() != s || !at.valid()):
			t.Errorf("%q is read as %s", s, at)
		case err != nil:
			checkAdvice(t, err.Error(), func(advice string) error { _, err := ParseTimeOfDay(advice); return err })
		}
	})
}

func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"23:00-07:00", "23-7", "07:00-07:00", "a-b-c", "-", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRange(s)
		switch {
		case err == nil && (r.String() != s || r.From == r.To):
			t.Errorf("%q is read as %s", s, r)
		case err != nil:
			checkAdvice(t, err.Error(), func(advice string) error { _, err := ParseRange(advice); return err })
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-03-08", "2026-02-29", "26-1-1", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDate(s); err == nil && (d.String() != s || d.IsZero()) {
			t.Errorf("%q is read as %s", s, d)
		}
	})
}

func FuzzParseWeekdays(f *testing.F) {
	for _, s := range []string{"mon-fri", "sat,sun", "sun-sat", "mon,,tue", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := ParseWeekdays(s)
		if err != nil {
			return
		}
		if again, err := ParseWeekdays(w.String()); err != nil || again != w {
			t.Errorf("%q is written back as %q, which reads as %v, %v", s, w, again, err)
		}
	})
}

// checkAdvice makes sure that what an error tells people to write is right.
func checkAdvice(t *testing.T, text string, read func(string) error) {
	t.Helper()
	from := strings.LastIndex(text, "write ")
	_, advice, _ := strings.Cut(text[from:], `"`)
	advice, _, _ = strings.Cut(advice, `"`)
	if err := read(advice); err != nil {
		t.Errorf("%s: %v", text, err)
	}
}
