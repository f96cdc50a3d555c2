"""Our judges as cross-encoders of mteb: the second stage of its two-stage recipe (docs/peers.md).

The methods are those of mteb 2's `CrossEncoderProtocol`, which says what the arguments mean.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mteb.models.model_meta import ModelMeta
from numpy.typing import NDArray

from agent.rerank.pointwise import Judge
from eval.peers.mteb_encoder import described
from eval.peers.pair_scorer import PairScorer
from eval.peers.picture_files import PictureFiles


class MtebJudge:
    """Score pairs of a text query and a picture.

    Args:
        judge: any judge of `agent.rerank`, such as `YesNo` or `Blip2Judge`.
        files: a folder for the pictures, which mteb hands over as pixels.
    """

    def __init__(self, judge: Judge, *, files: Path) -> None:
        self.scorer = PairScorer(judge, PictureFiles(files))

    @property
    def mteb_model_meta(self) -> ModelMeta:
        name = self.scorer.judge.name
        return described(name, model_type=["cross-encoder"], similarity_fn_name=None)

    def predict(
        self,
        inputs1: Iterable[Mapping[str, Any]],
        inputs2: Iterable[Mapping[str, Any]],
        **_: Any,
    ) -> NDArray[np.float32]:
        """Score the queries of `inputs1` with the pictures of `inputs2`, pair by pair."""
        said = [text for batch in inputs1 for text in batch["text"]]
        shown = [self.scorer.files.path(image) for batch in inputs2 for image in batch["image"]]
        return self.scorer.predict(list(zip(said, shown, strict=True)))
