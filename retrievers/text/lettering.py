"""How texts are compared and read in any script: one place for letters, case and words.

Names come from many hands: composed (NFC) or decomposed (NFD, as macOS writes them), in any case,
with or without spaces between words. Nothing here is kept in place of what a file is called: a
file is opened by its own bytes.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar
from unicodedata import category, normalize

T = TypeVar("T")

_ALIKE = str.maketrans({"ı": "i"})  # capital I is its capital, too
_UNDIVIDED = str.maketrans(  # letters that Unicode does not take apart, and typists do
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"}
)
_KEYS = str.maketrans(  # one letter in the keyboards of Arabic, Persian, Urdu and Kurdish
    dict.fromkeys("\u06cc\u0649\u06d0\u06d2", "\u064a")  # yeh
    | dict.fromkeys("\u06a9\u06aa", "\u0643")  # kaf
    | dict.fromkeys("\u06d5\u06c1\u06c3\u06be\u0629", "\u0647")  # heh
)
_LIGATURES = (("\u0565\u0582", "\u0565\u057e"),)  # Armenian և, whose capitals are ԵՒ and ԵՎ
_APOSTROPHES = "'’‘ʼʻ՚׳＇"
_ELIDED = re.compile(rf"(?<![^\W\d_])[^\W\d_]+(?:[{_APOSTROPHES}][^\W\d_]+)+")
_EMOJI = re.compile("[\u231a-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_ACCENTS = re.compile(  # not the vowel signs and viramas of Indic scripts, which are letters there
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_UNSPACED = (  # scripts without spaces between words, or with particles that stick to them
    "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff",  # Hangul
    "\u3041-\u309f\U0001b001-\U0001b11f",  # Hiragana
    "\u30a0-\u30ff\u31f0-\u31ff\U0001b000",  # Katakana
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff",  # Han
    "\u3100-\u312f\u31a0-\u31bf",  # Bopomofo
    "\u0e00-\u0e7f",  # Thai
    "\u0e80-\u0eff",  # Lao
    "\u0f00-\u0fff",  # Tibetan
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f",  # Burmese
    "\u1780-\u17ff",  # Khmer
    "\u1950-\u19df\u1a20-\u1aaf\uaa80-\uaadf",  # Tai scripts
    "\u1b00-\u1b7f\ua980-\ua9df",  # Balinese, Javanese
    "\ua000-\ua4cf",  # Yi
)
_RUNS = re.compile("|".join(f"[{script}]+" for script in _UNSPACED))
_STUCK = {  # by script: articles, some with "and" or a preposition; what sticks to a word besides
    "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff": (
        "ال وال بال فال كال لل".split(),
        "و ب ف ك ل".split(),
    ),
    "\u0590-\u05ff": ("וה שה מה ה".split(), "ו ב ל מ ש כ וב ול".split()),
    "\u0900-\u0dff": ([], []),
}
JOINERS = "\u200c\u200d"  # without a width, and part of how Persian and Sinhala are written
_PARTICLE = re.compile("[\u3041-\u309f]")


def folded(text: str) -> str:
    """Return what all spellings of a text share that differ in case or in composition only.

    By Unicode's canonical caseless matching; a Turkish dotless i is an i.
    """
    if text.isascii():
        return text.lower()
    lower = normalize("NFD", text).casefold().translate(_ALIKE).replace("i\u0307", "i")
    return normalize("NFC", lower)


def plain(text: str) -> str:
    """Return what all spellings of a text share that differ in case, accents or width only.

    Signs between the letters stay: C++ is not C.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    letters = (one if category(one) not in ("Nd", "Cf") else _letter(one) for one in _bare(text))
    return " ".join("".join(letters).split())


def is_latin(letter: str) -> bool:
    """Whether a letter is of the Latin script."""
    return unicodedata.name(letter, "").startswith("LATIN ")


