"""Which camera is meant, by its make or model, which other scripts spell their own way."""

import re

from agent.understanding.interpretation import Context
from agent.understanding.slots.languages.phrasebook import phrasebook
from agent.understanding.slots.languages.units import spelled, units
from agent.understanding.slots.names import bare, several
from retrievers.query import Filters

_ARTICLE = re.compile(r"^(?:an?|the|my|our) (?=\S)", re.IGNORECASE)  # before what no book knows
_SPELLINGS = ("ja", "zh", "hi")


def camera(text: str, context: Context) -> Filters | None:
    """Read the name of a camera, or of several, any of which will do."""
    names, _ = several(_ARTICLE.sub("", bare(text, "cameras", "articles", "from")))
    found = tuple(Filters(camera=_make(name)) for name in names)
    if len(found) > 1:
        return Filters(one_of=(found,))
    return found[0] if found else None


def _make(name: str) -> str:
    key = " ".join(spelled(unit[0]) for unit in units(name))
    makes = (phrasebook(one, "brands").phrases.get(key) for one in _SPELLINGS)
    return next(filter(None, makes), name)
