"""Full text over file names, captions, tags and text in pictures (SQLite FTS5, BM25).

The words of a query that many pictures share say little; only those that few hold count, and a
match counts by the share of them that it covers. What a word is, `retrievers.text.lettering` says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np
from numpy.typing import NDArray

from retrievers.collection.collection import Collection
from retrievers.text.lettering import elided, indexed, is_unspaced, joined, lookup_terms, starts

Rows = NDArray[np.int64]
COMMON = 0.1  # share of the pictures above which a word says nothing
ALWAYS_RARE = 5  # pictures
NEVER_RARE = 5_000  # pictures; also bounds the time
LONGEST = 64  # words of a query that are looked up
REMEMBERED = 128  # words whose holders are kept, at most 5 MB
FUNCTION_WORDS = frozenset(
    """a an and are as at be but by for from has have he her his i in into is it its me my no not of
    off on or our out over photo photos picture pictures image images she some that the their them
    there these they this those to under up was we were with without you your""".split()
)


@dataclass(frozen=True, slots=True)
class WordMatches:
    """The pictures that hold telling words of a query.

    Attributes:
        rows: [m], ascending.
        coverage: [m], the share of the telling words that each holds, weighed by rarity, 0 to 1.
        holders: the rows that hold it, by telling word.
    """

    rows: Rows
    coverage: NDArray[np.float64]
    holders: Mapping[str, Rows]

    def words(self, row: int) -> tuple[str, ...]:
        """Return the telling words that a picture holds, in the query's order."""
        return tuple(joined(word for word, rows in self.holders.items() if row in rows))

    def among(self, kept: NDArray[np.bool_]) -> "WordMatches":
        """Return the matches of some of the rows; kept: [m]."""
        return replace(self, rows=self.rows[kept], coverage=self.coverage[kept])


NO_MATCHES = WordMatches(np.zeros(0, np.int64), np.zeros(0), {})


class FullText:
    """The full text of a collection while nothing is committed to it.

    Args:
        collection: the collection.
        pictures: how many it has.
        rows: those below it count; None: all.
    """

    def __init__(self, collection: Collection, *, pictures: int, rows: int | None = None) -> None:
        self._collection, self._pictures, self._rows = collection, pictures, rows
        self._found: dict[str, Rows | None] = {}

    def match(self, texts: Sequence[str]) -> WordMatches:
        """Find the pictures that hold telling words of the texts.

        Any text is accepted; its marks are not operators.
        """
        found = _within_words({word: self._holding(word) for word in _words(texts)})
        for word in {word for text in texts for word in elided(text)} & found.keys():
            if (rows := found[word]) is not None and not len(rows):
                del found[word]  # its parts count
        holders = {word: rows for word, rows in found.items() if rows is not None}
        held = [rows for rows in holders.values() if len(rows)]
        if not held:
            return NO_MATCHES
        rows = np.unique(np.concatenate(held))
        rarity = {word: log(1 + self._pictures / (1 + len(some))) for word, some in holders.items()}
        coverage = np.zeros(len(rows))
        for word, some in holders.items():
            coverage[np.searchsorted(rows, some)] += rarity[word]
        return WordMatches(rows, coverage / sum(rarity.values()), holders)

    def bm25(self, matches: WordMatches, rows: Sequence[int]) -> dict[int, float]:
        """Return BM25 of the telling words in some of the pictures that hold them."""
        any_of = " OR ".join(map(_quoted, matches.holders))
        found: dict[int, float] = {}
        for row in rows:
            found.update(
                self._collection.db.execute(
                    "SELECT rowid, -bm25(words) FROM words WHERE words MATCH ? AND rowid = ?",
                    (any_of, row),
                )
            )
        return found

    def _holding(self, word: str) -> Rows | None:
        """Return the rows that hold a word; None if they are too many to tell anything."""
        if word not in self._found:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            most = max(ALWAYS_RARE, min(int(COMMON * self._pictures), NEVER_RARE))
            rows = _rows_with(self._collection, word, most)
            self._found[word] = rows if rows is None else _below(rows, self._rows)
        return self._found[word]


def _below(rows: Rows, last: int | None) -> Rows:
    return rows if last is None else rows[rows < last]


def _words(texts: Sequence[str]) -> list[str]:
    """The words of the texts, the last said kept if there are too many."""
    said = dict.fromkeys(word for text in texts for word in lookup_terms(text))
    return [word for word in said if word not in FUNCTION_WORDS][-LONGEST:]


def _within_words(found: Mapping[str, Rows | None]) -> dict[str, Rows | None]:
    """Leave out pairs of characters that lie across the border of two words.

    Such a pair is held nowhere, and overlaps one that is held.
    """
    held = {word for word, rows in found.items() if (rows is None or len(rows)) and _is_pair(word)}
    first, last = {word[0] for word in held}, {word[-1] for word in held}
    return {
        word: rows
        for word, rows in found.items()
        if word in held or not (_is_pair(word) and (word[0] in last or word[-1] in first))
    }


def _is_pair(word: str) -> bool:
    return len(word) == 2 and is_unspaced(word)


def _rows_with(collection: Collection, word: str, most: int) -> Rows | None:
    """Return the rows that hold a word; None if they are more than `most`."""
    (found,) = collection.db.execute(
        "SELECT group_concat(rowid)"  # one text is three times as fast as thousands of tuples
        " FROM (SELECT rowid FROM words WHERE words MATCH ? LIMIT ?)",
        (_quoted(word), most + 1),
    ).fetchone()
    rows = np.fromstring(found or "", dtype=np.int64, sep=",")
    return None if len(rows) > most else rows


def _quoted(word: str) -> str:
    if begun := starts(word):
        return "(" + " OR ".join(f'"{one}" *' for one in begun) + ")"
    return f'"{indexed([word])}"'
