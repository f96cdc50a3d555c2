"""From each token's shares of the tags to spans of words, each with how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.understanding.tagger.labels import TAGS
from agent.understanding.tagger.tokens import Token

_KINDS = [tag[2:] for tag in TAGS]
_BEGINS = np.array([tag.startswith("B-") for tag in TAGS])
_INSIDE = np.array([tag.startswith("I-") for tag in TAGS])
_FOLLOWS = np.array(
    [[not _INSIDE[b] or _KINDS[a] == _KINDS[b] for b in range(len(TAGS))] for a in range(len(TAGS))]
)
"""An inside follows its own beginning or inside."""
_SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class Span:
    """Words that are for one thing: `said[start:end]`.

    Attributes:
        start: in letters.
        end: in letters.
        kind: one of `labels.SPANS`.
        sure: 0 to 1, the share of the least sure of its tokens.
    """

    start: int
    end: int
    kind: str
    sure: float


def decoded(found: Sequence[Token], shares: NDArray[np.floating]) -> list[Span]:
    """Return the likeliest spans that can stand so.

    Args:
        found: the tokens.
        shares: [t, tags], of each token its tags' shares.
    """
    spans: list[Span] = []
    path = _likeliest(np.log(np.maximum(shares, _SMALLEST)))
    for at, tag in enumerate(path):
        sure = float(shares[at, tag])
        if _BEGINS[tag]:
            spans.append(Span(found[at].start, found[at].end, _KINDS[tag], sure))
        elif _INSIDE[tag]:
            last = spans.pop()
            spans.append(Span(last.start, found[at].end, last.kind, min(last.sure, sure)))
    return spans


def _likeliest(logs: NDArray[np.floating]) -> list[int]:
    """Viterbi over the rule that an inside follows its kind."""
    if not len(logs):
        return []
    best = np.where(_INSIDE, -np.inf, logs[0])
    back: list[NDArray[np.intp]] = []
    for row in logs[1:]:
        through = np.where(_FOLLOWS, best[:, None], -np.inf)
        back.append(through.argmax(0))
        best = through.max(0) + row
    path = [int(best.argmax())]
    for step in reversed(back):
        path.append(int(step[path[-1]]))
    return path[::-1]
