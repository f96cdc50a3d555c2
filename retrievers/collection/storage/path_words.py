"""The words in a file's path."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from unicodedata import normalize

from retrievers.text.lettering import plain_words

_BORDER = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


def name_words(below: Iterable[str]) -> list[str]:
    """Return the words of paths, each once: whole, and what capitals and digits part them into.

    The suffix is left out.
    """
    return list(dict.fromkeys(word for path in below for word in _of_path(path)))


def _of_path(path: str) -> Iterator[str]:
    stem = normalize("NFC", path.rpartition(".")[0] or path)
    yield from plain_words(_BORDER.sub(" ", _before_capitals(stem)))
    yield from plain_words(stem)


def _before_capitals(text: str) -> str:
    """Set a space before each capital that follows a small letter, in any script."""
    if text.islower() or text.isupper():
        return text
    spaced = (" " + b if a.islower() and b.isupper() else b for a, b in pairwise(text))
    return text[:1] + "".join(spaced)
