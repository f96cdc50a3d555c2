"""Utterances, or parts of one, that command the session: undo, show more, why, save, start over."""

import re
from collections.abc import Callable

from agent.acts import (
    Act,
    Export,
    Help,
    Lift,
    Liftable,
    Redo,
    Save,
    ShowMore,
    StartOver,
    Unclear,
    Undo,
    Why,
)
from agent.grammar.numbers import CARDINAL, COUNT, number
from agent.grammar.positions import REFERENCE, THING, positions
from agent.interpretation import Context

_STEP = r"(?:steps?|turns?|times?|ones?|changes?|searches|search|moves?|queries|query|filters?)"
_DATE = "dates?|times?|years?|days?|periods?|time range|date range|when"
_KINDS: dict[Liftable, str] = {
    "date": _DATE,
    "orientation": "orientations?|formats?|shapes?|portraits?|landscapes?",
    "size": "sizes?|resolutions?|megapixels?",
    "folder": "folders?|director(?:y|ies)|albums?|places? on disk|paths?",
    "camera": "cameras?|phones?|devices?",
    "tags": "tags?|keywords?|labels?",
    "all": "filters?|conditions?|constraints?|restrictions?|limits?",
}
_KIND = "|".join(_KINDS.values())
_FINE = r"(?: (?:is|are|will|would|does)(?:n't| not)? ?(?:fine|ok|okay|good|do|alright|matter))?"
_DROP = r"(?:remove|drop|forget(?: about)?|clear|lift|ignore|reset|lose|cancel|delete|never mind|no more|no|without)"
_LIMIT = r"(?: (?:filters?|limits?|conditions?|restrictions?|ranges?|constraints?))?"

Reader = Callable[[re.Match[str], Context], Act]


def _lift(match: re.Match[str], _: Context) -> Act:
    word = match["kind"].casefold()
    return Lift(next(kind for kind, pattern in _KINDS.items() if re.fullmatch(pattern, word)))


def _undo(match: re.Match[str], _: Context) -> Act:
    n = {"once": "1", "twice": "2"}.get(match["n"] or "", match["n"])
    return Undo(steps=number(n)) if n else Undo()


def _back_to(match: re.Match[str], _: Context) -> Act:
    return Undo(named=match[1].strip())


def _more(match: re.Match[str], _: Context) -> Act:
    n = match.groupdict().get("n")
    return ShowMore(number(n)) if n else ShowMore()


def _why(match: re.Match[str], context: Context) -> Act:
    named = positions(match["what"] or "", context)
    position = named[0] if named else context.first
    return checked(position, context) or Why(position)


def _save(match: re.Match[str], context: Context) -> Act:
    which, name = match["which"], match["name"]
    plain = not which or re.fullmatch(
        r"(?:these|those|this|that|them|it|all|everything).*", which, re.I
    )
    chosen = () if plain else positions(which, context)
    wrong = [bad for position in chosen if (bad := checked(position, context))]
    return wrong[0] if wrong else Save(name.strip(" \"'“”") if name else None, chosen)


def _export(match: re.Match[str], _: Context) -> Act:
    form = (match["form"] or "").casefold()
    return Export("html" if "html" in form or "web" in form else "markdown" if form else None)


def checked(position: int, context: Context) -> Unclear | None:
    """Return what to answer when no picture has this number."""
    if 1 <= position <= context.shown:
        return None
    there = f"the numbers go from 1 to {context.shown}" if context.shown else "none is shown yet"
    return Unclear(f"There is no picture {position}: {there}.")


_AGAIN = r"(?:from scratch|from the (?:beginning|start)|afresh|anew|again|over|fresh)"
_WHICH = rf"(?P<which>(?:these|those|this|that|them|it|all|everything)(?: {THING}| of (?:these|them|those))?|{REFERENCE})"
_FORM = r"(?P<form>html|a? ?web ?page|markdown|md|an? (?:html|markdown) (?:file|page|document))"
_WHAT = (
    r"(?:this|it|the|our|my|that|chat|conversation|session|transcript|whole|everything|results| )*"
)

