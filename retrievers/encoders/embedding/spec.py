"""What follows `embedding:`: where the weights lie, and how they are asked: `WHERE[?KEY=VALUE&…]`.

Knows no library, so that a spec can be read without torch.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode

from retrievers.encoder import EncoderError

First = Literal["picture", "words"]

KEYS = ("dim", "instruction", "document", "picture", "pixels", "tokens", "first")
"""What can be said: see `EmbeddingSpec`."""

LONGEST = 500  # letters of an instruction
_OPTIONS = re.compile(rf"\?(?=(?:{'|'.join(KEYS)})=)")


class EmbeddingSpec(NamedTuple):
    """Weights, and what an owner says of how they are used; None leaves it to the checkpoint.

    Attributes:
        where: a folder, or `ORG/NAME[@REVISION]`.
        dim: numbers of a vector that are kept, its first ones (Matryoshka, arXiv:2205.13147).
        instruction: what is put before a text that is searched for, alone or with a picture.
        document: what is put before a text that is stored.
        picture: what is put before a picture; empty: nothing.
        pixels: a picture is reduced to this many at most.
        tokens: a picture becomes this many soft tokens at most.
        first: which of a picture and its words the network reads first.
    """

    where: str
    dim: int | None = None
    instruction: str | None = None
    document: str | None = None
    picture: str | None = None
    pixels: int | None = None
    tokens: int | None = None
    first: First | None = None


def part(which: str) -> tuple[str, str]:
    """Return where the weights lie, and the options with their question mark, or nothing."""
    if Path(which).expanduser().is_dir():
        return which, ""
    marks = [found.start() for found in _OPTIONS.finditer(which)] or [len(which)]
    at = next((at for at in marks if Path(which[:at]).expanduser().is_dir()), marks[0])
    return which[:at], which[at:]


def read_spec(which: str) -> EmbeddingSpec:
    """Read a spec; values are percent-encoded where they hold `&`, `%` or `+`.

    Raises:
        EncoderError: an option is unknown, said twice, or cannot have that value.
    """
    where, options = part(which)
    said: dict[str, str] = {}
    try:
        pairs = parse_qsl(options[1:], keep_blank_values=True, strict_parsing=bool(options))
    except ValueError as error:
        raise _misread(str(error)) from error
    for key, value in pairs:
        if key not in KEYS:
            raise _misread(f"unknown option {key!r}")
        if key in said:
            raise _misread(f"{key} is said twice")
        said[key] = value
    return EmbeddingSpec(
        where,
        dim=_number(said, "dim"),
        instruction=_text(said, "instruction"),
        document=_text(said, "document"),
        picture=_text(said, "picture"),
        pixels=_number(said, "pixels"),
        tokens=_number(said, "tokens"),
        first=_first(said),
    )


def written(options: Mapping[str, str | int]) -> str:
    """Write options as they stand in a spec and in a name, in the order given."""
    return f"?{urlencode(options)}" if options else ""


def _number(said: Mapping[str, str], key: str) -> int | None:
    if key not in said:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,8}", said[key]):
        raise EncoderError(f"{key} must be a whole number from 1; got {said[key]!r}")
    return int(said[key])


def _text(said: Mapping[str, str], key: str) -> str | None:
    if len(said.get(key, "")) > LONGEST:
        raise EncoderError(f"{key} must have at most {LONGEST} letters; got {len(said[key])}")
    return said.get(key)


def _first(said: Mapping[str, str]) -> First | None:
    match said.get("first"):
        case None:
            return None
        case "picture":
            return "picture"
        case "words":
            return "words"
        case other:
            raise EncoderError(f"first must be picture or words; got {other!r}")


def _misread(told: str) -> EncoderError:
    return EncoderError(
        f"{told}; options are {', '.join(KEYS)}, as in ?dim=512&instruction=…, with %26 for an &"
    )
