"""Cross-encoders of sentence-transformers 6, Qwen3-VL-Reranker among them, as judges of pictures.

Run here with a tiny random Qwen3-VL checkpoint; no published reranker was run here.
"""

from collections.abc import Callable, Sequence
from typing import Any

from PIL.Image import Image

from agent.mllm.mllm import MllmError
from agent.rerank.pointwise import PointwiseReranker
from agent.rerank.reranker import Reranker
from agent.resources import Resources
from retrievers.encoder import EncoderError
from retrievers.hit import Picture
from retrievers.loading.local_weights import WEIGHTS, WORDS, find_snapshot
from retrievers.loading.network_lock import turn_of


class CrossEncoderJudge:
    """Score (request, picture) pairs in one model.

    Args:
        model: an open `sentence_transformers.CrossEncoder`, or anything with its `predict`.
        name: the exact weights.
        pixels: gives the upright RGB pixels of a picture.
        batch: pictures per forward.
    """

    def __init__(
        self, model: Any, name: str, pixels: Callable[[Picture], Image], *, batch: int = 8
    ) -> None:
        self.model, self.name, self.pixels, self.batch = model, name, pixels, batch

    def judge(self, said: str, pictures: Sequence[Picture]) -> list[float]:
        pairs = [(said, self.pixels(picture)) for picture in pictures]
        with turn_of(self.model):
            return [float(score) for score in self.model.predict(pairs, batch_size=self.batch)]


def open_cross_encoder(
    resources: Resources, *, checkpoint: str = "", device: str | None = None
) -> Reranker:
    """Open it as `agent.stages.stage_table` asks; see `cross_encoder_judge`."""
    judge = cross_encoder_judge(resources.pixels, checkpoint=checkpoint, device=device)
    return PointwiseReranker(judge, verdicts=resources.verdicts)


def cross_encoder_judge(
    pixels: Callable[[Picture], Image],
    *,
    checkpoint: str,
    device: str | None = None,
) -> CrossEncoderJudge:
    """Load a reranker from a local folder or the hub, `ORG/NAME[@REVISION]`.

    Raises:
        MllmError: no checkpoint is named, or it can't be loaded, or sentence-transformers is not
            installed.
    """
    if not checkpoint:
        raise MllmError(
            "cross-encoder needs a model: under [reranker_options], checkpoint = 'ORG/NAME'"
        )
    try:
        from sentence_transformers import CrossEncoder
    except ImportError as error:
        raise MllmError("cross-encoders need sentence-transformers: `dialens[rerank]`") from error
    try:
        files, but = (*WEIGHTS, *WORDS, "*.jinja"), ("onnx/*", "openvino/*")
        folder, mark = find_snapshot(checkpoint, files, but=but)
        model = CrossEncoder(
            str(folder),
            device=device,
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError, EncoderError) as error:
        reason = str(error).splitlines()[0]
        raise MllmError(f"cannot load the reranker {checkpoint!r}: {reason}") from error
    name = f"{checkpoint}{mark}" if mark.startswith("#") else mark
    return CrossEncoderJudge(model, f"cross-encoder:{name}", pixels)
