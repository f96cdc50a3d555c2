"""Words of phrases: what two phrases share, a part cut out, words put in others' place.

Compared by their stems: case and number do not matter, nor do articles and the like.
"""

import re
from functools import lru_cache

from retrievers.text.lettering import folded, words

_SMALL = frozenset("a an the some any with in on at of it is are there more".split())
_IDLE = _SMALL | frozenset(
    "my our that this those these one ones thing part bit about and or".split()
)
_ARTICLES = frozenset("a an the some".split())
_OWN = frozenset("my your his her its our their".split())
_AND = frozenset(["and", "or", "&", "+", "plus", "nor"])
_JOINTS = _AND | frozenset(
    "with without in on at of near under over behind beside by from through across around between"
    " into onto inside outside against along for to wearing holding riding carrying".split()
)
_ODD = {"men": "man", "women": "woman", "children": "child", "people": "person", "mice": "mouse"}
_VOWEL = re.compile(r"(?!uni|use|usu|eu|one\b|once)(?:[aeiou]|hour|honest)", re.IGNORECASE)


def stem(word: str) -> str:
    """Return a word without the ending of its plural."""
    word = _ODD.get(word, word)
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if re.search(r"(?:ch|sh|x|ss|zz)es$", word):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and word[-2:] != "ss" else word


def gist(phrase: str) -> frozenset[str]:
    """Return the stems of the words that say something; of others if there are no such."""
    return _stems(phrase, _SMALL)


def named(phrase: str) -> frozenset[str]:
    """Return the gist of words that name something that is asked for, as "that beach thing"."""
    return _stems(phrase, _IDLE)


@lru_cache(maxsize=1000)
def _stems(phrase: str, small: frozenset[str]) -> frozenset[str]:
    return frozenset(map(stem, [one for one in words(phrase) if one not in small] or [phrase]))


def without(phrase: str, said: frozenset[str]) -> str:
    """Return what is left of a phrase without the parts that words name; the phrase if none does.

    A part ends where "with", "in", "and" or the like begins the next; it goes when its last word
    is named, else only the named words of it go.
    """
    whole = gist(phrase)
    if not whole or whole <= said:
        return ""
    return _less(phrase, said) if said <= whole else phrase


def without_parts(phrase: str, said: frozenset[str]) -> str:
    """Return what is left of a phrase without the parts that say just what these words say."""
    parts = _parts(phrase)
    kept = [part for part in parts if gist(" ".join(_content(part))) != said]
    return _joined(kept) if len(kept) < len(parts) else phrase


def replaced(phrase: str, new: str, old: str) -> str | None:
    """Return a phrase with the words `new` where `old` stood; None if it is not in it."""
    tokens, sought = phrase.split(), [stem(one) for one in words(old) if one not in _SMALL]
    stems = ["".join(map(stem, words(token))) for token in tokens]
    for start in range(len(tokens) - len(sought) + 1):
        if sought and stems[start : start + len(sought)] == sought:
            return _put(tokens, start - _led(tokens[:start], new), start + len(sought), new)
    if not old.isascii() and folded(old) in folded(phrase):  # scripts without spaces
        return re.sub(re.escape(old), lambda _: new, phrase, flags=re.IGNORECASE)
    return None


def _led(before: list[str], new: str) -> int:
    """Count the words before that the new ones say themselves: in colour, her sister."""
    first = new.split()[0].lower() if new else ""
    last = before[-1].lower() if before else ""
    own = first in _OWN and last in _OWN | _ARTICLES
    return int(own or (first == last and last in _JOINTS))


def _put(tokens: list[str], start: int, end: int, new: str) -> str:
    before, said = tokens[:start], new.split()
    if said and said[0].lower() in _ARTICLES and before:
        if before[-1].lower() in _ARTICLES:
            del before[-1]
        elif before[-1].lower() not in _JOINTS:  # an adjective, after an article
            del said[0]
    tail = re.search(r"\W*$", tokens[end - 1])
    if said and tail:
        said[-1] += tail[0]
    changed = _with_articles([*before[-1:], *said, *tokens[end : end + 1]])
    return " ".join([*before[:-1], *changed, *tokens[end + 1 :]])


def _with_articles(tokens: list[str]) -> list[str]:
    """Say "an" before a vowel, and "a" before another letter."""
    for at, word in enumerate(tokens[:-1]):
        if word.lower() in ("a", "an"):
            right = "an" if _VOWEL.match(tokens[at + 1]) else "a"
            tokens[at] = right.capitalize() if word[0].isupper() else right
    return tokens


def _less(phrase: str, said: frozenset[str]) -> str:
    return _joined([left for part in _parts(phrase) if (left := _part_less(part, said))])


def _part_less(part: list[str], said: frozenset[str]) -> list[str]:
    content = _content(part)
    if not content or stem("".join(words(content[-1]))) in said or gist(" ".join(content)) <= said:
        return []
    left = [word for word in part if word in _JOINTS or stem("".join(words(word))) not in said]
    return _with_articles(left) if len(left) < len(part) else part


def _content(part: list[str]) -> list[str]:
    return [word for word in part if word.lower() not in _JOINTS | _ARTICLES and words(word)]


def _parts(phrase: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in phrase.split():
        if parts[-1] and (word.lower() in _JOINTS or parts[-1][-1].endswith((",", ";"))):
            parts.append([])
        parts[-1].append(word)
    return parts


def _joined(parts: list[list[str]]) -> str:
    """Join what is left; the first part says no more what it joins."""
    tokens = [word for part in parts for word in part]
    while tokens and tokens[0].lower() in _JOINTS:
        del tokens[0]
    return " ".join(tokens).rstrip(" ,;")
