"""The ledger's tables, as a list of migrations: entry n takes a ledger from version n to n + 1.

Written entries are never changed; a new table or column is a new entry.
"""

from __future__ import annotations

__all__ = ["APPLICATION_ID", "MIGRATIONS", "VERSION", "without_name"]

# "capt": tells our file from any other SQLite database (https://www.sqlite.org/pragma.html#pragma_application_id).
APPLICATION_ID = 0x63617074

_FIRST = """
CREATE TABLE migrations (
    version     INTEGER PRIMARY KEY,
    applied_at  REAL NOT NULL
) STRICT;

CREATE TABLE owners (
    name     TEXT PRIMARY KEY,
    seen_at  REAL NOT NULL
) STRICT;

CREATE TABLE uploads (
    id           INTEGER PRIMARY KEY,
    place        TEXT NOT NULL,
    store        TEXT NOT NULL,
    bucket       TEXT NOT NULL,
    object_key   TEXT NOT NULL,
    size_bytes   INTEGER NOT NULL,
    model        TEXT NOT NULL,
    expires_at   REAL,
    content      TEXT NOT NULL,
    audio        TEXT NOT NULL,
    duration_ms  INTEGER NOT NULL,
    offset_ms    INTEGER NOT NULL,
    kept         INTEGER NOT NULL,
    stored_at    REAL NOT NULL,
    deleted_at   REAL,
    deleting     INTEGER NOT NULL DEFAULT 0,
    UNIQUE (place, bucket, object_key)
) STRICT;
CREATE INDEX uploads_by_content ON uploads (content, audio);
CREATE INDEX uploads_present ON uploads (place) WHERE deleted_at IS NULL;

CREATE TABLE tasks (
    id         INTEGER PRIMARY KEY,
    model      TEXT NOT NULL,
    intent_at  REAL NOT NULL,
    task_id    TEXT NOT NULL DEFAULT '',
    looks      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX tasks_by_name ON tasks (task_id) WHERE task_id <> '';

CREATE TABLE suspects (
    task       INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    candidate  TEXT NOT NULL,
    cleared    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (task, candidate)
) STRICT;

CREATE TABLE recognitions (
    key             TEXT PRIMARY KEY,
    content         TEXT NOT NULL,
    options         TEXT NOT NULL,
    audio           TEXT NOT NULL,
    endpoint        TEXT NOT NULL,
    model           TEXT NOT NULL,
    upload          INTEGER REFERENCES uploads (id),
    task            INTEGER REFERENCES tasks (id),
    address         TEXT NOT NULL DEFAULT '',
    address_digest  TEXT NOT NULL DEFAULT '',
    offset_ms       INTEGER NOT NULL DEFAULT 0,
    duration_ms     INTEGER NOT NULL DEFAULT 0,
    reply           TEXT NOT NULL DEFAULT '',
    billed_s        INTEGER,
    owner           TEXT NOT NULL DEFAULT '',
    state           TEXT NOT NULL,
    due_at          REAL NOT NULL,
    attempts        INTEGER NOT NULL,
    cause           TEXT NOT NULL,
    submissions     INTEGER NOT NULL,
    message         TEXT NOT NULL,
    code            TEXT NOT NULL,
    kind            TEXT NOT NULL,
    created_at      REAL NOT NULL,
    updated_at      REAL NOT NULL
) STRICT;
CREATE INDEX recognitions_by_upload ON recognitions (upload);
CREATE INDEX recognitions_by_task ON recognitions (task);
CREATE INDEX recognitions_being_stored ON recognitions (content, audio) WHERE state = 'FOUND' AND owner <> '';

CREATE TABLE jobs (
    id           INTEGER PRIMARY KEY,
    source       TEXT NOT NULL,
    link_digest  TEXT NOT NULL,
    target       TEXT NOT NULL,
    captions     TEXT NOT NULL,
    options      TEXT NOT NULL,
    size_bytes   INTEGER NOT NULL DEFAULT 0,
    mtime_ns     INTEGER NOT NULL DEFAULT 0,
    content      TEXT NOT NULL DEFAULT '',
    width        INTEGER NOT NULL DEFAULT 0,
    height       INTEGER NOT NULL DEFAULT 0,
    duration_ms  INTEGER NOT NULL DEFAULT 0,
    frame_rate   TEXT NOT NULL DEFAULT '',
    start_timecode TEXT NOT NULL DEFAULT '',
    recognition  TEXT NOT NULL DEFAULT '',
    cues         INTEGER NOT NULL DEFAULT 0,
    state        TEXT NOT NULL,
    due_at       REAL NOT NULL,
    attempts     INTEGER NOT NULL,
    cause        TEXT NOT NULL,
    submissions  INTEGER NOT NULL,
    message      TEXT NOT NULL,
    code         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    created_at   REAL NOT NULL,
    updated_at   REAL NOT NULL,
    UNIQUE (source, link_digest, target)
) STRICT;
CREATE INDEX jobs_by_recognition ON jobs (recognition);

CREATE TABLE outputs (
    path      TEXT PRIMARY KEY,
    job       INTEGER NOT NULL REFERENCES jobs (id),
    sha256    TEXT NOT NULL,
    previous  TEXT NOT NULL DEFAULT ''
) STRICT;
"""

