package planner

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// plannedOf turns a plan's starts into the oracle's form.
func plannedOf(starts []Start) []oracleStart {
	var plan []oracleStart
	for _, s := range starts {
		plan = append(plan, oracleStart{s.At, s.Kind == StartPower})
	}
	return plan
}

// drawSmall draws a routine whose busy time leaves a handful of instants a day.
func drawSmall(t *rapid.T, loc *time.Location) Routine {
	r := drawRoutine(t, loc)
	r.MinGap = max(r.MinGap, drawMinutes(t, "wider min_gap", 60, 180, 30))
	r.MaxGap = max(r.MaxGap, r.MinGap+r.NudgeBefore+5*time.Minute)
	r.NightGap = max(r.NightGap, r.MaxGap-r.NudgeBefore)
	session := TimeOfDay(r.Session / time.Minute)
	at := drawTime(t, "free from")
	begun, left := at, TimeOfDay(minutesOfDay)
	for range rapid.IntRange(4, 11).Draw(t, "free instants") {
		busy := TimeOfDay(rapid.IntRange(1, 40).Draw(t, "busy for") * 5)
		free := session + TimeOfDay(rapid.SampledFrom([]int{0, 0, 5, 60}).Draw(t, "free for longer"))
		if left < busy+free+5 {
			break
		}
		left -= busy + free
		r.Busy = append(r.Busy, Busy{Range: Range{(at + free) % minutesOfDay, (at + free + busy) % minutesOfDay}})
		at = (at + free + busy) % minutesOfDay
	}
	if tail := (begun - at + minutesOfDay) % minutesOfDay; tail > session+10 {
		r.Busy = append(r.Busy, Busy{Range: Range{(at + session) % minutesOfDay, begun}})
	}
	return r
}

func TestOptimalAmongAllPlans(t *testing.T) {
	cache := wallCache{}
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		r := drawSmall(t, loc)
		now := drawNow(t, loc)
		if rapid.Bool().Draw(t, "timetable") {
			r = drawRoutine(t, loc)
			drawTimes(t, &r, 9)
		}
		drawRamp(t, &r, now)
		drawPowerLine(t, &r)
		h := drawHistory(t, now)
		drawPauses(t, &h, now)
		p := Make(r, h, now)
		starts := p.Starts
		var asIf *oracleStart
		o := (*oracle)(nil)
		if p.Anchor.IsZero() {
			t.Skip("no anchor")
		}
		if len(starts) > 0 && !starts[0].At.After(now) { // due: the rest follows a session as soon as it can be
			o = oracleFor(cache, r, h, now, nil)
			length := r.Session
			if starts[0].Kind == StartPower {
				length = r.PowerLength()
			}
			at := now.Truncate(time.Second).Add(-time.Duration(now.Unix()%300) * time.Second)
			if at.Before(now) {
				at = at.Add(5 * time.Minute)
			}
			for !o.clear(at, length) {
				at = at.Add(5 * time.Minute)
			}
			asIf = &oracleStart{at, starts[0].Kind == StartPower}
			starts = starts[1:]
		}
		o = oracleFor(cache, r, h, now, asIf)
		if o.plans() > 3000 {
			t.Skip("too many plans")
		}
		plan, cost := o.best()
		if !p.Horizon.Equal(o.horizon) {
			t.Fatalf("horizon %v, want %v", p.Horizon, o.horizon)
		}
		got := plannedOf(starts)
		if !o.keeps(got) {
			t.Fatalf("plan %v breaks a principle that is never broken", got)
		}
		if own := o.cost(got); own != p.Cost {
			t.Fatalf("the plan says it costs %+v, it costs %+v: %v", p.Cost, own, got)
		}
		if p.Cost != cost {
			t.Fatalf("cost %+v of\n%v\nbest is %+v of\n%v", p.Cost, got, cost, plan)
		}
		if earlier(plan, got) || earlier(got, plan) || len(plan) != len(got) {
			t.Fatalf("tie broken wrongly:\n%v\n%v", got, plan)
		}
	})
}
