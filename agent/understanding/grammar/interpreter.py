"""An utterance to acts by a closed grammar, without a language model.

Commands, verdicts on pictures, refusals and conditions are recognised; whatever is left is a
description for the encoder: a new search if nothing is asked for yet, else a refinement.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from agent.understanding.acts import (
    Act,
    Change,
    Drop,
    Feedback,
    Filter,
    Forget,
    Keep,
    Negate,
    NewSearch,
    Refine,
    Resemble,
    Show,
    StartOver,
    Unclear,
    Widen,
)
from agent.understanding.acts_as_edits import Asking, after
from agent.understanding.condition_edits import narrowed, opposite
from agent.understanding.constraint_words import restated
from agent.understanding.grammar.commands import command, fresh_start
from agent.understanding.grammar.conditions import taken_out, whole_condition
from agent.understanding.grammar.corrections import correction
from agent.understanding.grammar.dates.dates import date_pattern, dated
from agent.understanding.grammar.feedback import WHICH, feedback
from agent.understanding.grammar.handed_in import beside
from agent.understanding.grammar.numbers.counts import counted
from agent.understanding.grammar.phrases import bared, negated, split_negation, tidied, worded
from agent.understanding.grammar.pointing import pointing
from agent.understanding.grammar.set_aside import MARK, restored, set_aside
from agent.understanding.interpretation import Context, Interpretation
from retrievers.pictures.metadata.plain_dates import in_digits
from retrievers.query import Filters, clock

LONGEST = 2000
"""Characters of an utterance that are read; the rest is dropped."""

_ON_STATE = Drop | Change | Forget | Keep | Widen
"""The acts that mean nothing without what is asked for already."""

KEPT_OUT = "A picture can be looked for, not kept out; say in words what to avoid."

_CLAUSE = re.compile(
    r" ?[;,.!?](?= |$) ?|(?<!thing)(?<!\ball) but (?:also )?"
    r"| and (?=(?:only|not|no|without|from \d"
    r"|taken|tagged|in the \S+ folder|save|show|like|then|also|hide|remove)\b)"
    r"| -+ | (?=(?:only|just) (?:from|in|the|with|taken|portrait|landscape|those|since"
    r"|before|after)\b)"
)


_LIST = re.compile(
    r"\b((?:no|without|not)(?: any)? \w+)((?:, \w+)+),? (?:or|nor|and) (?=\w+$)", re.I
)
_EVERYTHING = re.compile(
    r"^(?:(?:(?:everything|anything|all|any|the|those|these) )*"
    r"(?:(?:everything|anything|all|any|those|stuff|pictures|photos|images|ones?) )"
    r"(?:(?:that|which) )?(?:(?:is|was|are|were) )?"
    r"(?=(?:in|from|before|after|since|until|taken|shot|tagged|rated|older|newer|with|inside"
    r"|under|within|without|not)\b)|(?:the|any|all|those) )",
    re.IGNORECASE,
)
_INSTEAD_OF = re.compile(r"(?P<new>.+?) (?:instead of|rather than|and not|not) (?P<old>.+)", re.I)
_REPLACE = re.compile(
    r"(?:replace|swap|change) (?:the )?(?P<old>.+?) (?:with|by|for|to|into) (?P<new>.+)", re.I
)
_INSTEAD = re.compile(
    r"(?:instead,? |(?:no,? )?i (?:meant?|said) )?(?P<new>.+?)(?:,? instead)?", re.I
)


@dataclass
class _Heard:
    """What was gathered from an utterance so far."""

    context: Context
    acts: list[Act] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    filters: Filters = field(default_factory=Filters)
    doubts: list[str] = field(default_factory=list)
    sought: bool = False
    instead: bool = False


def interpret(said: str, context: Context, handed_in: Sequence[Path] = ()) -> Interpretation:
    """Read any text; the same text in the same context always means the same.

    Args:
        said: the words; they may be none if pictures come with them.
        context: what they may refer to.
        handed_in: pictures that come with the words.
    """
    said, aside = set_aside(tidied(said[:LONGEST]), context.folders)
    said = tidied(in_digits(said, english=False))
    acts = _with_pictures(said, context, handed_in) if handed_in else _acts(said, context)
    if WHICH in acts and context.handed_in:
        acts = _with_pictures(said, context, [context.handed_in])
    acts = [restored(act, aside) for act in acts]
    return Interpretation(tuple(acts), _in_words(acts))


def slots_alone(said: str, context: Context) -> list[Act]:
    """Return the acts of words that are only commands, verdicts and conditions; else none."""
    acts = _clauses(said, context)
    refused = [one for act in acts if isinstance(act, Filter) for one in act.adds.unless]
    lasting = any(one.before and clock(one.before).date() > context.today for one in refused)
    described = any(isinstance(act, NewSearch | Refine | Negate | Unclear) for act in acts)
    return [] if described or lasting else acts


def refusals_alone(said: str, context: Context) -> list[Act]:
    """Return the acts of words that do nothing but refuse, such as "no cars"; else none."""
    acts = _clauses(said, replace(context, asked=True))
    return acts if acts and all(isinstance(act, Negate) for act in acts) else []


def sought(said: str) -> str:
    """Return what is looked for, if the words say that something is: "show me a dog"."""
    wording = worded(bared(said))
    return wording.text if wording.sought and not negated(wording.text) else ""


def _acts(said: str, context: Context) -> list[Act]:
    if act := correction(said, context) or pointing(said, context):
        return [act]
    said = said.removeprefix("/")
    if act := command(said, context) or command(bared(said), context):
        return [act]
    if rest := fresh_start(bared(said)):
        acts = _clauses(rest, replace(context, asked=False))
        return acts if any(isinstance(act, NewSearch) for act in acts) else [StartOver(), *acts]
    return _clauses(said, context) or [Unclear("Say what you look for, or ask for help.")]


def _with_pictures(said: str, context: Context, pictures: Sequence[Path]) -> list[Act]:
    more = beside(said, len(pictures), shown=context.shown)
    acts = _acts(more.text, context) if more.text else []
    if more.refused:
        acts.append(Unclear(KEPT_OUT))
    chosen = [pictures[at] for at in more.chosen]
    examples = [Resemble(one, more.instead and one == chosen[0]) for one in chosen]
    fresh = any(isinstance(act, NewSearch) for act in acts)
    return [*examples, *acts] if more.instead and not fresh else [*acts, *examples]


def _clauses(said: str, context: Context) -> list[Act]:
    heard = _Heard(context)
    said = _LIST.sub(lambda m: m[1] + m[2].replace(", ", " or ") + " or ", said)
    for clause in _parts(said, context):
        _hear(clause, heard)
    return _gathered(heard)


def _parts(said: str, context: Context) -> list[str]:
    """Split an utterance into clauses; what reads as one verdict or condition stays whole."""
    days = [match.span() for match in date_pattern(alone=False).finditer(said)]
    cuts = [
        match.span()
        for match in _CLAUSE.finditer(said)
        if not any(start < match.start() and match.end() < end for start, end in days)
    ]
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(said)]
    parts, at = [], 0
    while at < len(starts):
        runs = (last for last in range(min(at + 5, len(ends)) - 1, at, -1))
        whole = next((j for j in runs if _is_one(said[starts[at] : ends[j]], context)), at)
        parts.append(said[starts[at] : ends[whole]])
        at = whole + 1
    return [part for part in parts if part]


def _is_one(clause: str, context: Context) -> bool:
    judged = feedback(bared(clause), context)
    if judged is not None and not judged[1]:
        return True
    bare = bared(clause)
    if _condition(bare, context) is not None:
        return True
    refused = negated(bare)
    return refused is not None and len(refused) > 1 and _refusable(refused, context) is not None


def _hear(clause: str, heard: _Heard) -> None:
    bare = bared(clause)
    if asked := counted(bare):
        heard.acts.append(Show(asked[0]))
        bare = asked[1]
    if not bare:
        return
    if act := command(bare, heard.context):
        heard.acts.append(act)
    elif judged := feedback(bare, heard.context):
        heard.acts.append(judged[0])
        if judged[1]:
            _hear(judged[1], heard)
    elif found := _condition(bare, heard.context):
        heard.filters = narrowed(heard.filters, found)
        heard.doubts += _doubts(bare, found, heard.context)
    elif refused := negated(bare):
        _refuse(refused, heard)
    else:
        _describe(_replaced(bare, heard), heard)


def _refuse(refused: Sequence[str], heard: _Heard) -> None:
    context, last = heard.context, heard.filters.before
    if last and heard.filters.after:  # "from 2019 but not from July" is that year's
        context = replace(context, today=clock(last).date() - timedelta(days=1))
    context = replace(context, asked=True)  # no portraits: no such pictures
    if len(refused) > 1 and (found := _refusable(refused, context)):
        heard.filters = narrowed(heard.filters, opposite(found))
        return
    for text in refused:
        meant = _EVERYTHING.sub("", text)
        if found := _condition(meant, context) or _folder(meant, context):
            heard.filters = narrowed(heard.filters, opposite(found))
            heard.doubts += _doubts(text, found, context)
        elif date_pattern(alone=True).fullmatch(text):
            heard.doubts.append(dated(text, context.today).doubt)
        else:
            heard.acts.append(Negate(text))


def _refusable(refused: Sequence[str], context: Context) -> Filters | None:
    """Return the conditions of a list that names no sight."""
    text = " or ".join(_EVERYTHING.sub("", text) for text in refused)
    return _condition(text, context) or _folder(text, context)


def _folder(text: str, context: Context) -> Filters | None:
    named = re.match(rf"(?:the |my )?(?:(?:folder|directory) |{MARK})", text, re.IGNORECASE)
    return _condition(f"in {text}", context) if named else None


def _condition(clause: str, context: Context) -> Filters | None:
    wording = worded(clause)
    looks_like_a_sight = re.fullmatch(r"(?:portrait|landscape|square|vertical)s?", clause, re.I)
    if looks_like_a_sight and not context.asked:
        return None
    if found := whole_condition(clause, context.today):
        return found
    return None if negated(clause) else whole_condition(wording.text, context.today)


def _doubts(clause: str, found: Filters, context: Context) -> list[str]:
    dates = date_pattern(alone=True)
    match = dates.fullmatch(clause) or dates.search(clause) if found.after or found.before else None
    doubt = dated(match[0], context.today).doubt if match else ""
    return [doubt] if doubt else []


def _replaced(clause: str, heard: _Heard) -> str:
    """Take "instead of dogs" or "instead" off a description, and note it."""
    match = _INSTEAD_OF.fullmatch(clause)
    if match and _condition(match["old"], heard.context):
        return clause
    if match := match or _REPLACE.fullmatch(clause):
        heard.acts.append(Negate(match["old"]))
    else:
        match = _INSTEAD.fullmatch(clause)
    if match is None or match["new"] == clause:
        return clause
    heard.instead = True
    return match["new"]


def _describe(clause: str, heard: _Heard) -> None:
    left, found, doubts = taken_out(clause, heard.context.today)
    heard.doubts += doubts
    for filters in found:
        heard.filters = narrowed(heard.filters, filters)
    left, refused = split_negation(left)
    _refuse(refused, heard)
    wording = worded(left)
    heard.sought = heard.sought or (wording.sought and not wording.narrowed)
    if wording.text:
        heard.texts.append(wording.text)


def _gathered(heard: _Heard) -> list[Act]:
    acts = [*map(Unclear, dict.fromkeys(heard.doubts)), *heard.acts]
    if heard.texts:
        text = ", ".join(heard.texts)
        fresh = heard.sought or not heard.context.asked
        acts.insert(0, NewSearch(text) if fresh else Refine(text, instead=heard.instead))
    if heard.filters != Filters():
        acts.append(Filter(heard.filters))
    return _with_feedback_joined(acts)


def _with_feedback_joined(acts: Sequence[Act]) -> list[Act]:
    verdicts = [act for act in acts if isinstance(act, Feedback)]
    others: list[Act] = [act for act in acts if not isinstance(act, Feedback)]
    if not verdicts:
        return others
    like = dict.fromkeys(n for act in verdicts for n in act.like)
    unlike = dict.fromkeys(n for act in verdicts for n in act.unlike)
    return [*others, Feedback(tuple(like), tuple(unlike))]


def _in_words(acts: Sequence[Act]) -> str:
    """Say what was meant; acts that only make sense on a query are named."""
    shown = [str(n) for n in range(1, 10_000)]
    asking = [act for act in acts if isinstance(act, Asking) and not isinstance(act, _ON_STATE)]
    said = [type(act).__name__.lower() for act in acts if act not in asking]
    asked = after(asking, (), shown)
    return "; ".join([*said, *([restated(asked)] if asked else [])]) or "anything"
