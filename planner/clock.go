package planner

import "time"

// TimeOfDay is a wall-clock time in minutes after midnight, 0 to 1439.
type TimeOfDay int16

const minutesOfDay = 24 * 60

// Range is a stretch of the wall clock, [From, To). It crosses midnight when
// To is before From.
type Range struct{ From, To TimeOfDay }

// Length is how long the range lasts on a day without a time change.
func (r Range) Length() time.Duration {
	return time.Duration((r.To-r.From+minutesOfDay)%minutesOfDay) * time.Minute
}

// Date is a day of the calendar without a zone. The zero Date is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the date that a calendar on t's wall shows.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

// number counts days since 1970-01-01.
func (d Date) number() dayNumber {
	return dayNumber(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Weekdays is a set of days: bit n is time.Weekday(n). Zero means every day.
type Weekdays uint8

// Has reports whether the set holds d.
func (w Weekdays) Has(d time.Weekday) bool { return w == 0 || w&(1<<d) != 0 }

// On is the instant of t on the date d: the first one if a time change makes
// it occur twice, the first instant after the skip if one skips it.
func (t TimeOfDay) On(d Date, loc *time.Location) time.Time {
	var c calendar
	n := d.number()
	c.cover(loc, instant(n-2)*day, instant(n+3)*day)
	return c.time(c.resolve(n, t, firstTime))
}

// On is the stretch [from, to) that begins on the date d. It is empty when a
// time change swallows it.
func (r Range) On(d Date, loc *time.Location) (from, to time.Time) {
	var c calendar
	n := d.number()
	c.cover(loc, instant(n-2)*day, instant(n+4)*day)
	s := c.span(n, r)
	return c.time(s.from), c.time(s.to)
}

// instant is a point in time in nanoseconds since 1970 UTC: the planner's own
// form of time.Time, good for the years 1700 to 2250. Differences are
// comparable with time.Duration.
type instant int64

const (
	minute = instant(time.Minute)
	hour   = instant(time.Hour)
	day    = 24 * hour
	grid   = 5 * minute // planned starts lie on Unix seconds divisible by 300
)

// none is no instant: earlier than every real one.
const none = instant(-1 << 62)

func instantOf(t time.Time) instant { return instant(t.UnixNano()) }

func durationOf(d instant) time.Duration { return time.Duration(d) }

// gridCeil is the first grid instant at or after t.
func gridCeil(t instant) instant { return -floorDiv(-t, grid) * grid }

// gridFloor is the last grid instant at or before t.
func gridFloor(t instant) instant { return floorDiv(t, grid) * grid }

// floorDiv divides rounding down, for instants before 1970 too.
func floorDiv(a, b instant) instant {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// ceilMinutes and floorMinutes are the whole minutes of a length.
func ceilMinutes(d instant) int  { return int(-floorDiv(-d, minute)) }
func floorMinutes(d instant) int { return int(floorDiv(d, minute)) }

// span is a stretch [from, to) of real time.
type span struct{ from, to instant }

func (s span) holds(t instant) bool { return s.from <= t && t < s.to }

// dayNumber is a date as days since 1970-01-01.
type dayNumber int64

// weekday of a date: 1970-01-01 was a Thursday.
func (n dayNumber) weekday() time.Weekday {
	return time.Weekday(((int64(n)+int64(time.Thursday))%7 + 7) % 7)
}

// calendar knows a zone's offsets over a stretch of time. It is the only
// place that knows time changes: everything else works with instants.
// time.Date is of no use for that: it moves a skipped 02:30 back in New York
// and forward in Berlin.
type calendar struct {
	loc     *time.Location
	periods []period
	room    [6]period // most stretches see one time change; this saves an allocation
}

// period is a stretch of constant offset from UTC.
type period struct {
	from, to instant
	offset   instant
}

// cover makes the calendar know [from, to). Instants outside read as if the
// outermost offsets went on.
func (c *calendar) cover(loc *time.Location, from, to instant) {
	c.loc = loc
	c.periods = c.room[:0]
	for at := from; at < to; {
		t := time.Unix(0, int64(at)).In(loc)
		_, end := t.ZoneBounds()
		_, offset := t.Zone()
		p := period{from: at, to: to, offset: instant(offset) * instant(time.Second)}
		if !end.IsZero() {
			p.to = min(to, instantOf(end))
		}
		c.periods = append(c.periods, p)
		at = p.to
	}
	c.periods[0].from = none
	c.periods[len(c.periods)-1].to = -none
}

// offset is the zone's offset from UTC at t.
func (c *calendar) offset(t instant) instant {
	for i := range c.periods {
		if t < c.periods[i].to {
			return c.periods[i].offset
		}
	}
	return c.periods[len(c.periods)-1].offset
}

// date is the date on the wall at t.
func (c *calendar) date(t instant) dayNumber { return dayNumber(floorDiv(t+c.offset(t), day)) }

// clock is the wall-clock time at t.
func (c *calendar) clock(t instant) TimeOfDay {
	wall := t + c.offset(t)
	return TimeOfDay((wall - floorDiv(wall, day)*day) / minute)
}

func (c *calendar) time(t instant) time.Time { return time.Unix(0, int64(t)).In(c.loc) }

// occurrence says which one is meant of a wall-clock time that occurs twice.
type occurrence bool

const (
	firstTime  occurrence = false
	secondTime occurrence = true
)

// resolve is the instant at which the wall shows t on the date d. A time that
// a change skips is the first instant after the skip.
func (c *calendar) resolve(d dayNumber, t TimeOfDay, which occurrence) instant {
	wall := instant(d)*day + instant(t)*minute
	found := none
	for _, p := range c.periods {
		if at := wall - p.offset; p.from <= at && at < p.to {
			found = at
			if which == firstTime {
				break
			}
		}
	}
	if found != none {
		return found
	}
	for i := 1; i < len(c.periods); i++ {
		before, after := c.periods[i-1], c.periods[i]
		if after.from+before.offset <= wall && wall < after.from+after.offset {
			return after.from
		}
	}
	return wall - c.offset(wall) // outside what is covered
}

// span is the stretch of r that begins on the date d. Its end, should it
// occur twice, is the second occurrence. A stretch that a time change
// swallows is empty.
func (c *calendar) span(d dayNumber, r Range) span {
	end := d
	if r.To <= r.From {
		end++
	}
	return span{c.resolve(d, r.From, firstTime), c.resolve(end, r.To, secondTime)}
}

// spans appends to dst every stretch of r, beginning on one of the days, that
// is not empty and has a part in (from, to), in order.
func (c *calendar) spans(dst []span, r Range, days Weekdays, from, to instant) []span {
	end := c.date(to) + 1
	for d := c.date(from) - 2; d <= end; d++ {
		if !days.Has(d.weekday()) {
			continue
		}
		if s := c.span(d, r); s.from < s.to && s.to > from && s.from < to {
			dst = append(dst, s)
		}
	}
	return dst
}

// pumpingDay is the day, from one edge to the next, in which t lies, and the
// date on which it begins.
func (c *calendar) pumpingDay(edge TimeOfDay, t instant) (dayNumber, span) {
	for d := c.date(t) - 1; ; d++ {
		if to := c.resolve(d+1, edge, firstTime); to > t {
			return d, span{c.resolve(d, edge, firstTime), to}
		}
	}
}
