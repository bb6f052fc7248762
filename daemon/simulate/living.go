package simulate

import (
	"math/rand/v2"
	"strconv"
	"time"

	"nightbell/notify"
	"nightbell/planner"
)

// Figures of how people live. They are chosen to be ordinary, not measured.
const (
	rested     = time.Hour        // nobody sits down again this soon after a session began
	twiceWithn = 50 * time.Second // a second tap comes within this
	tapAfter   = 2 * time.Minute  // how soon somebody skips or snoozes
	toBed      = 30 * time.Minute // what comes this soon after the start of sleep is still heard: the session before bed
)

// Living is a person living: what they have heard, what they mean to do.
type Living struct {
	Person
	routine planner.Routine
	chance  chance
	apart   time.Duration   // visits keep this far apart
	heard   map[string]bool // by tag
	visits  int
	means   time.Time // when the next visit is meant to begin; in the past: none is
	last    time.Time // when the last visit began
	before  time.Time // ... and the one before it
}

// Begin lets a person live with a routine.
func Begin(p Person, r planner.Routine, seed uint64) *Living {
	return &Living{
		Person: p, routine: r, chance: chance(seed), heard: map[string]bool{},
		apart: apart(r),
	}
}

// Hears is what the person will do about a card that comes at now. A card
// that was heard before changes nothing: they have decided.
func (l *Living) Hears(c Card, now time.Time) []Act {
	if !c.Asks || l.heard[c.Tag] {
		return nil
	}
	if c.Nudge && len(l.routine.Times) > 0 {
		return nil // whoever follows a printed schedule sits down at its times
	}
	l.heard[c.Tag] = true
	r := l.chance.of("card", c.Tag)
	heard, woken := l.hearing(c, now, r)
	answer := Act{At: heard.Add(between(r, 0, tapAfter)), Key: l.names(r, c.Key)}
	roll := r.Float64()
	if roll -= l.Ignore; roll < 0 && !woken {
		return nil
	}
	if roll -= l.Skip; roll < 0 {
		answer.What = Skip
		return l.twice(r, []Act{answer})
	}
	if roll -= l.Snooze; roll < 0 {
		answer.What, answer.For = Snooze, between(r, 1*time.Minute, 12*time.Minute)*5
		return []Act{answer}
	}
	if roll -= l.Hush; roll < 0 && woken {
		answer.What, answer.Key = Hush, c.Key
		return l.twice(r, []Act{answer})
	}
	begin := heard.Add(l.Late.draw(r))
	if !woken && l.means.After(now) || begin.Sub(l.last) < l.apart {
		return nil // they are about to, or just did
	}
	l.means = begin
	return l.visit(begin, answer.Key, woken, r)
}

// names is how the person means a reminder: the very one, or whichever is open.
func (l *Living) names(r *rand.Rand, key string) string {
	if r.IntN(2) == 0 {
		return ""
	}
	return key
}

// hearing is when a card is heard, and whether it woke the person.
func (l *Living) hearing(c Card, now time.Time, r *rand.Rand) (at time.Time, woken bool) {
	alarm := c.Level == notify.Alarm
	if from, to, asleep := l.routine.Asleep(now); asleep && now.Sub(from) >= toBed {
		if alarm && r.Float64() >= l.SleepThrough {
			return now, true
		}
		return to, false
	}
	if from, to := l.nap(now); !now.Before(from) && now.Before(to) {
		return to, false
	}
	return now, alarm
}

// nap is the nap of the day on which now lies; empty when there is none.
func (l *Living) nap(now time.Time) (from, to time.Time) {
	if l.Nap == 0 {
		return now, now
	}
	date := planner.DateOf(now.In(l.routine.Location))
	noon := planner.TimeOfDay(12*60).On(date, l.routine.Location)
	r := l.chance.of("nap", noon.UTC().Format(time.DateOnly))
	if r.Float64() >= l.Nap {
		return now, now
	}
	from = noon.Add(between(r, 0, 3*time.Hour))
	return from, from.Add(between(r, time.Hour, 2*time.Hour))
}

// visit is everything the person does about one session that begins then.
func (l *Living) visit(begin time.Time, key string, woken bool, r *rand.Rand) []Act {
	l.visits++
	a := Act{At: begin, What: Start, Key: key, Begun: begin, Visit: l.visits}
	done := a
	done.What, done.At = Done, begin.Add(l.routine.Session).Add(between(r, 0, 3*time.Minute))
	late := a
	late.At, late.Again = begin.Add(between(l.chance.of("late", key), 31*time.Minute, 55*time.Minute)), true
	completes := r.Float64() < l.Completes
	style := r.Float64()
	switch {
	case woken:
		a.What = Acknowledge
	case style < l.Afterwards:
		a.What, a.At = Log, begin.Add(between(r, time.Hour, 5*time.Hour))
		return []Act{a}
	case style < l.Afterwards+l.OnlyDone:
		return l.twice(r, []Act{done})
	}
	acts := l.twice(r, []Act{a})
	if l.TwiceLate > 0 && key != "" && r.Float64() < l.TwiceLate {
		acts = append(acts, late)
	}
	if completes {
		acts = append(acts, l.twice(r, []Act{done})...)
	}
	return acts
}