COMMANDS: tuple[tuple[str, Reader], ...] = (
    (r"(?:start|begin) (?:all )?" + _AGAIN, lambda m, c: StartOver()),
    (rf"(?:let's |let us )?(?:start|begin|try) {_AGAIN}", lambda m, c: StartOver()),
    (
        r"(?:reset|restart|clear|forget)(?: (?:it|this|that|all|everything|all of (?:it|that|this)|the (?:search|query)))?",
        lambda m, c: StartOver(),
    ),
    (
        r"(?:a )?(?:new|fresh|another|different) (?:search|query|start|topic)",
        lambda m, c: StartOver(),
    ),
    (
        r"undo that|revert|take (?:that|it) back|(?:oops|whoops|sorry|no),? (?:undo|go back|take that back)|never ?mind(?: that)?|oops|scratch that|step back",
        lambda m, c: Undo(),
    ),
    (
        rf"(?:undo|revert|go back|back|back up|step back|take back)(?: (?:by |the last |the )?(?:(?P<n>{COUNT}|once|twice)|(?:last|previous) ?(?:one)?|it|all that)? ?{_STEP}?(?: back)?)?",
        _undo,
    ),
    (
        rf"(?:go |take me |jump |return )?(?:back )?to (?:turn|step|search|query|number)(?: number)? #?({CARDINAL})",
        lambda m, c: Undo(to=number(m[1])),
    ),
    (
        r"(?:go |take me |jump |return )?back to the (?:beginning|start|first (?:search|query|turn|step|one))",
        lambda m, c: Undo(to=1),
    ),
    (
        r"(?:go |take me |jump |return )?back to the (?:previous|last) (?:search|query|turn|step|one|results?)|back to before",
        lambda m, c: Undo(),
    ),
    (
        r"(?:go |take me |let's go |jump |return )?back to (?:the |those |my |that )?(?!all\b|any)([^,]+)",
        _back_to,
    ),
    (r"return to (?:the |those |my |that )?([^,]+)", _back_to),
    (r"redo(?: (?:it|that))?|undo the undo|(?:go )?forwards?(?: again)?", lambda m, c: Redo()),
    (
        rf"(?:show |see |give |get |load |list |display )?(?:me |us )?(?:(?:some|any) )?(?:(?P<n>{COUNT}) )?more(?: (?:{THING}|of (?:them|these|those|it|the same)|please))?",
        _more,
    ),
    (
        rf"(?:show |see |give |get |load )?(?:me |us )?(?:the )?(?:next|following) ?(?:(?P<n>{COUNT})(?: {THING})?|page|batch|{THING})?",
        _more,
    ),
    (
        r"(?:go on|continue|keep going|carry on|what else(?: is there| have you got| do you have)?|anything else|the rest|next)",
        _more,
    ),
    (r"(?:why|how come|explain|for what reason|what is|what's)\b(?P<what>.*)", _why),
    (
        rf"(?:save|store|bookmark|keep|remember)(?: {_WHICH})?(?: (?:as|under|to|in|into)(?: the (?:list|name|album))?(?: (?:a list|an album)(?: called| named)?)? (?P<name>.+))?",
        _save,
    ),
    (
        rf"(?:(?:add|put) {_WHICH} (?:to|in|into|on)(?: the| my)?(?: list| album)?(?: called| named)? (?P<name>.+?)(?: list| album)?)",
        _save,
    ),
    (
        rf"(?:export|print|write|download|save)(?: me)? ?{_WHAT}(?: ?(?:as|to|in|into) {_FORM})?",
        _export,
    ),
    (
        rf"(?:{_DROP}|remove all|drop all|all|any|every|whatever|whichever)(?: of)?(?: the| any| my| all| all the| that| about the)? "
        rf"(?P<kind>{_KIND}){_LIMIT}{_FINE}",
        _lift,
    ),
    (
        rf"(?:from|in|of|with|at|on) (?:any|all|every|whatever|whichever) (?P<kind>{_KIND}){_FINE}",
        _lift,
    ),
    (rf"the (?P<kind>{_KIND}) (?:doesn't|does not|don't|do not) matter", _lift),
    (r"whenever|(?:from )?any ?time", lambda m, c: Lift("date")),
    (r"everywhere|anywhere", lambda m, c: Lift("folder")),
    (
        r"help(?: me)?|\?+|commands|how does (?:this|it) work|what (?:can|could|should|do) i (?:say|do|ask|type).*|what can you do",
        lambda m, c: Help(),
    ),
)

_STARTERS = re.compile(
    r"(?:(?:a |let's do a )?(?:new|fresh|another|different) (?:search|query|topic)(?: for)?[:,.]? |"
    r"(?:start (?:over|again|afresh)|reset|clear (?:everything|all|it)|forget (?:that|it|this|all that|everything)|"
    r"never ?mind(?: that)?|scratch that|something (?:completely |totally )?(?:different|else))"
    r"(?: with| and(?: then)?| but|[,.:;!-])+ (?:(?:now|instead|just) )?)(?P<rest>.+)",
    re.IGNORECASE,
)


def command(clause: str, context: Context) -> Act | None:
    """Read a clause that is nothing but a command."""
    for pattern, read in COMMANDS:
        if match := re.fullmatch(pattern, clause, re.IGNORECASE):
            act = read(match, context)
            if isinstance(act, Why | Unclear) and not _asks_why(clause, context):
                continue
            return act
    return None


def _asks_why(clause: str, context: Context) -> bool:
    """Whether "what is ..." is about a picture on the screen."""
    what = re.match(r"what(?: is|'s)\b(.*)", clause, re.IGNORECASE)
    return not what or bool(re.search(rf"\b{REFERENCE} (?:doing|there|here)", what[1], re.I))


def fresh_start(said: str) -> str | None:
    """Return what to look for if the utterance says to forget the rest."""
    match = _STARTERS.fullmatch(said)
    return match["rest"] if match else None
