"""Which columns of a table are pictures and which are captions: by what they hold, then by name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from retrievers.files.spelling import file_named
from retrievers.pictures import SUFFIXES

PICTURE = tuple(
    (
        "picture file image path file_name filename filepath image_path"
        " file_path image_name image_file img img_path photo src url image_url"
    ).split()
)
CAPTION = tuple(
    (
        "caption captions text description title sentence label"
        " sentences raw alt alt_text alttext prompt comment comments annotation txt"
    ).split()
)
NUMBERED = re.compile(r"#\s*\d{1,3}$")
"""Which of a picture's captions it is, as Flickr8k and Flickr30k write it: `a.jpg#0`."""
NO_SENTENCE = re.compile(
    r"[^\W\d_]*[\W\d_]+|(?:https?://|www\.)\S+|[\w.~:-]*[/\\][\w.~/\\-]*|[0-9a-f-]{16,}"
    r"|true|false|none|null|nan|n/?a",
    re.I,
)
"""Numbers, dates, addresses, paths and digests say nothing of a picture."""

SPLIT = ("split", "partition")
LANGUAGE = re.compile(
    r"(.+?)[\s_.:([-]+[a-z]{2}(?:[-_][a-z]{2,4})?[)\]]?|[a-z]{2}(?:[-_][a-z]{2,4})?[\s_.:-]+(.+)"
)
"""A name with the code of a language: `caption_en`, `text (pt-BR)`, `de_caption`."""
FEW = 4  # values from when on a repetition tells something

ColumnValues = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """Columns that the user names; what is not named is found out.

    Attributes:
        picture: the column of the pictures' files.
        captions: the columns of captions.
        folder: where the pictures are; a column whose files are there is theirs.
        split: the split that is read, where a column or field "split" names them.
        usual: the splits of which the first that is there is read if none is named.
    """

    picture: str = ""
    captions: tuple[str, ...] = ()
    folder: Path | None = None
    split: str = ""
    usual: tuple[str, ...] = ("test",)


FOUND_OUT = ColumnChoice()


def columns(held: ColumnValues, choice: ColumnChoice = FOUND_OUT) -> tuple[str, list[str]] | None:
    """Return the column of pictures and those of captions; None if one of them is missing.

    Args:
        held: some values of each column, by its name as written.
        choice: what the user names; then both must be there.
    """
    lower = {name.strip().casefold(): name for name in held}
    chosen = [
        lower.get(one.strip().casefold()) for one in (choice.picture, *choice.captions) if one
    ]
    own = [name for name in chosen if name is not None]
    if len(own) < len(chosen):
        return None
    captions = own[1:] if choice.picture else own
    others = {name: held[name] for name in held if name not in captions}
    if (picture := own[0] if choice.picture else _picture(others, choice.folder)) is None:
        return None
    captions = captions or _captions({name: held[name] for name in held if name != picture})
    return (picture, captions) if captions else None


def named(name: str) -> str:
    """Return a column's name without case and number: `caption` of `Caption_2`."""
    return name.strip().lower().rstrip("0123456789").rstrip("_ -")


def _in_a_language(name: str) -> bool:
    found = LANGUAGE.fullmatch(name.strip().lower())
    return found is not None and named(found[1] or found[2]) in CAPTION


def told(held: ColumnValues, picture: str, captions: Sequence[str]) -> str:
    """Say which columns are captions, where that is not plain: several are, or others might be."""
    said = {name: _sentences(held[name]) for name in held if name != picture}
    longest = max((_length(said[name]) for name in captions if said[name]), default=0)
    left = [
        name
        for name, texts in said.items()
        if name not in captions and texts and _are_sentences(texts)
        if 2 * _length(texts) >= longest
    ]
    if len(captions) < 2 and not left:
        return ""
    without = f", not from {_listed(left)}" if left else ""
    return f"captions are read from {_listed(captions)}{without}; --caption-column chooses"


def _listed(names: Sequence[str]) -> str:
    *others, last = (name.strip() for name in names)
    return f"{', '.join(others)} and {last}" if others else last


def splits(names: Iterable[str]) -> list[str]:
    """Return the column that says which split a picture belongs to, if there is one."""
    return [name for name in names if name.strip().casefold() in SPLIT][:1]


