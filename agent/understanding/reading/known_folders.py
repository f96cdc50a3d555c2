"""Folders that there are, where they are named: a span each, whatever the tagger thought of it."""

import re
from collections.abc import Sequence

from agent.understanding.grammar.set_aside import set_aside
from agent.understanding.interpretation import Context
from agent.understanding.tagger.spans import Span

REFUSED = re.compile(
    r"\b(?:not|no|nor|except|excluding|exclude|without|outside|hide|skip|nothing|none|neither|never)\b"
    r"[^,;.]*$",
    re.IGNORECASE,
)


def with_folders(said: str, spans: Sequence[Span], context: Context) -> list[Span]:
    """Return the spans with those of the folders that are named, in their order."""
    marked, aside = set_aside(said, context.folders)
    found: list[Span] = []
    at = 0
    for letter in marked:
        size = len(aside[letter].said) if letter in aside else 1
        if letter in aside:
            kind = "not_folder" if REFUSED.search(said[:at]) else "folder"
            found.append(Span(at, at + size, kind, 1.0))
        at += size
    kept = [one for one in spans if not any(_meet(one, other) for other in found)]
    return sorted([*kept, *found], key=lambda span: span.start)


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
