package daemon

import (
	"fmt"
	"math"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// What is to be done so that a log here and one in Baby Buddy say the same.
// The rules:
//
//   - a session logged on one side is copied to the other, once it is over
//     (Baby Buddy refuses what ends in the future), and as far as each way is
//     switched on; nursing is no entry of its pumping log
//   - one that stands on both sides, by its start to the second, is one that
//     nobody has to copy: an echo
//   - a copy is noted before it is asked for; one whose answer nobody heard is
//     found by the start that it was given, wherever the session is by then
//   - a change on one side is made on the other; where both changed, the side
//     on which the session was logged counts
//   - an original that is taken out takes its copy with it; a copy that is
//     taken out is only that, and is not copied again
//   - what Baby Buddy refuses is not tried again until it changes

// buddyStep is one thing to do. Exactly one of its kinds is set.
type buddyStep struct {
	what    buddyWhat
	session web.SessionDoc    // the one here; zero: none yet
	entry   notify.BuddyEntry // the one there, or as it is to be there
	link    journal.BuddyLink // as it is once the step is done; its Session or Entry may still be missing
}

type buddyWhat string

const (
	buddyTake       buddyWhat = "take"       // log the entry here
	buddyGive       buddyWhat = "give"       // add the session there
	buddyEditHere   buddyWhat = "edit here"  // the entry changed
	buddyEditThere  buddyWhat = "edit there" // the session changed
	buddyDropHere   buddyWhat = "drop here"  // the original there is gone
	buddyDropThere  buddyWhat = "drop there" // the original here is gone
	buddyNote       buddyWhat = "note"       // nothing but the link
	buddyLookAgain  buddyWhat = "look again" // it is not in the listing: gone, or moved out of it
	buddyUnmeasured           = 0.0          // the amount of a session of which none was measured
	buddyEcho                 = time.Second  // starts that are nearer than this are one
)

// buddyPrint is what is compared: everything that both sides know.
func buddyPrint(e notify.BuddyEntry) string {
	return fmt.Sprintf("%d %d %.2f %s", e.Start.Unix(), e.End.Unix(), e.Amount, e.Notes)
}

// buddyEntryOf is a session as Baby Buddy has it.
func buddyEntryOf(s web.SessionDoc, r *planner.Routine) notify.BuddyEntry {
	length := r.Session
	switch {
	case s.Minutes != nil:
		length = time.Duration(*s.Minutes) * time.Minute
	case s.Kind == string(planner.PowerSession):
		length = r.PowerLength()
	}
	e := notify.BuddyEntry{Start: s.Start.Truncate(time.Second), Amount: buddyUnmeasured, Notes: s.Note}
	e.End = e.Start.Add(max(length, time.Minute)) // one without a length would be refused
	switch {
	case s.ML != nil:
		e.Amount = *s.ML
	case s.LeftML != nil || s.RightML != nil:
		for _, side := range []*float64{s.LeftML, s.RightML} {
			if side != nil {
				e.Amount += *side
			}
		}
	}
	e.Amount = math.Round(e.Amount*100) / 100
	return e
}

// buddyView is both sides as they are now.
type buddyView struct {
	now        time.Time
	since      time.Time // entries and links from here on are known
	routine    *planner.Routine
	here       []web.SessionDoc    // those that stand
	there      []notify.BuddyEntry // those that start at since or later
	links      []journal.BuddyLink
	give, take bool
}

// steps are what is to be done, in no order that matters.
func (v *buddyView) steps() []buddyStep {
	var list []buddyStep
	linkedHere, linkedThere := map[int64]bool{}, map[int64]bool{}
	for _, l := range v.links {
		linkedThere[l.Entry] = l.Entry != 0
	}
	for _, l := range v.links {
		linkedHere[l.Session] = true
		if l.Entry == 0 && l.There != "" && !l.Over {
			list = append(list, v.unheard(l, linkedThere)...)
			continue
		}
		if step := v.compare(l); step.what != "" {
			list = append(list, step)
		}
	}
	for _, e := range v.there {
		if linkedThere[e.ID] {
			continue
		}
		if s := v.echo(e, linkedHere); s != nil {
			linkedHere[s.ID] = true
			list = append(list, buddyStep{what: buddyNote, session: *s, entry: e,
				link: journal.BuddyLink{Session: s.ID, Entry: e.ID, Start: s.Start.Time, Here: buddyPrint(buddyEntryOf(*s, v.routine)), There: buddyPrint(e), Theirs: s.Source == buddySource}})
			continue
		}
		if v.take && !e.Start.After(v.now) {
			list = append(list, buddyStep{what: buddyTake, entry: e, link: journal.BuddyLink{Entry: e.ID, Start: e.Start, There: buddyPrint(e), Theirs: true}})
		}
	}
	for _, s := range v.here {
		e := buddyEntryOf(s, v.routine)
		if linkedHere[s.ID] || !v.give || s.Kind == string(planner.Nurse) || s.Source == buddySource || s.Start.Before(v.since) || e.End.After(v.now) {
			continue
		}
		list = append(list, buddyStep{what: buddyGive, session: s, entry: e, link: journal.BuddyLink{Session: s.ID, Start: s.Start.Time, Here: buddyPrint(e)}})
	}
	return list
}

// echo is the session here that an entry is a copy of, or the other way round.
func (v *buddyView) echo(e notify.BuddyEntry, linked map[int64]bool) *web.SessionDoc {
	for i, s := range v.here {
		if !linked[s.ID] && s.Start.Sub(e.Start).Abs() < buddyEcho {
			return &v.here[i]
		}
	}
	return nil
}

// unheard looks at a session that Baby Buddy was asked to take, and nobody
// heard whether it did.
func (v *buddyView) unheard(l journal.BuddyLink, linkedThere map[int64]bool) []buddyStep {
	for _, e := range v.there {
		if linkedThere[e.ID] || l.Start.Sub(e.Start).Abs() >= buddyEcho {
			continue
		}
		linkedThere[e.ID], l.Entry = true, e.ID
		if step := v.compare(l); step.what != "" {
			return []buddyStep{step}
		}
		return []buddyStep{{what: buddyNote, link: l}}
	}
	h := slices.IndexFunc(v.here, func(s web.SessionDoc) bool { return s.ID == l.Session })
	if h < 0 || !v.give {
		return nil // should it turn up after all, it is seen to then
	}
	e := buddyEntryOf(v.here[h], v.routine)
	if e.End.After(v.now) {
		return nil
	}
	l.Here = buddyPrint(e)
	return []buddyStep{{what: buddyGive, session: v.here[h], entry: e, link: l}}
}

// compare looks at a session that stood on both sides, or was refused.
func (v *buddyView) compare(l journal.BuddyLink) (step buddyStep) {
	if l.Over {
		return step
	}
	step.link = l
	h := slices.IndexFunc(v.here, func(s web.SessionDoc) bool { return s.ID == l.Session })
	t := slices.IndexFunc(v.there, func(e notify.BuddyEntry) bool { return e.ID == l.Entry })
	if h >= 0 {
		step.session = v.here[h]
	}
	mine := notify.BuddyEntry{}
	if h >= 0 {
		mine = buddyEntryOf(step.session, v.routine)
	}
	switch {
	case l.Entry == 0: // refused as it was
		if h >= 0 && buddyPrint(mine) != l.Here && v.give && !mine.End.After(v.now) {
			step.what, step.entry, step.link.Here = buddyGive, mine, buddyPrint(mine)
		}
		return step
	case h < 0 && l.Theirs, h < 0 && !v.give: // a copy was taken out, or nothing is told to the other side
		step.what, step.link.Over = buddyNote, true
		return step
	case h < 0:
		step.what, step.entry.ID, step.link.Over = buddyDropThere, l.Entry, true
		return step
	case t < 0:
		step.what = buddyLookAgain
		return step
	}
	return v.follow(step, mine, v.there[t])
}

// follow makes one side say what the other says since both were compared.
func (v *buddyView) follow(step buddyStep, mine, other notify.BuddyEntry) buddyStep {
	step.entry = other
	here, there := buddyPrint(mine) != step.link.Here, buddyPrint(other) != step.link.There
	step.link.Here, step.link.There = buddyPrint(mine), buddyPrint(other)
	switch {
	case !here && !there:
	case step.link.Here == step.link.There: // both say the same by now
		step.what, step.link.Start = buddyNote, mine.Start
	case there && v.take && (!here || step.link.Theirs):
		step.what, step.link.Start = buddyEditHere, other.Start
	case here && v.give && !mine.End.After(v.now):
		step.what, step.link.Start = buddyEditThere, mine.Start
		step.entry = mine
		step.entry.ID, step.link.There = other.ID, step.link.Here
	}
	return step
}

// missing is the step once it is known whether an entry that is not in the
// listing is still there.
func (v *buddyView) missing(step buddyStep, e notify.BuddyEntry, found bool) buddyStep {
	switch {
	case found:
		return v.follow(step, buddyEntryOf(step.session, v.routine), e)
	case step.link.Theirs && v.take:
		step.what, step.link.Over = buddyDropHere, true
	default: // a copy was taken out
		step.what, step.link.Over = buddyNote, true
	}
	return step
}

// buddyEdit is what changes here when an entry changed there.
func buddyEdit(s web.SessionDoc, mine, other notify.BuddyEntry) web.SessionEdit {
	var edit web.SessionEdit
	if !mine.Start.Equal(other.Start) {
		edit.Start = web.To(other.Start)
	}
	if was, is := mine.End.Sub(mine.Start), other.End.Sub(other.Start); was != is {
		edit.Minutes = web.To(buddyMinutes(other))
	}
	if mine.Amount != other.Amount {
		edit.ML = web.To(other.Amount)
		if s.LeftML != nil {
			edit.LeftML = web.Without[float64]()
		}
		if s.RightML != nil {
			edit.RightML = web.Without[float64]()
		}
	}
	if mine.Notes != other.Notes {
		edit.Note = web.To(other.Notes)
	}
	return edit
}

// buddyMinutes is an entry's length in whole minutes, rounded, at least one
// and at most what a session can have.
func buddyMinutes(e notify.BuddyEntry) int {
	return min(max(int(math.Round(e.End.Sub(e.Start).Minutes())), 1), 180)
}
