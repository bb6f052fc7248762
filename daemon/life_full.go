package daemon

import "time"

// keptOutcome is one that could not be written down: the daemon keeps it, and
// its sender leaves the delivery alone.
type keptOutcome struct {
	outcome
	again time.Time // true: when it is written next
}

// full reports whether nothing can be written now.
func (l *life) full() bool {
	_, full := l.o.Faults.Full(l.now)
	return full
}

// roomAt is the true instant of the first try after the disk is full to write
// something down: it is tried every retryFirst, and until then in vain.
func (l *life) roomAt() time.Time {
	end, _ := l.o.Faults.Full(l.now)
	tries := (end.Sub(l.now) + retryFirst - 1) / retryFirst
	return l.now.Add(tries * retryFirst)
}

// fills follows a disk that is full, or has room again.
func (l *life) fills() {
	full := l.full()
	if full == l.crammed {
		return
	}
	l.crammed = full
	l.note(Moment{What: map[bool]string{true: "full", false: "room again"}[full]})
	if !full && l.running && !l.suspended {
		l.watch.returned(l)
	}
}

// rewrites writes one outcome down that was kept, and reports whether one was due.
func (l *life) rewrites() bool {
	for i, o := range l.kept {
		if o.again.After(l.now) {
			continue
		}
		l.kept = append(l.kept[:i:i], l.kept[i+1:]...)
		l.outcome(o.outcome)
		return true
	}
	return false
}

// keeps reports whether the outcome of a delivery is still to be written down.
func (l *life) keeps(delivery string) bool {
	for _, o := range l.kept {
		if o.delivery == delivery {
			return true
		}
	}
	return false
}