def is_file(value: Any) -> bool:
    """Whether a value names a picture's file."""
    return isinstance(value, str) and file_of(value).lower().endswith(SUFFIXES)


def file_of(value: str) -> str:
    """Return the file that a cell names, without the number of its caption."""
    plain = value.strip()
    bare = NUMBERED.sub("", plain).rstrip()
    return bare if bare.lower().endswith(SUFFIXES) else plain


def _picture(held: ColumnValues, folder: Path | None) -> str | None:
    if folder and len(files := [one for one in held if any(map(is_file, held[one]))]) != 1:
        there = [name for name in files or held if _are_there(held[name], folder)]
        held = {name: held[name] for name in there} or held
    lower = {name.strip().lower(): name for name in reversed(list(held))}
    known = [lower[name] for name in PICTURE if name in lower]
    for name in [*known, *held]:
        if any(is_file(one) or _is_content(one) for one in held[name]):
            return name
    texts = [name for name in known if any(isinstance(one, str) for one in held[name])]
    return next(iter([*texts, *known]), None)


def _are_there(values: Sequence[Any], folder: Path) -> bool:
    """Whether most of the values are files of the folder."""
    names = [file_of(one) for one in values if isinstance(one, str) and 0 < len(one) < 1000]
    there = sum("\0" not in one and file_named(folder, one).is_file() for one in names)
    return 2 * there > len(names)


def _is_content(value: Any) -> bool:
    """Whether it is a picture's bytes, or what `datasets` makes of a picture."""
    if isinstance(value, dict):
        return bool(value.get("bytes")) or is_file(value.get("path"))
    return isinstance(value, bytes)


def _captions(held: ColumnValues) -> list[str]:
    """Return the columns that a caption's name is on and sentences are in.

    A short word beside sentences is a class. Without such names, the longest sentences count.
    """
    called = [
        name
        for name in held
        if named(name) in CAPTION or (_in_a_language(name) and _sentences(held[name]))
    ]
    said = {name: _sentences(held[name]) for name in called}
    said = {name: texts for name, texts in said.items() if texts}
    if said:
        longest = max(map(_length, said.values()))
        return [name for name, texts in said.items() if not _is_class(texts, longest)]
    others = {name: _sentences(held[name]) for name in held if name not in called}
    whole = [name for name, texts in others.items() if texts and _are_sentences(texts)]
    if whole and not any(_is_blank_or_number(held[name]) for name in called):
        return [max(whole, key=lambda name: _length(others[name]))]
    return called


def _sentences(values: Sequence[Any]) -> list[str]:
    """Return the texts of a column; none if most of them are something else."""
    texts = list(chain.from_iterable(map(texts_of, values)))
    texts = [one for one in texts if one is not None and (not isinstance(one, str) or one.strip())]
    said = [one for one in texts if isinstance(one, str) and _is_said(one.strip())]
    return said if 2 * len(said) > len(texts) else []


def texts_of(value: Any) -> list[Any]:
    """Return what a value holds: a text, several, or objects with one in a field such as `raw`."""
    if isinstance(value, dict):
        own = [value[name] for name in CAPTION if isinstance(value.get(name), str)]
        return own[:1] or [value]
    if isinstance(value, list):
        return list(chain.from_iterable(map(texts_of, value)))
    return [value]


def _is_said(text: str) -> bool:
    return not is_file(text) and not NO_SENTENCE.fullmatch(text)


def _is_blank_or_number(values: Sequence[Any]) -> bool:
    return not any(isinstance(one, str) and one.strip() for one in values)


def _are_sentences(texts: Sequence[str]) -> bool:
    """Whether they have words between blanks, or are written in a script without blanks."""
    several = sum(" " in one.strip() or not one.isascii() for one in texts)
    return 2 * several > len(texts)


def _is_class(texts: Sequence[str], longest: float) -> bool:
    """Whether they are short words, or the same few again and again."""
    few = len(texts) >= FEW and 2 * len(set(texts)) <= len(texts)
    short = not _are_sentences(texts) and 2 * _length(texts) < longest
    return short or (few and _length(texts) < longest)


def _length(texts: Sequence[str]) -> float:
    return sum(map(len, texts)) / len(texts)
