"""What a SQLite file may hold: the tables, columns and indexes of a schema, to the word.

A view may stand under a table's name, and what it computes need never end; a trigger runs with what
is written, a check, a generated column or an index on an expression with what is read and written.
So each must be one that dialens makes itself.
"""

import re
import sqlite3
from collections.abc import Iterator
from functools import cache

_STATISTICS = """
CREATE TABLE sqlite_stat1(tbl,idx,stat);
CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample);
CREATE TABLE sqlite_sequence(name,seq);
"""
"""What SQLite itself may add, on somebody's `ANALYZE`."""

_WORD = re.compile(
    r"""(?P<passed>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))
    |'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|\w+|.""",
    re.DOTALL | re.VERBOSE,
)
Words = tuple[str, ...]
Made = tuple[Words, frozenset[Words], Words]
"""A statement: what stands before its parts, the parts, and what stands behind them."""


def not_made_by(schema: str, db: sqlite3.Connection) -> Iterator[str]:
    """Yield, in words, what a file holds that no statement of the schema makes.

    Args:
        schema: the statements that make all that it may hold; of a table it may have fewer columns.
        db: the file.
    """
    known = _made_by(schema)
    for kind, name, sql in db.execute(
        "SELECT type, name, sql FROM sqlite_master ORDER BY type DESC"
    ):
        if sql is None and kind == "index" and str(name).startswith("sqlite_autoindex_"):
            continue  # of a primary key or a unique column
        shown = f"{str(kind)[:20]} {str(name)[:100]!r}"
        if kind not in ("table", "index") or name not in known or sql is None:
            yield shown
            continue
        head, parts, tail = _read(str(sql))
        if not any(head == one[0] and parts <= one[1] and tail == one[2] for one in known[name]):
            yield f"{shown} otherwise than it is made"


@cache
def _made_by(schema: str) -> dict[str, set[Made]]:
    """Return the statements of a schema by the name of what they make, those of FTS5's own too."""
    known: dict[str, set[Made]] = {}
    for sql in _statements(f"{schema};{_STATISTICS}"):
        words = list(_words(sql))
        name = words[2 + (words[1] == "virtual")]
        known.setdefault(name, set()).add(_read(sql))
        if words[1] == "virtual":
            for part, columns in _OF_FTS5.items():
                made = _read(f"CREATE TABLE {name}_{part}({columns}")
                known.setdefault(f"{name}_{part}", set()).add(made)
    return known


_OF_FTS5 = {
    "data": "id INTEGER PRIMARY KEY, block BLOB)",
    "idx": "segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID",
    "content": f"id INTEGER PRIMARY KEY, {', '.join(f'c{at}' for at in range(20))})",
    "docsize": "id INTEGER PRIMARY KEY, sz BLOB)",
    "config": "k PRIMARY KEY, v) WITHOUT ROWID",
}
"""The tables that FTS5 keeps its text in."""


def _statements(schema: str) -> Iterator[str]:
    held: list[str] = []
    for word in (*_words(schema), ";"):
        if word != ";":
            held.append(word)
        elif held:
            yield " ".join(held).replace("if not exists ", "")
            held = []


def _words(sql: str) -> Iterator[str]:
    """Yield the words of a statement as SQLite reads them, names without their quotes."""
    for found in _WORD.finditer(sql):
        if found["passed"] is None:
            word = found[0].lower() if found[0].isascii() else found[0]
            quoted = len(word) > 2 and word[0] in "\"'`[" and word[1:-1].isidentifier()
            yield word[1:-1] if quoted else word


def _read(sql: str) -> Made:
    """Take a statement apart at the commas of its first parentheses."""
    words = list(_words(sql))
    if "(" not in words:
        return tuple(words), frozenset(), ()
    begin = words.index("(")
    end = begin
    depth, parts, part = 0, list[Words](), list[str]()
    for word in words[begin:]:
        depth += (word == "(") - (word == ")")
        if depth == 0:
            break
        end += 1
        if word == "," and depth == 1:
            parts.append(tuple(part))
            part = []
        elif depth > 1 or word != "(":
            part.append(word)
    parts.append(tuple(part))
    return tuple(words[:begin]), frozenset(parts), tuple(words[end + 1 :])