// twice adds a second tap, if the person makes one.
func (l *Living) twice(r *rand.Rand, acts []Act) []Act {
	if r.Float64() >= l.Twice {
		return acts
	}
	again := acts[len(acts)-1]
	again.At, again.Again = again.At.Add(time.Duration(1+r.Int64N(int64(twiceWithn/time.Second)))*time.Second), true
	return append(acts, again)
}

// Still reports whether an act that was meant still makes sense: a visit
// that has begun goes on; another one right after it does not begin.
func (l *Living) Still(a Act) bool {
	return !a.Tells() || a.Begun.Equal(l.last) || a.Begun.Sub(l.last) >= l.apart
}

// Had notes that a visit began then.
func (l *Living) Had(begun time.Time) {
	if begun.After(l.last) {
		l.before, l.last = l.last, begun
	}
}

// Day is what the person does of their own accord between from and to, about
// a day: sessions nobody asked for, pauses, a night off, rest.
func (l *Living) Day(from, to time.Time) []Act {
	r := l.chance.of("day", strconv.FormatInt(from.Unix()/86400, 10))
	var acts []Act
	for range times(r, l.Unasked) {
		if begin, ok := l.moment(r, from, to); ok {
			acts = append(acts, l.visit(begin, "", false, r)...)
		}
	}
	if at, ok := l.moment(r, from, to); r.Float64() < l.Pause && ok {
		length := between(r, 30*time.Minute, 5*time.Hour)
		acts = append(acts, Act{At: at, What: Pause, For: length})
		if r.IntN(4) == 0 {
			acts = append(acts, Act{At: at.Add(length / 2), What: Resume})
		}
	}
	if at, ok := l.moment(r, from, to); r.Float64() < l.Tonight && ok {
		acts = append(acts, Act{At: at, What: Tonight})
	}
	if at, ok := l.moment(r, from, to); r.Float64() < l.Rest && ok {
		acts = append(acts, Act{At: at, What: Rest}, Act{At: at.Add(between(r, 5*time.Hour, 40*time.Hour)), What: Resume})
	}
	return append(append(acts, l.hurting(from, to)...), l.travelling(from, to)...)
}

// Follows lets the person live by another routine from now on, or by the same
// one in another zone.
func (l *Living) Follows(r planner.Routine) {
	l.routine, l.apart = r, apart(r)
}

// apart is how far apart visits are kept.
func apart(r planner.Routine) time.Duration {
	return max(rested, r.Merge, r.PowerLength()) + 5*time.Minute
}

// travelling is the journey of a day.
func (l *Living) travelling(from, to time.Time) []Act {
	r := l.chance.of("journey", strconv.FormatInt(from.Unix()/86400, 10))
	if r.Float64() >= l.Travel {
		return nil
	}
	// Near and far, to the east and to the west, across the date line, and with half an hour.
	zones := []string{"America/Chicago", "Europe/Lisbon", "Asia/Tokyo", "Pacific/Apia", "America/St_Johns"}
	there := Act{At: from.Add(between(r, 0, to.Sub(from))), What: Travels, Zone: zones[r.IntN(len(zones))]}
	if r.IntN(3) == 0 {
		return []Act{there}
	}
	return []Act{there, {At: there.At.Add(between(r, 10*time.Minute, 40*time.Hour)), What: Travels}}
}

// hurting is the pain of a day: noted, and cleared later.
func (l *Living) hurting(from, to time.Time) []Act {
	r := l.chance.of("pain", strconv.FormatInt(from.Unix()/86400, 10))
	at, ok := l.moment(r, from, to)
	if r.Float64() >= l.Pain || !ok {
		return nil
	}
	return []Act{{At: at, What: Hurts}, {At: at.Add(between(r, time.Hour, 30*time.Hour)), What: Clears}}
}

// Helps is how somebody who is told of an alarm with this tag stops its
// ringing: on the phone, where it rings there, or by the button; ok is false
// when they sleep as well.
func (l *Living) Helps(c Card, rings bool, now time.Time) (a Act, ok bool) {
	r := l.chance.of("partner", c.Tag)
	a = Act{At: now.Add(between(r, 0, 5*time.Minute)), What: Hush, Key: c.Key}
	ok = r.Float64() < l.Helped
	if rings && r.IntN(2) == 0 {
		a.What = Help
	}
	return a, ok
}

// Regrets is whether and when they take back what they said at now: within
// minutes, most of the time, and by its name half of the time.
func (l *Living) Regrets(now time.Time) []Act {
	r := l.chance.of("regret", strconv.FormatInt(now.UnixMilli(), 10))
	if r.Float64() >= l.Regret {
		return nil
	}
	a := Act{At: now.Add(between(r, time.Second, 12*time.Minute)), What: Undo, Named: r.IntN(2) == 0}
	if r.IntN(4) == 0 {
		a.At, a.Named = now.Add(between(r, 12*time.Minute, 9*time.Hour)), false
	}
	return []Act{a}
}

// Unsays forgets the last visit, which was taken back: it was none, or not yet.
func (l *Living) Unsays() { l.last, l.means = l.before, time.Time{} }

// moment is a random instant of a day; ok is false when it falls asleep.
func (l *Living) moment(r *rand.Rand, from, to time.Time) (time.Time, bool) {
	at := from.Add(time.Duration(r.Int64N(max(int64(to.Sub(from)/time.Second), 1))) * time.Second)
	_, _, asleep := l.routine.Asleep(at)
	return at, !asleep
}
