package daemon

import (
	"context"
	"fmt"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/planner"
)

// sessionDocs are the documents of sessions, in the order they are given.
func sessionDocs(sessions []journal.Session, s *State, now time.Time) []web.SessionDoc {
	docs := make([]web.SessionDoc, 0, len(sessions))
	standings := standingsOf(sessions, s, now)
	for _, e := range sessions {
		doc := web.SessionDoc{
			ID: e.ID, Start: web.In(s.Routine.Location, e.Start), Kind: string(e.Kind),
			LeftML: e.LeftML, RightML: e.RightML, ML: e.ML, Pain: e.Pain, Note: e.Note, Source: e.Source,
			Deleted: e.Removed != 0, Begun: e.Begun,
		}
		if e.Length > 0 {
			minutes := int(e.Length / time.Minute)
			doc.Minutes = &minutes
		}
		if into, ok := standings[e.ID]; ok && !doc.Deleted {
			if doc.Counted = into == e.ID; !doc.Counted && into != 0 {
				doc.MergedInto = &into
			}
		}
		docs = append(docs, doc)
	}
	return docs
}

// standingsOf says of each session that stands which one it belongs to:
// itself when it counts, 0 when it lies in the future.
func standingsOf(sessions []journal.Session, s *State, now time.Time) map[int64]int64 {
	var ids []int64
	var h planner.History
	for _, e := range sessions {
		if e.Removed == 0 {
			ids = append(ids, e.ID)
			h.Sessions = append(h.Sessions, planner.Session{Start: e.Start, Kind: e.Kind, Length: e.Length})
		}
	}
	of := make(map[int64]int64, len(ids))
	for i, standing := range planner.Counted(s.Routine, h, now) {
		switch {
		case standing.Counted:
			of[ids[i]] = ids[i]
		case standing.MergedInto >= 0:
			of[ids[i]] = ids[standing.MergedInto]
		default:
			of[ids[i]] = 0
		}
	}
	return of
}

// sessionsDefault is how many sessions are listed when nobody says how many:
// about two weeks of them.
const sessionsDefault = 200

// sessionsBeyond is how many more are read than listed, because which of the
// oldest count, and which belong together, depends on those before them.
// Fifty is four days of sessions; what belongs together lies within hours.
const sessionsBeyond = 50

// sessionsBefore is how far before the beginning of a stretch sessions are
// read, for the same reason: a day is far more than a session lasts.
const sessionsBefore = 24 * time.Hour

func (c *core) listSessions(ctx context.Context, s *State, q web.SessionsQuery) (web.SessionsDoc, error) {
	if q.Limit == 0 {
		q.Limit = sessionsDefault
	}
	f := journal.Filter{Limit: q.Limit + sessionsBeyond, Deleted: q.Deleted, To: q.To}
	if !q.From.IsZero() {
		f.From = q.From.Add(-sessionsBefore)
	}
	list, err := c.journal.Sessions(ctx, f)
	if err != nil {
		return web.SessionsDoc{}, fmt.Errorf("reading the sessions: %w", err)
	}
	docs := sessionDocs(list, s, c.now())
	docs = slices.DeleteFunc(docs, func(e web.SessionDoc) bool { return e.Start.Before(q.From) })
	return web.SessionsDoc{Sessions: docs[:min(q.Limit, len(docs))]}, nil
}

// Sessions lists the log, newest first.
func (d *Daemon) Sessions(ctx context.Context, q web.SessionsQuery) (web.SessionsDoc, error) {
	return d.listSessions(ctx, &d.view.Load().state, q)
}
