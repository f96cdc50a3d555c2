"""BLIP-2's two scores (arXiv:2301.12597, section 3.1): ITC shortlists, ITM decides.

As LAVIS computes them: ITC is the largest cosine over the 32 queries, without temperature; ITM is
the raw logit of "match", averaged over the queries; a candidate's final score is their sum. The
image tower runs once per picture; a query then costs the Q-Former only. Run here with tiny random
weights of the real architecture; the published checkpoints were not run here.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor
from transformers import AutoImageProcessor, AutoTokenizer, Blip2ForImageTextRetrieval

from agent.mllm.mllm import MllmError
from agent.rerank.blip2_adapter import put_in
from agent.rerank.blip2_qformer import (
    cosines,
    match_logits,
    patch_states,
    projected_queries,
    projected_texts,
)
from agent.rerank.pointwise import PointwiseReranker
from agent.rerank.reranker import Reranker
from agent.resources import Resources
from retrievers.checkpoints.adapter import AdapterError
from retrievers.encoder import EncoderError
from retrievers.files.unfinished import unfinished
from retrievers.hit import Picture
from retrievers.loading.local_weights import find_snapshot
from retrievers.loading.network_lock import turn_of
from retrievers.loading.quiet_transformers import quiet

MAX_WORDS, MAX_TOKENS = 50, 35  # LAVIS, blip_caption processor and Blip2Qformer.max_txt_len + 3
_STRIPPED = re.compile(r"[.!\"()*#:;~]")


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """One picture after the image tower: patch states [L, D] and projected queries [Q, P]."""

    states: Tensor
    queries: Tensor


class Blip2:
    """A loaded checkpoint, such as `Salesforce/blip2-itm-vit-g-coco` or a local folder.

    Args:
        checkpoint: a folder or `ORG/NAME[@REVISION]`.
        device: as torch writes it.
        dtype: of the image tower and the heads; the Q-Former stays in float32.
        adapter: a folder that `dialens finetune` wrote for this checkpoint.

    Attributes:
        model: of the library, frozen.
        mark: tells the weights, the adapter's included, from any others.

    Raises:
        MllmError: the checkpoint or the adapter cannot be loaded.
    """

    def __init__(
        self,
        checkpoint: str,
        *,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
        adapter: str | Path | None = None,
    ) -> None:
        try:
            folder, mark = find_snapshot(checkpoint)
            with quiet():
                self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
                self._processor: Any = AutoImageProcessor.from_pretrained(folder)
                model: Any = Blip2ForImageTextRetrieval.from_pretrained(
                    folder, dtype=dtype, use_safetensors=True
                )
        except (OSError, ValueError, EncoderError) as error:
            reason = str(error).splitlines()[0]
            raise MllmError(
                f"cannot load BLIP-2 from {checkpoint!r}: {reason}; name a local folder"
            ) from error
        self.model = model.to(device)
        if adapter is not None:
            mark += f"+{self._tuned(Path(adapter).expanduser(), checkpoint)}"
        self.model.eval().requires_grad_(False)
        self.mark = re.sub(r"[^\w.+-]+", "-", mark.lstrip("#"))
        self.name = f"blip2:{checkpoint if mark.startswith('#') else ''}{mark}"

    def _tuned(self, adapter: Path, checkpoint: str) -> str:
        try:
            return put_in(self.model, adapter, checkpoint).mark
        except AdapterError as error:
            raise MllmError(str(error)) from error

    @property
    def device(self) -> torch.device:
        device: torch.device = self.model.query_tokens.device
        return device

    def pixels(self, images: Sequence[Image]) -> Tensor:
        """Return what the image tower is given [N, 3, H, W]."""
        found: Tensor = self._processor(list(images), return_tensors="pt")["pixel_values"]
        return found

    def see(self, images: Sequence[Image]) -> list[EncodedPicture]:
        """Run the image tower and the text-free Q-Former once; what comes out may be kept."""
        pixels = self.pixels(images)
        with turn_of(self.model):
            states = patch_states(self.model, pixels)
            queries = projected_queries(self.model, self._for_qformer(states))
        return [EncodedPicture(*pair) for pair in zip(states, queries, strict=True)]

    def itc(self, seen: Sequence[EncodedPicture], texts: Sequence[str]) -> Tensor:
        """Return the cosines [N, T]: per picture and text the best of the queries."""
        with turn_of(self.model):
            captions = projected_texts(self.model, *self.tokens(texts))  # [T, P]
        queries = torch.stack([one.queries for one in seen]).to(captions)  # [N, Q, P]
        return cosines(queries, captions)

    def itm(self, seen: Sequence[EncodedPicture], texts: Sequence[str]) -> Tensor:
        """Return the raw match logits [N] of N pictures, each with its own text."""
        states = self._for_qformer(torch.stack([one.states for one in seen]))  # [N, L, D]
        with turn_of(self.model):
            return match_logits(self.model, states, *self.tokens(texts))[:, 1]

    def score_pictures(self, seen: Sequence[EncodedPicture], text: str) -> Tensor:
        """Return ITM logit + ITC cosine [N] of N pictures for one text (text -> image)."""
        return self.itm(seen, [text] * len(seen)) + self.itc(seen, [text])[:, 0]

    def score_texts(self, seen: EncodedPicture, texts: Sequence[str]) -> Tensor:
        """Return ITM logit + ITC cosine [T] of T texts for one picture (image -> text)."""
        return self.itm([seen] * len(texts), texts) + self.itc([seen], texts)[0]

    def tokens(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return the ids [T, W] of texts and which of them are there [T, W]."""
        with turn_of(self.model):
            batch = self._tokenizer(
                [caption(text) for text in texts],
                padding="longest",
                truncation=True,
                max_length=MAX_TOKENS,
                return_tensors="pt",
            ).to(self.device)
        return batch["input_ids"], batch["attention_mask"]

    @property
    def begin_token(self) -> int:
        """Id of `[DEC]`, with which a generated text begins; of `[CLS]` where there is none."""
        begin = self._tokenizer.bos_token_id
        return int(self._tokenizer.cls_token_id if begin is None else begin)

    def _for_qformer(self, states: Tensor) -> Tensor:
        return states.to(self.device, self.model.query_tokens.dtype)


