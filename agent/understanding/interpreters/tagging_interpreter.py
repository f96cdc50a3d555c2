"""An utterance to acts: the tagger says what words are for, the closed grammar what is in them.

What the grammar reads wholly, as commands, verdicts and conditions without a word of description,
is that. All else is tagged. When the tagger is unsure, nothing changes: readings are offered.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agent.understanding.acts import (
    Act,
    Change,
    Feedback,
    Negate,
    NewSearch,
    Reading,
    Refine,
    Resemble,
    Save,
    StartOver,
    Unclear,
    Undo,
)
from agent.understanding.constraint_list import Condition, Refused, Wanted
from agent.understanding.constraint_words import words_of
from agent.understanding.grammar.commands import command, fresh_start
from agent.understanding.grammar.corrections import correction
from agent.understanding.grammar.feedback import WHICH
from agent.understanding.grammar.handed_in import beside
from agent.understanding.grammar.interpreter import refusals_alone, slots_alone, sought
from agent.understanding.grammar.phrases import bared, tidied, worded
from agent.understanding.grammar.pointing import pointing
from agent.understanding.grammar.set_aside import restored, set_aside
from agent.understanding.interpretation import Context, Interpretation
from agent.understanding.interpreters.meaning import meaning
from agent.understanding.interpreters.which_place import which_place
from agent.understanding.reading.acts_of import acts_of
from agent.understanding.reading.borders import bordered
from agent.understanding.reading.changed import changed
from agent.understanding.reading.correcting.contrasted_conditions import contrasted_condition
from agent.understanding.reading.correcting.cues import without_cues
from agent.understanding.reading.correcting.leaning import leaning
from agent.understanding.reading.correcting.repaired import repaired
from agent.understanding.reading.correcting.swapped import contrasted, swapped
from agent.understanding.reading.known_folders import with_folders
from agent.understanding.reading.known_places import with_places
from agent.understanding.reading.plausible import plausible, to_the_end
from agent.understanding.reading.unable import unable
from agent.understanding.tagger.features import Around
from agent.understanding.tagger.spans import Span
from agent.understanding.tagger.tagger import tagger
from retrievers.pictures.metadata.plain_dates import in_digits
from retrievers.text.lettering import words

LONGEST = 2000
"""Characters of an utterance that are read; the rest is dropped."""
KEPT_OUT = "A picture can be looked for, not kept out; say in words what to avoid."
UNSURE = "I am not sure what that means; nothing was changed."
NOTHING_SAID = "Say what you look for, or ask for help."

SURE = {"want": 0.25, "instead": 0.25, "new": 0.2, "old": 0.2}
"""Shares of the least sure word of a span below which nothing is done but asked; else `_SURE`."""
_SURE = 0.35
_FIRST = 0.15  # of a description before anything is asked for: there is nothing to lose
FRESH = 0.5
"""Above it, a description begins a new search."""
_ADDS = re.compile(r"\b(?:also|too|as well|either|actually|instead)\b", re.IGNORECASE)
_KEPT = re.compile(r"(?:please )?(?:only |just )?(?:keep|leave)\b", re.IGNORECASE)
_REFUSES_AFTER_ALL = re.compile(
    r"(?:(?:no|sorry|wait|oops)\b,? )*(?:i|it) (?:said|meant|mean|should be) (?:without|no|exclude"
    r"|excluding)\b",
    re.IGNORECASE,
)
_OR_AFTER = re.compile(r"\b(?:on|in) or (?P<way>after|before)\b", re.IGNORECASE)
_AND_THEN = re.compile(r" and |,? then ", re.IGNORECASE)
_NO_NO = re.compile(r"^(?:no+[ ,.!]+){2,}(?=\w)", re.IGNORECASE)
_HESITATION = re.compile(
    r"(?:^|(?<= ))(?:u+m+|u+h+|er+m*|uhm+|ehm+|ähm+)(?:,|\.{2,3})?(?: |$)", re.IGNORECASE
)


def interpret(said: str, context: Context, handed_in: Sequence[Path] = ()) -> Interpretation:
    """Read any text; the same text in the same context always means the same.

    Args:
        said: the words; they may be none if pictures come with them.
        context: what they may refer to.
        handed_in: pictures that come with the words.
    """
    whole = smoothed(said[:LONGEST])
    acts = _with_pictures(whole, context, handed_in) if handed_in else _acts(whole, context)
    if context.handed_in and not handed_in and _points(whole, acts, context):
        acts = _with_pictures(whole, context, [context.handed_in])
    return Interpretation(tuple(acts), meaning(acts) or "anything")


def _points(said: str, acts: Sequence[Act], context: Context) -> bool:
    """Whether words point at a picture that is not on the screen."""
    if any(isinstance(act, Feedback) for act in acts):
        return False
    tidy = tidied(said)
    return WHICH in acts or beside(tidy, 1, shown=context.shown).text != tidy


def smoothed(said: str) -> str:
    """Return words as they are read: on one line, without hesitation, shorthand written out."""
    flat = " ".join(said.replace("’", "'").split())
    flat = re.sub(r"\bw/o\b ?", "without ", flat, flags=re.IGNORECASE)
    flat = re.sub(r"\bw/ ?", "with ", flat, flags=re.IGNORECASE)
    flat = _NO_NO.sub("no, ", flat)
    flat = _OR_AFTER.sub(lambda m: "since" if m["way"].lower() == "after" else "until", flat)
    return _HESITATION.sub("", flat).strip() or flat


def _acts(said: str, context: Context) -> list[Act]:
    tidy = tidied(said)
    if act := correction(tidy, context) or pointing(tidy, context):
        return [changed(act, context) if isinstance(act, Change) else act]
    said = said.removeprefix("/")
    around = around_of(context)
    if acts := _by_form(said, context, around):
        return acts
    rest = fresh_start(bared(tidied(said)))
    if rest and not _KEPT.match(rest):
        acts = _acts(rest, replace(context, asked=False, state=(), constraints=()))
        return acts if any(isinstance(act, NewSearch) for act in acts) else [StartOver(), *acts]
    if context.asked and (act := swapped(said, around)):
        return [act]
    if act := unable(said):
        return [act]
    tagged = tagger().tag(said, around)
    found = with_folders(said, with_places(said, tagged.spans, context), context)
    found = bordered(said, found, first=not context.asked)
    held = around.wanted
    spans = repaired(said, plausible(said, found, held=held, first=not context.asked))
    spans = spans if context.asked else to_the_end(said, spans)
    acts = which_place(acts_of(said, spans, context, around, fresh=tagged.fresh > FRESH), context)
    least = SURE if context.asked else {**SURE, "want": _FIRST}
    sure = all(span.sure >= least.get(span.kind, _SURE) for span in spans)
    if acts and sure:
        return acts
    return _plain(said, spans, context) or [_asking(said, acts, context)]


def _by_form(said: str, context: Context, around: Around) -> list[Act]:
    """Return the acts of what is nothing but a command, a correction, slots or a list refused."""
    tidy = tidied(said)
    act = command(tidy, context) or command(bared(tidy), context)
    if act and not _hides_another(act):
        return [act]
    if acts := contrasted_condition(bared(tidy), context):
        return acts
    if context.asked and (act := contrasted(tidy, around)):
        return [act]
    if context.asked and _REFUSES_AFTER_ALL.match(tidy):
        return refusals_alone(without_cues(tidy), context)
    refused = refusals_alone(tidy, context)
    return (
        leaning(bared(tidy), context)
        or _by_grammar(said, context)
        or (refused if len(refused) > 1 else [])  # no cats, dogs or birds
    )


def _plain(said: str, spans: Sequence[Span], context: Context) -> list[Act]:
    """Read what the tagger is not sure of, if its form is plain: "no cars", "show me a dog"."""
    tidy = tidied(said)
    if acts := refusals_alone(tidy, context):
        return acts
    text = sought(tidy)
    few = spans and len(words(tidy)) <= _FEW
    if not context.asked and (few or _SOMETHING.match(tidy)):
        text = text or tidy
    if not text:
        return []
    return [Refine(text)] if context.asked else [NewSearch(text)]


_SOMETHING = re.compile(
    r"(?:something|anything|somebody|someone) (?:to|for|that|which|who|with|in|on|from) \S",
    re.IGNORECASE,
)
_FEW = 3  # words that describe by themselves before anything is asked for


def _hides_another(act: Act) -> bool:
    """Whether a name swallowed what else was said."""
    if isinstance(act, Save):
        return bool(act.name and _AND_THEN.search(act.name))
    return isinstance(act, Undo) and act.named in (
        "top",
        "start",
        "beginning",
        "page one",
        "page 1",
    )


def _by_grammar(said: str, context: Context) -> list[Act]:
    """Return the acts of an utterance that holds nothing but slots; none if it holds more."""
    if _ADDS.search(said):
        return []
    marked, aside = set_aside(tidied(said), context.folders)
    acts = slots_alone(tidied(in_digits(marked, english=False)), context)
    return [restored(act, aside) for act in acts]


def _with_pictures(said: str, context: Context, pictures: Sequence[Path]) -> list[Act]:
    more = beside(said, len(pictures), shown=context.shown)
    acts = _acts(more.text, context) if more.text else []
    if more.refused:
        acts.append(Unclear(KEPT_OUT))
    chosen = [pictures[at] for at in more.chosen]
    examples = [Resemble(one, more.instead and one == chosen[0]) for one in chosen]
    fresh = any(isinstance(act, NewSearch) for act in acts)
    return [*examples, *acts] if more.instead and not fresh else [*acts, *examples]


def _asking(said: str, acts: Sequence[Act], context: Context) -> Unclear:
    """Change nothing, and offer what it can mean."""
    described = worded(tidied(said)).text
    if not words(described):
        return Unclear(NOTHING_SAID)
    guesses: list[tuple[Act, ...]] = []
    if acts and not any(isinstance(act, Unclear) for act in acts):
        guesses.append(tuple(acts))
    guesses += [(Refine(described),)] if context.asked else []
    guesses += [(NewSearch(described),), (Negate(described),)]
    several = list(dict.fromkeys(guesses))[:3]
    return Unclear(UNSURE, tuple(Reading(meaning(one), one) for one in several))


def around_of(context: Context) -> Around:
    """Return what an utterance can speak of, in words."""
    state = context.state
    return Around(
        wanted=tuple(one.text for one in state if isinstance(one, Wanted)),
        refused=tuple(one.text for one in state if isinstance(one, Refused)),
        conditions=tuple(words_of(one) for one in state if isinstance(one, Condition)),
        shown=context.shown,
    )
