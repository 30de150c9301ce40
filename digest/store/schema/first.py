"""The tables of the first version, annotated."""

from __future__ import annotations

__all__ = ["FIRST"]

FIRST = """
-- ingest ------------------------------------------------------------------------------------------------------
CREATE TABLE dump (
    id          INTEGER PRIMARY KEY,
    sha256      TEXT NOT NULL UNIQUE,
    body        BLOB NOT NULL,              -- zlib; whole, for ever: a better parser may read it again
    media_type  TEXT,
    source      TEXT NOT NULL,              -- these three are the first retrieval's
    name        TEXT NOT NULL,
    retrieved   TEXT NOT NULL,
    baseline    INTEGER NOT NULL,           -- 1: its papers are known from now on, but are no news
    verdict     TEXT,                       -- NULL: owned, not parsed yet
    parser      TEXT,
    listed_on   TEXT,
    date_from   TEXT,
    listed      INTEGER NOT NULL DEFAULT 0, -- listed = new + known + repeated
    new         INTEGER NOT NULL DEFAULT 0,
    withheld    INTEGER NOT NULL DEFAULT 0, -- a part of new: no news
    known       INTEGER NOT NULL DEFAULT 0,
    repeated    INTEGER NOT NULL DEFAULT 0,
    rejected    INTEGER NOT NULL DEFAULT 0,
    note        TEXT,
    CHECK (listed = new + known + repeated AND withheld <= new)
) STRICT;
CREATE INDEX dump_unparsed ON dump (id) WHERE verdict IS NULL;

CREATE TABLE retrieval (                    -- every time that bytes came in, the same bytes too
    id          INTEGER PRIMARY KEY,
    dump_id     INTEGER NOT NULL REFERENCES dump (id),
    source      TEXT NOT NULL,
    name        TEXT NOT NULL,
    at          TEXT NOT NULL
) STRICT;
CREATE INDEX retrieval_dump ON retrieval (dump_id);

CREATE TABLE cursor (                       -- what a source has handed over: the same version is not read again
    source      TEXT NOT NULL,
    name        TEXT NOT NULL,
    cursor      TEXT NOT NULL,
    PRIMARY KEY (source, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE reject (
    dump_id     INTEGER NOT NULL REFERENCES dump (id),
    line        INTEGER NOT NULL,
    text        TEXT NOT NULL,
    why         TEXT NOT NULL
) STRICT;
CREATE INDEX reject_dump ON reject (dump_id);

CREATE TABLE paper (
    id          INTEGER PRIMARY KEY,        -- given at the first sighting
    uid         TEXT NOT NULL UNIQUE,       -- urn:uuid, made once from its first name
    news_no     INTEGER UNIQUE,             -- order of announcement; NULL: withheld
    merged_into INTEGER REFERENCES paper (id),
    baseline    INTEGER NOT NULL,           -- 1: known, but never news
    retracted   TEXT,                       -- when its only sighting turned out to be none
    first_seen  TEXT NOT NULL,
    listed_on   TEXT NOT NULL,              -- of its first sighting
    revision_id INTEGER NOT NULL            -- its latest text
) STRICT;
CREATE INDEX paper_retracted ON paper (id) WHERE retracted IS NOT NULL;
CREATE INDEX paper_merged ON paper (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE revision (                     -- editions pin these, so none is ever changed
    id          INTEGER PRIMARY KEY,
    paper_id    INTEGER NOT NULL REFERENCES paper (id),
    title       TEXT NOT NULL,
    abstract    TEXT,
    authors     TEXT NOT NULL,              -- JSON list
    author_count INTEGER,
    organisation TEXT,
    published   TEXT,
    url         TEXT,
    categories  TEXT NOT NULL,              -- JSON list
    significant INTEGER NOT NULL,           -- 1: title or abstract changed, not only what is known about it
    listed_on   TEXT NOT NULL,
    dump_id     INTEGER NOT NULL REFERENCES dump (id),
    at          TEXT NOT NULL
) STRICT;
CREATE INDEX revision_paper ON revision (paper_id);
CREATE INDEX revision_dump ON revision (dump_id);

CREATE TABLE identifier (                   -- one name, one paper
    scheme      TEXT NOT NULL,
    value       TEXT NOT NULL,
    paper_id    INTEGER NOT NULL REFERENCES paper (id),
    PRIMARY KEY (scheme, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX identifier_paper ON identifier (paper_id);

CREATE TABLE title_key (                    -- an index, not unique: two papers may share a title
    key         TEXT NOT NULL,
    paper_id    INTEGER NOT NULL REFERENCES paper (id),
    PRIMARY KEY (key, paper_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX title_key_paper ON title_key (paper_id);

CREATE TABLE sighting (
    paper_id    INTEGER NOT NULL REFERENCES paper (id),
    dump_id     INTEGER NOT NULL REFERENCES dump (id),
    position    INTEGER NOT NULL,           -- from 1, in the order of the page
    comments    INTEGER,
    upvotes     INTEGER,
    PRIMARY KEY (paper_id, dump_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sighting_dump ON sighting (dump_id);

-- publish -----------------------------------------------------------------------------------------------------
CREATE TABLE digest (
    name        TEXT PRIMARY KEY,
    considered  INTEGER NOT NULL,           -- the last news_no that an edition looked at
    last_dump   INTEGER NOT NULL            -- the last dump whose counts an edition gave
) STRICT, WITHOUT ROWID;

CREATE TABLE edition (
    id          INTEGER PRIMARY KEY,
    digest      TEXT NOT NULL REFERENCES digest (name),
    number      INTEGER NOT NULL,
    title       TEXT NOT NULL,
    day         TEXT NOT NULL,
    slot        TEXT,                       -- nominal local time; NULL: unscheduled
    created     TEXT NOT NULL,
    considered  INTEGER NOT NULL,
    others      TEXT NOT NULL,
    listed      INTEGER NOT NULL,
    new         INTEGER NOT NULL,
    known       INTEGER NOT NULL,
    repeated    INTEGER NOT NULL,
    quiet       TEXT NOT NULL,              -- JSON list of days
    topic_names TEXT NOT NULL,              -- JSON object, as they were
    UNIQUE (digest, number),
    UNIQUE (digest, slot)
) STRICT;

CREATE TABLE edition_section (
    edition_id  INTEGER NOT NULL REFERENCES edition (id),
    place       INTEGER NOT NULL,
    key         TEXT NOT NULL,
    name        TEXT NOT NULL,
    PRIMARY KEY (edition_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE edition_item (
    edition_id  INTEGER NOT NULL REFERENCES edition (id),
    number      INTEGER NOT NULL,           -- through the edition, from 1
    digest      TEXT NOT NULL,              -- repeated here so that the next line can be a constraint
    paper_id    INTEGER NOT NULL REFERENCES paper (id),
    revision_id INTEGER NOT NULL REFERENCES revision (id),
    place       INTEGER NOT NULL,           -- its section
    topic       TEXT,
    terms       TEXT NOT NULL,              -- JSON list
    also        TEXT NOT NULL,              -- JSON list of topic ids
    score       REAL NOT NULL,
    fallback    INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    comments    INTEGER,
    upvotes     INTEGER,
    sightings   INTEGER NOT NULL,
    PRIMARY KEY (edition_id, number),
    UNIQUE (digest, paper_id)               -- no paper twice in a digest
) STRICT, WITHOUT ROWID;
CREATE INDEX edition_item_paper ON edition_item (paper_id);

CREATE TABLE fragment (                     -- sealed mail text
    edition_id  INTEGER NOT NULL REFERENCES edition (id),
    place       INTEGER NOT NULL,
    section     TEXT NOT NULL,
    number      INTEGER NOT NULL,
    rich        TEXT NOT NULL,
    line        TEXT NOT NULL,
    text        TEXT NOT NULL,
    PRIMARY KEY (edition_id, place)
) STRICT, WITHOUT ROWID;

-- deliver -----------------------------------------------------------------------------------------------------
CREATE TABLE subscription (
    id          INTEGER PRIMARY KEY,
    digest      TEXT NOT NULL,
    address     TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('active', 'removed')),
    since       TEXT NOT NULL,
    UNIQUE (digest, address)
) STRICT;

CREATE TABLE delivery (                     -- the outbox
    id          INTEGER PRIMARY KEY,
    edition_id  INTEGER NOT NULL REFERENCES edition (id),
    subscription_id INTEGER NOT NULL REFERENCES subscription (id),
    message_id  TEXT NOT NULL UNIQUE,       -- before the first attempt, the same on every one
    state       TEXT NOT NULL CHECK (state IN ('queued', 'in_doubt', 'sent', 'dead', 'held', 'cancelled')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    doubts      INTEGER NOT NULL DEFAULT 0,
    queued_at   TEXT NOT NULL,
    next_at     TEXT NOT NULL,
    last_reply  TEXT,
    UNIQUE (edition_id, subscription_id)
) STRICT;
CREATE INDEX delivery_waiting ON delivery (next_at) WHERE state IN ('queued', 'in_doubt');

-- build and tell ----------------------------------------------------------------------------------------------
-- A paper that several digests announced counts by the first of them. One that was merged since keeps its own page and
-- name, with the text of the paper that it became (now_id); it is `shown` in lists while that one was not announced too.
CREATE VIEW announced AS
WITH firsts AS (SELECT paper_id, min(edition_id) AS edition_id FROM edition_item GROUP BY paper_id)
SELECT item.paper_id, own.uid, now.id AS now_id, now.retracted, item.number, item.topic, item.terms, item.also,
       edition.id AS edition_id, edition.digest, edition.number AS edition, edition.day, edition.created,
       (SELECT max(at) FROM revision WHERE revision.paper_id = now.id AND significant
        AND revision.id > item.revision_id) AS revised,
       now.retracted IS NULL AND (own.merged_into IS NULL OR NOT EXISTS (
           SELECT 1 FROM paper AS twin JOIN edition_item ON edition_item.paper_id = twin.id
           WHERE twin.id = now.id OR (twin.merged_into = now.id AND twin.id < own.id))) AS shown
FROM firsts JOIN edition_item AS item ON item.edition_id = firsts.edition_id AND item.paper_id = firsts.paper_id
JOIN edition ON edition.id = firsts.edition_id
JOIN paper AS own ON own.id = item.paper_id JOIN paper AS now ON now.id = coalesce(own.merged_into, own.id);

CREATE TABLE built (                        -- which document was made from what: the same inputs are not rendered again
    path        TEXT PRIMARY KEY,
    page        TEXT NOT NULL,              -- "paper/12", "edition/daily/3", or "site" for what shows everything
    inputs      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run (                          -- the ledger
    id          INTEGER PRIMARY KEY,
    started     TEXT NOT NULL,
    ended       TEXT,                       -- NULL: it is running, or it was killed
    verdict     TEXT,
    dumps       INTEGER NOT NULL DEFAULT 0,
    new         INTEGER NOT NULL DEFAULT 0,
    editions    INTEGER NOT NULL DEFAULT 0,
    sent        INTEGER NOT NULL DEFAULT 0,
    errors      TEXT NOT NULL DEFAULT '[]'  -- JSON list of lines
) STRICT;

-- search: the latest text of each paper ----------------------------------------------
CREATE TABLE indexed (
    paper_id    INTEGER PRIMARY KEY REFERENCES paper (id),
    revision_id INTEGER                     -- NULL: merged or retracted, so not found
) STRICT;
CREATE VIRTUAL TABLE paper_fts USING fts5 (title, abstract, authors, tokenize = 'unicode61 remove_diacritics 2');
"""
