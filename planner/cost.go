package planner

import (
	"strconv"
	"time"
)

// Cost is what a plan costs, in the order in which plans are compared.
type Cost struct {
	Excess       int // minutes past the gap limit
	Overnight    int // starts missing from overnight windows
	Sleep        int // minutes of sleep taken
	Count        int // sessions away from the targets
	PowerMissing int // pumping days without their power session
	PowerOff     int // minutes between power sessions and their times
	Uneven       int // sum of squared gaps, minutes
}

// Explain says what a plan costs in plain sentences, one for each of the seven,
// in the order in which plans are compared.
func (c Cost) Explain() []string {
	span := func(minutes int) string { return string(appendGap(nil, time.Duration(minutes)*time.Minute)) }
	sentence := func(n int, none, one, more string) string {
		switch n {
		case 0:
			return none
		case 1:
			return one
		}
		return strconv.Itoa(n) + more
	}
	said := []string{
		"No gap goes past its limit.",
		sentence(c.Overnight, "Every overnight window has its starts.", "One start finds no place in its overnight window.", " starts find no place in their overnight windows."),
		"No start takes any sleep.",
		sentence(c.Count, "Every day comes to its number.", "The days are one session away from their numbers.", " sessions lie between the days and their numbers."),
		sentence(c.PowerMissing, "Every power session has its place.", "One power session finds no place.", " power sessions find no place."),
		"Power sessions lie at their time.",
		"The gaps are as even as all this allows: their squares add up to " + strconv.Itoa(c.Uneven) + " square minutes.",
	}
	if c.Excess > 0 {
		said[0] = "Gaps go " + span(c.Excess) + " past their limits, all together."
	}
	if c.Sleep > 0 {
		said[2] = "Starts take " + span(c.Sleep) + " of sleep, all together."
	}
	if c.PowerOff > 0 {
		said[5] = "Power sessions lie " + span(c.PowerOff) + " from their time, all together."
	}
	return said
}

// cost adds up what a plan costs, from the anchor to the horizon.
func (g *ground) cost(plan []planned) Cost {
	c := Cost{PowerMissing: g.powerLost}
	if g.r.timed() {
		c.Count = g.leftOut(plan)
	}
	before := g.anchor.at
	for _, p := range plan {
		g.addGap(&c, before, p.at)
		before = p.at
		for _, s := range g.sleeps {
			if s.from < p.at && p.at < s.to {
				c.Sleep += min(deepSleep, floorMinutes(s.to-p.at))
			}
		}
	}
	g.addGap(&c, before, g.horizon)
	for _, n := range g.nights {
		if n.counted {
			c.Overnight += max(0, g.r.Overnight.Sessions-n.have-starts(plan, n.span))
		}
	}
	for i := range g.days {
		g.addDay(&c, &g.days[i], plan)
	}
	return c
}

func (g *ground) addGap(c *Cost, from, to instant) {
	limit, _ := g.limitAfter(from, 0)
	c.Excess += max(0, ceilMinutes(to-limit))
	gap := floorMinutes(to - from)
	c.Uneven += gap * gap
}

func (g *ground) addDay(c *Cost, d *pumpingDay, plan []planned) {
	if d.counted {
		away := d.target - d.done - starts(plan, d.span)
		c.Count += max(away, -away)
	}
	if !d.power {
		return
	}
	for _, p := range plan {
		if p.power && d.holds(p.at) {
			c.PowerOff += floorMinutes(max(p.at-d.at, d.at-p.at))
			return
		}
	}
	c.PowerMissing++
}

// starts counts the planned starts in s.
func starts(plan []planned, s span) int {
	n := 0
	for _, p := range plan {
		if s.holds(p.at) {
			n++
		}
	}
	return n
}
