"""A text to a network's tokens: cleaned, cut and padded as the text tower was trained."""

import html
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import ftfy
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from retrievers.encoder import EncoderError
from retrievers.encoders.clip.text_families import FAMILIES

CLEANINGS = ("", "whitespace", "lower", "canonicalize")
"""How open_clip cleans a text before its tokenizer reads it; empty: not at all."""

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


class Tokens(NamedTuple):
    """Of one text; both [1, t] int64, the mask 1 where a token is to be attended to."""

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TextSettings:
    """How texts are read.

    Attributes:
        tokens: the longest text.
        pad: the token that fills a text up to that length; none: texts are not padded.
        masked: the tower is told which tokens are padding.
        lower: texts are in lower case.
        clean: one of `CLEANINGS`.
    """

    tokens: int
    pad: int | None = None
    masked: bool = True
    lower: bool = False
    clean: str = ""


class TextReader:
    """A tokenizer with these settings."""

    def __init__(self, tokenizer: Tokenizer, settings: TextSettings) -> None:
        self.settings = settings
        self._tokenizer = tokenizer
        self._tokenizer.enable_truncation(settings.tokens)
        self._tokenizer.no_padding()

    def read(self, text: str) -> Tokens:
        """Return the tokens of one text."""
        settings = self.settings
        text = cleaned(text, settings.clean)
        ids = self._tokenizer.encode(text.lower() if settings.lower else text).ids
        fill = settings.tokens - len(ids) if settings.pad is not None else 0
        row = np.array([[*ids, *[settings.pad] * fill]], dtype=np.int64)
        mask = np.ones_like(row)
        if settings.masked:
            mask[0, len(ids) :] = 0
        return Tokens(row, mask)


def open_tokenizer(path: Path) -> Tokenizer:
    """Read a `tokenizer.json`.

    Raises:
        EncoderError: it is none.
    """
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises no narrower class
        raise EncoderError(f"{path} is no tokenizer ({error})") from error


def of_transformers(
    config: Mapping[str, Any], words: Mapping[str, Any], tokenizer: Tokenizer, length: int | None
) -> TextSettings:
    """Read `config.json` and `tokenizer_config.json`.

    Args:
        config: says the model type and the text tower's positions.
        words: says the padding token.
        tokenizer: knows its number.
        length: tokens that the graph insists on, if it does.

    Raises:
        EncoderError: the model type is unknown, or the tower's length is nowhere said.
    """
    kind = str(config.get("model_type"))
    if kind not in FAMILIES:
        raise EncoderError(f"its model_type is {kind!r}; served are {', '.join(FAMILIES)}")
    family, tower = FAMILIES[kind], config.get("text_config") or {}
    positions = tower.get("max_position_embeddings") or _POSITIONS.get(kind)
    tokens = length or min(one for one in (family.tokens, positions, 10_000) if one)
    if tokens == 10_000:
        raise EncoderError("its config.json does not say text_config.max_position_embeddings")
    full = family.full or length is not None
    pad = _pad(words, tokenizer, tower.get("pad_token_id")) if full else None
    return TextSettings(tokens, pad, family.mask, family.lower)


_POSITIONS = {"clip": 77, "siglip": 64}  # of the published ones, whose files may leave it out


def of_open_clip(
    config: Mapping[str, Any], words: Mapping[str, Any], tokenizer: Tokenizer, length: int | None
) -> TextSettings:
    """Read the `text_cfg` of `config.json` and `tokenizer_config.json`; see `of_transformers`.

    Raises:
        EncoderError: it asks for what is not known here.
    """
    config = config.get("model_cfg", config)
    tower = config.get("text_cfg") or {}
    usual = "whitespace" if tower.get("hf_tokenizer_name") else "lower"
    clean = (tower.get("tokenizer_kwargs") or {}).get("clean", usual)
    if clean not in CLEANINGS or tower.get("tokenizer_mode"):
        raise EncoderError(f"its tokenizer's cleaning {clean!r} or mode is not supported")
    tokens = length or int(tower.get("context_length") or 77)
    return TextSettings(tokens, _pad(words, tokenizer, 0), masked=True, clean=clean)


def cleaned(text: str, clean: str) -> str:
    """Clean a text as open_clip does; see `CLEANINGS`."""
    if not clean:
        return text
    text = html.unescape(html.unescape(ftfy.fix_text(text))).strip()
    if clean == "canonicalize":
        text = text.replace("_", " ").translate(_NO_PUNCTUATION).lower()
    text = " ".join(text.split())
    return text.lower() if clean == "lower" else text


def _pad(words: Mapping[str, Any], tokenizer: Tokenizer, other: int | None) -> int:
    token = words.get("pad_token")
    token = token.get("content") if isinstance(token, Mapping) else token
    known = tokenizer.token_to_id(token) if token else other
    if known is None:
        raise EncoderError(f"its tokenizer does not know the padding token {token!r}")
    return int(known)
