-- One collection. This file is the truth; everything else beside it can be rebuilt from it.
-- A picture is a file content; a file is a place where that content lies.

CREATE TABLE facts (                    -- encoder, spec, dim, created, generation, rows, previous
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE roots (                    -- folders that sync looks into
    path    BLOB PRIMARY KEY,           -- os.fsencode of the absolute path
    include TEXT NOT NULL DEFAULT '[]', -- JSON list of globs
    exclude TEXT NOT NULL DEFAULT '[]'
) WITHOUT ROWID;

CREATE TABLE pictures (
    row     INTEGER PRIMARY KEY,        -- its row in vectors-<generation>.f32, never reused within one
    id      TEXT NOT NULL UNIQUE,       -- 16 hex digits of the sha256 that it was found with first
    sha256  TEXT NOT NULL UNIQUE,
    width   INTEGER NOT NULL,           -- upright
    height  INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,
    taken   TEXT,                       -- local time, ISO 8601 without zone; may lie in the future
    camera  TEXT,
    lat     REAL,
    lon     REAL,
    caption TEXT,
    text    TEXT,                       -- words found in the picture (OCR)
    taken_from  TEXT,                   -- who says `taken`, see pictures/metadata/facts.py
    zone        TEXT,                   -- of `taken`, such as +02:00
    title       TEXT,
    description TEXT,
    rating      INTEGER,                -- 1 to 5 stars, -1 for rejected
    pixels      TEXT                    -- digest of what the encoder saw
);
CREATE INDEX pictures_by_pixels ON pictures(pixels);

CREATE TABLE dates (                    -- who else says a date, an earlier one, by place
    row        INTEGER NOT NULL REFERENCES pictures(row) ON DELETE CASCADE,
    place      INTEGER NOT NULL,
    taken      TEXT NOT NULL,
    taken_from TEXT NOT NULL,
    zone       TEXT,
    PRIMARY KEY (row, place)
) WITHOUT ROWID;

CREATE TABLE files (
    path     BLOB PRIMARY KEY,          -- os.fsencode of the absolute path
    root     BLOB NOT NULL REFERENCES roots(path),
    below    TEXT NOT NULL,             -- path below its root, undecodable bytes as U+FFFD; for globs and words
    row      INTEGER NOT NULL REFERENCES pictures(row) ON DELETE CASCADE,
    size     INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    beside   TEXT NOT NULL DEFAULT '',  -- names, sizes and times of its sidecars
    said     TEXT,                      -- what it, its name and its sidecars say: Facts as JSON
    reading  INTEGER NOT NULL DEFAULT 0, -- the version of how `said` was read
    volume   INTEGER NOT NULL DEFAULT 0 -- which of the drives that were mounted in its place it is on
) WITHOUT ROWID;
CREATE INDEX files_by_row ON files(row);

CREATE TABLE tags (
    row INTEGER NOT NULL REFERENCES pictures(row) ON DELETE CASCADE,
    tag TEXT NOT NULL COLLATE NOCASE,
    by_file INTEGER NOT NULL DEFAULT 0, -- whether a file says so, not somebody here
    PRIMARY KEY (row, tag)
) WITHOUT ROWID;

CREATE TABLE dropped (                  -- what was said of contents that no file holds any more
    sha256  TEXT PRIMARY KEY,
    caption TEXT,
    text    TEXT,
    tags    TEXT NOT NULL,              -- JSON list
    pixels  TEXT
) WITHOUT ROWID;

CREATE TABLE former_pixels (            -- `pixels` as the encoder before saw them; see "previous" in facts
    row    INTEGER PRIMARY KEY REFERENCES pictures(row) ON DELETE CASCADE,
    pixels TEXT
);

CREATE TABLE failures (                 -- files that could not be read, with the reason
    path     BLOB PRIMARY KEY,
    root     BLOB NOT NULL,
    reason   TEXT NOT NULL,
    size     INTEGER,
    mtime_ns INTEGER
) WITHOUT ROWID;

-- Full text; rowid is pictures.row. What a word is, retrievers.text.lettering says: each comes in plain
-- letters between spaces, and all that is not ASCII is taken for a letter.
CREATE VIRTUAL TABLE words USING fts5 (
    names, caption, tags, text, tokenize = "porter ascii"
);
