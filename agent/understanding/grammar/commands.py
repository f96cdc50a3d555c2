"""Clauses that command the session: undo, show more, why, save, export, start over, help."""

import re
from collections.abc import Callable

from agent.understanding.acts import (
    Act,
    Export,
    Help,
    Redo,
    Save,
    ShowMore,
    StartOver,
    Unclear,
    Undo,
    Why,
)
from agent.understanding.grammar.lifting import LIFTING, lift
from agent.understanding.grammar.numbers.numbers import CARDINAL, COUNT, number
from agent.understanding.grammar.positions import ONE, REFERENCE, THING, positions
from agent.understanding.interpretation import Context

Reader = Callable[[re.Match[str], Context], Act]

_FROM_NEW = r"(?:from scratch|from the (?:beginning|start)|afresh|anew|again|over|fresh)"
_OVER = (
    rf"(?:let's |let us )?(?:start|begin|try) (?:all )?{_FROM_NEW}"
    r"|(?:reset|restart|clear|forget)(?: (?:it|this|that|all|everything|all of (?:it|that|this)"
    r"|the (?:search|query)))?"
    r"|(?:a )?(?:new|fresh|another|different) (?:search|query|start|topic)"
)
_STEP = r"(?:steps?|turns?|times?|ones?|changes?|search(?:es)?|moves?|quer(?:y|ies))"
_GO = r"(?:(?:let's )?(?:go|take me|jump|return) )?"
_PLACE = r"(?:search|query|turn|step|one|results?)"
_BACK = (
    r"(?:undo|revert|go back|back|back up|step back|take back)"
    rf"(?: (?:by |the last |the )?(?:(?P<n>{COUNT}|once|twice)|(?:last|previous)(?: one)?|it)?"
    rf" ?{_STEP}?(?: back)?)?"
)
_OOPS = (
    r"undo (?:that|all that)|take (?:that|it) back|never ?mind(?: that)?|oops|scratch that"
    r"|(?:oops|whoops|sorry|no),? (?:undo|go back|take that back)"
    rf"|{_GO}back to the (?:previous|last) {_PLACE}|back to before"
)
_TO_FIRST = rf"{_GO}back to the (?:beginning|start|first {_PLACE})"
_TO_TURN = rf"{_GO}(?:back )?to (?:turn|step|search|query)(?: number)? #?(?P<n>{CARDINAL})"
_TO_NAMED = rf"(?:{_GO}back|return) to (?:the |those |my |that )?(?!all\b|any)(?P<name>[^,]+)"

_FETCH = r"(?:(?:show|see|give|get|load|list|display) )?(?:(?:me|us) )?"
_MORE = (
    rf"{_FETCH}(?:(?:some|any) )?(?:(?P<n>{COUNT}) )?more"
    rf"(?: (?:{THING}|of (?:them|these|those|it|the same)))?"
)
_NEXT = rf"{_FETCH}(?:the )?(?:next|following) (?:(?P<n>{COUNT})(?: {THING})?|page|batch|{THING})"
_GO_ON = (
    r"go on|continue|keep going|carry on|anything else|(?:show me )?the rest|next"
    r"|what else(?: is there| have you got| do you have)?"
)

_WHY = r"(?:why|how come|explain|for what reason|what is|what's)\b(?P<what>.*)"

_DEICTIC = (
    rf"(?:these|those|this|that|them|it|all|everything)(?: {THING}| of (?:these|them|those))?"
)
_WHICH = rf"(?P<which>{_DEICTIC}|{REFERENCE})"
_LIST = r"(?: (?:(?:the|a|an|my) )?(?:list|album)(?: called| named)?)?"
_SAVE = (
    rf"(?:save|store|bookmark|keep|remember)(?: {_WHICH})?"
    rf"(?: (?:as|under|to|in|into){_LIST} (?P<name>.+))?"
)
_ADD = rf"(?:add|put) {_WHICH} (?:to|in|into|on){_LIST} (?P<name>.+?)(?: list| album)?"

