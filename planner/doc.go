// Package planner answers when the next session is, and why then.
//
// It is one pure function, Make: the same routine, history and instant give the
// same plan on every machine. It reads no clock, does no input or output, and
// keeps nothing between two calls; it is safe for use by several goroutines.
//
// # Words
//
// A session is one logged milk removal. A start is its planned beginning. A gap
// runs from one start to the next. A pumping day runs from DayStart to DayStart
// on the wall clock. A passed start was offered and not taken. The anchor, the
// last counted session or passed start, is where a plan begins; the horizon,
// the end of the first sleep at least 16 h after it, is where it ends. The gap
// limit is when the next start should come by: by day MaxGap less NudgeBefore
// after the last, at night NightGap after it, or the end of sleep.
//
// # What a plan keeps
//
// Two principles are never broken: a start is at least MinGap after the one
// before it (more after a power session), and no session lies in busy time or
// starts in a pause. Among the plans that keep those the best has the least
// Cost, compared in this order: minutes past the gap limit, starts missing from
// overnight windows, minutes of sleep taken, sessions away from the day's
// target, power sessions left out, minutes from their time, squared gaps. Equal
// plans: the one whose first differing start is earlier, then the one whose
// power session is earlier. The plan is exact, never a heuristic.
//
// Planned starts lie on the five-minute grid. Once the first start is due it
// keeps its time, and the rest is planned as if it were taken as soon as it can
// be.
//
// A timetable (Routine.Times) leaves only its listed times open to starts, and
// the day's number is theirs: a listed time that is left out costs as a session
// away from the target does, but comes before sleep, because whoever lists a
// time at night means to wake for it. Each entry that counts takes the listed
// time nearest to it; of the times ahead only the first can be taken so, by the
// anchor. A free time less than the least gap after the anchor is put off to
// where it keeps that gap. Where no listed time lies before the horizon but one
// does before the anchor is a day old, the horizon moves on to the sleep after
// it. A ramp (Routine.Ramp) gives each pumping day its target by the date on
// which the day begins.
//
// # Time changes
//
// A length is elapsed time. A wall-clock time that a change skips is the first
// instant after the skip; of one that occurs twice the first counts, except
// that a range ends at the second. Only clock.go knows of this.
//
// # What it will not do
//
// It does not remind, log, send or remember; it does not check a routine unless
// asked (Check), and a routine that Check refuses may get a poor plan, though
// always one. It says nothing about health.
package planner
