"""Which folder is meant, by its name or by a path of names."""

import re

from agent.understanding.interpretation import Context
from agent.understanding.slots.names import bare, several
from retrievers.query import Filters
from retrievers.text.lettering import folded


def folder(text: str, context: Context) -> Filters | None:
    """Read the name of a folder, or of several; one that there is, is written as it is there."""
    known = {_key(part): part for path in context.folders() for part in (path, *path.split("/"))}
    inner = bare(text, "folders", "articles", "from")
    if name := next((known[key] for key in map(_key, (text, inner)) if key in known), None):
        return _glob(name)
    names, either = several(inner)
    if len(names) > 1 and (either or all(_key(name) in known for name in names)):
        return Filters(one_of=(tuple(_glob(known.get(_key(name), name)) for name in names),))
    return _glob(inner) if inner else None


def _glob(name: str) -> Filters:
    glob = re.sub(r"[*?\[]", r"[\g<0>]", name)
    return Filters(paths=(f"*{glob}/*" if "/" in glob else glob,))


def _key(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", folded(name)).strip(" /")
