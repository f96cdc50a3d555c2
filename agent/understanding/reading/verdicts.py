"""Spans that judge pictures on the screen."""

import re

from agent.understanding import slots
from agent.understanding.acts import Feedback
from agent.understanding.grammar.commands import checked
from agent.understanding.grammar.feedback import WHICH
from agent.understanding.interpretation import Context
from agent.understanding.reading.gathered import Gathered

_BUT = re.compile(r" (?:except|but|bar|apart from|other than|besides)(?: for)?$", re.IGNORECASE)
_DECIMAL = re.compile(r"\d[.,]\d")
_REST = re.compile(r"\b(?:rest|others?|everything else|remaining|remainder)\b", re.IGNORECASE)


def take_verdict(text: str, kind: str, got: Gathered, context: Context) -> None:
    """Gather which pictures are right or wrong; ask which if the words don't say it."""
    text = _BUT.sub("", text)
    if _REST.search(text):
        got.rest.append(kind)
        return
    if _DECIMAL.search(text):  # f/2.8
        got.doubts.append(f"{text!r} is not understood as pictures.")
        return
    named = slots.pictures(text, context)
    if kind == "spared":
        got.spared += named
        return
    if wrong := [bad for number in named if (bad := checked(number, context))]:
        got.acts.append(wrong[0])
    elif not named:
        got.acts.append(WHICH)
    else:
        (got.like if kind == "like" else got.unlike).extend(named)


def verdicts(got: Gathered, context: Context) -> list[Feedback]:
    """Return one act for all verdicts; "the rest" are those that nothing else was said of."""
    judged = {*got.like, *got.unlike}
    others = [n for n in range(context.first, context.shown + 1) if n not in judged]
    for kind in got.rest:
        (got.like if kind == "like" else got.unlike).extend(others)
    like = tuple(dict.fromkeys(n for n in got.like if n not in got.spared))
    if set(got.unlike) & set(got.spared):  # all wrong except 2
        like = (*like, *got.spared)
    unlike = tuple(dict.fromkeys(n for n in got.unlike if n not in like))
    return [Feedback(like, unlike)] if like or unlike else []
