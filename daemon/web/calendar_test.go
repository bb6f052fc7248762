package web_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"nightbell/daemon/web"
)

// calendarOf is a plan of two starts and a log of four sessions, of which one
// was taken out and one counts as part of another.
func calendarOf() (web.PlanDoc, []web.SessionDoc) {
	at := func(hour, minute int) web.Instant {
		return web.Instant{Time: time.Date(2026, 6, 10, hour, minute, 0, 0, time.FixedZone("", -4*3600))}
	}
	minutes, first := 25, int64(1)
	plan := web.PlanDoc{Now: at(9, 45), Starts: []web.StartDoc{
		{At: at(12, 20), Kind: "session", Text: "2 h 40 after 09:40, to keep the day even."},
		{At: at(27, 0), Kind: "overnight", Wakes: true, Text: "Night session, if it suits."},
	}}
	return plan, []web.SessionDoc{
		{ID: 1, Start: at(9, 40), Kind: "pump", Minutes: &minutes, Note: "left breast, 40 ml"},
		{ID: 2, Start: at(9, 50), Kind: "pump", MergedInto: &first},
		{ID: 3, Start: at(8, 0), Kind: "nurse", Deleted: true},
		{ID: 4, Start: at(7, 0), Kind: "power"},
	}
}

func TestTheCalendarHasPlanAndLog(t *testing.T) {
	plan, sessions := calendarOf()
	plan.Starts[len(plan.Starts)-1].Rings = true
	var text strings.Builder
	if err := web.WriteCalendar(&text, plan, sessions); err != nil {
		t.Fatal(err)
	}
	cal, err := ics.ParseCalendar(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range cal.Events() {
		from, errFrom := e.GetStartAt()
		to, errTo := e.GetEndAt()
		if err := errors.Join(errFrom, errTo); err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Id()+" "+from.UTC().Format("02 15:04")+" "+to.Sub(from).String()+" "+e.GetProperty(ics.ComponentPropertySummary).Value)
	}
	want := []string{
		"plan-1781108400@nightbell 10 16:20 15m0s Reminder",
		"plan-1781161200@nightbell 11 07:00 15m0s Reminder, with alarm",
		"log-1@nightbell 10 13:40 25m0s Logged",
		"log-4@nightbell 10 11:00 15m0s Logged",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("entries\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var again strings.Builder
	if err := web.WriteCalendar(&again, plan, sessions); err != nil || again.String() != text.String() {
		t.Errorf("equal input gave other bytes (%v)", err)
	}
	for _, line := range strings.SplitAfter(text.String(), "\n") {
		if line != "" && (!strings.HasSuffix(line, "\r\n") || len(line) > 77) {
			t.Errorf("line %q; want CRLF at its end and at most 75 bytes before it (RFC 5545, 3.1)", line)
		}
	}
}

// Who sees a calendar over somebody's shoulder learns nothing.
func TestTheCalendarIsDiscreet(t *testing.T) {
	plan, sessions := calendarOf()
	var text strings.Builder
	if err := web.WriteCalendar(&text, plan, sessions); err != nil {
		t.Fatal(err)
	}
	telling := regexp.MustCompile(`(?i)pump|session|milk|baby|breast|nurs|power|body|\bml\b|left|missed|late|overdue`)
	if word := telling.FindString(text.String()); word != "" {
		t.Errorf("the calendar says %q:\n%s", word, text.String())
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestTheCalendarSaysWhenItCannotBeWritten(t *testing.T) {
	if err := web.WriteCalendar(fullDisk{}, web.PlanDoc{}, nil); err == nil || !strings.Contains(err.Error(), "writing the calendar: no room") {
		t.Errorf("error %v; want one that says so", err)
	}
}