_TALK = r"(?:chat|conversation|session|transcript)"
_WHAT = (
    rf"(?: (?:this|it|that|everything|the results|(?:(?:the|our|this|my) )?(?:whole )?{_TALK}))?"
)
_FORM = r"(?P<form>html|(?:a )?web ?page|markdown|md|an? (?:html|markdown) (?:file|page|document))"
_EXPORT = rf"(?:export|print|write|download){_WHAT}(?: (?:as|to|in|into) {_FORM})?"
_SAVE_TALK = rf"(?:save|keep) (?:(?:the|our|this|my) )?(?:whole )?{_TALK}(?: (?:as|to|in) {_FORM})?"
_SAVE_AS = rf"save{_WHAT} (?:as|to) {_FORM}"

_HELP = (
    r"help(?: me)?|\?+|commands|how does (?:this|it) work|what can you do"
    r"|what (?:can|could|should|do) i (?:say|do|ask|type).*"
)


def _undo(match: re.Match[str], _: Context) -> Act:
    n = {"once": "1", "twice": "2"}.get(match["n"] or "", match["n"])
    return Undo(steps=number(n)) if n else Undo()


def _more(match: re.Match[str], _: Context) -> Act:
    return ShowMore(number(match["n"])) if match["n"] else ShowMore()


def _why(match: re.Match[str], context: Context) -> Act:
    named = positions(match["what"], context)
    position = named[0] if named else context.first
    return checked(position, context) or Why(position)


def _save(match: re.Match[str], context: Context) -> Act:
    which, name = match["which"], match["name"]
    everything = not which or re.fullmatch(_DEICTIC, which, re.IGNORECASE)
    chosen = () if everything else positions(which, context)
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


_TABLE: tuple[tuple[str, Reader], ...] = (
    (_OVER, lambda match, context: StartOver()),
    (_OOPS, lambda match, context: Undo()),
    (_BACK, _undo),
    (_TO_TURN, lambda match, context: Undo(to=number(match["n"]))),
    (_TO_FIRST, lambda match, context: Undo(to=1)),
    (_TO_NAMED, lambda match, context: Undo(named=match["name"].strip())),
    (
        r"redo(?: (?:it|that))?|undo the undo|(?:go )?forwards?(?: again)?",
        lambda match, context: Redo(),
    ),
    (_MORE, _more),
    (_NEXT, _more),
    (_GO_ON, lambda match, context: ShowMore()),
    (_WHY, _why),
    (_SAVE_TALK, _export),
    (_SAVE_AS, _export),
    (_EXPORT, _export),
    (_SAVE, _save),
    (_ADD, _save),
    (LIFTING, lift),
    (_HELP, lambda match, context: Help()),
)
COMMANDS = tuple((re.compile(pattern, re.IGNORECASE), read) for pattern, read in _TABLE)

_STARTERS = re.compile(
    r"(?:(?:let's do )?(?:a )?(?:new|fresh|another|different) (?:search|query|topic)(?:"
    r" for)?[:,.]? "
    r"|(?:start (?:over|again|afresh)|reset|clear (?:everything|all|it)|never ?mind(?: that)?"
    r"|forget (?:that|it|this|all that|everything)|scratch that"
    r"|something (?:completely |totally )?(?:different|else))"
    r"(?: with| and(?: then)?| but|[,.:;!-])+ (?:(?:now|instead|just) )?)(?P<rest>.+)",
    re.IGNORECASE,
)


def command(clause: str, context: Context) -> Act | None:
    """Read a clause that is nothing but a command."""
    for pattern, read in COMMANDS:
        match = pattern.fullmatch(clause)
        if match and (read is not _why or _asks_why(clause, context)):
            return read(match, context)
    return None


def _asks_why(clause: str, context: Context) -> bool:
    """Whether a question is about a picture on the screen."""
    if not context.shown and not re.search(rf"\b{ONE}$", clause, re.IGNORECASE):
        return False
    what = re.match(r"what(?: is|'s)\b(.*)", clause, re.IGNORECASE)
    return not what or bool(re.search(rf"\b{ONE} (?:doing|there|here)", what[1], re.I))


def fresh_start(said: str) -> str | None:
    """Return what to look for if the utterance says to forget the rest."""
    match = _STARTERS.fullmatch(said)
    return match["rest"] if match else None
