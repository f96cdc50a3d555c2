"""The words in a file's path."""

import re
from collections.abc import Iterable

_BORDER = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|[\W_]+")


def name_words(below: Iterable[str]) -> str:
    """Split paths into words: at marks, before capitals, between letters and digits.

    The suffix is left out.
    """
    words: dict[str, None] = {}
    for path in below:
        stem = path.rpartition(".")[0] or path
        words.update(dict.fromkeys(filter(None, _BORDER.split(stem))))
    return " ".join(words)
