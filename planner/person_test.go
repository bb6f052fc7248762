package planner

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// person answers reminders, or does not.
type person struct {
	answers func(s Start) bool           // takes the start, else it lapses
	delay   func() time.Duration         // from the reminder to the session
	extra   func() (at float64, ok bool) // a session of one's own, as a share of the way to the next start
}

// offer is a start that was offered to a person, or a session logged without one.
type offer struct {
	at    time.Time
	last  time.Time // what the next start keeps its distance from: at, or when the session began
	wakes bool
}

// live lets a person live by a routine for some days.
func live(r Routine, from time.Time, days int, p person) []offer {
	h := History{Since: from}
	var offers []offer
	for now, end := from, from.AddDate(0, 0, days); now.Before(end); {
		plan := Make(r, h, now)
		if len(plan.Starts) == 0 {
			return offers
		}
		s := plan.Starts[0]
		due := s.At
		if due.Before(now) {
			due = now
		}
		if share, ok := p.extra(); ok {
			if at := now.Add(time.Duration(share * float64(due.Sub(now)))).Truncate(time.Second); at.Sub(now) > 30*time.Minute {
				h.Sessions = append(h.Sessions, Session{Start: at, Kind: Pump})
				offers = append(offers, offer{at: at, last: at})
				now = at
				continue
			}
		}
		offers = append(offers, offer{at: s.At, last: s.At, wakes: s.Wakes})
		if p.answers(s) {
			now = due.Add(p.delay())
			offers[len(offers)-1].last = now
			kind := Pump
			if s.Kind == StartPower {
				kind = PowerSession
			}
			h.Sessions = append(h.Sessions, Session{Start: now, Kind: kind})
			continue
		}
		h.Passed = append(h.Passed, Passed{At: s.At, Power: s.Kind == StartPower})
		now = due.Add(45 * time.Minute) // give_up of an ordinary start
		if s.Wakes || s.Kind == StartOvernight {
			now = due.Add(30 * time.Minute)
		}
		h = recent(h, now)
	}
	return offers
}

// recent leaves out of a history what a plan does not need.
func recent(h History, now time.Time) History {
	kept := History{Since: h.Since, Pauses: h.Pauses}
	for _, s := range h.Sessions {
		if now.Sub(s.Start) < 80*time.Hour {
			kept.Sessions = append(kept.Sessions, s)
		}
	}
	for _, p := range h.Passed {
		if now.Sub(p.At) < 80*time.Hour {
			kept.Passed = append(kept.Passed, p)
		}
	}
	return kept
}

// noExtra is a person who waits for the reminder.
func noExtra() (float64, bool) { return 0, false }

// TestWokenOnceANight: with the default routine, a person who answers within
// 25 minutes, and not always, is woken once a night, and at most one night in
// 100 twice.
func TestWokenOnceANight(t *testing.T) {
	const nights = 200
	for _, c := range []struct {
		name    string
		zone    string
		answers float64
	}{
		{"who nearly always answers", "America/New_York", 0.95},
		{"who often answers", "Europe/Berlin", 0.8},
		{"who answers half of them", "Australia/Lord_Howe", 0.5},
		{"who always answers", "America/New_York", 1},
		{"who never answers", "America/New_York", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(c.answers*100)))
			p := person{
				answers: func(Start) bool { return random.Float64() < c.answers },
				delay:   func() time.Duration { return time.Duration(random.IntN(25*60)) * time.Second },
				extra:   noExtra,
			}
			r := Default(zone(t, c.zone))
			woken := map[Date]int{}
			from := time.Date(2026, 2, 1, 12, 0, 0, 0, r.Location)
			for _, o := range live(r, from, nights, p) {
				if o.wakes {
					woken[DateOf(o.at.Add(12*time.Hour))]++
				}
			}
			more, none := 0, nights-len(woken)
			for _, n := range woken {
				if n > 1 {
					more++
				}
			}
			if more > nights/100 || none > nights/100 {
				t.Errorf("of %d nights %d had more than one waking and %d none", nights, more, none)
			}
		})
	}
}

// TestEveryNightIsOffered: however the days go, every night has its starts in
// the window, as far as the window has room for them after the last start
// before it.
func TestEveryNightIsOffered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Default(drawZone(t))
		r.Target = rapid.IntRange(5, 12).Draw(t, "target")
		r.MaxGap = drawMinutes(t, "max_gap", 210, 330, 15)
		r.NightGap = DefaultNightGap(r.MaxGap, r.NudgeBefore)
		r.Overnight.Sessions = rapid.IntRange(1, 2).Draw(t, "overnight")
		if rapid.Bool().Draw(t, "other sleep") {
			s := drawRange(t, "sleep", 5*60, 10*60)
			r.Sleep, r.DayStart = &s, DefaultDayStart(&s)
			r.Overnight.Window = &Range{(s.From + 120) % minutesOfDay, (s.From + 360) % minutesOfDay}
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		share, extra := random.Float64(), random.Float64()/4
		p := person{
			answers: func(Start) bool { return random.Float64() < share },
			delay:   func() time.Duration { return time.Duration(random.IntN(40*60)) * time.Second },
			extra:   func() (float64, bool) { return random.Float64(), random.Float64() < extra },
		}
		from := drawNow(t, r.Location)
		const days = 6
		offers := live(r, from, days, p)
		for n := 1; n < days-1; n++ {
			checkNight(t, &r, offers, DateOf(from.AddDate(0, 0, n)))
		}
	})
}

func checkNight(t *rapid.T, r *Routine, offers []offer, d Date) {
	from, to := r.Overnight.Window.On(d, r.Location)
	last, inside := time.Time{}, 0
	for _, o := range offers {
		if o.at.Before(to) {
			last = o.last
		}
		offered := o.at.Before(to) && !o.at.Before(from)
		if offered || o.last.Before(to) && !o.last.Before(from) {
			inside++
		}
	}
	if last.IsZero() || offers[len(offers)-1].at.Before(to) || inside >= r.Overnight.Sessions {
		return // the night is not whole, or it is served
	}
	next := last.Add(r.MinGap)
	if next.Before(from) {
		next = from
	}
	if next = nextGrid(next); next.Before(to) {
		t.Fatalf("the night of %s has %d starts in its window, %v to %v, and room for one at %v", d, inside, from, to, next)
	}
}

func nextGrid(t time.Time) time.Time {
	if over := t.Unix() % 300; over != 0 || t.Nanosecond() != 0 {
		return t.Truncate(time.Second).Add(time.Duration(300-over) * time.Second)
	}
	return t
}
