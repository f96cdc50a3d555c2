-- One collection. This file is the truth; everything else beside it can be rebuilt from it.
-- A picture is a file content; a file is a place where that content lies.

CREATE TABLE facts (                    -- name, encoder, dim, created, generation
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
    id      TEXT NOT NULL UNIQUE,       -- first 16 hex digits of sha256
    sha256  TEXT NOT NULL UNIQUE,
    width   INTEGER NOT NULL,           -- upright
    height  INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,
    taken   TEXT,                       -- local time, ISO 8601 without zone
    camera  TEXT,
    lat     REAL,
    lon     REAL,
    caption TEXT,
    text    TEXT                        -- words found in the picture (OCR)
);

CREATE TABLE files (
    path     BLOB PRIMARY KEY,          -- os.fsencode of the absolute path
    root     BLOB NOT NULL REFERENCES roots(path),
    below    TEXT NOT NULL,             -- path below its root, undecodable bytes as U+FFFD; for globs and words
    row      INTEGER NOT NULL REFERENCES pictures(row) ON DELETE CASCADE,
    size     INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_by_row ON files(row);

CREATE TABLE tags (
    row INTEGER NOT NULL REFERENCES pictures(row) ON DELETE CASCADE,
    tag TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (row, tag)
) WITHOUT ROWID;

CREATE TABLE failures (                 -- files that could not be read, with the reason
    path     BLOB PRIMARY KEY,
    root     BLOB NOT NULL,
    reason   TEXT NOT NULL,
    size     INTEGER,
    mtime_ns INTEGER
) WITHOUT ROWID;

-- Full text; rowid is pictures.row.
CREATE VIRTUAL TABLE words USING fts5 (
    names, caption, tags, text, tokenize = "porter unicode61 remove_diacritics 2"
);
