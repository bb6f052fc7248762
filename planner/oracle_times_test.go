package planner

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The oracle's reading of timetables and ramps.

// fieldHolds reports whether a field of a cron line, of numbers, ranges of
// numbers, stars and steps, holds n; least and most bound the field.
func fieldHolds(field string, n, least, most int) bool {
	number := func(s string) int {
		v, err := strconv.Atoi(s)
		if err != nil {
			panic("the oracle does not read " + field)
		}
		return v
	}
	for part := range strings.SplitSeq(field, ",") {
		part, step, stepped := strings.Cut(part, "/")
		from, to, isRange := strings.Cut(part, "-")
		a, b, by := least, most, 1
		if from != "*" {
			a = number(from)
			b = a
			if isRange {
				b = number(to)
			}
		}
		if stepped {
			by = number(step)
		}
		if a <= n && n <= b && (n-a)%by == 0 {
			return true
		}
	}
	return false
}

// timesOn are the wall-clock times of a clockwork on a date.
func timesOn(w Clockwork, date time.Time) []TimeOfDay {
	if w.Line == nil {
		return []TimeOfDay{w.At}
	}
	f := strings.Fields(w.Line.String())
	onDay := fieldHolds(f[2], date.Day(), 1, 31)
	onWeekday := fieldHolds(strings.NewReplacer("sun", "0", "mon", "1", "tue", "2", "wed", "3", "thu", "4", "fri", "5", "sat", "6").Replace(f[4]), int(date.Weekday()), 0, 6)
	matches := onDay && onWeekday
	if f[2] != "*" && f[4] != "*" {
		matches = onDay || onWeekday
	}
	if !matches || !fieldHolds(f[3], int(date.Month()), 1, 12) {
		return nil
	}
	var times []TimeOfDay
	for t := range TimeOfDay(minutesOfDay) {
		if fieldHolds(f[1], int(t/60), 0, 23) && fieldHolds(f[0], int(t%60), 0, 59) {
			times = append(times, t)
		}
	}
	return times
}

// findTimes lists the timetable from long before the anchor to long after it,
// and says which of its times are free.
func (o *oracle) findTimes(c wallCache, origin time.Time, lastDay int) {
	for n := -lastDay - 3; n <= lastDay; n++ {
		date := origin.AddDate(0, 0, n)
		for _, w := range o.r.Times {
			for _, t := range timesOn(w, date) {
				at := c.at(o.r.Location, date, t, false)
				for at.Unix()%300 != 0 {
					at = at.Add(time.Minute)
				}
				if !slices.ContainsFunc(o.listed, at.Equal) {
					o.listed = append(o.listed, at)
				}
			}
		}
	}
	taken := map[int64]bool{}
	for _, e := range o.count {
		if len(o.listed) == 0 {
			break
		}
		nearest := o.listed[0]
		for _, at := range o.listed {
			a, b := at.Sub(e.at).Abs(), nearest.Sub(e.at).Abs()
			if a < b || a == b && at.Before(nearest) {
				nearest = at
			}
		}
		taken[nearest.Unix()] = true
	}
	for _, at := range o.listed {
		if at.After(o.anchor) && !taken[at.Unix()] {
			o.freeTimes = append(o.freeTimes, at)
		}
	}
}

// putOff is the first grid instant that keeps the least gap to the anchor.
func (o *oracle) putOff() time.Time {
	at := o.anchor.Add(o.gapAfter(o.power, o.length))
	for at.Unix()%300 != 0 || at.Nanosecond() != 0 {
		at = at.Truncate(time.Second).Add(time.Second)
	}
	return at
}

// stands reports whether a start at t can stand for the free time.
func (o *oracle) stands(t, free time.Time) bool {
	return t.Equal(free) || free.Before(o.anchor.Add(o.gapAfter(o.power, o.length))) && t.Equal(o.putOff())
}

func (o *oracle) mayBeTimed(t time.Time) bool {
	return len(o.r.Times) == 0 || slices.ContainsFunc(o.freeTimes, func(free time.Time) bool { return o.stands(t, free) })
}

// leftOut counts the free times of the days that count for which no start
// stands, each start standing for one.
func (o *oracle) leftOut(plan []oracleStart) int {
	counts := func(free time.Time) bool {
		return slices.ContainsFunc(o.days, func(d stretch) bool { return d.holds(free) && !d.to.After(o.horizon) })
	}
	n := 0
	for _, free := range o.freeTimes {
		if counts(free) {
			n++
		}
	}
	for _, s := range plan {
		if slices.ContainsFunc(o.freeTimes, func(free time.Time) bool { return counts(free) && o.stands(s.at, free) }) {
			n--
		}
	}
	return n
}

// target is that of the last step not after the date that the day is named
// after. Its clock may show the next one already: where the hour from 23:00 is
// skipped, a day of 23:30 begins at midnight.
func (o *oracle) target(d stretch) int {
	target, since := o.r.Target, time.Time{}
	for _, s := range o.r.Ramp {
		from := time.Date(s.From.Year, s.From.Month, s.From.Day, 0, 0, 0, 0, time.UTC)
		if !from.After(d.date) && from.After(since) {
			target, since = s.Target, from
		}
	}
	return target
}

// better compares costs in the order of the principles; with a timetable,
// listed times come before sleep.
func (o *oracle) better(c, d Cost) bool {
	if len(o.r.Times) > 0 && c.Excess == d.Excess && c.Overnight == d.Overnight && c.Count != d.Count {
		return c.Count < d.Count
	}
	return c.less(d)
}
