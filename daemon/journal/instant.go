package journal

import "time"

// instant is milliseconds since 1970 seen in a fixed zone, offset seconds east
// of UTC. It is the only form of an instant that leaves this package.
func instant(ms int64, offset int) time.Time {
	if offset == 0 {
		return time.UnixMilli(ms).UTC()
	}
	return time.UnixMilli(ms).In(time.FixedZone("", offset))
}

// cut gives t as the journal will give it back; the zero time stays zero.
func cut(t time.Time) time.Time { return cutIn(t, offset(t)) }

// cutIn is cut, in the zone of another instant of the same row.
func cutIn(t time.Time, offset int) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return instant(t.UnixMilli(), offset)
}

// offset is seconds east of UTC; the zero time has none.
func offset(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	_, seconds := t.Zone()
	return seconds
}

// column is an instant as SQLite gets it: milliseconds, or NULL.
func column(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// cutBatch is the batch as the journal will give it back. It shares no slice
// with b.
func cutBatch(b Batch) Batch {
	return Batch{
		Changes:    mapped(b.Changes, func(r *Change) { r.At = cut(r.At) }),
		Sessions:   mapped(b.Sessions, cutSession),
		Passed:     mapped(b.Passed, func(r *Passed) { r.At = cut(r.At) }),
		Pauses:     mapped(b.Pauses, func(r *Pause) { r.From, r.To = cut(r.From), cut(r.To) }),
		Marks:      mapped(b.Marks, func(r *Mark) { r.At = cut(r.At) }),
		Reminders:  mapped(b.Reminders, cutReminder),
		Deliveries: mapped(b.Deliveries, cutDelivery),
		Answers:    mapped(b.Answers, func(r *Answer) { r.At = cut(r.At) }),
		Health:     mapped(b.Health, cutHealth),
		Requests:   mapped(b.Requests, func(r *Request) { r.At = cut(r.At) }),
		Events:     mapped(b.Events, func(r *Event) { r.At = cut(r.At) }),
	}
}

func mapped[R any](rows []R, f func(*R)) []R {
	if len(rows) == 0 {
		return nil
	}
	out := make([]R, len(rows))
	copy(out, rows)
	for i := range out {
		f(&out[i])
	}
	return out
}

func cutSession(s *Session) {
	s.Start = cut(s.Start)
	s.Length = s.Length.Truncate(time.Millisecond)
}

func cutReminder(r *Reminder) {
	if r.Person == 0 {
		r.Person = 1
	}
	zone := offset(r.Due)
	for _, t := range []*time.Time{&r.Anchor, &r.Due, &r.Opened, &r.From, &r.Accepted, &r.Snoozed, &r.Acknowledged, &r.Closed} {
		*t = cutIn(*t, zone)
	}
}

func cutDelivery(d *Delivery) {
	zone := offset(d.Created)
	for _, t := range []*time.Time{&d.Created, &d.Parked, &d.Next, &d.Done, &d.RepeatsUntil} {
		*t = cutIn(*t, zone)
	}
}

func cutHealth(h *Health) {
	zone := healthZone(*h)
	h.LastSuccess, h.LastErrorAt = cutIn(h.LastSuccess, zone), cutIn(h.LastErrorAt, zone)
}

func healthZone(h Health) int {
	if h.LastSuccess.IsZero() {
		return offset(h.LastErrorAt)
	}
	return offset(h.LastSuccess)
}

// newest is the newest instant in a batch that the daemon's own clock made.
// Instants that people, services or plans name (a session's start, a tap, a
// due instant) may lie ahead of it and do not count.
func newest(b Batch) time.Time {
	var max time.Time
	see := func(t time.Time) {
		if t.After(max) {
			max = t
		}
	}
	for _, r := range b.Changes {
		see(r.At)
	}
	for _, r := range b.Reminders {
		see(r.Opened)
		see(r.Accepted)
		see(r.Closed)
	}
	for _, r := range b.Deliveries {
		see(r.Created)
		see(r.Done)
	}
	for _, r := range b.Health {
		see(r.LastSuccess)
		see(r.LastErrorAt)
	}
	for _, r := range b.Events {
		see(r.At)
	}
	return max
}
