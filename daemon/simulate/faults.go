package simulate

import (
	"slices"
	"strconv"
	"time"
)

// FaultKind says what does not work.
type FaultKind string

// What can go wrong. The first five are of a channel, the rest of the machine.
const (
	Unreachable FaultKind = "unreachable"  // no route: every request ends at once
	Hanging     FaultKind = "hanging"      // requests get no answer and end after RequestTime
	Losing      FaultKind = "losing"       // requests are carried out, and their answers lost
	Limiting    FaultKind = "limiting"     // 429, with By as Retry-After
	Refusing    FaultKind = "refusing"     // 4xx
	Off         FaultKind = "off"          // no power: a boot at its end
	Suspended   FaultKind = "suspended"    // asleep, with its memory kept
	Killed      FaultKind = "killed"       // the process alone: it is started again at the end
	KilledAfter FaultKind = "killed after" // the process, between the first request a service takes from then on and writing that down
	ClockSet    FaultKind = "clock set"    // at From the clock is set by By, at To (if later) set right again
	Full        FaultKind = "full"         // the disk, and what the journal kept in reserve is used up: nothing can be written
)

// RequestTime is how long a request goes on without an answer: the channels'
// own limit.
const RequestTime = 10 * time.Second

// RestartTime is how long a killed process is away: the service manager's
// pause before it starts it again.
const RestartTime = 2 * time.Second

// Fault is one stretch [From, To) in which something does not work.
type Fault struct {
	Kind     FaultKind
	From, To time.Time
	Channel  string // of a channel's fault: which; empty: every one, as when the line is down
	By       time.Duration
}

// OfChannel reports whether the fault is a channel's.
func (f Fault) OfChannel() bool {
	return slices.Contains([]FaultKind{Unreachable, Hanging, Losing, Limiting, Refusing}, f.Kind)
}

// Faults are all the faults of a life, in any order.
type Faults []Fault

// Trouble is the fault of a channel at t: the first one in the list that
// holds then. ok is false when the channel works.
func (fs Faults) Trouble(channel string, t time.Time) (f Fault, ok bool) {
	for _, f := range fs {
		if f.OfChannel() && (f.Channel == "" || f.Channel == channel) && !t.Before(f.From) && t.Before(f.To) {
			return f, true
		}
	}
	return Fault{}, false
}

// Holds reports whether a fault of this kind holds at t.
func (fs Faults) Holds(kind FaultKind, t time.Time) bool {
	return slices.ContainsFunc(fs, func(f Fault) bool {
		return f.Kind == kind && !t.Before(f.From) && t.Before(f.To)
	})
}

// Full is the end of the time without room in which t lies, ok is false where
// there is room.
func (fs Faults) Full(t time.Time) (end time.Time, ok bool) {
	end = t
	for again := true; again; {
		again = false
		for _, f := range fs {
			if f.Kind == Full && !end.Before(f.From) && end.Before(f.To) {
				end, ok, again = f.To, true, true
			}
		}
	}
	return end, ok
}

// Clock is how far the machine's clock is from the truth at t.
func (fs Faults) Clock(t time.Time) time.Duration {
	by := time.Duration(0)
	for _, f := range fs {
		if f.Kind == ClockSet && !t.Before(f.From) && !(f.To.After(f.From) && !t.Before(f.To)) {
			by += f.By
		}
	}
	return by
}

// Edges are the instants at which something begins or ends to work, ascending.
func (fs Faults) Edges() []time.Time {
	var edges []time.Time
	for _, f := range fs {
		edges = append(edges, f.From)
		if f.To.After(f.From) {
			edges = append(edges, f.To)
		}
	}
	slices.SortFunc(edges, time.Time.Compare)
	return slices.CompactFunc(edges, time.Time.Equal)
}

// An ordinary year of a small machine at home, chosen to be ordinary: how
// often each fault comes, and how long it lasts.
func ordinary() []struct {
	kind              FaultKind
	every             time.Duration
	shortest, longest time.Duration
	by                time.Duration
} {
	const day, hour, minute = 24 * time.Hour, time.Hour, time.Minute
	return []struct {
		kind              FaultKind
		every             time.Duration
		shortest, longest time.Duration
		by                time.Duration
	}{
		{Unreachable, 3 * day, minute, 20 * minute, 0}, // the router starts again
		{Unreachable, 20 * day, hour, 9 * hour, 0},     // the line is down
		{Hanging, 10 * day, minute, 10 * minute, 0},
		{Losing, 10 * day, minute, 5 * minute, 0},
		{Limiting, 40 * day, minute, 5 * minute, 5 * minute},
		{Refusing, 60 * day, minute, 10 * minute, 0},
		{Off, 7 * day, minute, 3 * minute, 0}, // updates
		{Off, 30 * day, 10 * minute, 8 * hour, 0},
		{Suspended, 15 * day, 10 * minute, 3 * hour, 0},
		{Killed, 15 * day, RestartTime, RestartTime, 0},
		{KilledAfter, 15 * day, minute, minute, 0},
		{ClockSet, 30 * day, minute, 2 * minute, -40 * minute}, // a boot without a clock of its own
		{ClockSet, 60 * day, 10 * minute, 2 * hour, time.Hour},
	}
}

// Ordinary draws the faults of an ordinary machine and line for some days.
func Ordinary(from time.Time, days int, seed uint64) Faults {
	var fs Faults
	for i, o := range ordinary() {
		r := chance(seed).of("fault", strconv.Itoa(i))
		for at, end := from, from.AddDate(0, 0, days); ; {
			at = at.Add(time.Duration(r.ExpFloat64() * float64(o.every)).Truncate(time.Second))
			if !at.Before(end) {
				break
			}
			length := o.shortest + time.Duration(r.Float64()*float64(o.longest-o.shortest)).Truncate(time.Second)
			fs = append(fs, Fault{Kind: o.kind, From: at, To: at.Add(length), By: o.by})
			at = at.Add(length)
		}
	}
	return fs
}
