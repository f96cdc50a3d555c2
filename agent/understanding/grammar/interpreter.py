"""What a closed grammar reads wholly: commands, verdicts on pictures, refusals and conditions.

It reads slots, never a description: where one stands, it reads nothing, and the tagger is asked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from agent.understanding.acts import (
    Act,
    Feedback,
    Filter,
    Negate,
    Show,
    Unclear,
)
from agent.understanding.condition_edits import narrowed, opposite
from agent.understanding.grammar.commands import command
from agent.understanding.grammar.conditions import taken_out, whole_condition
from agent.understanding.grammar.dates.dates import date_pattern, dated
from agent.understanding.grammar.feedback import feedback
from agent.understanding.grammar.numbers.counts import counted
from agent.understanding.grammar.phrases import bared, negated, worded
from agent.understanding.grammar.set_aside import MARK
from agent.understanding.interpretation import Context
from retrievers.query import Filters, clock

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


@dataclass
class _Heard:
    """What was gathered from an utterance so far."""

    context: Context
    acts: list[Act] = field(default_factory=list)
    filters: Filters = field(default_factory=Filters)
    doubts: list[str] = field(default_factory=list)
    described: bool = False


def slots_alone(said: str, context: Context) -> list[Act]:
    """Return the acts of words that are only commands, verdicts and conditions; else none."""
    heard = _heard(said, context)
    acts = _gathered(heard)
    refused = [one for act in acts if isinstance(act, Filter) for one in act.adds.unless]
    lasting = any(one.before and clock(one.before).date() > context.today for one in refused)
    unread = any(isinstance(act, Negate | Unclear) for act in acts)
    return [] if heard.described or lasting or unread else acts


def refusals_alone(said: str, context: Context) -> list[Act]:
    """Return the acts of words that do nothing but refuse, such as "no cars"; else none."""
    heard = _heard(said, replace(context, asked=True))
    acts = [] if heard.described else _gathered(heard)
    return acts if all(isinstance(act, Negate) for act in acts) else []


def sought(said: str) -> str:
    """Return what is looked for, if the words say that something is: "show me a dog"."""
    wording = worded(bared(said))
    return wording.text if wording.sought and not negated(wording.text) else ""


def _heard(said: str, context: Context) -> _Heard:
    """Read clause after clause, up to one that describes something."""
    heard = _Heard(context)
    said = _LIST.sub(lambda m: m[1] + m[2].replace(", ", " or ") + " or ", said)
    for clause in _parts(said, context):
        _hear(clause, heard)
        if heard.described:
            break
    return heard


def _parts(said: str, context: Context) -> Iterator[str]:
    """Split an utterance into clauses; what reads as one verdict or condition stays whole."""
    days = [match.span() for match in date_pattern(alone=False).finditer(said)]
    cuts = [
        match.span()
        for match in _CLAUSE.finditer(said)
        if not any(start < match.start() and match.end() < end for start, end in days)
    ]
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(said)]
    at = 0
    while at < len(starts):
        runs = (last for last in range(min(at + 5, len(ends)) - 1, at, -1))
        whole = next((j for j in runs if _is_one(said[starts[at] : ends[j]], context)), at)
        if part := said[starts[at] : ends[whole]]:
            yield part
        at = whole + 1


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
        _narrow(bare, heard)


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


def _narrow(clause: str, heard: _Heard) -> None:
    """Read a clause of several conditions; words that are left describe something."""
    left, found, doubts = taken_out(clause, heard.context.today)
    heard.described = bool(worded(left).text)
    heard.doubts += doubts
    for filters in found:
        heard.filters = narrowed(heard.filters, filters)


def _gathered(heard: _Heard) -> list[Act]:
    acts = [*map(Unclear, dict.fromkeys(heard.doubts)), *heard.acts]
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
