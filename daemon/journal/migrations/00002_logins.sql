-- Who may come in over TCP, and which requests were carried out already.

-- +goose Up
CREATE TABLE logins (
    id             INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: people revoke by it
    person         INTEGER NOT NULL DEFAULT 1,
    kind           TEXT    NOT NULL, -- browser, token, calendar
    name           TEXT    NOT NULL,
    hash           TEXT    NOT NULL UNIQUE, -- SHA-256 of the secret, in hexadecimal; the secret itself is nowhere
    created        INTEGER NOT NULL,
    created_offset INTEGER NOT NULL,
    used           INTEGER, -- NULL: never
    used_offset    INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE requests (
    person    INTEGER NOT NULL DEFAULT 1,
    key       TEXT    NOT NULL, -- the Idempotency-Key that the client chose
    hash      TEXT    NOT NULL, -- SHA-256 of what was asked for
    at        INTEGER NOT NULL,
    at_offset INTEGER NOT NULL,
    session   INTEGER NOT NULL, -- the session it logged, completed or found; 0: none
    text      TEXT    NOT NULL, -- what was said back
    PRIMARY KEY (person, key)
) STRICT, WITHOUT ROWID;
