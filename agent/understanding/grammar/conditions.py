"""Conditions on the record of a picture besides its date: shape, size, folder, camera, tags."""

import re
from collections.abc import Callable
from datetime import date
from functools import cache, partial

from agent.understanding.condition_edits import opposite
from agent.understanding.grammar import lacking as gaps
from agent.understanding.grammar import ratings
from agent.understanding.grammar.alternatives import alternatives, grown
from agent.understanding.grammar.dates.dates import DAYS_NAMED, date_in, dated, whole_date
from agent.understanding.grammar.lacking import lacking
from agent.understanding.grammar.phrases import REFUSAL
from agent.understanding.grammar.positions import THING
from agent.understanding.grammar.ratings import rated
from agent.understanding.grammar.set_aside import FIRST, FOLDER, LAST, MARK
from retrievers.query import Filters, Orientation

_SHAPES: dict[str, Orientation] = {
    "portrait": "portrait",
    "vertical": "portrait",
    "upright": "portrait",
    "landscape": "landscape",
    "horizontal": "landscape",
    "square": "square",
}
_SHAPE = rf"({'|'.join(_SHAPES)})"
_FORMAT = r"(?:mode|format|orientation|oriented|orientated|layout|shaped?)"
_MAKES = (
    "iphone|ipad|apple|pixel|galaxy|samsung|canon|nikon|sony|fuji|fujifilm|olympus|panasonic|lumix|"
    "leica|pentax|gopro|kodak|huawei|xiaomi|oneplus|motorola|nokia|ricoh|hasselblad|dji|eos|minolta"
)
_THING_TOO = r"(?!(?:apple|pixel|galaxy)\b(?! (?:\d|phone|camera)))"  # something to look for, alone
_MODEL = (
    r"(?: (?!and\b|or\b|but\b|in\b|from\b|at\b|with\b|on\b|before\b|after\b|since\b|not\b|no\b"
    r"|actually\b|instead\b|please\b|only\b|though\b|this\b|these\b|that\b)[\w-]+){0,3}"
)
_MODEL_NUMBER = r"(?!\d+(?:st|nd|rd|th|s|[cmk]?m|ft|am|pm)\b)(?=[\d-]*[a-z])[a-z]*\d[\w-]*"
"""Has a letter, or it counts something: with 2 dogs, on the 4th, from 10m."""
_MARKS = (  # that \w leaves out: accents, vowel signs, joiners; no danda, no Arabic comma
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0711-\u0963\u0966-\u1fff\u200c\u200d"
)
_TAG = rf"[\w{FIRST}-{LAST}{_MARKS}'“”\"#-]+"
_NAME = rf"[\"'“”]?({MARK}|[\w{_MARKS}*?./-]+)[\"'“”]?"
_NEXT = (
    r"(?: (?!(?:and|or|but|not|no|only|just|except|without|with|in|on|at|from|by|near|before"
    r"|after|since|until|till|between|taken|shot|tagged|rated|showing|please|where|that|which|is|are|the"
    rf"|{FOLDER})\b)[\w{_MARKS}*?./'&-]+){{0,5}}"
)
_FOLDER_NAME = rf"[\"'“”]?({MARK}|[\w{_MARKS}*?./-]+{_NEXT})[\"'“”]?"
"""A name that is not known may have several words; a known one is a mark."""
_KIND = r"(?:jpe?gs?|pngs?|gifs?|webps?|tiffs?|bmps?|heics?|avifs?|jp2s?|p[pgbn]ms?)"
_MP = r"(\d+(?:\.\d+)?) ?(?:mp|mpx|mpix|megapixels?|mega pixels?)"
_MIN = r"(?:bigger than|larger than|more than|over|at least|above|minimum|min\.?|>=?)"
_MAX = r"(?:smaller than|less than|under|at most|below|maximum|max\.?|up to|no more than|<=?)"
_SIDES = r"(\d{2,5}) ?(?:x|×|by) ?(\d{2,5})"

_HALF = re.compile(
    r"(?:\bthan|\b(?:between|from)\b.{1,60}\b(?:and|to)|\bor|\bincluding|\bat (?:least|most)"
    r"|\bup to|\buntil|\bbefore|\bafter|\bsince|\bover|\bunder) $",
    re.IGNORECASE,
)
"""Before a condition, it is the rest of one that could not be read whole."""

