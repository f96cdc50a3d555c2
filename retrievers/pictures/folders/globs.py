"""Globs over paths below a folder: `*.png`, `trips`, `2019/*`, `**/drafts/**`; case is ignored.

A glob without a slash matches any single folder or file name in the path. A glob that matches a
folder matches everything in it. Letters are the same in any case and composition. Where the root is
known, a glob may also be absolute, or begin with the root's own name.

Names hold what globs are made of, too: brackets are a class or themselves, as is `[2019] trip`, and
a backslash is an escape, itself, or what parts folders. A path matches if one of the readings does.

A path is read once, from left to right, with every place in the globs at which the reading may
stand: no glob and no name makes it go back (Thompson 1968). Where a letter leads from such a set of
places is remembered, so that most letters cost one look-up (as in RE2). fnmatch makes expressions
that go back, and knows one reading.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import combining, normalize

from retrievers.text.lettering import cleaned, folded

REMEMBERED = 1_000  # sets of places
PART = re.compile(r"\\[][*?{}!\\]|\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|[^*?\[\\]+|.", re.DOTALL)
ABSOLUTE = re.compile(r"/|[A-Za-z]:[/\\]")
RANGE = re.compile(r"(.)-(.)|(.)", re.DOTALL)
MORE = "\0"  # marks what belongs to the letter before: the second s of ß, an accent of its own


@dataclass(frozen=True, slots=True)
class GlobPlace:
    """A place in a glob.

    Attributes:
        takes: whether the reading may go on over this letter.
        to: where it then stands, counted from here.
        skips: where it stands as well, without any letter.
        ends: whether the path may end here.
    """

    takes: Callable[[str], bool] = lambda letter: False
    to: tuple[int, ...] = (1,)
    skips: tuple[int, ...] = ()
    ends: bool = False


class GlobState(dict[str, "GlobState"]):
    """A set of places, and the states that letters lead to; each is found when it is needed."""

    def __init__(self, globs: "Globs", places: frozenset[int]) -> None:
        super().__init__()
        self._globs, self.places = globs, places
        self.ends = any(globs.places[at].ends for at in places)

    def __missing__(self, letter: str) -> "GlobState":
        held = [(at, self._globs.places[at]) for at in self.places]
        to = [at + step for at, place in held if place.takes(letter) for step in place.to]
        self[letter] = after = self._globs.state(to)
        return after


class Globs:
    """Several globs, of which a path must match one.

    Args:
        globs: none of them empty.
        root: absolute; without it, all globs are read as relative.
    """

    def __init__(self, globs: Sequence[str], root: Path | None = None) -> None:
        self.places: list[GlobPlace] = []
        self._states: dict[frozenset[int], GlobState] = {}
        starts = [self._add(glob) for glob in globs]
        if root:
            starts += [self._add(rest) for glob in globs if (rest := _after_name(glob, root.name))]
            whole = [self._add(one) for one in map(_expanded, globs) if ABSOLUTE.match(one)]
            for spelt in {root.as_posix(), root.resolve().as_posix()} if whole else ():
                above = self._after(self.state(whole), cleaned(spelt).strip("/") + "/")
                starts += above.places
        self._start = self.state(starts)

    def _add(self, glob: str) -> int:
        start = len(self.places)
        self.places += _places(glob)
        return start

    def _after(self, state: GlobState, path: str) -> GlobState:
        for letter in _letters(path):
            state = state[letter]
        return state

    def fullmatch(self, below: str) -> bool:
        """Whether a path below the root matches."""
        if len(self._states) > REMEMBERED:
            self._states = {}
            self._start = self.state(self._start.places)
        return self._after(self._start, below).ends

    def state(self, places: Iterable[int]) -> GlobState:
        """Return the state of standing at these places."""
        found, new = set[int](), [*places]
        while new:
            if (at := new.pop()) not in found:
                found.add(at)
                new += [at + step for step in self.places[at].skips]
        known = frozenset(found)
        if known not in self._states:
            self._states[known] = GlobState(self, known)
        return self._states[known]


def compile_globs(globs: Sequence[str], root: Path | None = None) -> Globs | None:
    """Return what to `fullmatch` a path below the root with; None for no globs.

    Raises:
        ValueError: a glob is empty.
    """
    return Globs(globs, root) if globs else None


def _expanded(glob: str) -> str:
    """Return a glob with the user's folder for the ~ that a shell left in quotes."""
    return Path.home().as_posix() + glob[1:] if glob.startswith("~/") else glob


