"""Which languages an encoder was taught, as far as its name tells, and in which a text is.

Only what is sure is said: an encoder that is not in the table, and a text whose little words do not
tell, pass without a word.
"""

import re

ENGLISH = "English"
OTHER = "a language other than English"

_MANY = re.compile(
    r"siglip-?2|multilingual|worldwide|metaclip-?2|xlm|nllb|mclip|jina|altclip|chinese|qwen|gemma",
    re.IGNORECASE,
)
"""In the names of encoders that were taught more than English."""

_ENGLISH_ONLY = re.compile(
    r"offline:|open_clip:.*(openai|laion|datacomp|dfn|commonpool|metaclip|webli|cc12m|yfcc)"
    r"|(openai/|Xenova/)clip-vit|laion/CLIP",
    re.IGNORECASE,
)
"""In the names of encoders that were taught English."""

LITTLE_WORDS = {
    "German": "der das ein eine einen einem einer mit und ohne auf im ist zum zur bei unter vor",
    "French": "un une des le la les du en et sur avec dans aux sans sous au est chez",
    "Spanish": "un una unos unas el la los las y en del al por junto",
    "Italian": "un una uno il la lo gli le della nel nella senza sul sulla alla di",
    "Portuguese": "um uma uns os no na nos nas do da em sem ao",
    "Dutch": "een het op zonder aan bij naar voor tussen",
    ENGLISH: "a an the of and with on in at without by from to near is under for or my",
}
"""What stands between the words that matter; several languages share some."""

SURE = {
    "German": "und ohne einen einem eine",
    "French": "une avec dans sans aux",
    "Spanish": "una unos junto",
    "Italian": "della nella senza sulla gli",
    "Portuguese": "uma em sem",
    "Dutch": "een zonder het",
}
"""Of those, what is no word or name in English; one tells. `una` is Italian, too."""

_LITTLE = {language: frozenset(words.split()) for language, words in LITTLE_WORDS.items()}
_SURE = {language: frozenset(words.split()) for language, words in SURE.items()}


def knows_english_only(encoder: str) -> bool:
    """Whether the encoder of that name is known to have been taught English alone."""
    return bool(_ENGLISH_ONLY.search(encoder)) and not _MANY.search(encoder)


def language_of(text: str) -> str:
    """Return the English name of the language that a text is surely in; empty: it cannot be told.

    Of the languages in the table above, or `OTHER`, if it is of several but not English; a few
    words without a little one among them do not tell.
    """
    words = set(re.findall(r"[^\W\d_]+", text.lower()))
    counts = {name: len(words & little) for name, little in _LITTLE.items()}
    most, english = max(counts.values()), counts[ENGLISH]
    if english == most:
        return ENGLISH if most else ""
    likely = [name for name in counts if counts[name] == most]
    if most - english < 2 and not any(words & _SURE[name] for name in likely):
        return ""
    return likely[0] if len(likely) == 1 else OTHER
