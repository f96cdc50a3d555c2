"""The words in a file's path."""

import re
from collections.abc import Iterable
from itertools import pairwise

_BORDER = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|[\W_]+")


def name_words(below: Iterable[str]) -> str:
    """Split paths into words: at marks, before capitals, between letters and digits.

    The suffix is left out.
    """
    words: dict[str, None] = {}
    for path in below:
        stem = path.rpartition(".")[0] or path
        words.update(dict.fromkeys(filter(None, _BORDER.split(_before_capitals(stem)))))
    return " ".join(words)


def _before_capitals(text: str) -> str:
    """Set a space before each capital that follows a small letter, in any script."""
    if text.islower() or text.isupper():
        return text
    spaced = (" " + b if a.islower() and b.isupper() else b for a, b in pairwise(text))
    return text[:1] + "".join(spaced)