def caption(text: str) -> str:
    """Write a text as LAVIS does before tokenizing: lower case, no marks, 50 words."""
    return " ".join(_STRIPPED.sub(" ", text.lower()).split()[:MAX_WORDS])


class Blip2Judge:
    """ITM + ITC as a judge of single pictures.

    Args:
        model: the loaded checkpoint.
        pixels: gives the upright RGB pixels of a picture.
        kept: below it what was seen is kept, 0.7 MB a picture at ViT-g's size, so that the next
            query does not run the image tower; each model's in a folder of its own, as queries
            depend on the weights. None: nothing is kept.
        batch: pictures per forward.
    """

    def __init__(
        self,
        model: Blip2,
        pixels: Callable[[Picture], Image],
        *,
        kept: Path | None = None,
        batch: int = 32,
    ) -> None:
        self.model, self.pixels, self.batch = model, pixels, batch
        self.kept = None if kept is None else kept / model.mark
        if self.kept is not None:
            self.kept.mkdir(parents=True, exist_ok=True)

    @property
    def name(self) -> str:
        return self.model.name

    def judge(self, said: str, pictures: Sequence[Picture]) -> list[float]:
        scores = self.model.score_pictures(self._seen(pictures), said)
        return [float(score) for score in scores]

    def _seen(self, pictures: Sequence[Picture]) -> list[EncodedPicture]:
        known = {picture.id: seen for picture in pictures if (seen := self._kept(picture))}
        new = [picture for picture in pictures if picture.id not in known]
        if new:
            fresh = self.model.see([self.pixels(picture) for picture in new])
            known |= {picture.id: seen for picture, seen in zip(new, fresh, strict=True)}
            for picture in new:
                self._keep(picture, known[picture.id])
        return [known[picture.id] for picture in pictures]

    def _kept(self, picture: Picture) -> EncodedPicture | None:
        if self.kept is None or not (path := self.kept / f"{picture.id}.npz").exists():
            return None
        with np.load(path, allow_pickle=False) as arrays:
            return EncodedPicture(
                torch.from_numpy(arrays["states"]), torch.from_numpy(arrays["queries"])
            )

    def _keep(self, picture: Picture, seen: EncodedPicture) -> None:
        if self.kept is None:
            return
        half = {
            "states": seen.states.to("cpu", torch.float16).numpy(),
            "queries": seen.queries.to("cpu", torch.float16).numpy(),
        }
        path = self.kept / f"{picture.id}.npz"
        partial = unfinished(path)
        with partial.open("wb") as file:
            np.savez(file, **half)
        partial.replace(path)


def open_blip2(
    resources: Resources,
    *,
    checkpoint: str = "Salesforce/blip2-itm-vit-g-coco",
    device: str = "cpu",
    adapter: str | Path | None = None,
    keep: bool = True,
) -> Reranker:
    """Open it as the table of stages asks: what it saw is kept with the collection, if it may be.

    Raises:
        MllmError: the checkpoint or the adapter cannot be loaded.
    """
    model = Blip2(checkpoint, device=device, adapter=adapter)
    kept = resources.collection.folder / "blip2" if keep else None
    return PointwiseReranker(
        Blip2Judge(model, resources.pixels, kept=kept), verdicts=resources.verdicts
    )
