package planner

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Check holds the routine against every rule at once. A routine with a problem
// cannot work; a notice is worth one line and blocks nothing. Every text says
// what is wrong and what would be right; lengths read as in the configuration.
func (r Routine) Check() (problems, notices []Problem) {
	c := &check{r: &r}
	c.zone()
	c.lengths()
	c.ranges()
	c.power()
	c.busy()
	c.ramp()
	c.times()
	if len(c.problems) == 0 { // what follows weighs values that are legal one by one
		c.fit()
		c.notice()
	}
	return c.problems, c.notices
}

// check collects what is to be said of a routine.
type check struct {
	r                 *Routine
	problems, notices []Problem
}

func (c *check) problem(key, format string, values ...any) {
	c.problems = append(c.problems, Problem{key, fmt.Sprintf(format, values...)})
}

func (c *check) note(key, format string, values ...any) {
	c.notices = append(c.notices, Problem{key, fmt.Sprintf(format, values...)})
}

func (c *check) zone() {
	switch loc := c.r.Location; {
	case loc == nil:
		c.problem("timezone", "is missing; write an IANA name such as Europe/Berlin")
	case loc == time.Local || loc.String() == "Local":
		c.problem("timezone", "Local changes with the machine; write an IANA name such as Europe/Berlin")
	}
}

// lengths holds every number and length against its legal values.
func (c *check) lengths() {
	r := c.r
	const hour, minute = time.Hour, time.Minute
	c.number("routine.target", r.Target, 1, 14, 8)
	c.length("routine.session", r.Session, 5*minute, 90*minute, 15*minute)
	c.length("routine.min_gap", r.MinGap, hour, 4*hour, 90*minute)
	if r.Session >= r.MinGap {
		c.problem("routine.session", "%s is not shorter than min_gap, %s; write a shorter session or a longer min_gap", length(r.Session), length(r.MinGap))
	}
	c.length("routine.nudge_before", r.NudgeBefore, 0, hour, 30*minute)
	c.maxGap()
	// A max_gap that is too short itself allows no shorter night gap.
	switch shortest := max(r.dayGap(), r.MinGap+5*minute); {
	case r.dayGap() > 9*hour: // said of max_gap
	case r.NightGap < r.dayGap() || r.NightGap > 9*hour:
		c.problem("routine.night_gap", "%s is out of range; with max_gap %s and nudge_before %s write %s to 9h, such as %s",
			length(r.NightGap), length(r.MaxGap), length(r.NudgeBefore), length(shortest), length(max(shortest, DefaultNightGap(r.MaxGap, r.NudgeBefore))))
	}
	c.length("routine.wake_grace", r.WakeGrace, 0, 2*hour, 90*minute)
	c.number("routine.overnight.sessions", r.Overnight.Sessions, 1, 3, 1)
	c.number("routine.catch_up", r.CatchUp, 0, 14, 2)
	c.length("routine.merge", r.Merge, 0, hour, 30*minute)
}

// maxGap holds the gap that should not be reached against what it has to leave
// room for: the least gap and the nudge by day, and no longer gap at night
// than is legal.
func (c *check) maxGap() {
	const longest, longestNight = 12 * time.Hour, 9 * time.Hour
	r := c.r
	shortest := r.MinGap + r.NudgeBefore + 5*time.Minute
	switch {
	case r.dayGap() > longestNight:
		c.problem("routine.max_gap", "%s less nudge_before %s leaves a gap of %s, and no night gap is longer than 9h; write a max_gap of at most %s",
			length(r.MaxGap), length(r.NudgeBefore), length(r.dayGap()), length(min(longest, longestNight+r.NudgeBefore)))
	case r.MaxGap < shortest || r.MaxGap > longest:
		c.problem("routine.max_gap", "%s is out of range; with min_gap %s and nudge_before %s write %s to 12h, such as %s",
			length(r.MaxGap), length(r.MinGap), length(r.NudgeBefore), length(shortest), length(max(4*time.Hour, shortest)))
	}
}

