"""Full text over file names, captions, tags and text in pictures (SQLite FTS5, BM25).

The words of a query that many pictures share say little; only those that few hold count, and a
match counts by the share of them that it covers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from retrievers.collection.store import Store

COMMON = 0.1  # share of the pictures above which a word says nothing
ALWAYS_RARE = 5  # pictures
_FUNCTION_WORDS = frozenset(
    """a an and are as at be but by for from has have he her his i in into is it its me my no not of
    off on or our out over photo photos picture pictures image images she some that the their them
    there these they this those to under up was we were with without you your""".split()
)


@dataclass(frozen=True, slots=True)
class WordMatch:
    """What a picture's words have to do with a query.

    Attributes:
        row: the picture's.
        score: BM25, higher is better.
        coverage: share of the query's telling words that it holds, each weighed by rarity, 0 to 1.
        words: the telling words that it holds, as in the query.
    """

    row: int
    score: float
    coverage: float
    words: tuple[str, ...]


def match_words(store: Store, texts: Sequence[str], *, most: int = 200) -> list[WordMatch]:
    """Return the pictures that hold telling words of the texts: most covered first, then by BM25.

    Any text is accepted; its marks are not operators.
    """
    words = dict.fromkeys(
        word for word in re.findall(r"\w+", " ".join(texts).lower()) if word not in _FUNCTION_WORDS
    )
    pictures = len(store)
    rarity: dict[str, float] = {}
    holders: dict[int, list[str]] = {}
    for word in words:
        rows = _holding(store, word, most=max(ALWAYS_RARE, int(COMMON * pictures)))
        if rows is None:
            continue
        rarity[word] = log(1 + pictures / (1 + len(rows)))
        for row in rows:
            holders.setdefault(row, []).append(word)
    if not holders:
        return []
    scores = dict(
        store.db.execute(
            "SELECT rowid, -bm25(words) FROM words WHERE words MATCH ?",
            (" OR ".join(_quoted(word) for word in rarity),),
        )
    )
    total = sum(rarity.values())
    matches = [
        WordMatch(row, scores.get(row, 0.0), sum(rarity[w] for w in held) / total, tuple(held))
        for row, held in holders.items()
    ]
    return sorted(matches, key=lambda one: (-one.coverage, -one.score, one.row))[:most]


def _holding(store: Store, word: str, *, most: int) -> list[int] | None:
    """Return the rows that hold a word; None if they are more than `most`."""
    found = store.db.execute(
        "SELECT rowid FROM words WHERE words MATCH ? LIMIT ?", (_quoted(word), most + 1)
    ).fetchall()
    return None if len(found) > most else [row for (row,) in found]


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
