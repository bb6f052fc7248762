// Package journal keeps everything nightbell must not forget, in one SQLite
// file: sessions, passed starts, pauses, changes, reminders, deliveries,
// answers, the channels' health and the daemon's events.
//
// # Guarantees
//
//   - A Commit that returned nil is on disk: one transaction, fsynced (WAL with
//     synchronous=FULL), whatever happens to the process or the power after it.
//     A Commit that returned an error wrote nothing.
//   - Snapshot is the part of the journal that decisions need. Snapshot.Apply
//     of a batch on a snapshot gives what Snapshot reads after its Commit.
//   - Nothing a person entered is deleted. An edit or an undo marks the version
//     before it as removed, by the change that did so.
//   - A damaged file is set aside under a new name, with its write-ahead log,
//     and never deleted or written over. OpenFolder then starts from the newest
//     backup that passes a check, or empty, and Damage says so. Damage that only
//     shows in use is noted beside the file, for the next opening; if just the
//     indexes are harmed, that rebuilds the journal from its rows.
//   - On a full disk the reserve (1 MiB) is given up once, so that reminders go
//     on; Full says so, and the reserve comes back when there is room.
//   - A file of a newer schema than this program knows is refused untouched.
//
// # Instants
//
// Instants are kept in UTC to the millisecond (taps are that fine; receipts
// carry seconds) with the offset they were written with. What comes back has a
// fixed zone of that offset. Reminders, deliveries and health keep one offset a
// row: that of Due, of Created, and of LastSuccess (or else LastErrorAt).
// Lengths are kept to the millisecond. Commit and Apply cut alike.
//
// # Concurrency
//
// A Journal is safe for use by several goroutines. Commit, Snapshot and
// LastUndoable take turns on one connection; the other readers have their own,
// opened when first needed and closed when idle for a minute, so that a long
// export delays no commit. One process may write at a time: the daemon's lock
// on the data folder sees to that, not this package. Others may read.
//
// # What it does not do
//
// It decides nothing, merges no sessions, and knows no routine. ReadHistory
// reads files of a history and writes nothing into the journal.
package journal
