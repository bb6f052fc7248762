-- The journal, first form.
--
-- Instants are milliseconds since 1970 in UTC; the column NAME_offset beside
-- one (or `zone_offset`, for all instants of a row) holds the seconds east of
-- UTC it was written with. NULL is no instant. Lengths are milliseconds.
-- `change` and `removed` are the changes that made a row and took it away
-- again; 0 is the daemon itself, or not removed, and is a row of its own, so
-- that both can be foreign keys. References are checked at commit, so that
-- the order of writing does not matter.

-- +goose Up
PRAGMA application_id = 1851942252; -- "nbel" in ASCII; checked when opening

CREATE TABLE journal (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    salt          TEXT    NOT NULL, -- 128 random bits, for identifiers
    newest        INTEGER,          -- the newest instant the daemon wrote, to tell a clock set back
    newest_offset INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO journal (one, salt) VALUES (1, lower(hex(randomblob(16))));

CREATE TABLE changes (
    id        INTEGER PRIMARY KEY,
    person    INTEGER NOT NULL DEFAULT 1,
    at        INTEGER,
    at_offset INTEGER NOT NULL DEFAULT 0,
    what      TEXT    NOT NULL,
    text      TEXT    NOT NULL DEFAULT '',
    undone    INTEGER NOT NULL DEFAULT 0 REFERENCES changes (id) DEFERRABLE INITIALLY DEFERRED,
    undoable  INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO changes (id, what) VALUES (0, 'daemon');

CREATE TABLE sessions (
    id           INTEGER NOT NULL,
    change       INTEGER NOT NULL REFERENCES changes (id) DEFERRABLE INITIALLY DEFERRED,
    person       INTEGER NOT NULL DEFAULT 1,
    start        INTEGER NOT NULL,
    start_offset INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    length       INTEGER NOT NULL, -- 0: not logged
    left_ml      REAL,
    right_ml     REAL,
    ml           REAL,
    pain         INTEGER NOT NULL,
    note         TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    begun        INTEGER NOT NULL,
    removed      INTEGER NOT NULL REFERENCES changes (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (id, change)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_start ON sessions (start) WHERE removed = 0;

CREATE TABLE reminders (
    id           TEXT    NOT NULL PRIMARY KEY,
    person       INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    anchor       INTEGER,
    due          INTEGER NOT NULL,
    zone_offset  INTEGER NOT NULL,
    wakes        INTEGER NOT NULL,
    power        INTEGER NOT NULL,
    level        INTEGER NOT NULL,
    state        TEXT    NOT NULL,
    opened       INTEGER,
    burst        INTEGER NOT NULL,
    round        INTEGER NOT NULL,
    from_at      INTEGER,
    accepted     INTEGER,
    snoozed      INTEGER,
    acknowledged INTEGER,
    closed       INTEGER,
    text         TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
-- NULLs are distinct in a UNIQUE constraint; here no anchor is one value.
CREATE UNIQUE INDEX reminders_identity ON reminders (person, kind, due, ifnull(anchor, 0));
CREATE INDEX reminders_open ON reminders (state) WHERE state = 'open';
CREATE INDEX reminders_closed ON reminders (closed) WHERE closed IS NOT NULL;

CREATE TABLE passed (
    person    INTEGER NOT NULL DEFAULT 1,
    at        INTEGER NOT NULL,
    change    INTEGER NOT NULL REFERENCES changes (id) DEFERRABLE INITIALLY DEFERRED,
    at_offset INTEGER NOT NULL,
    power     INTEGER NOT NULL,
    skipped   INTEGER NOT NULL,
    reminder  TEXT REFERENCES reminders (id) DEFERRABLE INITIALLY DEFERRED,
    removed   INTEGER NOT NULL REFERENCES changes (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (person, at, change)
) STRICT, WITHOUT ROWID;

CREATE TABLE pauses (
    person         INTEGER NOT NULL DEFAULT 1,
    from_at        INTEGER NOT NULL,
    change         INTEGER NOT NULL REFERENCES changes (id) DEFERRABLE INITIALLY DEFERRED,
    from_at_offset INTEGER NOT NULL,
    to_at          INTEGER NOT NULL,
    to_at_offset   INTEGER NOT NULL,
    removed        INTEGER NOT NULL REFERENCES changes (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (person, from_at, change)
) STRICT, WITHOUT ROWID;

CREATE TABLE marks (
    person    INTEGER NOT NULL DEFAULT 1,
    name      TEXT    NOT NULL,
    seq       INTEGER NOT NULL,
    at        INTEGER,
    at_offset INTEGER NOT NULL,
    change    INTEGER NOT NULL REFERENCES changes (id) DEFERRABLE INITIALLY DEFERRED,
    removed   INTEGER NOT NULL REFERENCES changes (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (person, name, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
    reminder      TEXT    NOT NULL REFERENCES reminders (id) DEFERRABLE INITIALLY DEFERRED,
    id            TEXT    NOT NULL,
    person        INTEGER NOT NULL DEFAULT 1,
    channel       TEXT    NOT NULL,
    withdraw      INTEGER NOT NULL,
    parked        INTEGER,
    burst         INTEGER NOT NULL,
    round         INTEGER NOT NULL,
    level         INTEGER NOT NULL,
    state         TEXT    NOT NULL,
    tries         INTEGER NOT NULL,
    limited       INTEGER NOT NULL,
    zone_offset   INTEGER NOT NULL,
    created       INTEGER,
    next          INTEGER,
    done          INTEGER,
    receipt       TEXT    NOT NULL,
    receipt_done  INTEGER NOT NULL,
    repeats_until INTEGER,
    withdrawable  INTEGER NOT NULL,
    error         TEXT    NOT NULL,
    PRIMARY KEY (reminder, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_pending ON deliveries (state) WHERE state = 'pending';

CREATE TABLE answers (
    id        INTEGER PRIMARY KEY,
    person    INTEGER NOT NULL DEFAULT 1,
    reminder  TEXT REFERENCES reminders (id) DEFERRABLE INITIALLY DEFERRED,
    action    TEXT    NOT NULL,
    at        INTEGER,
    at_offset INTEGER NOT NULL,
    channel   TEXT    NOT NULL,
    session   INTEGER NOT NULL, -- 0: none
    change    INTEGER NOT NULL REFERENCES changes (id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX answers_reminder ON answers (reminder);
CREATE INDEX answers_at ON answers (at);

CREATE TABLE health (
    person        INTEGER NOT NULL DEFAULT 1,
    channel       TEXT    NOT NULL,
    zone_offset   INTEGER NOT NULL,
    last_success  INTEGER,
    last_error    TEXT    NOT NULL,
    last_error_at INTEGER,
    broken        INTEGER NOT NULL,
    cursor        TEXT    NOT NULL DEFAULT '', -- the last reply that was read
    PRIMARY KEY (person, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id        INTEGER PRIMARY KEY,
    person    INTEGER NOT NULL DEFAULT 1,
    at        INTEGER,
    at_offset INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    reminder  TEXT    NOT NULL, -- by name only: an event outlives what it speaks of
    channel   TEXT    NOT NULL,
    text      TEXT    NOT NULL
) STRICT;