func (c *check) number(key string, n, from, to, example int) {
	if n < from || n > to {
		c.problem(key, "%d is out of range; write %d to %d, such as %d", n, from, to, example)
	}
}

func (c *check) length(key string, d, from, to, example time.Duration) {
	if d < from || d > to {
		c.problem(key, "%s is out of range; write %s to %s, such as %s", length(d), length(from), length(to), length(example))
	}
}

// ranges holds the ranges and the edge of the day against their legal values.
func (c *check) ranges() {
	const longestSleep, shortestWindow, longestWindow = 12 * time.Hour, 30 * time.Minute, 8 * time.Hour
	if s := c.r.Sleep; s != nil && c.ends("routine.sleep", *s, "23:00-07:00") && s.Length() > longestSleep {
		c.problem("routine.sleep", "%s lasts %s; write a range of at most 12h, such as 23:00-07:00, or off", s, length(s.Length()))
	}
	if w := c.r.Overnight.Window; w != nil && c.ends("routine.overnight.window", *w, "01:00-05:00") {
		if l := w.Length(); l < shortestWindow || l > longestWindow {
			c.problem("routine.overnight.window", "%s lasts %s; write a range of 30m to 8h, such as 01:00-05:00, or off", w, length(l))
		}
	}
	if !c.r.DayStart.valid() {
		c.problem("routine.day_start", "is not a time of day; write 00:00 to 23:59, such as 06:00")
	}
}

// ends reports whether both ends of a range are times of day, and differ.
func (c *check) ends(key string, r Range, example string) bool {
	switch {
	case !r.From.valid() || !r.To.valid():
		c.problem(key, "has an end that is not a time of day; write 00:00 to 23:59, such as %s", example)
	case r.From == r.To:
		c.problem(key, "%s begins and ends at the same time; write a range such as %s", r, example)
	default:
		return true
	}
	return false
}

func (t TimeOfDay) valid() bool { return 0 <= t && t < minutesOfDay }

// power holds the power session's own values against their rules.
func (c *check) power() {
	p := c.r.Power
	if p == nil {
		return
	}
	if p.Line == nil && !p.At.valid() {
		c.problem("routine.power_pump.at", "is not a time of day; write 00:00 to 23:59, such as 20:00")
	}
	c.length("routine.power_pump.flex", p.Flex, 0, 3*time.Hour, 90*time.Minute)
	const key, example = "routine.power_pump.pattern", "such as [20, 10, 10, 10, 10]"
	shortest := time.Duration(1)
	for _, part := range p.Pattern {
		shortest = min(shortest, part)
	}
	sum := c.r.PowerLength()
	switch {
	case len(p.Pattern) < 3 || len(p.Pattern) > 9:
		c.problem(key, "has %d numbers; write 3 to 9, pump, rest, pump and so on, %s", len(p.Pattern), example)
	case shortest <= 0:
		c.problem(key, "has a number that is not above 0; write minutes, %s", example)
	case sum < 30*time.Minute || sum > 90*time.Minute:
		c.problem(key, "adds up to %s; write minutes that add up to 30 to 90, %s", length(sum), example)
	case sum < c.r.Session:
		c.problem(key, "adds up to %s, less than a session of %s; write a longer pattern or a shorter session", length(sum), length(c.r.Session))
	}
}

// busy holds each stretch of busy time against its rules.
func (c *check) busy() {
	for i, b := range c.r.Busy {
		key := "routine.busy[" + strconv.Itoa(i) + "]"
		c.ends(key+".to", b.Range, "09:00-12:00")
		if b.Days > 1<<7-1 {
			c.problem(key+".days", "names a day that no week has; write days such as mon-fri")
		}
	}
}

// length writes a length as the configuration does: 1h30m, 4h, 45m, 0m.
func length(d time.Duration) string {
	s := d.String()
	s = strings.TrimSuffix(s, "0s")
	switch {
	case s == "":
		return "0m"
	case strings.HasSuffix(s, "h0m"):
		return strings.TrimSuffix(s, "0m")
	case strings.HasSuffix(s, "h") || strings.HasSuffix(s, "m"):
		return s
	}
	return d.String() // it has seconds
}
