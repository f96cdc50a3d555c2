"""Which tags a picture must carry: "#work and #urgent", "mit dem Schlagwort Urlaub"."""

from agent.understanding.interpretation import Context
from agent.understanding.slots.names import bare, several
from retrievers.query import Filters


def tag(text: str, context: Context) -> Filters | None:
    """Read tags, all of which a picture must carry, or one if that is said."""
    names, either = several(bare(text, "tags", "articles"))
    if len(names) > 1 and either:
        return Filters(one_of=(tuple(Filters(tags=(name,)) for name in names),))
    return Filters(tags=tuple(names)) if names else None