_RATES = """
CREATE TABLE rates (
    name     TEXT PRIMARY KEY,
    next_at  REAL NOT NULL
) STRICT;
CREATE INDEX recognitions_by_owner ON recognitions (owner) WHERE owner <> '';
CREATE INDEX jobs_rejected ON jobs (id) WHERE state = 'REJECTED';
"""

_FAILURES = """
ALTER TABLE recognitions ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recognitions ADD COLUMN again TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
"""

# What a run remembered of a recognition only while it lived; what ledgers before this version have: keys made from a
# digest of the audio policy that changed with the code, and reasons that begin with the name of the file.
_PLAIN_RECORDS = """
ALTER TABLE recognitions ADD COLUMN no_grouping INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recognitions ADD COLUMN unavailable_since REAL;
ALTER TABLE recognitions ADD COLUMN resubmitting_since REAL;
ALTER TABLE recognitions ADD COLUMN links_refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE migrations ADD COLUMN from_version INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET message = without_name(message, source) WHERE message <> '';
UPDATE recognitions SET message = without_name(message,
    (SELECT source FROM jobs WHERE recognition = recognitions.key ORDER BY id LIMIT 1)) WHERE message <> '';
"""

# What was asked of the service, so that another request can be held against it; a reply that was taken over from
# another ledger, and which; other ledgers of the user; captions found by their digest; findings and options that are
# kept with captions.
_ONE_LEDGER = """
ALTER TABLE recognitions ADD COLUMN asked TEXT NOT NULL DEFAULT '';
ALTER TABLE recognitions ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN findings TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN kept_options TEXT NOT NULL DEFAULT '';
CREATE INDEX tasks_by_intent ON tasks (intent_at);
CREATE INDEX recognitions_by_content ON recognitions (content);
CREATE INDEX outputs_by_sha256 ON outputs (sha256);
CREATE INDEX outputs_by_previous ON outputs (previous) WHERE previous <> '';
CREATE TABLE ledgers (
    path     TEXT PRIMARY KEY,
    seen_at  REAL NOT NULL
) STRICT;
"""

# Messages to webhooks and commands, until they are taken. The address of a receiver may hold a secret, so there is only
# its digest; what was taken keeps its row without the body.
_DELIVERIES = """
CREATE TABLE deliveries (
    id            TEXT PRIMARY KEY,
    receiver      TEXT NOT NULL,
    type          TEXT NOT NULL,
    body          TEXT NOT NULL,
    attempts      INTEGER NOT NULL DEFAULT 0,
    owner         TEXT NOT NULL DEFAULT '',
    created_at    REAL NOT NULL,
    delivered_at  REAL
) STRICT;
CREATE INDEX deliveries_waiting ON deliveries (receiver) WHERE delivered_at IS NULL;
"""

# The one coordinator of a cluster, with the number that the names of objects carry; what its workers do, for `status`.
_CLUSTER = """
CREATE TABLE coordinators (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    owner      TEXT NOT NULL,
    token      TEXT NOT NULL,
    cluster    TEXT NOT NULL,
    dashboard  TEXT NOT NULL DEFAULT '',
    began_at   REAL NOT NULL,
    ended_at   REAL,
    is_clean   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE workers (
    name         TEXT PRIMARY KEY,
    state        TEXT NOT NULL,
    doing        TEXT NOT NULL,
    done         INTEGER NOT NULL,
    failed       INTEGER NOT NULL,
    sent_bytes   INTEGER NOT NULL,
    prepared_ms  INTEGER NOT NULL,
    bytes_per_s  REAL NOT NULL,
    ms_per_s     REAL NOT NULL,
    reason       TEXT NOT NULL,
    seen_at      REAL NOT NULL
) STRICT;
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _RATES, _FAILURES, _PLAIN_RECORDS, _ONE_LEDGER, _DELIVERIES, _CLUSTER)
VERSION = len(MIGRATIONS)


def without_name(message: str, source: str | None) -> str:
    """A message without the name of its file in front: reasons have it since version 4 in a field of their own."""
    name, colon, rest = message.partition(": ")
    return rest if colon and name and source and source.endswith(name) else message
