package journal

import (
	"context"
	"database/sql"
	"time"
)

// BuddyLink is a session that stands in a Baby Buddy too.
type BuddyLink struct {
	Session int64
	Entry   int64     // Baby Buddy's number; 0: it refuses the session, or was asked to take it and nobody heard the answer
	Start   time.Time // of the session when both were compared
	Here    string    // what the session said then
	There   string    // what the entry said, or is to say where nobody heard the answer; empty with no Entry: it is refused
	Theirs  bool      // logged there
	Over    bool      // one of the two is gone: nothing is compared any more
}

func readBuddyLink(rows *sql.Rows) (l BuddyLink, err error) {
	var theirs, over int
	err = rows.Scan(number(&l.Session), number(&l.Entry), when(&l.Start), word(&l.Here), word(&l.There), number(&theirs), number(&over))
	l.Theirs, l.Over = theirs != 0, over != 0
	return l, err
}

// BuddyLinks are the links of sessions that started at since or later.
func (j *Journal) BuddyLinks(ctx context.Context, since time.Time) ([]BuddyLink, error) {
	list, err := all(ctx, j.readers, readBuddyLink, "SELECT session, entry, start, here, there, theirs, over FROM buddy_links WHERE start >= ? ORDER BY session", column(since))
	return list, j.explain("list what stands in Baby Buddy too", err)
}

// PutBuddyLink writes a link, in the place of an older one of its session.
func (j *Journal) PutBuddyLink(ctx context.Context, l BuddyLink) error {
	var session int64
	flag := map[bool]int{true: 1}
	return j.write1(ctx, "note what stands in Baby Buddy too",
		"INSERT OR REPLACE INTO buddy_links (session, entry, start, here, there, theirs, over) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING session", &session,
		l.Session, l.Entry, column(l.Start), l.Here, l.There, flag[l.Theirs], flag[l.Over])
}