Maker = Callable[[re.Match[str]], Filters]


def _shape(match: re.Match[str]) -> Filters:
    return Filters(orientation=_SHAPES[_first(match).casefold()])


def _first(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group)


def _pixels(match: re.Match[str]) -> int:
    sides = [float(group) for group in match.groups() if group]
    return round(sides[0] * sides[1]) if len(sides) == 2 else round(sides[0] * 1_000_000)


def _glob(name: str) -> str:
    return f"*{name.strip('/')}/*" if "/" in name.strip("/") else name.strip("/")


def _folder(match: re.Match[str]) -> Filters:
    return Filters(paths=(_glob(_first(match)),))


def _ending(match: re.Match[str]) -> Filters:
    ending = match[1].casefold().removesuffix("s").replace("jpeg", "jpg")
    return Filters(paths=(f"*.{'jp*g' if ending == 'jpg' else ending}",))


def _tags(match: re.Match[str]) -> Filters:
    names = re.split(r",? and |, ?| & ", match[1])
    return Filters(tags=tuple(name.strip("\"'“”#") for name in names))


def _camera(match: re.Match[str]) -> Filters:
    return Filters(camera=_first(match))


_IN_FOLDER = (
    rf"(?:in|from|under|inside|within|of) (?:the |my )?(?:{FOLDER}(?: (?:called|named))?"
    rf" {_FOLDER_NAME}|{_FOLDER_NAME} {FOLDER})"
)
_CALLED = (
    rf"(?:in|from) (?:the |my |a )?{FOLDER} (?:called|named)"
    r" [\"'“]?([^,\"”]+?)[\"'”]?"
)

ALONE: tuple[tuple[str, Maker], ...] = (
    (rf"(?:in |as )?(?:a )?{_SHAPE} {_FORMAT}(?: {THING})?", _shape),
    (rf"{_SHAPE}s?(?: {THING})?", _shape),
    (_CALLED, _folder),
    (rf"(?:the )?{_NAME} (?:folder|directory|album)", _folder),
    (rf"(?:(?:those|{THING}) )?(?:in|from|inside|within|under|of) (?:the |my )?({MARK})", _folder),
    (rf"({_KIND})(?: (?:files|{THING}))?", _ending),
    (rf"(?:high|hi)[ -]?res(?:olution)?(?: {THING})?", lambda _: Filters(min_pixels=8_000_000)),
    (rf"low[ -]?res(?:olution)?(?: {THING})?", lambda _: Filters(max_pixels=1_000_000)),
    (
        rf"(?:with |using |from |on |by )?(?:my |the |an? )?({_THING_TOO}(?:{_MAKES}){_MODEL})",
        _camera,
    ),
    (rf"#([\w{_MARKS}]+)", _tags),
    (rf"(?:the )?(?:tag|keyword|label) ({_TAG})", _tags),
    *((form, rated) for form in ratings.ALONE),
    *((form, lacking) for form in gaps.ALONE),
)
"""What must be all of a clause, with or without "only"."""

