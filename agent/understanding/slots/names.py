"""Names without the small words around them: of folders, cameras, tags and what is saved."""

import re
from collections.abc import Sequence
from itertools import pairwise

from agent.understanding.slots.languages.translation import Word, translations

_EDGES = " \"'“”‘’«»„「」『』《》/,:;"
_QUOTED = re.compile(r"[\"“«„「『]([^\"“”«»„「」『』]{1,80})[\"”»“」』]")


def bare(text: str, kind: str, *small: str) -> str:
    """Return a name without what its kind is called and the small words around it.

    What would leave nothing is left as it is.

    Args:
        text: as it was said.
        kind: the section of the books with what such a thing is called, before or after the name.
        small: the sections with small words that stand before it.
    """
    if match := _QUOTED.search(text):
        return match[1].strip()
    fronts = [_front(text, said) for said in translations(text, *small, kind)]
    rest = text[max(fronts, default=0) :]
    ends = [_end(rest, said) for said in translations(rest, "behind", kind)]
    return rest[: min(ends, default=len(rest))].strip(_EDGES) or text.strip()


def several(text: str) -> tuple[list[str], bool]:
    """Return the names in a row, and whether one of them is enough: "canon or nikon".

    Within a word, and at the end of the text, what says "and" is part of a name.
    """
    said = next(iter(translations(text, "joints")), ())
    joints = [one for one in said[1:-1] if one.text in ("and", "or")]
    starts, ends = [0, *(one.end for one in joints)], [*(one.start for one in joints), len(text)]
    parts = (text[start:end].strip(f"{_EDGES}#") for start, end in zip(starts, ends, strict=True))
    return [one for one in parts if one], any(one.text == "or" for one in joints)


def name(text: str) -> str:
    """Return the name that something is to be saved under."""
    return bare(text, "names")


def _front(text: str, said: Sequence[Word]) -> int:
    """Return where the words end that say nothing; none are cut in two: a7, d'accord."""
    end = 0
    for word, after in pairwise(said):
        if not word.known or word.text or not _between(text, word.end, after.start):
            break
        end = after.start
    return end


def _end(text: str, said: Sequence[Word]) -> int:
    start = len(text)
    for before, word in reversed([*pairwise(said)]):
        if not word.known or word.text or not _between(text, before.end, word.start):
            break
        start = before.end
    return start


def _between(text: str, end: int, start: int) -> bool:
    """Whether one word ends here and another begins: at a space, or in a script without."""
    around = text[end - 1 : start + 1]
    return not (around.isascii() and around.isalnum())
