"""A span as a condition of its kind."""

from collections.abc import Callable, Mapping

from agent.understanding.grammar.conditions import whole_condition
from agent.understanding.interpretation import Context
from agent.understanding.slots.cameras import camera
from agent.understanding.slots.dates import taken
from agent.understanding.slots.file_kinds import file_kind
from agent.understanding.slots.folders import folder
from agent.understanding.slots.languages.translation import LONGEST
from agent.understanding.slots.ratings import rating
from agent.understanding.slots.shapes import only_shapes, shape
from agent.understanding.slots.sizes import size
from agent.understanding.slots.tags import tag
from retrievers.query import Filters

Reader = Callable[[str, Context], Filters | None]
_READERS: Mapping[str, Reader] = {
    "shape": shape,
    "date": taken,
    "type": file_kind,
    "rating": rating,
    "size": size,
    "camera": camera,
    "tag": tag,
    "folder": folder,
}


def condition(kind: str, text: str, context: Context) -> Filters | None:
    """Read a span as a condition of its kind; None if it can't be read so.

    Args:
        kind: of the span, refused or not; to `widen`, the kind shows in the words.
        text: the words.
        context: what they may refer to.
    """
    text = " ".join(text.split()).strip(" ,.;:!?、。，")
    if len(text) > LONGEST:
        return None
    if kind == "widen":
        sure = (taken, file_kind, *([shape] if only_shapes(text) else []))
        found = next(filter(None, (read(text, context) for read in sure)), None)
        return found or whole_condition(text, context.today)
    return _READERS[kind.removeprefix("not_")](text, context)
