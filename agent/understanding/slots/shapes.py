"""Whether upright, lying or square pictures are meant, in words or as the ratio of the sides."""

import re

from agent.understanding.interpretation import Context
from agent.understanding.slots.languages.translation import translations, unknown
from retrievers.query import Filters, Orientation

_SHAPES: tuple[Orientation, ...] = ("square", "portrait", "landscape")
_RATIO = re.compile(r"(\d{1,4}) ?[:x×/] ?(\d{1,4})", re.IGNORECASE)


def shape(text: str, context: Context) -> Filters | None:
    """Read a shape; where two are named, the pictures may have either."""
    for said in translations(text, "shapes"):
        named = {word.text for word in said if word.known}
        found = [one for one in _SHAPES if one in named]
        if found and (len(found) > 1 or unknown(said) < len(said)):
            return _either(found)
    match = _RATIO.search(text)
    return Filters(orientation=_of(int(match[1]), int(match[2]))) if match else None


def only_shapes(text: str) -> bool:
    """Whether words name a shape and nothing that could have it, such as a tall tree."""
    return any(not unknown(said) for said in translations(text, "shapes"))


def _either(shapes: list[Orientation]) -> Filters:
    if len(shapes) == 1:
        return Filters(orientation=shapes[0])
    return Filters(one_of=(tuple(Filters(orientation=one) for one in shapes),))


def _of(wide: int, high: int) -> Orientation:
    return "square" if wide == high else "landscape" if wide > high else "portrait"
