"""BLIP-2's two scores (arXiv:2301.12597, section 3.1): ITC shortlists, ITM decides.

As LAVIS computes them: ITC is the largest cosine over the 32 queries, without temperature; ITM is
the raw logit of "match", averaged over the queries; a candidate's final score is their sum. The
image tower runs once per picture; a query then costs the Q-Former only. Run here with tiny random
weights of the real architecture; the published checkpoints were not run here.
"""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor
from torch.nn.functional import normalize
from transformers import AutoImageProcessor, AutoTokenizer, Blip2ForImageTextRetrieval

from agent.mllm.mllm import MllmError
from retrievers.hit import Picture

MAX_WORDS, MAX_TOKENS = 50, 35  # LAVIS, blip_caption processor and Blip2Qformer.max_txt_len + 3
_STRIPPED = re.compile(r"[.!\"()*#:;~]")


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture after the image tower: patch states [L, D] and projected queries [Q, P]."""

    states: Tensor
    queries: Tensor


class Blip2:
    """A loaded checkpoint, such as `Salesforce/blip2-itm-vit-g-coco` or a local folder.

    Raises:
        MllmError: the checkpoint cannot be loaded.
    """

    def __init__(
        self,
        checkpoint: str,
        *,
        revision: str | None = None,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(checkpoint, revision=revision)
            self._processor: Any = AutoImageProcessor.from_pretrained(checkpoint, revision=revision)
            model: Any = Blip2ForImageTextRetrieval.from_pretrained(
                checkpoint, revision=revision, dtype=dtype, use_safetensors=True
            )
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise MllmError(
                f"cannot load BLIP-2 from {checkpoint!r}: {reason}; name a local folder"
            ) from error
        self._model = model.to(device).eval().requires_grad_(False)
        self.device = device
        self.name = f"blip2:{checkpoint}" + (f"@{revision}" if revision else "")

    def see(self, images: Sequence[Image]) -> list[Seen]:
        """Run the image tower and the text-free Q-Former once; what comes out may be kept."""
        model = self._model
        pixels = self._processor(list(images), return_tensors="pt")["pixel_values"]
        states = model.vision_model(
            pixel_values=pixels.to(self.device, model.vision_model.dtype)
        ).last_hidden_state  # [N, L, D]
        queries = model.qformer(
            query_embeds=model.query_tokens.expand(len(states), -1, -1),
            encoder_hidden_states=self._for_qformer(states),
        ).last_hidden_state  # [N, Q, H]
        projected = model.vision_projection(self._for_head(queries))
        queries = normalize(projected, dim=-1)  # [N, Q, P]
        return [Seen(*pair) for pair in zip(states, queries, strict=True)]

    def itc(self, seen: Sequence[Seen], texts: Sequence[str]) -> Tensor:
        """Return the cosines [N, T]: per picture and text the best of the queries."""
        model, (ids, mask) = self._model, self._tokens(texts)
        words = model.qformer(
            query_embeds=model.embeddings(input_ids=ids), query_length=0, attention_mask=mask
        ).last_hidden_state[:, 0]  # [T, H]: CLS
        captions = normalize(model.text_projection(self._for_head(words)), dim=-1)  # [T, P]
        queries = torch.stack([one.queries for one in seen]).to(captions)  # [N, Q, P]
        cosines: Tensor = (queries @ captions.T).amax(dim=1)  # [N, T]
        return cosines

    def itm(self, seen: Sequence[Seen], texts: Sequence[str]) -> Tensor:
        """Return the raw match logits [N] of N pictures, each with its own text."""
        model, (ids, mask) = self._model, self._tokens(texts)
        states = self._for_qformer(torch.stack([one.states for one in seen]))  # [N, L, D]
        queries = model.query_tokens.expand(len(seen), -1, -1)  # [N, Q, H]
        fused = model.qformer(
            query_embeds=model.embeddings(input_ids=ids, query_embeds=queries),
            query_length=queries.shape[1],
            attention_mask=torch.cat([mask.new_ones(queries.shape[:2]), mask], dim=1),
            encoder_hidden_states=states,
        ).last_hidden_state[:, : queries.shape[1]]  # [N, Q, H]
        logits: Tensor = model.itm_head(self._for_head(fused)).mean(dim=1)[:, 1]  # [N]
        return logits

    def score_pictures(self, seen: Sequence[Seen], text: str) -> Tensor:
        """Return ITM logit + ITC cosine [N] of N pictures for one text (text -> image)."""
        return self.itm(seen, [text] * len(seen)) + self.itc(seen, [text])[:, 0]

    def score_texts(self, seen: Seen, texts: Sequence[str]) -> Tensor:
        """Return ITM logit + ITC cosine [T] of T texts for one picture (image -> text)."""
        return self.itm([seen] * len(texts), texts) + self.itc([seen], texts)[0]

    def _for_head(self, states: Tensor) -> Tensor:
        return states.to(self._model.itm_head.weight.dtype)

    def _for_qformer(self, states: Tensor) -> Tensor:
        return states.to(self.device, self._model.query_tokens.dtype)

    def _tokens(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        batch = self._tokenizer(
            [caption(text) for text in texts],
            padding="longest",
            truncation=True,
            max_length=MAX_TOKENS,
            return_tensors="pt",
        ).to(self.device)
        return batch["input_ids"], batch["attention_mask"]


def caption(text: str) -> str:
    """Write a text as LAVIS does before tokenizing: lower case, no marks, 50 words."""
    return " ".join(_STRIPPED.sub(" ", text.lower()).split()[:MAX_WORDS])


class Blip2Judge:
    """ITM + ITC as a judge of single pictures.

    Args:
        model: the loaded checkpoint.
        pixels: gives the upright RGB pixels of a picture.
        kept: a folder in which what was seen is kept, 0.7 MB a picture at ViT-g's size, so that
            the next query does not run the image tower; none: nothing is kept.
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
        self.kept = kept
        if kept is not None:
            kept.mkdir(parents=True, exist_ok=True)

    @property
    def name(self) -> str:
        return self.model.name

    def judge(self, said: str, pictures: Sequence[Picture]) -> list[float]:
        scores = self.model.score_pictures(self._seen(pictures), said)
        return [float(score) for score in scores]

    def _seen(self, pictures: Sequence[Picture]) -> list[Seen]:
        known = {picture.id: seen for picture in pictures if (seen := self._kept(picture))}
        new = [picture for picture in pictures if picture.id not in known]
        if new:
            fresh = self.model.see([self.pixels(picture) for picture in new])
            known |= {picture.id: seen for picture, seen in zip(new, fresh, strict=True)}
            for picture in new:
                self._keep(picture, known[picture.id])
        return [known[picture.id] for picture in pictures]

    def _kept(self, picture: Picture) -> Seen | None:
        if self.kept is None or not (path := self.kept / f"{picture.id}.npz").exists():
            return None
        with np.load(path, allow_pickle=False) as arrays:
            return Seen(torch.from_numpy(arrays["states"]), torch.from_numpy(arrays["queries"]))

    def _keep(self, picture: Picture, seen: Seen) -> None:
        if self.kept is None:
            return
        half = {
            "states": seen.states.to("cpu", torch.float16).numpy(),
            "queries": seen.queries.to("cpu", torch.float16).numpy(),
        }
        partial = self.kept / f"{picture.id}.{os.getpid()}.partial"
        with partial.open("wb") as file:
            np.savez(file, **half)
        partial.replace(self.kept / f"{picture.id}.npz")
