"""Models of Hugging Face transformers, in this process: they see, or read text only.

One path for all: the library's auto classes, the checkpoint's own processor and chat template;
what differs between families is a row of `agent.mllm.model_families`. Run here with tiny random
weights of Qwen2.5-VL, InternVL, Idefics3, SmolVLM, LLaVA, BLIP-2 and Llama.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL.Image import Image

from agent.mllm.chat_template import ChatTemplate, TemplatedPrompt, Tensors
from agent.mllm.constrained_decoding import HeldTo, closed, pattern
from agent.mllm.json_schema import choices, read_reply
from agent.mllm.mllm import Message, MllmError, ReplyError, Schema, Usage, user_message
from agent.mllm.option_scores import option_scores, tokens_of
from prompts.load import Prompt, load
from retrievers.checkpoints.error import CheckpointError
from retrievers.checkpoints.generative import OpenedCheckpoint, Wanted, open_checkpoint
from retrievers.loading.encoder_options import Options
from retrievers.loading.network_lock import turn_of

CAPTION_TOKENS = 64


class TransformersMllm:
    """A model loaded from a folder or the hub.

    Args:
        checkpoint: a folder or `ORG/NAME[@REVISION]`; a revision is a commit, tag or branch.
        device: as torch writes it; none: cuda if there is one, else mps, else cpu.
        dtype: `float32`, `bfloat16` or `float16`; none: bfloat16 on cuda, else float32.
        bits: 4 (NF4) or 8, through bitsandbytes; none: not quantised.
        adapter: a folder with a LoRA adapter that peft saved.
        batch: prompts per forward.
        trust_remote_code: run Python code that the checkpoint brings; a hub id then needs its
            revision.
        max_pixels: larger pictures are reduced to this many pixels first.

    Raises:
        MllmError: the checkpoint or the adapter cannot be loaded here.
        ValueError: an argument is out of its range.
    """

    def __init__(
        self,
        checkpoint: str | Path,
        *,
        device: str | None = None,
        dtype: str | None = None,
        bits: Literal[4, 8] | None = None,
        adapter: Path | None = None,
        batch: int = 4,
        trust_remote_code: bool = False,
        max_pixels: int = 1_003_520,
    ) -> None:
        options = Options(device, None, dtype, batch)
        try:
            opened = open_checkpoint(
                Wanted(str(checkpoint), options, bits, adapter, trust_remote_code)
            )
        except CheckpointError as error:
            raise MllmError(str(error)) from error
        self._take(opened, batch, max_pixels)

    @classmethod
    def of(cls, opened: OpenedCheckpoint, *, batch: int = 4, max_pixels: int = 1_003_520) -> Self:
        """Return one that runs a model which is open already, as one that is being trained."""
        mllm = cls.__new__(cls)
        mllm._take(opened, batch, max_pixels)
        return mllm

    def _take(self, opened: OpenedCheckpoint, batch: int, max_pixels: int) -> None:
        self._opened, self._model, self._batch = opened, opened.model, batch
        self._prompting = ChatTemplate(opened, max_pixels=max_pixels)
        self.usage = Usage()

    @property
    def name(self) -> str:
        return self._opened.name

    @property
    def sees(self) -> bool:
        return self._opened.sees

    def generate(
        self, messages: Sequence[Message], *, max_tokens: int = 128, schema: Schema | None = None
    ) -> str:
        """Return the answer, decoded greedily.

        A schema is held to while decoding (`constrained`), and a reply that ran out of tokens is
        closed; of an enumeration, the value that the model finds most probable is returned, as
        JSON. A schema with keywords that cannot be held to is checked afterwards.

        Raises:
            MllmError: a message holds a picture and `sees` is off, or memory is full.
            ReplyError: the reply does not meet the schema.
        """
        if schema is not None and (values := choices(schema)) is not None:
            return values[int(self.choose(messages, values).argmax())]
        wanted = None if schema is None else pattern(schema)
        reply = self._write([self._prompting.ask(messages)], max_tokens, wanted)[0]
        if schema is None:
            return reply
        try:
            return read_reply(closed(reply, wanted) if wanted else reply, schema)
        except ValueError as error:
            asked_for = f"JSON that meets its schema ({error})"
            raise ReplyError(_opening(messages), asked_for, reply) from error

    def caption(self, images: Sequence[Image], *, prompt: Prompt | None = None) -> list[str]:
        if not self.sees:
            raise MllmError(f"{self.name} reads text only and cannot caption; name one that sees")
        prompt = prompt or load("caption/describe")
        asked = [
            self._prompting.ask_caption(image, user_message(prompt, [image])) for image in images
        ]
        starts = range(0, len(asked), self._batch)
        written = [self._write(asked[at : at + self._batch], CAPTION_TOKENS) for at in starts]
        return [" ".join(caption.split()) for batch in written for caption in batch]

    def choose(self, messages: Sequence[Message], options: Sequence[str]) -> NDArray[np.float64]:
        """Return the log-probability of each option as the answer, normalised over the options.

        An option's is the sum over its tokens; see `agent.mllm.option_scores`.
        """
        if not options or len(set(options)) < len(options):
            raise ValueError(f"options must be one or more, all different; got {list(options)!r}")
        asked = self._prompting.ask(messages)
        with self._running():
            answers = tokens_of(options, asked, self._prompting, self._opened)
            prompt = self._prompting.tensors([asked], room=max(map(len, answers)))
            found = option_scores(
                self._opened, prompt, answers, batch=self._batch, read=self._count_in
            )
            scores: NDArray[np.float64] = found[0].cpu().double().numpy()
        if not np.isfinite(scores).all():
            raise MllmError(f"{self.name} gave no finite log-probabilities; try dtype 'float32'")
        normalised: NDArray[np.float64] = scores - np.logaddexp.reduce(scores)
        return normalised

    def _write(
        self, prompts: Sequence[TemplatedPrompt], max_tokens: int, wanted: str | None = None
    ) -> list[str]:
        options: dict[str, Any] = {"max_new_tokens": max_tokens}
        read = self._opened.tokenizer
        if wanted:
            options["logits_processor"] = [HeldTo(wanted, read, read.eos_token_id)]
        with self._running():
            tensors = self._prompting.tensors(prompts, room=max_tokens)
            self._count_in(tensors)
            written = self._model.generate(**tensors, **options)  # [B, L + new]
            start = 1 if self._is_encoder_decoder else tensors["input_ids"].shape[1]
            new = written[:, start:].cpu()  # [B, new]
            self.usage.tokens_out += int((new != read.pad_token_id).sum())
        return [text.strip() for text in read.batch_decode(new, skip_special_tokens=True)]

    def _count_in(self, tensors: Tensors) -> None:
        self.usage.tokens_in += int(tensors["attention_mask"].sum())

    @property
    def _is_encoder_decoder(self) -> bool:
        return bool(self._model.config.get_text_config().is_encoder_decoder)

    @contextmanager
    def _running(self) -> Iterator[None]:
        with turn_of(self._model), torch.inference_mode():
            begin = perf_counter()
            self.usage.calls += 1
            try:
                yield
            except torch.OutOfMemoryError as error:
                raise MllmError(
                    f"{self.name} ran out of memory; lower batch or max_pixels, or set bits=4"
                ) from error
            finally:
                self.usage.seconds += perf_counter() - begin


def _opening(messages: Sequence[Message]) -> str:
    texts = [part for part in messages[-1].parts if isinstance(part, str)]
    return json.dumps(" ".join(" ".join(texts).split())[:60], ensure_ascii=False)
