"""The tagger: an utterance in its surroundings to spans, on ONNX Runtime.

Its weights are in this package, `tagger.onnx`; `dialens finetune understand` makes them again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from agent.understanding.tagger.features import Around, features
from agent.understanding.tagger.labels import TAGS
from agent.understanding.tagger.spans import Span, decoded
from agent.understanding.tagger.tokens import tokens
from retrievers.encoder import EncoderError
from retrievers.offline.towers import TokenStates, text_tower

WEIGHTS = Path(__file__).parent / "tagger.onnx"
_SILENCE = 0.35
"""How much less a few words that seem to be for nothing are thought to be so, at a second look."""
_SHORT = 4  # tokens of an utterance that is looked at again
LONGEST = 160
"""Tokens of an utterance that are read; the rest is left out."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """What the words of an utterance are for.

    Attributes:
        spans: in their order; they never overlap.
        fresh: 0 to 1, whether a new search begins.
    """

    spans: tuple[Span, ...]
    fresh: float


class Tagger:
    """Tags utterances; threads may share it.

    Args:
        weights: the ONNX file.
        states: the text tower's; None where its weights are not installed, which costs certainty.
    """

    def __init__(
        self, weights: Path = WEIGHTS, states: Callable[[str], TokenStates] | None = None
    ) -> None:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = ort.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )
        self._states = states

    def tag(self, said: str, around: Around) -> Tagged:
        """Tag one utterance."""
        found = tokens(said)[:LONGEST]
        if not found:
            return Tagged((), 0.0)
        seen = features(said, found, around, self._states(said) if self._states else None)
        arrays = {"grams": seen.grams, "flags": seen.flags, "states": seen.states}
        tags, fresh = self._session.run(["tags", "fresh"], arrays)
        shares = np.exp(tags - tags.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        spans = decoded(found, shares)
        if not spans and len(found) <= _SHORT:
            shares[:, TAGS.index("O")] *= _SILENCE
            spans = decoded(found, shares)
        return Tagged(tuple(spans), float(1 / (1 + np.exp(-fresh[0]))))


@cache
def tagger() -> Tagger:
    """Return the tagger that a process shares."""
    try:
        return Tagger(states=text_tower().states)
    except EncoderError:  # the offline models are not installed
        return Tagger()
