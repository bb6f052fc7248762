package journal

import (
	"slices"
	"time"
)

// Apply puts a batch on the values in memory, as Commit put it on disk. What
// changes gets a new slice; a copy of s from before stays as it was, and may
// share the slices that did not change, so nobody writes to their rows.
//
// It returns false when the batch took away what had stood in front of rows
// that s does not hold: the last session, with none left in the held stretch,
// or the newest mark of a name. An older one may count again then, and only
// Journal.Snapshot knows it.
func (s *Snapshot) Apply(b Batch) (whole bool) {
	b = cutBatch(b)
	sessions, marks := s.Sessions, s.Marks

	s.Sessions = put(s.Sessions, b.Sessions, func(r *Session) [2]int64 { return [2]int64{r.ID, r.Change} })
	s.Passed = put(s.Passed, b.Passed, func(r *Passed) [2]int64 { return [2]int64{r.At.UnixMilli(), r.Change} })
	s.Pauses = put(s.Pauses, b.Pauses, func(r *Pause) [2]int64 { return [2]int64{r.From.UnixMilli(), r.Change} })
	type named struct {
		name string
		seq  int64
	}
	s.Marks = put(s.Marks, b.Marks, func(r *Mark) named { return named{r.Name, r.Seq} })
	s.Reminders = put(s.Reminders, b.Reminders, func(r *Reminder) string { return r.ID })
	s.Deliveries = put(s.Deliveries, b.Deliveries, func(r *Delivery) string { return r.ID })
	s.Health = put(s.Health, b.Health, func(r *Health) string { return r.Channel })
	s.count(b)
	s.drop()
	return s.lastHeld(sessions) && s.marksHeld(marks)
}

// Age lets go of what is no longer needed at now, which a long-running daemon
// does now and then. It never brings anything back: after a clock set back by
// more than a day, read Journal.Snapshot.
func (s *Snapshot) Age(now time.Time) {
	if now = cut(now); now.After(s.now) {
		s.now = now
	}
	s.drop()
}

// few is up to how many rows a batch is looked for one by one: what a step or
// an answer writes. An import's ten thousand are looked up.
const few = 16

// put inserts or writes over by key, in a new slice; without rows it is the
// one that was held, which nobody writes to.
func put[K comparable, R any](held, rows []R, key func(*R) K) []R {
	if len(rows) == 0 {
		return held
	}
	out := append(make([]R, 0, len(held)+len(rows)), held...)
	if len(rows) > few {
		return putMany(out, rows, key)
	}
	for i := range rows {
		k, at := key(&rows[i]), len(out)
		for n := range out {
			if key(&out[n]) == k {
				at = n
				break
			}
		}
		if at == len(out) {
			out = append(out, rows[i])
		}
		out[at] = rows[i]
	}
	return out
}

func putMany[K comparable, R any](out, rows []R, key func(*R) K) []R {
	at := make(map[K]int, len(out)+len(rows))
	for i := range out {
		at[key(&out[i])] = i
	}
	for i := range rows {
		k := key(&rows[i])
		if n, ok := at[k]; ok {
			out[n] = rows[i]
			continue
		}
		at[k] = len(out)
		out = append(out, rows[i])
	}
	return out
}

// without is list less the rows that gone picks: the same slice when there
// are none, else a new one.
func without[R any](list []R, gone func(*R) bool) []R {
	first := 0
	for first < len(list) && !gone(&list[first]) {
		first++
	}
	if first == len(list) {
		return list
	}
	out := append(make([]R, 0, len(list)), list[:first]...)
	for i := first + 1; i < len(list); i++ {
		if !gone(&list[i]) {
			out = append(out, list[i])
		}
	}
	return out
}

// count moves the counters and the single instants on.
func (s *Snapshot) count(b Batch) {
	for _, r := range b.Sessions {
		s.NextSession = max(s.NextSession, r.ID+1)
	}
	for _, r := range b.Changes {
		s.NextChange = max(s.NextChange, r.ID+1)
	}
	for _, r := range b.Answers {
		s.NextAnswer = max(s.NextAnswer, r.ID+1)
		if r.At.After(s.LastAnswer) {
			s.LastAnswer = r.At
		}
		if r.Channel != "" && r.At.After(s.LastHeard) {
			s.LastHeard = r.At
		}
	}
	for _, r := range b.Marks {
		s.NextMark = max(s.NextMark, r.Seq+1)
	}
	if t := newest(b); t.After(s.Newest) {
		s.Newest = t
	}
}

// drop removes what does not stand and what has aged out, in documented
// order. It never writes to a slice that others may hold.
func (s *Snapshot) drop() {
	s.sort()
	from, closed := s.sessionsFrom(), s.remindersFrom()

	s.Sessions = without(s.Sessions, func(r *Session) bool { return r.Removed != 0 })
	if n := len(s.Sessions); n > 0 {
		last := &s.Sessions[n-1]
		s.Sessions = without(s.Sessions, func(r *Session) bool { return r != last && r.Start.Before(from) })
	}
	s.Passed = without(s.Passed, func(r *Passed) bool { return r.Removed != 0 || r.At.Before(from) })
	s.Pauses = without(s.Pauses, func(r *Pause) bool { return r.Removed != 0 || r.To.Before(from) })

	s.Marks = without(s.Marks, func(r *Mark) bool { return r.Removed != 0 })
	next := ""
	newest := make(map[*Mark]bool, 4) // of each name; there are but a handful
	for i := len(s.Marks) - 1; i >= 0; i-- {
		newest[&s.Marks[i]] = i+1 == len(s.Marks) || s.Marks[i].Name != next
		next = s.Marks[i].Name
	}
	s.Marks = without(s.Marks, func(r *Mark) bool { return !newest[r] })

	held := make(map[string]bool, len(s.Reminders))
	s.Reminders = without(s.Reminders, func(r *Reminder) bool {
		holds := r.State == Open || !r.Closed.IsZero() && !r.Closed.Before(closed)
		held[r.ID] = holds
		return !holds
	})
	s.Deliveries = without(s.Deliveries, func(r *Delivery) bool { return r.State != Pending && !held[r.Reminder] })
}

// lastHeld says whether the last session is surely the last one on disk too:
// it is if it was not taken away, or if one of the held stretch follows on it.
func (s *Snapshot) lastHeld(before []Session) bool {
	if len(before) == 0 {
		return true
	}
	was := before[len(before)-1].Start
	if n := len(s.Sessions); n > 0 {
		is := s.Sessions[n-1].Start
		return !is.Before(was) || !is.Before(s.sessionsFrom())
	}
	return false
}

// marksHeld says whether each name still has the mark it had, or a newer one.
func (s *Snapshot) marksHeld(before []Mark) bool {
	seq := make(map[string]int64, len(s.Marks))
	for _, m := range s.Marks {
		seq[m.Name] = m.Seq
	}
	return !slices.ContainsFunc(before, func(m Mark) bool { return seq[m.Name] < m.Seq })
}
