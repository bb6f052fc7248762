-- Which sessions stand in a Baby Buddy too, and what both said when they were
-- last compared.

-- +goose Up
CREATE TABLE buddy_links (
    session INTEGER PRIMARY KEY,      -- the session's number
    person  INTEGER NOT NULL DEFAULT 1,
    entry   INTEGER NOT NULL,         -- the entry's number; 0: Baby Buddy refuses it
    start   INTEGER NOT NULL,         -- of the session when they were compared
    here    TEXT    NOT NULL,         -- what the session said
    there   TEXT    NOT NULL,         -- what the entry said
    theirs  INTEGER NOT NULL,         -- 1: it was logged there, 0: here
    over    INTEGER NOT NULL DEFAULT 0 -- 1: one of the two is gone, and nothing is compared any more
) STRICT;
