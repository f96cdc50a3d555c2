"""Our judges where sentence-transformers expects a `CrossEncoder`: its rerankers and evaluators.

Needs no sentence-transformers. A judge has its own prompt, batches and activation, so arguments
about these are not taken.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.rerank.pointwise import Judge
from eval.peers.picture_files import PictureFiles, Shown

Pair = tuple[str, Shown] | list[Any]
"""A request and a picture."""


class ModelCardFigures:
    """Takes what an evaluator reports, where a `CrossEncoder` keeps its model card."""

    def __init__(self) -> None:
        self.of: dict[str, float] = {}

    def set_evaluation_metrics(
        self, evaluator: Any, metrics: dict[str, float], epoch: int = 0, step: int = 0
    ) -> None:
        """Keep an evaluator's figures by name."""
        self.of |= metrics


class PairScorer:
    """Score (request, picture) pairs.

    Args:
        judge: any judge of `agent.rerank`, such as `YesNo` or `Blip2Judge`.
        files: keeps pictures that come without a file.
    """

    num_labels = 1

    def __init__(self, judge: Judge, files: PictureFiles) -> None:
        self.judge, self.files = judge, files
        self.model_card_data = ModelCardFigures()

    def predict(
        self,
        inputs: Sequence[Pair],
        *,
        prompt_name: None = None,
        batch_size: int = 32,
        convert_to_numpy: bool = True,
        show_progress_bar: bool | None = None,
    ) -> NDArray[np.float32]:
        """Return a score per pair, higher for a better match; pairs of one request go together.

        Raises:
            MllmError: the model cannot be reached.
            UnreadablePicture: a file cannot be read or is no picture.
        """
        scores: list[float] = []
        for said, pairs in groupby(inputs, key=lambda pair: str(pair[0])):
            pictures = [self.files.picture(shown) for _, shown in pairs]
            for start in range(0, len(pictures), self.judge.batch):
                scores += self.judge.judge(said, pictures[start : start + self.judge.batch])
        return np.array(scores, dtype=np.float32)

    def rank(
        self,
        query: str,
        documents: Sequence[Shown],
        top_k: int | None = None,
        return_documents: bool = False,
        **options: Any,
    ) -> list[dict[str, Any]]:
        """Return the places and scores of the pictures, best first; equal ones as they came."""
        scores = self.predict([(query, one) for one in documents], **options)
        best = np.argsort(-scores, kind="stable")[:top_k].tolist()
        found = [{"corpus_id": place, "score": float(scores[place])} for place in best]
        if return_documents:
            return [{**one, "text": documents[one["corpus_id"]]} for one in found]
        return found
