"""The six kinds of identifiers by name: fitted to pictures, or as an adapter holds them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from retrievers.grace.cluster_identifiers import Structured
from retrievers.grace.identifiers import (
    Atomic,
    CaptionIdentifiers,
    Identifiers,
    IdentifierSource,
    Numbered,
    Scheme,
    Tokenise,
    Vector,
)
from retrievers.grace.voken_identifiers import Vokens


def fit_scheme(
    kind: str,
    pictures: Sequence[IdentifierSource],
    *,
    tokenise: Tokenise,
    end: int,
    clusters: int = 30,
    leaf: int = 30,
    codes: int = 1024,
    seed: int = 0,
) -> tuple[Scheme, Identifiers]:
    """Make a scheme for these pictures, and name them.

    Args:
        kind: one of `identifiers.KINDS`.
        pictures: at least one.
        tokenise: of the base, without special tokens.
        end: the base's token that ends a text.
        clusters: of each level, for `structured`.
        leaf: pictures in a leaf at most, likewise.
        codes: of the codebook, for `vokens`.
        seed: of k-means.
    """
    if kind == "structured":
        return Structured.fit(pictures, k=clusters, places=leaf, seed=seed)
    if kind == "vokens":
        return Vokens.fit(pictures, codes=codes, seed=seed)
    scheme = PLAIN[kind](tokenise, end)
    return scheme, scheme.name(pictures, ())


def read_scheme(
    kind: str, state: Mapping[str, Any], arrays: Mapping[str, Vector], tokenise: Tokenise, end: int
) -> Scheme:
    """Return the scheme that `Scheme.state` told of."""
    if kind == "structured":
        paths = tuple(tuple(path) for path in state["paths"])
        return Structured(int(state["places"]), paths, arrays["leaves"])
    if kind == "vokens":
        return Vokens(arrays["centre"], arrays["codebook"], int(state["counters"]))
    return PLAIN[kind](tokenise, end)


PLAIN: Mapping[str, Callable[[Tokenise, int], Scheme]] = {
    "string": lambda tokenise, end: Numbered(True, tokenise, end),
    "numeric": lambda tokenise, end: Numbered(False, tokenise, end),
    "semantic": CaptionIdentifiers,
    "atomic": lambda tokenise, end: Atomic(),
}
