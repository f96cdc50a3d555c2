"""What is taken back in the same breath: of "the cat, no sorry, the rabbit" the second holds."""

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.understanding.reading.correcting.cues import repairs
from agent.understanding.tagger.labels import CONDITIONS, MEASURES
from agent.understanding.tagger.spans import Span

_REPLACED = (*CONDITIONS, *MEASURES, "count", "pick", "like", "unlike", "name", "form", "order")
_NOT = re.compile(r"\bnot\b", re.IGNORECASE)
_WANTED = ("want", "new")


def repaired(said: str, spans: Sequence[Span]) -> list[Span]:
    """Return the spans without those that the next one of their kind takes back.

    A description that takes another back becomes `instead`: it may name a part of it only.
    """
    out: list[Span] = []
    for span in spans:
        last = out[-1] if out else None
        if last is None or not repairs(said[last.end : span.start]):
            out.append(span)
        elif last.kind == "want" and span.kind in _WANTED:
            out.append(replace(span, kind="instead"))
        elif last.kind == "new" and span.kind in _WANTED:
            out[-1] = replace(span, kind="new")
        elif _NOT.search(said, last.end, span.start):
            out.append(span)
        elif _bare(last) == _bare(span) and _bare(span) in _REPLACED:
            out[-1] = replace(span, kind=last.kind)
        else:
            out.append(span)
    return out


def _bare(span: Span) -> str:
    """Return its kind; "2012, no, 2013" refuses nothing."""
    return span.kind.removeprefix("not_")