def cleaned(text: str) -> str:
    """Return the text without lone surrogates: what was no UTF-8 becomes U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        # as UTF-16 the halves of one character that came apart meet again
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def whole(value: T, clean: Callable[[str], str] = cleaned) -> T:
    """Clean every text of a value as JSON has them, names of fields included."""
    made: object = value
    match value:
        case str():
            made = clean(value)
        case list() | tuple():
            made = type(value)(whole(one, clean) for one in value)
        case dict():
            made = {whole(name, clean): whole(one, clean) for name, one in value.items()}
    return made  # type: ignore[return-value]


def words(text: str) -> list[str]:
    """Return the words of a text, folded, accents kept.

    A run of a script without spaces is one word; so are the letters of one script that stand beside
    another's: 東京, タワー, の, 夜景.
    """
    return _parted(_letters(text, accents=True))


def plain_words(text: str) -> list[str]:
    """Return the words of a text as the full text holds them: folded, without accents."""
    return _parted(_letters(text, accents=False)) + elided(text)


def elided(text: str) -> list[str]:
    """Return the words with an apostrophe in them, written without it: obrien, of O’Brien."""
    if text.isascii() and "'" not in text:
        return []
    found = _ELIDED.findall(normalize("NFC", text))
    drop = str.maketrans("", "", _APOSTROPHES)
    return _parted(_letters(" ".join(found).translate(drop), accents=False)) if found else []


def named(text: str, besides: str) -> str:
    """Return a text as a name: composed, a dash for what is no letter, digit or of `besides`."""
    marked = (c if _letter(c).strip() or c in besides or c in JOINERS else "\0" for c in text)
    return re.sub("\0+", "-", normalize("NFC", "".join(marked)))


def is_unspaced(word: str) -> bool:
    """Whether a word is a run of a script without spaces, where words hide in words."""
    return _RUNS.fullmatch(word) is not None


def indexed(every: Iterable[str]) -> str:
    """Return words as they are written into the full text: of unspaced runs, each character."""
    return " ".join(" ".join(word) if is_unspaced(word) else word for word in every)


def lookup_terms(text: str) -> list[str]:
    """Return what to look up for a text: its words, and of unspaced runs each pair of characters.

    Single hiragana are endings and particles; they count if there is nothing else.
    """
    said = plain_words(text)
    telling = [word for word in said if not _PARTICLE.fullmatch(word)] or said
    return [piece for word in telling for piece in _pairs(word)]


def starts(word: str) -> list[str]:
    """Return how words begin that hold this one: with an article, "and" or a preposition before it.

    That is of Arabic and Hebrew, which write them as one word; empty if only the word itself is it.
    Endings may follow there and in the scripts of India.
    """
    for script, (articles, others) in _STUCK.items():
        if not re.fullmatch(f"[{script}]+", word) or len(word) < 3:
            continue
        cut = max((one for one in articles if word.startswith(one)), key=len, default="")
        bare = word.removeprefix(cut) if len(word) >= len(cut) + 3 else word
        return [bare, *(one + bare for one in (*articles, *others))]
    return []


def _pairs(word: str) -> list[str]:
    if len(word) < 3 or not is_unspaced(word):
        return [word]
    return [word[at : at + 2] for at in range(len(word) - 1)]


def joined(pieces: Iterable[str]) -> list[str]:
    """Put pairs of characters that overlap together again: แม, มว become แมว."""
    whole: list[str] = []
    for piece in pieces:
        if whole and len(piece) == 2 and whole[-1][-1] == piece[0] and is_unspaced(piece):
            whole[-1] += piece[1]
        else:
            whole.append(piece)
    return whole


def _letters(text: str, *, accents: bool) -> str:
    """Return the text with everything that is no letter, mark or digit as a space."""
    if text.isascii():
        return re.sub(r"[^a-z0-9]", " ", text.lower())
    spelt = normalize("NFKC", folded(normalize("NFKD", text))) if accents else _bare(text)
    return _EMOJI.sub(_apart, "".join(one if _EMOJI.match(one) else _letter(one) for one in spelt))


def _apart(found: re.Match[str]) -> str:
    """Return a sign that is a word as such, but for what only colours the one before."""
    return f" {found[0]} " if category(found[0]) == "So" else ""


def _bare(text: str) -> str:
    """Return the text folded, of usual width, and without accents."""
    apart = normalize("NFKD", folded(normalize("NFKD", text)))
    bare = _ACCENTS.sub("", apart).translate(_UNDIVIDED).translate(_KEYS)
    for spelt, meant in _LIGATURES:
        bare = bare.replace(spelt, meant)
    return normalize("NFKC", bare)


@lru_cache(8192)
def _letter(character: str) -> str:
    """Return a letter or mark as it is, any decimal digit as ASCII, joiners as nothing."""
    kind = category(character)
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    if kind == "Cf" or "\ufe00" <= character <= "\ufe0f":
        return ""
    return character if kind[0] in "LMN" else " "


def _parted(letters: str) -> list[str]:
    if letters.isascii():
        return letters.split()
    return _RUNS.sub(lambda run: f" {run[0]} ", letters).split()
