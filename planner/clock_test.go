package planner

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestWallClock is a calendar of what can go wrong, checked by hand against
// the zone database.
func TestWallClock(t *testing.T) {
	for _, c := range []struct {
		name, zone, date, clock string
		first, last             string // as UTC
	}{
		{"an ordinary time occurs once", "America/New_York", "2026-06-10", "02:30", "2026-06-10T06:30:00Z", "2026-06-10T06:30:00Z"},
		{"a skipped time is the end of the skip, New York", "America/New_York", "2026-03-08", "02:30", "2026-03-08T07:00:00Z", "2026-03-08T07:00:00Z"},
		{"the first skipped minute", "America/New_York", "2026-03-08", "02:00", "2026-03-08T07:00:00Z", "2026-03-08T07:00:00Z"},
		{"the minute before the skip", "America/New_York", "2026-03-08", "01:59", "2026-03-08T06:59:00Z", "2026-03-08T06:59:00Z"},
		{"the minute after the skip", "America/New_York", "2026-03-08", "03:00", "2026-03-08T07:00:00Z", "2026-03-08T07:00:00Z"},
		{"a doubled time occurs twice, New York", "America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"},
		{"the first minute after the doubled hour", "America/New_York", "2026-11-01", "02:00", "2026-11-01T07:00:00Z", "2026-11-01T07:00:00Z"},
		{"a skipped time is the end of the skip, Berlin", "Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
		{"a doubled time occurs twice, Berlin", "Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"},
		{"half an hour is skipped, Lord Howe", "Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"},
		{"after half an hour was skipped", "Australia/Lord_Howe", "2026-10-04", "02:30", "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"},
		{"half an hour is doubled, Lord Howe", "Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"},
		{"midnight itself is skipped, Cairo", "Africa/Cairo", "2026-04-24", "00:00", "2026-04-23T22:00:00Z", "2026-04-23T22:00:00Z"},
		{"the hour after a skipped midnight, Cairo", "Africa/Cairo", "2026-04-24", "00:59", "2026-04-23T22:00:00Z", "2026-04-23T22:00:00Z"},
		{"the last hour of a day is doubled, Cairo", "Africa/Cairo", "2026-10-29", "23:30", "2026-10-29T20:30:00Z", "2026-10-29T21:30:00Z"},
		{"midnight is skipped, Santiago", "America/Santiago", "2026-09-06", "00:30", "2026-09-06T04:00:00Z", "2026-09-06T04:00:00Z"},
		{"the last hour of a day is doubled, Santiago", "America/Santiago", "2026-04-04", "23:15", "2026-04-05T02:15:00Z", "2026-04-05T03:15:00Z"},
		{"midnight is skipped, Havana", "America/Havana", "2026-03-08", "00:00", "2026-03-08T05:00:00Z", "2026-03-08T05:00:00Z"},
		{"the first hour of a day is doubled, Havana", "America/Havana", "2026-11-01", "00:30", "2026-11-01T04:30:00Z", "2026-11-01T05:30:00Z"},
		{"the clock went back over midnight, St John's", "America/St_Johns", "2010-11-06", "23:30", "2010-11-07T02:00:00Z", "2010-11-07T03:00:00Z"},
		{"the minute after that midnight is doubled, St John's", "America/St_Johns", "2010-11-07", "00:00", "2010-11-07T02:30:00Z", "2010-11-07T03:30:00Z"},
		{"a skip a minute after midnight, St John's", "America/St_Johns", "2010-03-14", "00:30", "2010-03-14T03:31:00Z", "2010-03-14T03:31:00Z"},
		{"a zone three quarters of an hour off", "Asia/Kathmandu", "2026-06-10", "02:30", "2026-06-09T20:45:00Z", "2026-06-09T20:45:00Z"},
		{"a whole day is skipped, Apia", "Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			loc, at := zone(t, c.zone), clock(t, c.clock)
			d, err := ParseDate(c.date)
			if err != nil {
				t.Fatal(err)
			}
			got := at.On(d, loc)
			if text := got.UTC().Format(time.RFC3339); text != c.first {
				t.Errorf("the first is %s, want %s", text, c.first)
			}
			_, to := Range{(at + 720) % minutesOfDay, at}.On(dayBefore(d, at < 720), loc)
			if text := to.UTC().Format(time.RFC3339); text != c.last {
				t.Errorf("the end of a range is %s, want %s", text, c.last)
			}
		})
	}
}

// dayBefore is the date on which a range of twelve hours begins.
func dayBefore(d Date, before bool) Date {
	t := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	if before {
		t = t.AddDate(0, 0, -1)
	}
	return DateOf(t)
}

