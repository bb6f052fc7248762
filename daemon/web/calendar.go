package web

import (
	"bytes"
	"fmt"
	"io"
	"time"

	ics "github.com/arran4/golang-ical"
)

const (
	// calendarLength is how long an entry is that has no length of its own. It
	// is the default of routine.session; a calendar hides an entry of no length
	// behind its neighbours.
	calendarLength = 15 * time.Minute
	// calendarRefresh is how often a calendar should read the feed again. A plan
	// moves with every session, some ten times a day; most calendars take their
	// own time anyway.
	calendarRefresh = "PT15M"
)

// WriteCalendar writes the plan and the log as iCalendar (RFC 5545). Every
// title is discreet whatever the configuration's privacy is: a calendar is
// shared more widely than a lock screen is seen. Nothing but times is in it: no
// kinds, notes or amounts. Entries leave the time free and ring no bell; the
// reminders do that. A session that counts as part of another one is left out.
// Equal input gives equal bytes.
func WriteCalendar(w io.Writer, plan PlanDoc, sessions []SessionDoc) error {
	cal := ics.NewCalendarFor("nightbell")
	cal.SetMethod(ics.MethodPublish)
	cal.SetXWRCalName("nightbell")
	cal.SetRefreshInterval(calendarRefresh)
	cal.SetXPublishedTTL(calendarRefresh)
	for _, s := range plan.Starts {
		title := "Reminder"
		if s.Rings {
			title = "Reminder, with alarm"
		}
		// A plan that moves leaves nothing behind: whoever reads the feed again
		// drops the entries that are gone, and these are named by their time.
		e := calendarEntry(cal, fmt.Sprintf("plan-%d@nightbell", s.At.Unix()), title, plan.Now.Time, s.At.Time, calendarLength)
		e.SetStatus(ics.ObjectStatusTentative)
	}
	for _, s := range sessions {
		if s.Deleted || s.MergedInto != nil {
			continue
		}
		length := calendarLength
		if s.Minutes != nil && *s.Minutes > 0 {
			length = time.Duration(*s.Minutes) * time.Minute
		}
		e := calendarEntry(cal, fmt.Sprintf("log-%d@nightbell", s.ID), "Logged", plan.Now.Time, s.Start.Time, length)
		e.SetStatus(ics.ObjectStatusConfirmed)
	}
	// The library passes over what writing the frame answers, and ends lines as
	// the system does; the format wants CRLF everywhere (RFC 5545, 3.1).
	var text bytes.Buffer
	if err := cal.SerializeTo(&text, ics.WithNewLineWindows); err != nil {
		return fmt.Errorf("writing the calendar: %w", err)
	}
	if _, err := w.Write(text.Bytes()); err != nil {
		return fmt.Errorf("writing the calendar: %w", err)
	}
	return nil
}

// calendarEntry adds an entry. Its instants are in UTC, so that the file needs
// no definition of a zone; every calendar shows them in its own.
func calendarEntry(cal *ics.Calendar, id, title string, now, from time.Time, length time.Duration) *ics.VEvent {
	e := cal.AddEvent(id)
	e.SetDtStampTime(now.UTC())
	e.SetStartAt(from.UTC())
	e.SetEndAt(from.Add(length).UTC())
	e.SetSummary(title)
	e.SetClass(ics.ClassificationPrivate)
	e.SetTimeTransparency(ics.TransparencyTransparent)
	return e
}