def _after_name(glob: str, name: str) -> str:
    """Return the rest of a glob that begins with the root's own name; empty if it doesn't."""
    first, _, rest = glob.removeprefix("./").partition("/")
    known = first and rest.strip("/") and not re.search(r"[*?]", first)
    return f"/{rest}" if known and Globs([f"/{first}"]).fullmatch(cleaned(name)) else ""


def _places(glob: str) -> Iterator[GlobPlace]:
    body = normalize("NFC", glob).removeprefix("./").strip("/")
    if not body:
        raise ValueError(f"a glob must name something, such as '*.png'; got {glob!r}")
    if not ("/" in body or glob.startswith("/")):
        yield from FOLDERS
    for part in PART.findall(body):
        yield from _of_part(part)
    yield from WITHIN


def _of_part(part: str) -> Sequence[GlobPlace]:
    if part.startswith("**"):
        return FOLDERS if part.endswith("/") else [ANYTHING]
    if part == "*":
        return [GlobPlace(_is_inside, (0,), skips=(1,))]
    if part == "?":
        return _one(_is_inside)
    if part[0] == "\\":
        return _either(_literal(part[1:]), [PARTS, *_of_part(part[1:])]) if part[1:] else [PARTS]
    if part[0] == "[" and len(part) > 2 and (takes := _in_class(part[1:-1])):
        return _either(_one(takes), _literal(part))
    return _literal(part)


def _literal(part: str) -> Sequence[GlobPlace]:
    return [GlobPlace(_is_letter(letter)) for letter in folded(part)]


def _either(one: Sequence[GlobPlace], other: Sequence[GlobPlace]) -> Sequence[GlobPlace]:
    """Return the places of two readings of the same part."""
    return [GlobPlace(skips=(1, len(one) + 2)), *one, GlobPlace(skips=(len(other) + 1,)), *other]


def _one(takes: Callable[[str], bool]) -> Sequence[GlobPlace]:
    """One letter of such a kind, with all that belongs to it."""
    return [GlobPlace(takes, (1, 2)), GlobPlace(_is_more, (0, 1))]


def _in_class(inside: str) -> Callable[[str], bool] | None:
    """Return what takes a letter of a class; None if it is none, as 9-0 in [2019-07] shows."""
    refused, chars = inside.startswith("!"), inside.removeprefix("!")
    spans = [(low or one, high or one) for low, high, one in RANGE.findall(chars)]
    if any(low > high for low, high in spans):
        return None

    def takes(letter: str) -> bool:
        own = letter[1:].strip(MORE) or letter[0]
        held = any(
            low <= one <= high
            for one in {own, own.lower(), own.upper()}
            if len(one) == 1
            for low, high in spans
        )
        return held != refused and not (refused and letter[0] == "/")

    return takes


def _letters(below: str) -> Iterable[str]:
    """Return the folded letters of a path, each followed by what else is known of it, if anything.

    That is the letter as it was, where more than one stands for it, or `MORE`.
    """
    return below.lower() if below.isascii() else _with_more(normalize("NFC", below))


def _with_more(below: str) -> Iterator[str]:
    at = 0
    while at < len(below):
        end = at + 1
        while end < len(below) and combining(below[end]):
            end += 1
        letters = folded(below[at:end])
        yield letters[0] + below[at] if len(letters) > 1 else letters
        yield from (letter + MORE for letter in letters[1:])
        at = end


def _is_letter(wanted: str) -> Callable[[str], bool]:
    return lambda letter: letter[0] == wanted


def _is_more(letter: str) -> bool:
    return letter[1:] == MORE


def _is_inside(letter: str) -> bool:
    return letter[0] != "/"


PARTS = GlobPlace(lambda letter: letter[0] in "\\/")
ANYTHING = GlobPlace(lambda letter: True, (0,), skips=(1,))
FOLDERS = (GlobPlace(skips=(1, 3)), ANYTHING, GlobPlace(_is_letter("/")))
WITHIN = (
    GlobPlace(skips=(1,), ends=True),
    GlobPlace(_is_letter("/")),
    GlobPlace(lambda _: True, (0,), ends=True),
)
