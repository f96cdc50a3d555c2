"""GRACE identifiers: names of pictures that a language model can write.

Of its own tokens, or of new ones; two kinds more: `cluster_identifiers`, `voken_identifiers`.

No identifier begins another one, so that the place where one ends is known while it is written.
GRACE (arXiv:2402.10805), section 3.1.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Symbol = int | str
"""One step of an identifier: a token of the base, by its id, or a new one, by its name."""

Identifier = tuple[Symbol, ...]
Vector = NDArray[np.float32]
Tokenise = Callable[[str], list[int]]
KINDS = ("string", "numeric", "semantic", "structured", "atomic", "vokens")


@dataclass(frozen=True, slots=True)
class IdentifierSource:
    """What an identifier can be made of.

    Attributes:
        vector: of the picture, by its encoder [d].
        caption: what is said of it, or its file's name.
    """

    vector: Vector
    caption: str


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Identifiers, in the order of their pictures.

    Attributes:
        anchors: the new symbols that come with them; each with a vector of the encoder's space that
            it stands for, or None.
    """

    identifiers: tuple[Identifier, ...]
    anchors: Mapping[str, Vector | None]


class IdentifierError(ValueError):
    """There are no names left for new pictures; only another training can make more."""


class Scheme(Protocol):
    """A way of naming pictures."""

    def name(
        self, pictures: Sequence[IdentifierSource], taken: Collection[Identifier]
    ) -> Identifiers:
        """Name further pictures; no two are named alike, nor as any that is taken.

        Raises:
            IdentifierError: there are no names left.
        """
        ...

    def state(self) -> tuple[dict[str, Any], dict[str, Vector]]:
        """Return what it is made of, to be written: values of JSON, and arrays."""
        ...


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number in the base's own tokens: `id 1234`, or the digits alone, with spaces between.

    Attributes:
        end: the token that ends a text.
    """

    words: bool
    tokenise: Tokenise
    end: int

    def name(
        self, pictures: Sequence[IdentifierSource], taken: Collection[Identifier]
    ) -> Identifiers:
        texts = (f" id {n}" if self.words else " " + " ".join(str(n)) for n in count(len(taken)))
        return Identifiers(tuple(self._free(texts, set(taken), len(pictures))), {})

    def state(self) -> tuple[dict[str, Any], dict[str, Vector]]:
        return {}, {}

    def _free(self, texts: Iterator[str], taken: set[Identifier], n: int) -> Iterator[Identifier]:
        for _ in range(n):
            yield _first_free((written(text, self) for text in texts), taken)


@dataclass(frozen=True, slots=True)
class CaptionIdentifiers:
    """The caption itself; of two pictures with the same one, the second's ends in a 2."""

    tokenise: Tokenise
    end: int

    def name(
        self, pictures: Sequence[IdentifierSource], taken: Collection[Identifier]
    ) -> Identifiers:
        used = set(taken)
        return Identifiers(tuple(self._free(one.caption, used) for one in pictures), {})

    def state(self) -> tuple[dict[str, Any], dict[str, Vector]]:
        return {}, {}

    def _free(self, caption: str, taken: set[Identifier]) -> Identifier:
        plain = " " + (" ".join(caption.split()) or "picture")
        texts = (plain if number == 1 else f"{plain} {number}" for number in count(1))
        return _first_free((written(text, self) for text in texts), taken)


@dataclass(frozen=True, slots=True)
class Atomic:
    """One new symbol per picture, anchored at the picture's vector: no sequence is generated."""

    def name(
        self, pictures: Sequence[IdentifierSource], taken: Collection[Identifier]
    ) -> Identifiers:
        used = set(taken)
        free = (n for n in count(len(used)) if (f"picture_{n}",) not in used)
        names = [f"picture_{n}" for n, _ in zip(free, pictures, strict=False)]
        anchors = {name: one.vector for name, one in zip(names, pictures, strict=True)}
        return Identifiers(tuple((name,) for name in names), anchors)

    def state(self) -> tuple[dict[str, Any], dict[str, Vector]]:
        return {}, {}


def written(text: str, scheme: Numbered | CaptionIdentifiers) -> Identifier:
    """Return a text's tokens and the end, which none of them is."""
    tokens = (token for token in scheme.tokenise(text) if token != scheme.end)
    return (*tokens, scheme.end)


def spelled(alphabet: Sequence[Symbol], identifiers: Iterable[Identifier]) -> list[list[int]]:
    """Return each identifier as places in an alphabet."""
    place = {symbol: at for at, symbol in enumerate(alphabet)}
    return [[place[symbol] for symbol in one] for one in identifiers]


def _first_free(candidates: Iterator[Identifier], taken: set[Identifier]) -> Identifier:
    """Return the first candidate that is not taken, which it is from now on."""
    found = next(one for one in candidates if one not in taken)
    taken.add(found)
    return found