func TestRangeOnADay(t *testing.T) {
	for _, c := range []struct {
		name, zone, date, text string
		from, to               string
	}{
		{"a night crosses midnight", "Europe/Berlin", "2026-06-10", "23:00-07:00", "2026-06-10T23:00:00+02:00", "2026-06-11T07:00:00+02:00"},
		{"a short night", "Europe/Berlin", "2026-03-28", "23:00-07:00", "2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"},
		{"a range ends at the second of two", "America/New_York", "2026-11-01", "00:30-01:30", "2026-11-01T00:30:00-04:00", "2026-11-01T01:30:00-05:00"},
		{"a range begins at the first of two", "America/New_York", "2026-11-01", "01:30-03:00", "2026-11-01T01:30:00-04:00", "2026-11-01T03:00:00-05:00"},
		{"a range that a time change swallows is empty", "America/New_York", "2026-03-08", "02:10-02:50", "2026-03-08T03:00:00-04:00", "2026-03-08T03:00:00-04:00"},
		{"midnight ends a range", "UTC", "2026-06-10", "22:00-00:00", "2026-06-10T22:00:00Z", "2026-06-11T00:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := ParseDate(c.date)
			if err != nil {
				t.Fatal(err)
			}
			from, to := rangeOf(t, c.text).On(d, zone(t, c.zone))
			if from.Format(time.RFC3339) != c.from || to.Format(time.RFC3339) != c.to {
				t.Errorf("%s to %s, want %s to %s", from.Format(time.RFC3339), to.Format(time.RFC3339), c.from, c.to)
			}
		})
	}
}

func TestWallClockAgreesWithLookingEveryMinute(t *testing.T) {
	cache := wallCache{}
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		now := drawNow(t, loc)
		at := TimeOfDay(rapid.IntRange(0, minutesOfDay-1).Draw(t, "clock"))
		d := DateOf(now)
		date := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
		if got, want := at.On(d, loc), cache.at(loc, date, at, false); !got.Equal(want) {
			t.Errorf("%s on %s is %v, want %v", at, d, got, want)
		}
		r := Range{(at + minutesOfDay - 1) % minutesOfDay, at}
		begins := date
		if at == 0 {
			begins = date.AddDate(0, 0, -1)
		}
		if _, got := r.On(DateOf(begins), loc); !got.Equal(cache.at(loc, date, at, true)) {
			t.Errorf("the end of a range at %s on %s is %v", at, d, got)
		}
	})
}

func TestPumpingDay(t *testing.T) {
	for _, c := range []struct{ name, zone, edge, at, from, to string }{
		{"an instant after the edge", "UTC", "06:00", "2026-06-10T06:00:00Z", "2026-06-10T06:00:00Z", "2026-06-11T06:00:00Z"},
		{"an instant before the edge", "UTC", "06:00", "2026-06-10T05:59:59Z", "2026-06-09T06:00:00Z", "2026-06-10T06:00:00Z"},
		{"a day of 23 hours", "Europe/Berlin", "06:00", "2026-03-28T12:00:00Z", "2026-03-28T05:00:00Z", "2026-03-29T04:00:00Z"},
		{"a day that begins in the skipped hour", "America/New_York", "02:30", "2026-03-08T12:00:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"},
		{"a day that begins at the first of two", "America/New_York", "01:30", "2026-11-01T05:45:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Default(zone(t, c.zone))
			r.DayStart = clock(t, c.edge)
			from, to := r.PumpingDay(instantText(t, c.at))
			if !from.Equal(instantText(t, c.from)) || !to.Equal(instantText(t, c.to)) {
				t.Errorf("from %v to %v, want %s to %s", from, to, c.from, c.to)
			}
		})
	}
}

func TestAsleep(t *testing.T) {
	r := Default(zone(t, "Europe/Berlin"))
	const from, to = "2026-06-10T23:00:00+02:00", "2026-06-11T07:00:00+02:00"
	for _, c := range []struct {
		name, at string
		asleep   bool
		next     string
	}{
		{"the evening is awake, tonight is ahead", "2026-06-10T22:59:59+02:00", false, from},
		{"bedtime is asleep", from, true, from},
		{"the night is asleep", "2026-06-11T03:00:00+02:00", true, from},
		{"waking is awake, tonight is the next night", to, false, "2026-06-11T23:00:00+02:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := instantText(t, c.at)
			begin, end, ok := r.Asleep(at)
			if ok != c.asleep {
				t.Errorf("asleep is %v", ok)
			}
			if ok && (!begin.Equal(instantText(t, from)) || !end.Equal(instantText(t, to))) {
				t.Errorf("asleep from %v to %v", begin, end)
			}
			if begin, _, ok := r.NextSleep(at); !ok || !begin.Equal(instantText(t, c.next)) {
				t.Errorf("the next sleep begins at %v, want %s", begin, c.next)
			}
		})
	}
	r.Sleep = nil
	if _, _, ok := r.Asleep(instantText(t, from)); ok {
		t.Error("asleep without a sleep range")
	}
	if _, _, ok := r.NextSleep(instantText(t, from)); ok {
		t.Error("a next sleep without a sleep range")
	}
}

func instantText(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestGrid(t *testing.T) {
	for _, c := range []struct{ name, at, up, down string }{
		{"an instant on the grid stays", "2026-06-10T12:35:00Z", "2026-06-10T12:35:00Z", "2026-06-10T12:35:00Z"},
		{"one between goes to either side", "2026-06-10T12:36:01Z", "2026-06-10T12:40:00Z", "2026-06-10T12:35:00Z"},
		{"so does one before 1970", "1969-12-31T23:58:59Z", "1970-01-01T00:00:00Z", "1969-12-31T23:55:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := instantOf(instantText(t, c.at))
			if gridCeil(at) != instantOf(instantText(t, c.up)) || gridFloor(at) != instantOf(instantText(t, c.down)) {
				t.Errorf("up %d, down %d of %d", gridCeil(at), gridFloor(at), at)
			}
		})
	}
}
