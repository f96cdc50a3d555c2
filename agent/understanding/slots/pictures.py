"""Which pictures words point at: "the third one", "#5", "die letzten beiden", "左边第二张".

A number is the one that a picture was shown with; "the third" is the third on the screen.
"""

import re
from collections.abc import Sequence
from itertools import zip_longest

from agent.understanding.interpretation import Context
from agent.understanding.slots.languages.translation import Words, translations, unknown
from agent.understanding.slots.pages import Page, page_of

_MOST = 100
"""So many pictures one range names at most."""
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_ALL = frozenset({"all", "these", "pictures"})
_SMALL = _ALL | {"this"}
_SIDES = ("left", "right", "middle", "outer")
_ENDS = ("top", "bottom", "best")
_ROWED = re.compile(r"\b(row(?: \d+)?) and (?=(?:o\d+|last|left|right|middle)(?: and\b|$))")
"""The second row, the left one."""
_SIDED = re.compile(r"o\d+ (left|right|bottom)")
_ORDINAL = re.compile(r" ?o\d+ ?")


def pictures(text: str, context: Context) -> tuple[int, ...]:
    """Return the numbers of the pictures that words point at; none if they don't say which."""
    page = page_of(context)
    ways = translations(text, "numbers", "ordinals", "pictures")
    for said in ways:
        if 2 * unknown(said) > len(said) or unknown(said) > unknown(ways[0]):
            break
        found = [n for item in _items(said) for n in _except(item, page)]
        if found:
            return tuple(dict.fromkeys(found))
    return ()


def _items(said: Words) -> list[str]:
    """Return what is said of each picture, or group of them, without what says nothing."""
    tokens: list[str] = []
    for word, after in zip_longest(said, said[1:]):
        counted = after is not None and not after.known and tokens[-1:] != ["number"]
        if not word.known or (word.text.isdigit() and counted):  # two dogs
            tokens.append("?")
        else:
            tokens += word.text.split()
    text = re.sub(r"\bfirst\b", "o1", " ".join(tokens))
    text = re.sub(r"\bnth (?=\d)", "o", re.sub(r"\b(\d+) th\b", r"o\1", text))
    text = re.sub(r"(?<=\bnumber )one\b|^(?:this )?one$|\bone(?= (?:to|and)\b)", "1", text)
    text = re.sub(r"\b(and|to) one\b", r"\1 1", text)
    text = " ".join(re.sub(r"[^\w\s]|\b(?:number|one|th|nth)\b", " ", text).split())
    items = re.split(r"\band\b", _ROWED.sub(r"\1 ", text))
    if (side := _SIDED.fullmatch(items[-1].strip())) and all(map(_ORDINAL.fullmatch, items[:-1])):
        return [f"{item} {side[1]}" for item in items[:-1]] + items[-1:]
    return items


def _except(item: str, page: Page) -> list[int]:
    within, left_out, out = item.partition("except")
    if left_out and within and not out.strip():  # said behind: 3番以外
        within, out = "", within
    named = _named(within.split() or (["all"] if left_out else []), page)
    return [n for n in named if n not in _named(out.split(), page)]


def _named(tokens: list[str], page: Page) -> list[int]:
    """Return the numbers of one item."""
    said = [one for one in tokens if one not in _SMALL]
    if said[-3:-1][1:] == ["to"] and said[:-3] in ([], ["to"]):
        return _range(said[-3], said[-1], page)
    told = [one for one in said if one != "to"]  # an article in Portuguese, or "from"
    if not told:
        return _together(tokens, page)
    if "row" in told or "column" in told:
        return _lined(told, page)
    if len(told) > 2:
        told = [one for one in told if one != "both"]
    if len(told) == 1 and told[0].isdigit() and _ALL & {*tokens} - {"pictures"}:
        return list(page.numbers) if int(told[0]) == len(page.numbers) else []
    return _placed(sorted(told, key=_kind), page)


def _together(tokens: Sequence[str], page: Page) -> list[int]:
    if "this" in tokens:
        return list(page.numbers) if len(page.numbers) == 1 else []  # which one?
    return list(page.numbers) if _ALL & {*tokens} else []


def _kind(token: str) -> int:
    kinds = (token.isdigit() or token == "both", _ordinal(token), token in ("last", *_ENDS))
    return kinds.index(True) if any(kinds) else len(kinds)


def _ordinal(token: str) -> bool:
    return token[0] == "o" and token[1:].isdigit()


def _placed(said: list[str], page: Page) -> list[int]:
    """Read numbers, ordinals and places, sorted so."""
    if all(map(str.isdigit, said)):
        return [int(n) for n in said if int(n) and len(n) < 5 and not _YEAR.fullmatch(n)]
    if all(map(_ordinal, said)):
        return [n for one in said for n in page.nth(int(one[1:]))]
    match said:
        case ["both"]:
            return list(page.numbers) if len(page.numbers) == 2 else []
        case ["penultimate"]:
            return page.back(2)
        case [n, place] if _kind(n) == 0 and len(n) < 5:
            return page.some(2 if n == "both" else int(n), place)
        case [n, place] if _ordinal(n) and place in ("last", *_ENDS, "left", "right"):
            return page.from_side(int(n[1:]), place)
        case [("top" | "bottom") as end, ("left" | "right" | "middle") as side]:
            return page.corner(end, side)
        case [
            ("last" | "top" | "bottom" | "best" | "left" | "right" | "middle" | "outer") as place
        ]:
            return page.at(place)
    return []


def _range(first: str, last: str, page: Page) -> list[int]:
    ends = [_end(one, page) for one in (first, last)]
    if None in ends or (last == "last" and _ordinal(first) and first != "o1"):  # third to last
        return _placed(sorted((first, last), key=_kind), page)
    low, high = sorted(filter(None, ends))
    return list(range(low, high + 1))[:_MOST]


def _end(token: str, page: Page) -> int | None:
    if token.isdigit() and len(token) < 5 and int(token):
        return int(token)
    named = (
        page.nth(int(token[1:])) if _ordinal(token) else page.at(token) if token == "last" else []
    )
    return named[0] if named else None


def _lined(said: list[str], page: Page) -> list[int]:
    """Read a row, or one of a row, or a column."""
    kind = "row" if "row" in said else "column"
    at = said.index(kind)
    before, after = said[:at], said[at + 1 :]
    which, rest = (before[-1], before[:-1] + after) if before else ("".join(after[:1]), after[1:])
    if before[:-1] and which in _SIDES and before[-2] in _ENDS:  # top left row
        which, rest = before[-2], [which, *after]
    if not which or len(rest) > 1:
        return []
    if kind == "column":
        return [] if rest else page.column(which)
    return page.row(which, *rest) if which not in ("left", "right") else []
