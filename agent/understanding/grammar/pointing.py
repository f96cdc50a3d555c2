"""Answering a question by the letter of a picture: "b", "option c", "none of these"."""

import re

from agent.understanding.acts import Act, Answer, Unclear
from agent.understanding.interpretation import Context

_LETTER = re.compile(
    r"(?:(?:option|answer|picture|letter|it's|it is|like|more like|the)? ?)\(?(?P<letter>[a-z])\)?"
    r"(?: one| please)?",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"neither(?: of (?:them|these|those))?|none(?: of (?:them|these|those|the above))?"
    r"|no idea|(?:i )?don't know|skip(?: it| that)?",
    re.IGNORECASE,
)


def pointing(said: str, context: Context) -> Act | None:
    """Read an answer to the question that is open, if one is."""
    if not context.alternatives:
        return None
    if _NONE.fullmatch(said):
        return Answer(None)
    match = _LETTER.fullmatch(said)
    if match is None:
        return None
    at = ord(match["letter"].lower()) - ord("a")
    if at >= len(context.alternatives):
        last = chr(ord("a") + len(context.alternatives) - 1)
        return Unclear(f"There is no answer {match['letter']!r}: they go from a to {last}.")
    return Answer(context.alternatives[at])
