"""From tagged spans to acts: what a person means by one utterance.

A span says what its words are for; the grammar reads what is in it; the list of what is asked for
says what a correction is about. Nothing is a description but what was tagged as one.
"""

import re
from collections.abc import Sequence

from agent.understanding import slots
from agent.understanding.acts import Act, Ask, Drop, Forget, Keep, Redo, StartOver, Unclear, Undo
from agent.understanding.condition_kinds import is_of
from agent.understanding.constraint_list import Condition, Refused
from agent.understanding.interpretation import Context
from agent.understanding.named_constraints import KIND_NAMES, is_named
from agent.understanding.reading.commands import Commands
from agent.understanding.reading.conditions import conditions, take_condition, take_widening
from agent.understanding.reading.descriptions import descriptions, keeps, take_description
from agent.understanding.reading.gathered import EDGES, Gathered
from agent.understanding.reading.verdicts import take_verdict, verdicts
from agent.understanding.tagger.features import Around
from agent.understanding.tagger.labels import CONDITIONS, MEASURES, REFUSED
from agent.understanding.tagger.spans import Span


def acts_of(
    said: str, spans: Sequence[Span], context: Context, around: Around, *, fresh: bool
) -> list[Act]:
    """Return what an utterance means; empty if none of its words is for anything.

    Args:
        said: the words.
        spans: what they are for.
        context: what they may refer to.
        around: what is asked for, in words.
        fresh: whether a new search begins.
    """
    got = Gathered()
    for span in spans:
        if text := said[span.start : span.end].strip(EDGES):
            kind = "widen" if _widens(said, span, around) else span.kind
            if not _take_otherwise(text, kind, got, context, said):
                _take(text, kind, got, context, said)
    got.acts += Commands(said, spans, context).acts()
    _settle_question(got, context)
    met = {kind for kind, _ in (*got.met, *got.not_met)}
    got.doubts += [told for kind, told in got.unread if kind not in met]
    if any(isinstance(act, Forget) for act in got.acts):  # the rest stays in any case
        got.acts = [act for act in got.acts if not isinstance(act, Keep)]
    over = any(span.kind == "over" for span in spans) and not keeps(got.acts)
    if over:
        got.acts.insert(0, StartOver())
    fresh = fresh or over or not context.asked
    described = descriptions(got, said, context, around, fresh=fresh)
    acts = [*described, *got.acts, *conditions(got, context), *verdicts(got, context)]
    return _in_order([*map(Unclear, dict.fromkeys(got.doubts)), *acts])


def _widens(said: str, span: Span, around: Around) -> bool:
    """Whether a condition is to hold in addition to those that are set: also portrait ones."""
    if not around.conditions or span.kind not in CONDITIONS:
        return False
    before, after = said[: span.start], said[span.end :]
    return bool(_ALSO.search(before) or _TOO.match(after))


_ALSO = re.compile(
    r"\b(?:also|auch|aussi|también|anche|também)(?: (?:the|any|some|show|include|in|from))* $", re.I
)
_TAKEN = re.compile(r" (?:taken|shot|photographed) ", re.IGNORECASE)
_CALLED = re.compile(
    r"(?:the |that |my )(?P<kind>\w+)|(?:the |that |my )?(?P<kind_too>\w+) (?:thing|filter|bit"
    r"|part|limit|business"
    r"|restriction|condition)",
    re.IGNORECASE,
)
_ALL_BUT = re.compile(
    r"(?:everything|all|anything)(?: else)? (?:except|but|apart from|other than|bar)(?:"
    r" for)?(?: the| my)?"
    r" (?P<kept>[^\W\d].*)",
    re.IGNORECASE,
)
_WANTED_AFTER_ALL = re.compile(
    r"\b(?:do|did|i|really|still|also) (?:actually |really |still |also )?(?:want|need"
    r"|like)(?:ed)?\b|^with\b",
    re.I,
)
_EACH = re.compile(r"^(?:(?:every|each|all|any|both|of|the|those) )+", re.IGNORECASE)
_TOO = re.compile(r" ?(?:ones?|pictures|photos|shots)? ?(?:too|as well|also)\b", re.I)


def _take(text: str, kind: str, got: Gathered, context: Context, said: str) -> None:
    match kind:
        case "want" | "refuse" | "new" | "old" | "instead":
            taken = _TAKEN.search(text) if kind == "want" else None
            when = text[taken.start() :].strip() if taken else ""
            if when and slots.condition("date", when, context):  # a street taken at night
                take_condition(when, "date", got, context, said)
                text = text.removesuffix(when).strip(EDGES)
            take_description(text, kind, got)
        case "drop":
            got.acts.append(Forget(_EACH.sub("", text) or text))
        case "keep":
            got.acts.append(Keep((text,)))
        case "widen":
            take_widening(text, got, context)
        case "like" | "unlike" | "spared":
            take_verdict(text, kind, got, context)
        case _ if kind in (*CONDITIONS, *MEASURES, *REFUSED):
            take_condition(text, kind, got, context, said)
        case _:
            pass


def _take_otherwise(text: str, kind: str, got: Gathered, context: Context, said: str) -> bool:
    """Gather what says the contrary of its kind, or names a condition; False: it does not."""
    kept = _ALL_BUT.fullmatch(text) if kind in ("refuse", "drop", "unlike") else None
    if kept:
        got.acts.append(Keep((kept["kept"],)))
    elif kind == "refuse" and _calls_a_condition(text, context):
        got.acts.append(Forget(text))
    elif kind == "drop" and _WANTED_AFTER_ALL.search(said) and _refused(text, context):
        got.wanted.append(_EACH.sub("", text) or text)
    else:
        return False
    return True


def _calls_a_condition(text: str, context: Context) -> bool:
    """Whether words name a kind of condition that holds: lose the stars thing."""
    match = _CALLED.fullmatch(text)
    said = (match["kind"] or match["kind_too"]) if match else ""
    name = said.casefold().removesuffix("s")
    return any(
        isinstance(one, Condition) and is_of(kind, one.filters)
        for kind, names in KIND_NAMES.items()
        if name in names
        for one in context.state
    )


def _settle_question(got: Gathered, context: Context) -> None:
    """A condition in a question asks about those pictures only; with none shown it is the wish."""
    asks = [act for act in got.acts if isinstance(act, Ask) and not act.positions]
    if not asks or not (got.met or got.not_met):
        return
    if not context.asked:
        got.acts = [act for act in got.acts if act not in asks or act.what == "count"]
    else:
        got.met, got.not_met = [], []
        got.acts = [Unclear(_ALL_OF_THEM) if act in asks else act for act in got.acts]


_ALL_OF_THEM = "I can tell that of all that is found: ask for the condition first, then ask again."


def _refused(text: str, context: Context) -> bool:
    return any(isinstance(one, Refused) and is_named(one, text) for one in context.state)


def _in_order(acts: Sequence[Act]) -> list[Act]:
    """Put them as they take effect: going back, keeping, then what is asked for and shown."""
    moves = [act for act in acts if isinstance(act, Undo | Redo | StartOver | Drop)]
    kept = tuple(text for act in acts if isinstance(act, Keep) for text in act.words)
    rest = [act for act in acts if not isinstance(act, Undo | Redo | StartOver | Drop | Keep)]
    return list(dict.fromkeys([*moves, *([Keep(kept)] if kept else []), *rest]))