INSIDE: tuple[tuple[str, Maker], ...] = (
    (rf"(?:in|as) (?:a )?{_SHAPE} {_FORMAT}", _shape),
    (_IN_FOLDER, _folder),
    (rf"(?:the |my )?(?:{FOLDER}(?: (?:called|named))? ({MARK})|({MARK}) {FOLDER})", _folder),
    (rf"{_MIN} (?:{_MP}|{_SIDES})(?: pixels)?", lambda m: Filters(min_pixels=_pixels(m))),
    (rf"{_MAX} (?:{_MP}|{_SIDES})(?: pixels)?", lambda m: Filters(max_pixels=_pixels(m))),
    (
        rf"(?:{_MP}|{_SIDES}) (?:or|and) (?:more|bigger|larger|up|above)",
        lambda m: Filters(min_pixels=_pixels(m)),
    ),
    (
        rf"(?:{_MP}|{_SIDES}) (?:or|and) (?:less|smaller|below)",
        lambda m: Filters(max_pixels=_pixels(m)),
    ),
    (
        rf"(?:(?:i )?(?:taken|shot|made|captured|photographed|took)) (?:with|on|by|using|from) "
        rf"(?:my |the |an? |our )?(?!{DAYS_NAMED})((?!the\b|\d+ )[\w-]+{_MODEL}?(?= camera\b)"
        rf"|(?:{_MAKES}){_MODEL}|{_MODEL_NUMBER})(?: camera)?",
        _camera,
    ),
    (
        r"(?:with|having|carrying|under) (?:the |a )?(?:tags?|keywords?|labels?)"
        rf" ({_TAG}(?:(?:, | and |, and ){_TAG})*)",
        _tags,
    ),
    (
        rf"(?:tagged|labelled|labeled)(?: as| with)? ({_TAG}(?:(?: and )(?!not\b|no\b"
        rf"|with){_TAG})*)",
        _tags,
    ),
    *((form, rated) for form in ratings.ALWAYS),
    *((form, lacking) for form in gaps.ALWAYS),
    (rf"(?:in|from|inside|within|under) (?:the |my )?({MARK})", _folder),
    (
        r"(?:(?:files?|pictures?|photos?|images?) (?:named|called)|with a name like|(?:with"
        r" )?(?:file ?)?names? (?:contain(?:s|ing)|like|with)) " + _NAME,
        lambda m: Filters(paths=(f"*{m[1]}*",)),
    ),
)
"""What is a condition wherever it stands."""


def whole_condition(clause: str, today: date) -> Filters | None:
    """Read a clause that is nothing but one condition, or several of which one must hold."""
    return _one(clause, today) or alternatives(clause, partial(_one, today=today))


def _one(clause: str, today: date) -> Filters | None:
    if date := whole_date(clause, today):
        return date
    for form, make in _whole_forms():
        if match := form.fullmatch(clause):
            return make(match)
    return None


@cache
def _whole_forms() -> tuple[tuple[re.Pattern[str], Maker], ...]:
    """Compile them once: there are more forms in this package than `re` keeps."""
    every = (*ALONE, *INSIDE)
    return tuple((re.compile(pattern, re.IGNORECASE), make) for pattern, make in every)


@cache
def _inner_forms() -> tuple[tuple[re.Pattern[str], Maker], ...]:
    alone = ((rf"(?<![\w-])(?:{pattern})(?![\w-])", make) for pattern, make in INSIDE)
    return tuple((re.compile(pattern, re.IGNORECASE), make) for pattern, make in alone)


_MOST = 12  # conditions of one clause; who says more says nothing that can be met


def taken_out(clause: str, today: date) -> tuple[str, list[Filters], list[str]]:
    """Cut the conditions out of a description; returns what is left, them, and what is in doubt."""
    found: list[Filters] = []
    doubts: list[str] = []
    for form, make in _inner_forms():
        while len(found) < _MOST and (match := form.search(clause)):
            clause = _moved(clause, match, make(match), found, doubts, today)
    while len(found) < _MOST and (match := date_in(clause)):
        read = dated(match[0], today)
        doubts += [read.doubt] if read.doubt else []
        clause = _moved(clause, match, read.filters, found, doubts, today)
    return clause, found, doubts


def _moved(
    clause: str,
    match: re.Match[str],
    one: Filters | None,
    found: list[Filters],
    doubts: list[str],
    today: date,
) -> str:
    """Move a condition from a clause to those that were found, with those in a row with it."""
    start, end = match.span()
    if row := grown(clause, start, end, partial(_one, today=today)):
        start, end, one = row
    elif one and _HALF.search(clause[:start]):
        doubts.append(f"{clause!r} is not understood as a condition; say each part in full.")
        one = None
    left, refused = _cut(clause, start, end)
    if one:
        found.append(opposite(one) if refused else one)
    return left


def _cut(clause: str, start: int, end: int) -> tuple[str, bool]:
    """Return what is left without a condition, and whether it was refused."""
    before = clause[:start]
    refusal = REFUSAL.search(before)
    kept = before[: refusal.start()] if refusal else before
    return " ".join((kept + " " + clause[end:]).split()), refusal is not None
