package planner

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
