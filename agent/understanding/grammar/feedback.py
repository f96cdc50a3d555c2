"""Verdicts on shown pictures: "like 3", "the third one is perfect", "not the second one"."""

import re

from agent.understanding.acts import Feedback, Unclear
from agent.understanding.grammar.commands import checked
from agent.understanding.grammar.positions import REFERENCE, THING, positions
from agent.understanding.interpretation import Context

WHICH = Unclear("Which picture? Say its number.")
"""What is said to words that point at a picture, and not at one on the screen."""

_ALIKE = (
    r"(?:(?:(?:give|show|find|get) me )?(?:some |a few |many )?(?:more|something|anything|ones"
    r"|pictures|photos|stuff|others|images|looks?|closer|exactly|just|much)? ?"
    r"(?:like|similar to|resembling|(?:the )?same as|such as|close to|in the style of|along the"
    r" lines of))"
)
_GOOD = (
    r"(?:is|are|was|looks?|seems?|'s)(?: (?:really|very|so|just|pretty|almost|exactly|quite"
    r"|about))? "
    r"(?:great|good|perfect|right|nice|lovely|close|closest|better|best|beautiful|fine|correct"
    r"|it|spot on|excellent|"
    r"the (?:one|ones|best|right one)|what i (?:want|mean|need|had in mind|was looking for|am"
    r" looking for)|on the right track)"
)
_BAD = (
    r"(?:(?:is|are|was|looks?|'s)(?: (?:really|very|just|completely|totally|all))? (?:wrong|bad"
    r"|not|no good|terrible|off|ugly|irrelevant|useless|"
    r"unrelated|nothing like it|out)|(?:is|are|was)n't|(?:doesn't|don't|does not|do not) (?:fit"
    r"|match|belong|count|look right))"
    r"(?: (?:right|it|good|great|relevant|what i (?:want|mean|meant)|the one|close|here|in here"
    r"|related))?"
)
_DISLIKE = (
    r"(?:(?:but |and )*(?:not|no|nor|never|hide|remove|drop|exclude|delete|discard|get rid of"
    r"|skip|without|except(?: for)?|lose|"
    r"throw out|dismiss|ignore|less like|nothing like|unlike|not like|none like|take out|leave"
    r" out|reject|away with|thumbs down (?:for|to|on)|"
    r"i (?:really )?(?:don't|do not) (?:like|want|need)|i (?:dislike|hate)|anything but)(?:"
    r" anything| something| more)?(?: like)?)"
)
_LIKE = (
    rf"(?:{_ALIKE}|i (?:really |quite )?(?:like|love|prefer|want|choose|pick|meant?|take)"
    rf"|yes,?(?: to)?|thumbs up (?:for|to|on)|good:?|pick|choose|"
    r"closest (?:is|are)|(?:the )?best (?:is|are)|it's|take)"
)
_TAIL = (
    r"(?:,? (?:and )?(?P<rest>(?:with|without|at|in|on|where|only|but|just|showing|from|taken"
    r"|before|after|by|under|near)\b.*))?"
)

_BARE = rf"(?!(?:all|any|these|those|them|this|that|last|top|best|final)\b){REFERENCE}"

_RULES = (
    (re.compile(rf"{_DISLIKE} (?P<refs>{REFERENCE}){_TAIL}", re.IGNORECASE), "unlike"),
    (
        re.compile(
            r"(?P<refs>none of (?:these|those|them)(?: \w+)?)(?: (?:is|are|fits?|match(?:es)?"
            r"|works?).*)?",
            re.I,
        ),
        "unlike",
    ),
    (re.compile(rf"(?P<refs>{REFERENCE}),? {_BAD}", re.IGNORECASE), "unlike"),
    (
        re.compile(
            rf"{_LIKE} (?P<refs>{REFERENCE})(?: (?:best|most|more|a lot))?{_TAIL}", re.IGNORECASE
        ),
        "like",
    ),
    (re.compile(rf"(?P<refs>{REFERENCE}),? {_GOOD}", re.IGNORECASE), "like"),
    (re.compile(rf"(?P<refs>{_BARE})", re.IGNORECASE), "like"),
)


_SUCH = re.compile(
    rf"(?:(?:any|all|none|only|just) )?(?:of )?(?:the |those |that )?(?:those|{THING})",
    re.IGNORECASE,
)
"""Points at no picture where a condition follows: those from work."""


def feedback(clause: str, context: Context) -> tuple[Feedback | Unclear, str] | None:
    """Read a clause that judges pictures; returns the verdict and the words after it."""
    for rule, verdict in _RULES:
        if match := rule.fullmatch(clause):
            if _says_which(match):
                return None
            named = positions(match["refs"], context)
            wrong = [bad for position in named if (bad := checked(position, context))]
            rest = match.groupdict().get("rest") or ""
            if wrong or not named:
                return (wrong or [WHICH])[0], rest
            return Feedback(like=named) if verdict == "like" else Feedback(unlike=named), rest
    return None


def _says_which(match: re.Match[str]) -> bool:
    """Whether those are meant that what follows says, and not those on the screen."""
    rest = match.groupdict().get("rest")
    if not rest or not _SUCH.fullmatch(match["refs"]) or re.match(_ALIKE, match.string, re.I):
        return False
    between = match.string[match.end("refs") : match.start("rest")]
    return between == " " and not re.match(r"(?:only|but|just)\b", rest, re.IGNORECASE)
