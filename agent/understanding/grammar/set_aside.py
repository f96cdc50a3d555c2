"""Names set aside, so that none of their words is read: folders that there are, and quoted names.

In "not in the folder 2019 Urlaub" the name stands as one mark while the grammar reads the rest.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

from agent.understanding.acts import Act, Save
from agent.understanding.grammar.dates.dates import date_pattern
from retrievers.query import Filters
from retrievers.text.lettering import folded

FIRST, LAST = "\ue000", "\uf8ff"
MARK = f"[{FIRST}-{LAST}]"
FOLDER = r"(?:(?:sub)?folders?|director(?:y|ies)|albums?)"
_BACK = 80  # letters before a name that say whether one is meant
_SMALL = ("a", "an", "the", "my")
_WORDS = 12  # of a folder's name

_PLACED = r"(?:in|from|inside|within|under|of|outside|outside of)"
_IN = rf"{_PLACED} (?:(?:the|my) )?"
_SAID = re.compile(rf"\b{FOLDER} $|\b(?:called|named) $", re.I)
_TAGGED = re.compile(r"\b(?:tags?|tagged|keywords?|labels?|labell?ed)(?: (?:as|with))? $", re.I)
_INSIDE = re.compile(rf"\b{_IN}$", re.I)
_NARROWED = re.compile(
    r"\b(?:only|just|not|nothing|none|except|but|ones|those|anything|everything|all)"
    rf"(?: (?:the|those|that|which|are|were|is|ones?|pictures|photos|images))* {_IN}$",
    re.IGNORECASE,
)
_BEGUN = re.compile(
    r"(?:^|[,;.:!?] |\b(?:pictures|photos|images|pics|shots|results|ones|those|and|or|but|top \w+"
    r"|first \w+) )(?:only |just )?(?:in|from|inside|within|under) $",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(r"\boutside(?: of)? (?:(?:the|my) )?$", re.I)
_JOINED = re.compile(
    rf"(?:,|,? (?:or|and|nor)| &)(?: not)?(?: {_PLACED})?(?: (?:the|my))? $", re.IGNORECASE
)
_THEN_FOLDER = re.compile(rf"\s{FOLDER}\b", re.I)
_QUOTED = re.compile(
    r"\"([^\"]+)\"|“([^”]+)”|„([^“”]+)[“”]|«\s*([^»]+?)\s*»|「([^」]+)」|『([^』]+)』"
    r"|(?<!\w)'([^']+(?:'(?=\w)[^']+)*)'(?!\w)|‘([^’']+)[’']|`([^`]+)`"
)


@dataclass(frozen=True, slots=True)
class FolderName:
    """What a mark stands for: the name, as it was said, and the glob of the folder called so."""

    name: str
    said: str
    glob: str


def set_aside(
    said: str, folders: Callable[[], Iterable[str]]
) -> tuple[str, Mapping[str, FolderName]]:
    """Return the words with a mark for each name, and what the marks stand for.

    Args:
        said: the words, on one line.
        folders: says which folders there are; asked only where one can be meant.
    """
    known, aside, out, at = _Known(folders), dict[str, FolderName](), "", 0
    in_a_row = False
    marks = (mark for mark in map(chr, range(ord(FIRST), ord(LAST))) if mark not in said)
    for start in [match.start() for match in re.finditer(r"(?<!\w)\S", said)]:
        if start < at:
            continue
        row = in_a_row and bool(_JOINED.fullmatch(said[at:start]))
        found = _quoted(said, start, known) or known.at(said, start, in_a_row=row)
        if found and (mark := next(marks, "")):
            in_a_row = known.named(found.name) == found.glob
            out += said[at:start] + mark
            aside[mark], at = found, start + len(found.said)
    return out + said[at:], aside


def restored(act: Act, aside: Mapping[str, FolderName]) -> Act:
    """Return an act with names in the places of their marks."""
    if not aside:
        return act
    texts = str.maketrans({mark: name.said for mark, name in aside.items()})
    names = str.maketrans({mark: name.name for mark, name in aside.items()})
    globs = str.maketrans({mark: name.glob for mark, name in aside.items()})

    def put(value: Any, table: Mapping[int, str]) -> Any:
        if isinstance(value, str):
            return value.translate(table)
        if isinstance(value, tuple):
            return tuple(put(one, table) for one in value)
        if not is_dataclass(value) or isinstance(value, type):
            return value
        table = names if isinstance(value, Filters | Save) else table
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        return replace(
            value,
            **{
                name: put(one, globs if name in ("paths", "not_paths") else table)
                for name, one in held.items()
            },
        )

    restored: Act = put(act, texts)
    return restored


def _quoted(said: str, start: int, known: "_Known") -> FolderName | None:
    match = _QUOTED.match(said, start)
    if not match:
        return None
    name, before = next(group for group in match.groups() if group), _before(said, start)
    there = known.named(name)
    if not (_meant(before, said[match.end() :]) or _TAGGED.search(before)):
        if not (there and _INSIDE.search(before)):
            return None
    return FolderName(name, match[0], there or (f"*{name.strip('/')}/*" if "/" in name else name))


def _meant(before: str, after: str) -> bool:
    one_of_many = re.search(r"\ban? $", before, re.I)
    return bool(_SAID.search(before) or (_THEN_FOLDER.match(after) and not one_of_many))


def _before(said: str, at: int) -> str:
    return said[max(0, at - _BACK) : at]


class _Known:
    """The folders that there are, by how they can be said."""

    def __init__(self, folders: Callable[[], Iterable[str]]) -> None:
        self._folders = folders

    @cached_property
    def _globs(self) -> Mapping[str, str]:
        every = list(self._folders())
        whole = {_key(path): path for path in every}
        parts = {_key(part): part for path in every for part in path.split("/")}
        return {
            said: re.sub(r"[*?\[]", r"[\g<0>]", name) for said, name in {**whole, **parts}.items()
        }

    def named(self, said: str) -> str | None:
        """Return the glob of the folder that is called so."""
        return self._globs.get(_key(said))

    def at(self, said: str, start: int, *, in_a_row: bool = False) -> FolderName | None:
        """Return the folder whose name stands here, the longest of them, if a folder is meant.

        Args:
            said: the words.
            start: where the name begins.
            in_a_row: it stands behind another folder and "or", "and" or a comma.
        """
        before = _before(said, start)
        meant = in_a_row or _SAID.search(before) or _INSIDE.search(before)
        if not (meant or _THEN_FOLDER.search(said, start)):
            return None
        ends = [match.end() for match in islice(re.finditer(r"\S+", said[start:]), _WORDS)]
        for end in reversed(ends):
            whole = said[start : start + end]
            for name in dict.fromkeys((whole, whole.rstrip(" ,.;:!?/"))):
                glob = None if name.casefold() in _SMALL else self.named(name)
                after = said[start + len(name) :]
                if glob and (_meant(before, after) or _bare(name, before, in_a_row)):
                    return FolderName(name, name, glob)
        return None


def _bare(name: str, before: str, in_a_row: bool) -> bool:
    """Whether a folder is meant by its name alone: "only in export", "dogs in 2019 Urlaub"."""
    if date_pattern(alone=True).fullmatch(name):
        return False
    if in_a_row or (re.search(r"[\s\d_/]", name) and _INSIDE.search(before)):
        return True
    return any(form.search(before) for form in (_NARROWED, _BEGUN, _OUTSIDE))


def _key(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", folded(name)).strip(" /")
